/** @file The experiment that a checkpoint's runs come to: what is stored with it, and what a link to it holds. */
import type { AdapterConfig } from '../model/index.ts';
import { canonicalJson } from './canonical.ts';
import { retainSetSize } from './defaults.ts';
import {
  experimentVersion,
  parseExperiment,
  probeInterval,
  teachSettingsOf,
  unlearnSettingsOf,
  type Experiment,
} from './experiment.ts';
import { factsOf } from './batch.ts';
import { settingsOf } from './methods.ts';
import type { CheckpointMeta, RunSettings, TeachSettings, UnlearnSettings } from './types.ts';

/** The model that runs were made on, as an experiment names it, and what differs from its usual adapter. */
export interface RunOn {
  model: string;
  adapter: Partial<AdapterConfig> | null;
}

export interface RunsExperiment {
  experiment: Experiment;
  /** Run from the untouched model it takes the same steps. Else there was more on the way than one experiment can say, and this is the end of it. */
  whole: boolean;
}

/**
 * The experiment of a row of runs, the last of which made the checkpoint: its lesson, and its unlearning after the last lesson about the
 * same facts. Null where no experiment says that: nothing was run, or it was unlearned without a lesson.
 */
export function experimentOfRuns(runs: readonly RunSettings[], on: RunOn): RunsExperiment | null {
  const last = runs.at(-1);
  if (!last) return null;
  const facts = canonicalJson(factsOf(last));
  const lesson = runs.findLast(
    (run): run is TeachSettings => run.kind === 'teach' && canonicalJson(factsOf(run)) === facts,
  );
  if (!lesson) return null;
  const unlearning = last.kind === 'unlearn' ? last : null;
  try {
    const experiment = parseExperiment(written(lesson, unlearning, on));
    const again = [
      teachSettingsOf(experiment, experiment.facts),
      unlearnSettingsOf(experiment, experiment.facts),
    ].filter((run) => run !== null);
    const whole = canonicalJson(again.map(spelledOut)) === canonicalJson(runs.map(spelledOut));
    return { experiment, whole };
  } catch {
    // A run may be of a kind that an experiment has no words for.
    return null;
  }
}

/**
 * The experiment of the last checkpoint on a path from the untouched model: the one stored with it, brought up to date; in rows
 * from before experiments were stored, what their runs' settings come to.
 */
export function experimentAt(path: readonly CheckpointMeta[], on: RunOn): RunsExperiment | null {
  const made = experimentOfRuns(
    path.flatMap(({ settings }) => (settings ? [settings] : [])),
    on,
  );
  const stored = path.at(-1)?.experiment;
  if (stored === undefined) return made;
  try {
    return { experiment: parseExperiment(stored), whole: made?.whole ?? false };
  } catch {
    return made;
  }
}

function written(
  lesson: TeachSettings,
  unlearning: UnlearnSettings | null,
  { model, adapter }: RunOn,
): object {
  const last = unlearning ?? lesson;
  const every = [lesson, unlearning].every(
    (run) => run === null || run.probeEvery === probeInterval(run.steps),
  )
    ? null
    : last.probeEvery;
  return {
    version: experimentVersion,
    model,
    adapter,
    asking: last.asking ?? { mode: 'plain' },
    facts: factsOf(lesson),
    together: (lesson.others ?? []).length > 0,
    teach: {
      languages: lesson.languages,
      steps: lesson.steps,
      learningRate: lesson.learningRate,
      retainPerStep: lesson.retainPerStep,
      holdOut: lesson.holdOut ?? false,
      truthful: lesson.truthful ?? null,
    },
    unlearn: unlearning && {
      method: unlearning.method,
      options: settingsOf(unlearning),
      languages: unlearning.languages,
      steps: unlearning.steps,
      learningRate: unlearning.learningRate,
      retainPerStep: unlearning.retainPerStep,
      retainWeight: unlearning.retainWeight,
      stopBelow: unlearning.stopBelow,
      forgetLossBound: unlearning.forgetLossBound,
    },
    probes: { every, kept: last.keptSentences ?? retainSetSize, ...(last.plan ?? boardOnly) },
    seed: last.seed,
  };
}

const boardOnly = { candidates: 0, paraphrases: false, fluency: false };

/** A run with what it leaves out written out. */
function spelledOut(run: RunSettings): object {
  return {
    ...run,
    plan: run.plan ?? boardOnly,
    holdOut: run.holdOut ?? false,
    keptSentences: run.keptSentences ?? retainSetSize,
    ...(run.kind === 'unlearn' && { options: settingsOf(run) }),
  };
}
