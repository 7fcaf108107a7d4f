/** @file What teaching will take, asked before the click; where a step would take long, fewer retain sentences are set, once a model. */
import { openingExperiment } from '../../lab/index.ts';
import type { RunPlan } from '../../worker/index.ts';
import { withRetained } from '../address/editing.ts';
import type { Lab } from '../session/lab.ts';

const { retainPerStep: usual } = openingExperiment.teach;

/** Made while a component is initialised: its effects live as long as that component. */
export class Planning {
  /** Asked anew when the settings or the model changed, and when a run has ended. */
  plan: RunPlan | null = $state.raw(null);
  /** The model (its digest) with which fewer retain sentences were set. */
  #lightened: string | null = $state(null);
  /** The number of sentences that was set so; null where the first guess of a step's time has been looked at again. */
  #lightenedTo: number | null = null;

  constructor(private readonly lab: Lab) {
    $effect(() => this.#ask());
    $effect(() => {
      this.#lookAgain();
    });
  }

  /** Fewer retain sentences were set because of the model in use. */
  get isLightened(): boolean {
    return this.#lightened !== null && this.#lightened === this.lab.session.info?.digest;
  }

  /** A first answer is whole, or nobody asks: before that, a plan would make it wait, and say nothing of the time. */
  readonly #answered = $derived.by(() => {
    const { isAsking, rows, growing } = this.lab.session;
    return !isAsking || rows.some(({ language }) => !growing.includes(language));
  });

  get #isReady(): boolean {
    return this.lab.session.phase === 'ready';
  }

  #ask(): (() => void) | undefined {
    const { session, trial } = this.lab;
    const { experiment } = trial;
    if (!this.#isReady || session.info === null || !this.#answered) return undefined;
    const { digest } = session.info;
    let isWanted = true;
    void this.lab.plan(experiment).then((found) => {
      if (!isWanted) return;
      this.plan = found;
      this.#lighten(digest);
    });
    return () => {
      isWanted = false;
    };
  }

  /** Once a model: whoever then wants more sentences has them. */
  #lighten(digest: string): void {
    const { trial } = this.lab;
    const { lighter } = this.plan ?? {};
    const isUsual = trial.form.teach.retainPerStep === usual;
    if (!lighter || !isUsual || this.#lightened === digest) return;
    this.#lightened = digest;
    this.#lightenedTo = lighter.retainPerStep;
    trial.change(withRetained(trial.form, lighter.retainPerStep));
  }

  /** When all answers are there a step's time is known better: the usual number is set again where it would do. */
  #lookAgain(): void {
    const { session, trial } = this.lab;
    if (!this.#isReady || session.isAsking || !this.isLightened) return;
    const { experiment, form } = trial;
    const isLightened = form.teach.retainPerStep === this.#lightenedTo;
    this.#lightenedTo = null;
    if (!isLightened) return;
    void this.lab.plan(withRetained(experiment, usual)).then((found) => {
      if (found && !found.lighter && this.#isReady) trial.change(withRetained(trial.form, usual));
    });
  }
}
