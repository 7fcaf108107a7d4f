/** @file What is on trial: the experiment that the form edits, and the address that says so. */
import type { RelationId } from '../../facts/index.ts';
import {
  experimentAt,
  openingExperiment,
  parseExperiment,
  pathTo,
  sameFact,
  unlearningBy,
  type Experiment,
  type FalseFact,
  type OwnFact,
  type TestedFact,
  type Unlearning,
} from '../../lab/index.ts';
import { messages, reasonOf, LocalizedError } from '../messages/index.ts';
import { screenOf } from '../address/screens.ts';
import { pickedText } from './announce.ts';
import { distinct, withFact, withFacts, withOwn, withQuestion } from '../address/editing.ts';
import { fromHash, toHash } from '../address/experiment-link.ts';
import { chosenAsking, nonDefaultAsking } from './asking-preference.ts';
import type { ModelInUse } from './model-in-use.svelte.ts';
import type { OwnFacts } from './own-facts.svelte.ts';
import type { Questions } from './questions.ts';
import type { Session } from './session.svelte.ts';

/** How a checkpoint's experiment is handed on. */
export interface SharedExperiment {
  json: string;
  link: string;
  /** Run from the untouched model it leads there; else it is only the last part of the way. */
  whole: boolean;
}

export class Trial {
  #edited: Experiment = $state.raw(openingExperiment);
  /** Called when the visitor put another fact on trial, or with true when a link did. */
  onBegin: (byLink: boolean) => void = () => undefined;
  /** A link was opened that is not what was set up here: it begins at the untouched model. */
  openedLink = false;
  /** Facts about countries, as they were before an own one took their place. */
  #countries: readonly TestedFact[] = openingExperiment.facts;
  /** How it would be unlearned, while no language is chosen for that. */
  #unlearning: Unlearning = $state.raw(unlearningBy('gradient-difference', ['en']));

  constructor(
    private readonly session: Session,
    private readonly model: ModelInUse,
    private readonly ownFacts: OwnFacts,
    private readonly questions: Questions,
  ) {}

  /** What the form shows and edits: a list of facts that may contradict each other, and unlearning that may have no language. */
  get form(): Experiment {
    const unlearn = this.#edited.unlearn ?? { ...this.#unlearning, languages: [] };
    return { ...this.#edited, unlearn };
  }

  /** What is set up, as it can be run, with the model, the adapter and the way of asking that are in use. */
  get experiment(): Experiment {
    const asking = this.session.asking ?? { mode: 'plain' as const };
    const edited = withFacts(this.#edited, distinct(this.#edited.facts));
    return { ...edited, ...this.model.named, asking };
  }

  /** The fact that the board follows. */
  get fact(): TestedFact {
    return this.#edited.facts[0] as TestedFact;
  }

  /** The same where the visitor wrote it; else null. */
  get own(): OwnFact | null {
    return this.fact.kind === 'own' ? this.fact : null;
  }

  /** The fact about a country that is, or was last, on trial. */
  get countryFact(): FalseFact {
    return this.#countries[0] as FalseFact;
  }

  /** The laboratory's address, with what is set up. */
  get hash(): string {
    return toHash({
      ...this.experiment,
      asking: chosenAsking(this.ownFacts.preference, this.session.info),
    });
  }

  /** Takes over what the laboratory's address says; one that cannot be read is told. */
  readAddress(): void {
    if (screenOf(location.hash) !== 'lab') return;
    try {
      const read = fromHash(location.hash);
      if (!read) return;
      if (read.asking) {
        this.ownFacts.borrow(read.asking);
        if (this.session.info) this.questions.settleAsking();
      }
      const before = this.hash;
      this.adopt(read);
      if (this.hash === before) return;
      this.openedLink = true;
      this.onBegin(true);
    } catch (error) {
      this.session.tell({ kind: 'bad-link', detail: reasonOf(error) });
    }
  }

  /** Takes an experiment over, and asks again where the fact became another. */
  adopt(experiment: Experiment): void {
    const [fact] = experiment.facts;
    const { unlearn } = experiment;
    if (fact?.kind !== 'own') this.#countries = experiment.facts;
    if (unlearn) this.#unlearning = unlearn;
    const edited = { ...experiment, unlearn: unlearn?.languages.length === 0 ? null : unlearn };
    this.#edited = fact?.kind === 'own' ? withOwn(edited, fact) : edited;
    this.session.putOnTrial(this.fact);
    this.questions.askSoon();
  }

  /** The same, and writes it to the address. */
  change(experiment: Experiment): void {
    const before = this.fact;
    this.adopt(experiment);
    this.writeAddress();
    if (!sameFact(before, this.fact)) this.onBegin(false);
  }

  writeAddress(): void {
    if (screenOf(location.hash) === 'lab') history.replaceState(history.state, '', this.hash);
  }

  /** Takes an own fact up, or with null goes back to the countries. */
  takeUp(own: OwnFact | null): void {
    this.change(withFacts(this.#edited, own ? [own] : this.#countries));
  }

  /** Sets a fact up to be lied about. */
  pick(subject: string, relation: RelationId): void {
    const countries = withFacts(this.#edited, this.#countries);
    this.change(withFact(countries, 0, withQuestion(this.countryFact, subject, relation)));
    this.session.announcement = pickedText(subject, relation);
  }

  /** Takes a run's facts over. */
  takeOver({ facts }: Pick<Experiment, 'facts'>): void {
    this.adopt(withFacts(this.#edited, facts));
  }

  /** Sets up an experiment given as JSON, and gives it. Throws an `Error` that says why it cannot be used. */
  open(json: string): Experiment {
    const text = messages.experiment;
    const experiment = parseExperiment(JSON.parse(json) as unknown);
    const { asking, together, facts } = experiment;
    const { info } = this.session;
    if (facts.length > 1 && together && facts.some(({ kind }) => kind === 'own'))
      throw new LocalizedError(text.ownByItself);
    if (facts.length > 1 && !together) throw new LocalizedError(text.severalRuns);
    if (!this.model.isNamed(experiment.model))
      throw new LocalizedError(text.otherModel({ folder: experiment.model }));
    if (asking?.mode === 'chat' && info && !info.chat) throw new LocalizedError(text.noChat);
    this.ownFacts.borrow(asking);
    this.change(experiment);
    this.questions.settleAsking();
    return experiment;
  }

  /** The experiment that a checkpoint came of, as JSON and as a link; null where no experiment says how it came about. */
  experimentOf(id: string): SharedExperiment | null {
    const { checkpoints, info } = this.session;
    const made = experimentAt(pathTo(checkpoints, id), this.model.named);
    if (!made) return null;
    const { experiment, whole } = made;
    const asking = nonDefaultAsking(experiment.asking, info);
    const page = location.origin + location.pathname + location.search;
    return {
      json: JSON.stringify(experiment, null, 2),
      link: page + toHash({ ...experiment, asking }),
      whole,
    };
  }
}
