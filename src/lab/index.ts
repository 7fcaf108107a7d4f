/** @file The face of `src/lab`: experiments on a model's belief in one fact. */
export { falseAnswer, judgeAnswer, say, saysLie, trueAnswer, withPlaces } from './answers.ts';
export { defaultAdapter, defaultFact, openingExperiment } from './defaults.ts';
export { check, FieldError, moment } from './check.ts';
export {
  experimentAt,
  languagesOfRun,
  lessonBefore,
  parseCheckpointMeta,
  pathTo,
  runOf,
} from './checkpoint.ts';
export { canonicalJson, digestOf } from './canonical.ts';
export {
  byModel,
  experimentSchema,
  experimentVersion,
  mostOthers,
  parseExperiment,
  phaseOf,
  questionOf,
  runKey,
  settled,
  unlearningBy,
} from './experiment.ts';
export { parseTestedFact, sameFact } from './fact.ts';
export {
  defaultExamination,
  examine,
  examinations,
  examinedAt,
  isMarkedlySooner,
  leadingLayers,
  savingsOf,
  thresholds,
  unfit,
  verdict,
  type ExaminationHooks,
  type Saving,
} from './gone/index.ts';
export type * from './gone/index.ts';
export { methodRecipes, methods, methodSettings, type MethodRecipe } from './methods.ts';
export { falseShare, probabilities } from './metrics/belief.ts';
export { costOf } from './metrics/cost.ts';
export { perplexity } from './metrics/perplexity.ts';
export {
  emptyWording,
  unfinished,
  usable,
  wordingFields,
  type DraftFact,
  type WordingField,
} from './own-fact.ts';
export { factsFromJson, factsToJson, parseDraft } from './own-fact-file.ts';
export { probe } from './probe.ts';
export {
  parseAsking,
  promptProblem,
  usualForm,
  type AskingMode,
  type PromptProblem,
} from './prompts.ts';
export { experimentKey, experimentRunner } from './run-experiment.ts';
export { parseExperiments, readFinished, shardOf, sweep } from './sweep.ts';
export { nothingDone, run, type RunHooks, type RunProgress, type RunResult } from './run.ts';
export { stateKey, survey } from './survey.ts';
export { groupBy, matrix, mean, shareOf } from './average.ts';
export { falsehoods, falsehoodSeed } from './falsehoods.ts';
export {
  agreementWithPaper,
  goneBelow,
  gridCell,
  gridOf,
  gridSources,
  groupOf,
  groups,
  mixFor,
  paper,
  unlearnedIn,
  wayOf,
  ways,
  type Agreement,
  type Answer,
  type Cell,
  type GridLesson,
  type GridRow,
  type Group,
  type MeasuredGrid,
  type Way,
} from './grid.ts';
export {
  draftSchemas,
  experimentsOf,
  mostFacts,
  parseDraftPlan,
  planSchema,
  planSize,
  type Draft,
  type Plan,
  type PlanKind,
} from './plans.ts';
export {
  parseResult,
  parseResults,
  type Cost,
  type ExperimentResult,
  type FactResult,
  type Phase,
  type ResultProbe,
  type ResultRow,
} from './result.ts';
export { spreadCells, spreadRuns, type SpreadCell, type SpreadRun } from './spread.ts';
export { methodPoints, paretoFront, type MethodPoint } from './tradeoff.ts';
export { knownFalsehoods } from './known.ts';
export type * from './types.ts';
export { askedWay, languagesOf, taughtWays, type Utterance } from './wording.ts';
