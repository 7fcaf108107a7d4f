/** @file All examinations of one state, one after the other; afterwards the model is exactly as it was. */
import {
  DivergedError,
  NoResidualStreamError,
  type AdapterState,
  type CausalLM,
} from '../../model/index.ts';
import { Stopped, type Bench } from './bench.ts';
import { examineByChoice } from './choice.ts';
import { examineInContext } from './context.ts';
import { examineDirectly } from './direct.ts';
import { examineByLens } from './lens.ts';
import { examineParaphrases } from './paraphrases.ts';
import { relearn, relearningLanguage } from './savings.ts';
import { defaultExamination } from './thresholds.ts';
import type {
  Controlled,
  Examination,
  ExaminationSettings,
  Examined,
  GoneEvent,
  GoneReport,
} from './types.ts';

export interface ExaminationHooks {
  onEvent(event: GoneEvent): void;
  /** Asked between portions of a second or so. */
  shouldStop(): boolean;
}

const quietly: ExaminationHooks = { onEvent: () => undefined, shouldStop: () => false };

/**
 * Examines the model's present state, and the untouched model beside it as the control. What cannot be examined is named in
 * `impossible`; where it was stopped, the report holds what was done by then. Rejects where the model cannot be asked at all. In every
 * case the state, moments and step count are put back.
 */
export async function examine(
  model: CausalLM,
  examined: Examined,
  hooks: ExaminationHooks = quietly,
  changes: Partial<ExaminationSettings> = {},
): Promise<GoneReport> {
  const settings = { ...defaultExamination, ...changes };
  const report: GoneReport = { ...examined, settings, impossible: {}, stopped: false };
  const state = await model.getState();
  const course = new Course(model, state, report, hooks);
  try {
    await course.take('direct', (bench) => examineDirectly(bench, examined, settings));
    await course.take('paraphrases', (bench) => examineParaphrases(bench, examined));
    await course.take('context', (bench) => examineInContext(bench, examined, settings));
    await course.take('choice', (bench) => examineByChoice(bench, examined, settings));
    await course.take('lens', (bench) => examineByLens(bench, examined));
    const language = settings.relearnIn ?? relearningLanguage(examined);
    await course.take('savings', (bench) => relearn(bench, examined, language, settings), {
      language,
    });
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    report.stopped = true;
  } finally {
    await model.setState(state);
  }
  return report;
}

type Measured<K extends Examination> =
  NonNullable<GoneReport[K]> extends Controlled<infer T> ? T : never;

/** The course of the examinations over the two states. */
class Course {
  constructor(
    private readonly model: CausalLM,
    private readonly state: AdapterState,
    private readonly report: GoneReport,
    private readonly hooks: ExaminationHooks,
  ) {}

  /** Makes one examination of both states and files it in the report; an untouched state is its own control. */
  async take<K extends Examination>(
    examination: K,
    measure: (bench: Bench) => Promise<Measured<K>>,
    more: Partial<GoneReport[K]> = {},
  ): Promise<void> {
    const { model, report, hooks } = this;
    const reason = impossible(model, examination);
    if (reason === null) {
      try {
        const result = { ...(await this.both(examination, measure)), ...more };
        Object.assign(report, { [examination]: result });
      } catch (error) {
        if (!isImpossible(error)) throw error;
        report.impossible[examination] = error.message;
      }
    } else report.impossible[examination] = reason;
    hooks.onEvent({ type: 'report', report: { ...report, impossible: { ...report.impossible } } });
  }

  private async both<T>(
    examination: Examination,
    measure: (bench: Bench) => Promise<T>,
  ): Promise<Controlled<T>> {
    const { model, state } = this;
    const isControl = isUntouched(model, state);
    const on = async (start: AdapterState, from: number, share: number): Promise<T> => {
      await model.setState(start);
      return measure({
        model,
        report: (fraction) => {
          if (this.hooks.shouldStop()) throw new Stopped();
          this.hooks.onEvent({
            type: 'progress',
            examination,
            fraction: from + share * fraction,
          });
        },
      });
    };
    const here = await on(state, 0, isControl ? 1 : 0.5);
    const untouched = isControl ? here : await on(model.freshState(), 0.5, 0.5);
    return { here, untouched };
  }
}

/** Whether the adapter changes nothing: every B is zero. */
export function isUntouched({ info }: CausalLM, { values }: AdapterState): boolean {
  return info.layout.every(
    ({ name, offset, length }) =>
      !name.endsWith('.lora_B') ||
      values.subarray(offset, offset + length).every((value) => value === 0),
  );
}

/** What says of an examination that it cannot be made, and leaves the others to be made. */
function isImpossible(error: unknown): error is Error {
  return error instanceof DivergedError || error instanceof NoResidualStreamError;
}

/** Why the model cannot be examined so, where that is known beforehand. */
function impossible({ info }: CausalLM, examination: Examination): string | null {
  return examination === 'savings' && !info.trainable ? (info.untrainableReason ?? '') : null;
}
