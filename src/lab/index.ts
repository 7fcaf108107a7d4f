/** @file The face of `src/lab`: experiments on a model's belief in one fact. */
export { classifyAnswer, falseAnswer, say, trueAnswer } from './answers.ts';
export {
  defaultAdapter,
  defaultFact,
  defaultTeach,
  defaultUnlearn,
  unlearnDefaults,
} from './defaults.ts';
export { canonicalJson } from './canonical.ts';
export {
  experimentVersion,
  factGroups,
  parseExperiment,
  teachSettingsOf,
  unlearnSettingsOf,
  type Experiment,
} from './experiment.ts';
export {
  defaultExamination,
  examine,
  examinations,
  examinedAt,
  isMarkedlySooner,
  leadingLayers,
  savingsOf,
  thresholds,
  verdict,
  type ExaminationHooks,
  type Saving,
} from './gone/index.ts';
export type * from './gone/index.ts';
export { methodRecipes, methods, methodSettings, type MethodRecipe } from './methods.ts';
export { falseShare, probabilities } from './metrics/belief.ts';
export { costOf, type Cost } from './metrics/cost.ts';
export { perplexity } from './metrics/perplexity.ts';
export { probe } from './probe.ts';
export {
  experimentKey,
  experimentRunner,
  type ExperimentResult,
  type FactResult,
  type Phase,
} from './run-experiment.ts';
export { parseExperiments, readFinished, shardOf, sweep } from './sweep.ts';
export { nothingDone, run, type RunHooks, type RunProgress, type RunResult } from './run.ts';
export {
  FieldError,
  mostOthers,
  parseCheckpointMeta,
  parseRunSettings,
  parseTestedFact,
} from './schema.ts';
export { stateKey, survey } from './survey.ts';
export type * from './types.ts';
