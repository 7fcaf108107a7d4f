/** @file All examinations of one state, one after the other; afterwards the model is exactly as it was. */
import {
  CapabilityError,
  DivergedError,
  changesNothing,
  whyNot,
  type AdapterState,
  type CausalLM,
} from 'lethe-lora/engine';
import { Stopped, type Examiner } from './examiner.ts';
import { examineAcross } from './across.ts';
import { examineByChoice } from './choice.ts';
import { examineInContext, hasExamples } from './context.ts';
import { examineDirectly } from './direct.ts';
import { examineDepth } from './depth.ts';
import { examineByLens } from './lens.ts';
import { examineByRounding } from './rounding.ts';
import { examineParaphrases, hasAskableSentences } from './paraphrases.ts';
import { otherFalseAnswer, relearn, relearningLanguage } from './savings.ts';
import { defaultExamination } from './thresholds.ts';
import { pause } from '../pause.ts';
import type { TestedFact } from '../fact/fact.ts';
import { unfit } from './types.ts';
import type {
  Controlled,
  Examination,
  ExaminationSettings,
  Examined,
  AuditEvent,
  AuditReport,
  Relearning,
} from './types.ts';

export interface ExaminationHooks {
  onEvent(event: AuditEvent): void;
  /** Asked between portions of a second or so. */
  shouldStop(): boolean;
}

const quietly: ExaminationHooks = { onEvent: () => undefined, shouldStop: () => false };

/**
 * Examines the model's present state, and the untouched model beside it as the control; `taught` is the state before it was unlearned. What cannot be examined is named in
 * `impossible`; where it was stopped, the report holds what was done by then. Rejects where the model cannot be asked at all. In every
 * case the state, moments and step count are put back.
 */
export async function examine(
  model: CausalLM,
  examined: Examined,
  hooks: ExaminationHooks = quietly,
  changes: Partial<ExaminationSettings> = {},
  taught: AdapterState | null = null,
): Promise<AuditReport> {
  const settings = { ...defaultExamination, ...changes };
  const report: AuditReport = { ...examined, settings, impossible: {}, stopped: false };
  const state = await model.getState();
  const audit = new Audit(model, state, report, hooks);
  try {
    await audit.take('direct', (examiner) => examineDirectly(examiner, examined, settings));
    await audit.take('paraphrases', (examiner) => examineParaphrases(examiner, examined));
    await audit.take('context', (examiner) => examineInContext(examiner, examined, settings));
    await audit.take('choice', (examiner) => examineByChoice(examiner, examined, settings));
    await audit.take('lens', (examiner) => examineByLens(examiner, examined));
    await audit.takeDepth(examined, taught);
    await audit.take('rounding', (examiner) => examineByRounding(examiner, examined, settings));
    await audit.take('across', (examiner) => examineAcross(examiner, examined));
    await audit.takeSavings(examined);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    report.stopped = true;
  } finally {
    await model.setState(state);
  }
  return report;
}

type Measured<K extends Examination> =
  NonNullable<AuditReport[K]> extends Controlled<infer T> ? T : never;

/** A measurement and the state that it is made of. */
interface Measurement<T> {
  start: AdapterState;
  measure: (examiner: Examiner) => Promise<T>;
}

/** The examinations of the state in use and of the untouched one, which is its own control. */
class Audit {
  private readonly isControl: boolean;

  constructor(
    private readonly model: CausalLM,
    private readonly state: AdapterState,
    private readonly report: AuditReport,
    private readonly hooks: ExaminationHooks,
  ) {
    this.isControl = changesNothing(model.info, state);
  }

  /** Makes one examination of both states and files it in the report. */
  take<K extends Examination>(
    examination: K,
    measure: (examiner: Examiner) => Promise<Measured<K>>,
  ): Promise<void> {
    return this.file(examination, async () => {
      const { state, model } = this;
      const measurements = [state, ...(this.isControl ? [] : [model.freshState()])].map(
        (start) => ({
          start,
          measure,
        }),
      );
      const [here, untouched = here] = await this.measureAll(examination, measurements);
      return { here, untouched };
    });
  }

  /** The untouched model's states, and those in use, put into the taught model's. */
  takeDepth(examined: Examined, taught: AdapterState | null): Promise<void> {
    if (!taught) {
      this.report.impossible.depth = unfit.depth;
      return this.tell();
    }
    return this.file('depth', async () => {
      const measure = (examiner: Examiner) => examineDepth(examiner, examined, this.state);
      const [rows] = await this.measureAll('depth', [{ start: taught, measure }]);
      return rows;
    });
  }

  /** The false answer taught again to both states, and another false answer too. */
  takeSavings(examined: Examined): Promise<void> {
    const { model, state, report } = this;
    const { settings } = report;
    const language = settings.relearnIn ?? relearningLanguage(examined);
    const other = otherFalseAnswer(examined.fact, settings.seed);
    const teach =
      (fact: TestedFact) =>
      (examiner: Examiner): Promise<Relearning> =>
        relearn(examiner, { ...examined, fact }, language, settings);
    return this.file('savings', async () => {
      const both = (fact: TestedFact): Measurement<Relearning>[] =>
        [state, ...(this.isControl ? [] : [model.freshState()])].map((start) => ({
          start,
          measure: teach(fact),
        }));
      const measurements = [
        ...both(examined.fact),
        ...(other && !this.isControl ? both(other.fact) : []),
      ];
      const [here, never = here, otherHere, otherNever] = await this.measureAll(
        'savings',
        measurements,
      );
      const control =
        other && otherHere && otherNever
          ? { object: other.object, here: otherHere, untouched: otherNever }
          : null;
      return { here, untouched: never, language, other: control };
    });
  }

  private async file(examination: Examination, make: () => Promise<unknown>): Promise<void> {
    const { report } = this;
    const reason = impossible(this.model, report, examination);
    if (reason !== null) report.impossible[examination] = reason;
    else
      try {
        Object.assign(report, { [examination]: await make() });
      } catch (error) {
        if (!isImpossible(error)) throw error;
        report.impossible[examination] = error.message;
      }
    return this.tell();
  }

  private tell(): Promise<void> {
    const { report } = this;
    this.hooks.onEvent({
      type: 'report',
      report: { ...report, impossible: { ...report.impossible } },
    });
    return Promise.resolve();
  }

  /** Makes the measurements one after the other, and reports how far they all are. */
  private async measureAll<T>(
    examination: Examination,
    measurements: readonly Measurement<T>[],
  ): Promise<[T, ...T[]]> {
    const results: T[] = [];
    for (const [index, { start, measure }] of measurements.entries()) {
      await this.model.setState(start);
      const report = async (fraction: number): Promise<void> => {
        await pause();
        if (this.hooks.shouldStop()) throw new Stopped();
        this.hooks.onEvent({
          type: 'progress',
          examination,
          fraction: (index + fraction) / measurements.length,
        });
      };
      results.push(await measure({ model: this.model, report }));
    }
    return results as [T, ...T[]];
  }
}

/** What says of an examination that it cannot be made, and leaves the others to be made. */
function isImpossible(error: unknown): error is Error {
  return error instanceof DivergedError || error instanceof CapabilityError;
}

/** Why the model or the fact cannot be examined so, where that is known beforehand. */
function impossible(
  { info }: CausalLM,
  { fact }: Examined,
  examination: Examination,
): string | null {
  const reason = examination === 'savings' ? whyNot(info.can.teach) : null;
  if (reason !== null) return reason;
  if (examination === 'context' && !hasExamples(fact)) return unfit.context;
  if (examination === 'paraphrases' && fact.kind === 'own' && !hasAskableSentences(fact))
    return unfit.paraphrases;
  return null;
}
