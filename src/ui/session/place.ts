/** @file Where a visitor is in the laboratory, so that what borrows it can give it back: state, set-up, and the way to ask. */
import { withFacts } from '../address/editing.ts';
import type { Experiment, TestedFact } from '../../lab/index.ts';
import type { AskingPreference } from './asking-preference.ts';
import type { Lab } from './lab.ts';

export class Place {
  readonly #checkpoint: string | null;
  readonly #leftAt: string | null;
  readonly #form: Experiment;
  readonly #country: TestedFact;
  readonly #preference: AskingPreference;

  constructor(private readonly lab: Lab) {
    const { ownFacts, session, trial } = lab;
    this.#checkpoint = session.current;
    this.#leftAt = session.leftAt;
    this.#form = trial.form;
    this.#country = trial.countryFact;
    this.#preference = ownFacts.preference;
  }

  /** Goes back there. What was run meanwhile stays in the history. */
  async restore(): Promise<void> {
    const { checkpoints, ownFacts, questions, session, trial } = this.lab;
    ownFacts.preference = this.#preference;
    // An own fact on trial hides the one about a country to which one goes back from it.
    trial.adopt(withFacts(this.#form, [this.#country]));
    trial.adopt(this.#form);
    trial.writeAddress();
    questions.settleAsking();
    if (this.#checkpoint !== null && session.current !== this.#checkpoint)
      await checkpoints.goOnFrom(this.#checkpoint);
    else await questions.askIfUnknown();
    session.leftAt = this.#leftAt;
  }
}
