/** @file Asking the model about the fact on trial, in the manner that the visitor, a link or an experiment chose. */
import type { LabApi, Probe, TestedFact } from '../../lab/index.ts';
import { reasonOf } from '../messages/index.ts';
import type { Lab } from './lab.ts';
import { askingOf, sameAsking } from './manner.ts';
import { sameFact } from './setup.ts';
import { whenDrawn } from './turns.ts';

/** Typing is over after this many milliseconds: then the model is asked. */
const settle = 250;

/** What it needs of the laboratory. */
type Parts = Pick<Lab, 'live' | 'ownFacts' | 'knowledge'>;

export class Questions {
  readonly #api: Pick<LabApi, 'probe'>;
  readonly #lab: Parts;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Pick<LabApi, 'probe'>, lab: Parts) {
    this.#api = api;
    this.#lab = lab;
  }

  /** Asks the model in all languages; again if meanwhile the fact changed, or the state, unless that one's answers are known. */
  async ask(): Promise<void> {
    const live = this.#lab.live;
    const { phase, asking, fact, manner, current } = live.session;
    if (phase !== 'ready' || asking) return;
    live.dispatch({ type: 'asking' });
    // The model takes every processor: first the page says that it is asked.
    await whenDrawn();
    try {
      const probe = await this.#api.probe(fact, manner);
      live.dispatch({ type: 'asked', fact, manner, current, probe });
    } catch (error) {
      live.dispatch({ type: 'ask-failed', message: reasonOf(error) });
      return;
    }
    if (
      !sameFact(fact, live.session.fact) ||
      !sameAsking(manner, live.session.manner) ||
      current !== live.session.current
    )
      await this.askIfUnknown();
  }

  /** Asks where nothing is known yet. */
  async askIfUnknown(): Promise<void> {
    if (this.#lab.live.session.rows.length === 0) await this.ask();
  }

  /** The same when typing is over. */
  askSoon(): void {
    clearTimeout(this.#timer);
    if (this.#lab.live.session.rows.length === 0)
      this.#timer = setTimeout(() => void this.askIfUnknown(), settle);
  }

  /** Asks about any fact, without touching what the laboratory shows. */
  askAbout(fact: TestedFact): Promise<Probe> {
    return this.#api.probe(fact, this.#lab.live.session.manner);
  }

  /** Takes over how the model is to be asked, and asks again where that changed. */
  settleManner(): void {
    const { info, manner: before } = this.#lab.live.session;
    const manner = askingOf(this.#lab.ownFacts.manner, info);
    if (!sameAsking(manner, before)) void this.#lab.knowledge.forget(manner);
    this.#lab.live.dispatch({ type: 'manner-changed', manner });
    this.askSoon();
  }
}
