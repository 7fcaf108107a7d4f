/** @file Finding out what the model knows: one survey at a time, for whatever the page shows now. */
import type { LanguageCode, RelationId } from '../../facts/index.ts';
import type { Asking } from '../../lab/index.ts';
import type { LabApi } from '../../worker/index.ts';
import { reasonOf } from '../messages/index.ts';
import { answersOf, nothingKnown, unasked, withAnswers, type Known } from './known.ts';

/** What somebody is looking at. */
export interface Wish {
  /** The model's state, as `stateKey` names it. */
  state: string;
  relation: RelationId;
  /** Asked in first. */
  language: LanguageCode;
}

export class Knowledge {
  known: Known = $state.raw(nothingKnown);
  isAsking = $state(false);
  /** Why the last survey ended early, where it failed. */
  failure: string | null = $state(null);

  readonly #api: Pick<LabApi, 'survey' | 'stopSurvey'>;
  #wish: Wish | null = null;
  #asking: Asking | undefined;

  constructor(api: Pick<LabApi, 'survey' | 'stopSurvey'>) {
    this.#api = api;
  }

  /** Asks for what is not yet known of the wish; a survey for another one ends. */
  async ask(wish: Wish): Promise<void> {
    this.#wish = wish;
    this.failure = null;
    if (this.isAsking) {
      await this.#api.stopSurvey();
      return;
    }
    this.isAsking = true;
    try {
      // Once for each wish: a survey that gives way to a run or another checkpoint is begun again by whoever shows the panel.
      for (let next: Wish | null = wish; next; next = this.#wish === next ? null : this.#wish)
        await this.#survey(next);
    } catch (error) {
      this.failure = reasonOf(error);
    } finally {
      this.isAsking = false;
    }
  }

  /** What was found in another way of asking does not count any more. */
  async forget(asking: Asking | undefined): Promise<void> {
    this.#asking = asking;
    this.known = nothingKnown;
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#wish = null;
    if (this.isAsking) await this.#api.stopSurvey();
  }

  async #survey({ state, relation, language }: Wish): Promise<void> {
    const languages = unasked(answersOf(this.known, state, relation), relation, language);
    if (languages.length === 0) return;
    const asking = this.#asking;
    await this.#api.survey({ relation, languages, ...(asking && { asking }) }, (batch) => {
      if (asking === this.#asking) this.known = withAnswers(this.known, relation, batch);
    });
  }
}
