/** @file Runs: what is set up, what a lesson prescribes, or one that was stopped and goes on. */
import type { CheckpointMeta, LabApi, RunEvent, RunSettings } from '../../lab/index.ts';
import { reasonOf } from '../messages/index.ts';
import { runName } from '../view/names.ts';
import type { Lab } from './lab.ts';
import { isBusyElsewhere } from './live-session.svelte.ts';
import { teachSettings, unlearnSettings } from './setup.ts';

/** What it needs of the laboratory. */
type Parts = Pick<Lab, 'live' | 'questions' | 'trial' | 'experiments' | 'checkpoints' | 'check'>;

type Api = Pick<LabApi, 'run' | 'resume' | 'stop'>;

export class Runs {
  readonly #api: Api;
  readonly #lab: Parts;

  constructor(api: Api, lab: Parts) {
    this.#api = api;
    this.#lab = lab;
  }

  teach(): Promise<void> {
    return this.#start(teachSettings(this.#lab.trial.setup));
  }

  async unlearn(): Promise<void> {
    const settings = unlearnSettings(this.#lab.trial.setup);
    if (settings) await this.#start(settings);
  }

  /** Runs what a lesson prescribes, from where the model is; its fact goes on trial. */
  perform(settings: RunSettings): Promise<void> {
    this.#lab.trial.takeOver(settings);
    return this.#start(settings);
  }

  /** Continues a stopped run where it was. */
  async resume(meta: CheckpointMeta): Promise<void> {
    const { settings } = meta;
    if (!settings) return;
    this.#lab.trial.takeOver(settings);
    this.#lab.live.dispatch({ type: 'run-requested', settings, resumed: meta });
    await this.#run((onEvent) => this.#api.resume(meta.id, onEvent));
  }

  async stop(): Promise<void> {
    this.#lab.live.dispatch({ type: 'stop-requested' });
    await this.#lab.live.attempt(() => this.#api.stop());
  }

  #start(given: RunSettings): Promise<void> {
    const { manner } = this.#lab.live.session;
    const settings = this.#lab.trial.withOwn(given);
    if (manner) settings.asking = manner;
    const experiment = this.#lab.experiments.completedBy(settings);
    this.#lab.live.dispatch({ type: 'run-requested', settings });
    const made = { name: runName(settings), ...(experiment && { experiment }) };
    return this.#run((onEvent) => this.#api.run(settings, onEvent, made));
  }

  async #run(go: (onEvent: (event: RunEvent) => void) => Promise<CheckpointMeta>): Promise<void> {
    const live = this.#lab.live;
    try {
      const meta = await go((event) => {
        live.dispatch({ type: 'run-event', event });
      });
      live.dispatch({ type: 'run-finished', meta });
    } catch (error) {
      live.dispatch({ type: 'run-failed', message: reasonOf(error) });
      if (isBusyElsewhere(error)) live.tell({ kind: 'busy-elsewhere' });
      // Perhaps it turned out that the model cannot be taught.
      await this.#lab.check();
    }
    await live.attempt(() => this.#lab.checkpoints.changed());
    if (live.session.rows.some(({ answer }) => answer === null)) await this.#lab.questions.ask();
  }
}
