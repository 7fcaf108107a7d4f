/** @file “Is it really gone?”: one examination at a time, and what was found, kept until the page is left. */
import { ownEntry } from '../../own-entry.ts';
import {
  canonicalJson,
  examinations,
  type Examination,
  type Examined,
  type AuditEvent,
  type AuditReport,
  type Asking,
  type TestedFact,
} from '../../lab/index.ts';
import type { LabApi } from '../../worker/index.ts';
import { reasonOf } from '../messages/index.ts';

/** The examination in progress. */
export interface Examining {
  state: string;
  examination: Examination | null;
  /** 0 to 1 within it. */
  fraction: number;
  stopping: boolean;
}

const weights: Readonly<Record<Examination, number>> = {
  direct: 6,
  paraphrases: 10,
  context: 5,
  choice: 18,
  lens: 1,
  depth: 4,
  rounding: 12,
  across: 16,
  savings: 70,
};

export class Examinations {
  live: Examining | null = $state.raw(null);
  /** Why the last one could not go on. */
  failure: string | null = $state(null);
  #reports: Readonly<Record<string, AuditReport>> = $state.raw({});

  readonly #api: Pick<LabApi, 'examine' | 'stop'>;

  constructor(api: Pick<LabApi, 'examine' | 'stop'>) {
    this.#api = api;
  }

  /** How far the whole is, 0 to 1; an examination's weight is about the time that it takes. */
  get progress(): number {
    const { examination, fraction } = this.live ?? { examination: null, fraction: 0 };
    if (!examination) return 0;
    const whole = examinations.reduce((sum, each) => sum + weights[each], 0);
    const before = examinations
      .slice(0, examinations.indexOf(examination))
      .reduce((sum, each) => sum + weights[each], 0);
    return (before + fraction * weights[examination]) / whole;
  }

  /** What is known of a state, as `stateKey` names it, and a fact, asked in a certain way. */
  reportOf(state: string, fact: TestedFact, asking: Asking | undefined): AuditReport | null {
    return ownEntry(this.#reports, keyOf(state, fact, asking)) ?? null;
  }

  /** Never rejects: what went wrong is in `failure`. */
  async examine(state: string, examined: Examined, taught: string | null): Promise<void> {
    this.failure = null;
    this.live = { state, examination: null, fraction: 0, stopping: false };
    const file = (report: AuditReport): void => {
      this.#reports = { ...this.#reports, [keyOf(state, examined.fact, examined.asking)]: report };
    };
    try {
      file(await this.#api.examine(examined, taught, (event) => this.#take(event, file)));
    } catch (error) {
      this.failure = reasonOf(error);
    } finally {
      this.live = null;
    }
  }

  #take(event: AuditEvent, file: (report: AuditReport) => void): void {
    // Events may arrive after the call's result.
    if (!this.live) return;
    if (event.type === 'report') file(event.report);
    else this.live = { ...this.live, examination: event.examination, fraction: event.fraction };
  }

  async stop(): Promise<void> {
    if (!this.live) return;
    this.live = { ...this.live, stopping: true };
    await this.#api.stop();
  }
}

function keyOf(state: string, fact: TestedFact, asking: Asking | undefined): string {
  return canonicalJson([state, fact, asking ?? null]);
}
