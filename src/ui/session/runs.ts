/** @file Runs: what is set up, what a lesson prescribes, or one that was stopped and goes on. */
import {
  lessonBefore,
  phaseOf,
  runOf,
  type CheckpointMeta,
  type ExperimentRun,
  type RunEvent,
} from '../../lab/index.ts';
import type { LabApi } from '../../worker/index.ts';
import { messages } from '../messages/index.ts';
import { runName } from './names.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Questions } from './questions.ts';
import type { Session } from './session.svelte.ts';
import { teaching } from './teaching.ts';
import type { Trial } from './trial.svelte.ts';

export class Runs {
  constructor(
    private readonly api: LabApi,
    private readonly session: Session,
    private readonly questions: Questions,
    private readonly trial: Trial,
    private readonly checkpoints: Checkpoints,
    private readonly check: () => Promise<void>,
  ) {}

  /** Begins at once, or where the model is still loaded or asked, as soon as it can. */
  async teach(): Promise<void> {
    const { session } = this;
    const { possible, reason } = teaching(session.info);
    if (reason !== null || !['loading', 'ready'].includes(session.phase)) return;
    if (session.phase === 'loading' || session.isAsking || !possible) {
      session.teachSoon = true;
      session.announcement = messages.panels.soon;
      return;
    }
    await this.#start({ experiment: this.trial.experiment, phase: 'teach' });
  }

  /** Begins what was asked for before the model was ready; forgets it where the model turned out not to be taught. */
  beginIfAsked(): void {
    const { session } = this;
    if (!session.teachSoon || session.phase === 'loading' || session.isAsking) return;
    const { possible, reason } = teaching(session.info);
    if (possible) void this.teach();
    else if (reason !== null) session.teachSoon = false;
  }

  /** Teaching as it is set up, but for a single step. */
  get oneStep(): ExperimentRun {
    const { experiment } = this.trial;
    return {
      experiment: { ...experiment, teach: { ...experiment.teach, steps: 1 } },
      phase: 'teach',
    };
  }

  /** Takes that step; what is set up stays as it is. */
  async takeStep(): Promise<void> {
    await this.#start(this.oneStep);
  }

  /** Unlearns what was taught last about the facts on trial; the experiment says how that was, whatever the form says by now. */
  async unlearn(): Promise<void> {
    const experiment = this.trial.experiment;
    if (!experiment.unlearn) return;
    const teach = lessonBefore(this.session.path, experiment) ?? experiment.teach;
    await this.#start({ experiment: { ...experiment, teach }, phase: 'unlearn' });
  }

  /** Runs what a lesson prescribes, from where the model is; its fact goes on trial. */
  async perform({ experiment, phase }: ExperimentRun): Promise<void> {
    if (!this.#isFree) return;
    this.trial.takeOver(experiment);
    const { model, adapter, asking } = this.trial.experiment;
    await this.#start({ experiment: { ...experiment, model, adapter, asking }, phase });
  }

  /** Continues a stopped run where it was. */
  async resume(meta: CheckpointMeta): Promise<void> {
    const run = runOf(meta);
    if (!run || !this.#isFree) return;
    this.trial.takeOver(run.experiment);
    this.session.runRequested(run, phaseOf(run).steps, meta);
    await this.#follow((onEvent) => this.api.resume(meta.id, onEvent));
  }

  async stop(): Promise<void> {
    if (this.session.run) this.session.run.stopping = true;
    await this.session.attempt(() => this.api.stop());
  }

  /** A second click, or another screen's, begins nothing while something goes on. */
  get #isFree(): boolean {
    return this.session.phase === 'ready';
  }

  async #start({ experiment, phase }: ExperimentRun): Promise<void> {
    if (!this.#isFree) return;
    const unlearn = phase === 'unlearn' ? experiment.unlearn : null;
    const run = { experiment: { ...experiment, unlearn }, phase };
    this.session.runRequested(run, phaseOf(run).steps);
    await this.#follow((onEvent) => this.api.run(run, onEvent, runName(run)));
  }

  async #follow(go: (onEvent: (event: RunEvent) => void) => Promise<CheckpointMeta>) {
    try {
      this.session.runFinished(
        await go((event) => {
          this.session.take(event);
        }),
      );
    } catch (error) {
      this.session.runFailed(error);
      // Perhaps it turned out that the model cannot be taught.
      await this.check();
    }
    await this.session.attempt(() => this.checkpoints.changed());
    // Another fact was put on trial meanwhile, or its answers were not looked at, or not all of them came.
    if (!this.session.isAnswered) await this.questions.ask();
  }
}
