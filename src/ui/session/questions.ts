/** @file Asks the model about the fact on trial, the way that the visitor, a link or an experiment chose. */
import type { LanguageCode } from '../../facts/index.ts';
import { languageOrder, languagesOf, type Probe, type TestedFact } from '../../lab/index.ts';
import type { LabApi } from '../../worker/index.ts';
import { reasonOf } from '../messages/index.ts';
import type { Knowledge } from './knowledge.svelte.ts';
import { askingOf, sameAsking } from './asking-preference.ts';
import type { OwnFacts } from './own-facts.svelte.ts';
import type { Session } from './session.svelte.ts';

/** Typing is over after this many milliseconds: then the model is asked. */
const settle = 250;

export class Questions {
  /** Called when the model has answered and is asked nothing more. */
  onAnswered: () => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Tells whether the answer to the question that is waited for is still wanted. */
  #waiting: (() => boolean) | null = null;

  constructor(
    private readonly api: LabApi,
    private readonly session: Session,
    private readonly ownFacts: OwnFacts,
    private readonly knowledge: Knowledge,
    /** The languages in which the lie is taught. */
    private readonly taught: () => readonly LanguageCode[],
  ) {}

  /** Asks in all languages, and again if the fact or checkpoint changed in the meantime and has no answers yet. */
  async ask(): Promise<void> {
    const { session } = this;
    if (this.#waiting !== null) return;
    if (session.phase !== 'ready') {
      session.isAsking = false;
      return;
    }
    const { fact, asking } = session;
    const isWanted = (this.#waiting = session.question());
    try {
      const probe = await this.api.probe(fact, asking, this.#order(), (row, growing) => {
        // A row may come after the result: they have ports of their own.
        if (this.#waiting === isWanted && isWanted()) session.showRow(row, growing);
      });
      if (this.#waiting !== isWanted) return;
      if (isWanted()) {
        if (probe) session.show(probe);
        else session.brokenOff = true;
      }
    } catch (error) {
      if (this.#waiting === isWanted) {
        session.unanswered = isWanted();
        session.tell({ kind: 'action-failed', detail: reasonOf(error) });
      }
      return;
    } finally {
      if (this.#waiting === isWanted) {
        this.#waiting = null;
        session.isAsking = false;
      }
    }
    if (!isWanted()) await this.askIfUnknown();
    else this.onAnswered();
  }

  /** Another model is being loaded: whatever the one before still answers is of no interest. */
  drop(): void {
    this.#waiting = null;
    clearTimeout(this.#timer);
  }

  /** Asks where nothing is known yet. */
  async askIfUnknown(): Promise<void> {
    if (this.session.rows.length === 0) await this.ask();
    else if (this.#waiting === null) this.session.isAsking = false;
  }

  /** English and the language that is taught, then the others. */
  #order(): LanguageCode[] {
    const { fact } = this.session;
    const asked = languagesOf(fact);
    return languageOrder(this.taught()).filter((code) => asked.includes(code));
  }

  /** Leaves the languages that have not answered yet. */
  async stop(): Promise<void> {
    await this.session.attempt(() => this.api.stopAsking());
  }

  /** The same when typing is over. */
  askSoon(): void {
    clearTimeout(this.#timer);
    // What is asked now is no longer wanted.
    if (this.session.isAsking && this.session.rows.length === 0) void this.api.stopAsking();
    if (this.session.rows.length === 0)
      this.#timer = setTimeout(() => void this.askIfUnknown(), settle);
  }

  /** Asks about any fact, without touching what the laboratory shows. */
  askAbout(fact: TestedFact): Promise<Probe | null> {
    return this.api.probe(fact, this.session.asking);
  }

  /** Takes over how the model is to be asked, and asks again where that changed. */
  settleAsking(): void {
    const { info, asking: before } = this.session;
    const asking = askingOf(this.ownFacts.preference, info);
    if (!sameAsking(asking, before)) void this.knowledge.forget(asking);
    this.session.askIn(asking);
    this.askSoon();
  }
}
