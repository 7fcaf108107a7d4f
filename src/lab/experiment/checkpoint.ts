/** @file What is measured by language, and a checkpoint: the state after a run, and how it came about. */
import * as v from 'valibot';
import { languageCodes } from '../../facts/index.ts';
import { canonicalJson } from '../canonical.ts';
import { check, measured, moment, natural, perhapsMeasured, renamed } from '../check.ts';
import {
  experimentSchema,
  phaseOf,
  runKey,
  type Experiment,
  type ExperimentRun,
  type Teaching,
} from './experiment.ts';
import { answerClass } from '../fact/answers.ts';
import { place } from '../fact/judge.ts';
import type { AdapterState } from 'lethe-lora/engine';
import { upgraded } from './old-checkpoint.ts';

/**
 * Mean share of the false answer over a few held-out statements, held-out questions, and inverted forms; null where the language has none of
 * that kind. In an inverted form the answer comes first, and the probability is that of the rest of the sentence after it.
 */
export const paraphraseShares = v.object({
  statement: v.nullable(measured),
  question: v.nullable(measured),
  inverted: v.nullable(measured),
});

/** One language's row of the board at one moment. Probabilities are of the whole answer: exp(summed log-probability). */
export const probeRow = v.object({
  language: v.picklist(languageCodes),
  logProbFalse: measured,
  logProbTrue: measured,
  /** P(false) / (P(false) + P(true)), in [0, 1]. The curve that the chart draws. */
  falseShare: measured,
  /** Greedy answer, null when this probe measured only probabilities. */
  answer: v.nullable(v.string()),
  answerClass: v.nullable(answerClass),
  /** Where the answer says what its class says, in UTF-16 units; null where no accepted spelling is found in it. Absent in older records. */
  said: v.exactOptional(v.nullable(place)),
  /** Loss of the sentence that says the false answer, nats a token. Absent in records older than this measurement. */
  falseLoss: v.exactOptional(measured),
  /** Extraction strength and exact memorisation of the false answer as it is taught, in [0, 1]. Absent in older records. */
  extractionStrength: v.exactOptional(measured),
  exactMemorisation: v.exactOptional(measured),
  /** Rank of the truth among the two answers on trial and a sample of others (1: likeliest); where the plan asks for it. */
  truthRank: v.exactOptional(natural),
  /** The false answer's share in other wordings, where the plan asks for it. */
  paraphrases: v.exactOptional(paraphraseShares),
});

/** What a probe measures of the model as a whole; the results of experiments (`sweep/result.ts`) hold it too. */
export const modelMetrics = {
  /** Share of the retain facts still answered right (greedy or by ranking), in [0, 1]; null when not measured. */
  retained: perhapsMeasured,
  /** How far the run has moved the weights: Frobenius norm of the change of (alpha/r)·B·A, all adapted matrices together. */
  moved: v.exactOptional(measured),
};

const probe = renamed(
  { keptLoss: 'retainLoss' },
  v.object({
    /** Optimiser step within the run at which this was measured; 0 is before the first step. */
    step: natural,
    rows: v.array(probeRow),
    ...modelMetrics,
    /** Loss of the retain set's sentences after their first word, nats a token (perplexity is its exponential); where the plan asks for it. */
    retainLoss: v.exactOptional(measured),
    /** The other facts of the run, in their order: the rows of each, measured as those of the first. */
    others: v.exactOptional(v.array(v.array(probeRow))),
  }),
);

export const runEnding = v.picklist([
  'finished',
  'stopped',
  'bound-reached',
  'forgotten',
  'diverged',
]);

/** Characters of a name: more than the page ever gives one. */
export const longestName = 2000;

/** A node of the history tree: the state after a run, or one that no run made (`experiment` null): the root, or an adapter from a file. */
const checkpointMeta = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  parent: v.nullable(v.pipe(v.string(), v.maxLength(200))),
  name: v.pipe(v.string(), v.maxLength(longestName)),
  createdAt: moment,
  modelId: v.string(),
  modelDigest: v.string(),
  /** Which adapter its numbers belong to (see `adapterKey`); absent in records of the model's default adapter. */
  adapter: v.exactOptional(v.string()),
  /** The experiment of which the run took a phase. */
  experiment: v.nullable(experimentSchema),
  phase: v.nullable(v.picklist(['teach', 'unlearn'])),
  ending: v.nullable(runEnding),
  /** The state's optimiser step (AdamW's t) and the steps done in this run; every run begins its optimiser anew. */
  step: natural,
  runStep: natural,
  /** Loss of every step of this run. */
  losses: v.array(measured),
  probes: v.array(probe),
  /** The retain weight as it is by now, where the method changes it. */
  retainWeight: v.exactOptional(measured),
  /** SHA-256 (hex) over the state's bytes and this record as it was stored. */
  digest: v.string(),
});

export type ParaphraseShares = v.InferOutput<typeof paraphraseShares>;
export type ProbeRow = v.InferOutput<typeof probeRow>;
export type Probe = v.InferOutput<typeof probe>;
export type CheckpointMeta = v.InferOutput<typeof checkpointMeta>;
export type RunEnding = v.InferOutput<typeof runEnding>;

/** A checkpoint and the state that it stands for. */
export interface Checkpoint {
  meta: CheckpointMeta;
  state: AdapterState;
}

/** A record from outside as a checkpoint of this version; throws with the name of the first field that is wrong. */
export function parseCheckpointMeta(value: unknown): CheckpointMeta {
  return check(checkpointMeta, upgraded(value), 'This checkpoint is not valid');
}

/** The run that a checkpoint is the end of; null where no run made it. */
export function runOf({ experiment, phase }: CheckpointMeta): ExperimentRun | null {
  return experiment && phase && { experiment, phase };
}

/** Checkpoints from the root to `id`; a missing or repeated parent ends the way. */
export function pathTo(
  checkpoints: readonly CheckpointMeta[],
  id: string | null,
): CheckpointMeta[] {
  const byId = new Map(checkpoints.map((meta) => [meta.id, meta]));
  const path: CheckpointMeta[] = [];
  for (let meta = id === null ? undefined : byId.get(id); meta;) {
    byId.delete(meta.id);
    path.unshift(meta);
    meta = meta.parent === null ? undefined : byId.get(meta.parent);
  }
  return path;
}

/** The lesson that a state was last given about an experiment's facts, on the path of checkpoints that leads to it. */
export function lessonBefore(
  path: readonly CheckpointMeta[],
  { facts }: Pick<Experiment, 'facts'>,
): Teaching | null {
  const about = canonicalJson(facts);
  const lesson = path.findLast(
    ({ phase, experiment }) => phase === 'teach' && canonicalJson(experiment?.facts) === about,
  );
  return lesson?.experiment?.teach ?? null;
}

export interface CheckpointExperiment {
  experiment: Experiment;
  /** Run from the untouched model it takes the same steps. Else there was more on the way than one experiment can say, and this is the end of it. */
  whole: boolean;
}

/**
 * The experiment that the last checkpoint of a path from the untouched model came of. Null where no experiment says that: no run made it,
 * or it was unlearned without a lesson. Records that do not name their model are of the one named here.
 */
export function experimentAt(
  path: readonly CheckpointMeta[],
  named: Pick<Experiment, 'model' | 'adapter'>,
): CheckpointExperiment | null {
  const last = path.at(-1);
  const teach = last?.experiment && lessonBefore(path, last.experiment);
  if (!last?.experiment || !teach) return null;
  const stored = last.experiment;
  const experiment = { ...stored, ...(stored.model === '' && named), teach };
  const phases = experiment.unlearn ? (['teach', 'unlearn'] as const) : (['teach'] as const);
  const [root, ...runs] = path;
  const whole =
    root?.experiment === null &&
    root.parent === null &&
    runs.length === phases.length &&
    phases.every((phase, index) => {
      const run = runs[index] && runOf(runs[index]);
      return run?.phase === phase && runKey(run) === runKey({ experiment, phase });
    });
  return { experiment, whole };
}

/** Languages of a run. */
export function languagesOfRun(run: ExperimentRun) {
  return phaseOf(run).languages;
}
