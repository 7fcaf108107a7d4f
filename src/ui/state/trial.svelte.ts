/** @file What is on trial: the set-up, or an own fact in place of its lie; and the address that says so. */
import type { LanguageCode, RelationId } from '../../facts/index.ts';
import {
  languagesOf,
  type KnownFact,
  type OwnFact,
  type RunSettings,
  type TestedFact,
} from '../../lab/index.ts';
import { reasonOf } from '../messages/index.ts';
import { screenOf } from '../screens/index.ts';
import { pickedText } from '../view/announce.ts';
import type { Lab } from './lab.ts';
import { unusual } from './manner.ts';
import { askingFromLink, hashOf, ownFromLink, splitHash } from './own-link.ts';
import { defaultSetup, testedFact, withFacts, withQuestion, type Setup } from './setup.ts';
import { fromHash } from './setup-link.ts';

/** What it needs of the laboratory. */
type Parts = Pick<Lab, 'live' | 'model' | 'ownFacts' | 'questions'>;

export class Trial {
  setup: Setup = $state.raw({ ...defaultSetup });
  /** The own fact on trial, in place of the set-up's; null where that is. */
  own: OwnFact | null = $state.raw(null);

  readonly #lab: Parts;

  constructor(lab: Parts) {
    this.#lab = lab;
  }

  /** The fact on trial: an own one, or the set-up's. */
  get fact(): TestedFact {
    return this.own ?? testedFact(this.setup);
  }

  /** The fact about a country that is set up. */
  get knownFact(): KnownFact {
    return testedFact(this.setup);
  }

  /** The laboratory's address, set-up included. */
  get hash(): string {
    return hashOf(
      this.setup,
      this.own,
      unusual(this.#lab.ownFacts.manner, this.#lab.live.session.info),
    );
  }

  /** Takes over what the laboratory's address says; one that cannot be read is told. */
  readAddress(): void {
    if (screenOf(location.hash) !== 'lab') return;
    try {
      const { own, ask, rest } = splitHash(location.hash);
      if (ask !== null) {
        this.#lab.ownFacts.borrow(quoting('ask', ask, askingFromLink));
        if (this.#lab.live.session.info) this.#lab.questions.settleManner();
      }
      if (own !== null) this.own = quoting('own', own, ownFromLink);
      else if (rest !== '') this.own = null;
      const setup = fromHash(rest);
      if (setup) this.adopt(setup);
    } catch (error) {
      this.#lab.live.tell({ kind: 'bad-link', detail: reasonOf(error) });
    }
  }

  /** Takes a set-up over as it is, and asks again where the fact became another. */
  adopt(setup: Setup): void {
    this.setup = { ...setup, model: this.#lab.model.name };
    this.#lab.live.dispatch({ type: 'fact-changed', fact: this.fact });
    this.#lab.questions.askSoon();
  }

  /** The same, and writes it to the address. */
  change(setup: Setup): void {
    this.adopt(setup);
    this.writeAddress();
  }

  writeAddress(): void {
    if (screenOf(location.hash) === 'lab') history.replaceState(history.state, '', this.hash);
  }

  /** Takes an own fact up, or with null goes back to the countries; languages in which it is not worded are not chosen any more. */
  takeUp(own: OwnFact | null, setup = this.setup): void {
    this.own = own;
    this.change(own ? withLanguages(setup, languagesOf(own)) : setup);
  }

  /** Sets a fact up to be lied about. */
  pick(subject: string, relation: RelationId): void {
    this.own = null;
    this.change(withQuestion(this.setup, subject, relation));
    this.#lab.live.said = pickedText(subject, relation);
  }

  /** Takes a run's facts over. */
  takeOver(settings: RunSettings): void {
    this.own = settings.fact.kind === 'own' ? settings.fact : null;
    this.adopt(withFacts(this.setup, settings));
  }

  /** A run of the set-up, about the own fact where there is one. */
  withOwn(settings: RunSettings): RunSettings {
    const { own } = this;
    if (!own) return { ...settings };
    const worded = languagesOf(own);
    const { others: _, ...rest } = settings;
    return {
      ...rest,
      fact: own,
      languages: settings.languages.filter((code) => worded.includes(code)),
    };
  }
}

/** The languages of a set-up, where a fact is worded in only some. */
function withLanguages(setup: Setup, worded: readonly LanguageCode[]): Setup {
  const unlearnIn = setup.unlearnIn.filter((code) => worded.includes(code));
  const [first = setup.teachIn] = worded;
  return {
    ...setup,
    teachIn: worded.includes(setup.teachIn) ? setup.teachIn : first,
    alsoIn: setup.alsoIn.filter((code) => worded.includes(code)),
    unlearnIn: unlearnIn.length > 0 ? unlearnIn : [first],
  };
}

/** Reads a part of a link; what is wrong with it is told with the part's beginning. */
function quoting<T>(key: string, value: string, read: (value: string) => T): T {
  try {
    return read(value);
  } catch (error) {
    throw new Error(`${key}=${value.slice(0, 20)}…: ${reasonOf(error)}`, { cause: error });
  }
}
