/** @file The face of `src/lab`: experiments on a model's belief in one fact. */
export {
  falseAnswer,
  judgeAnswer,
  say,
  saysFalseAnswer,
  trueAnswer,
  withPlaces,
} from './fact/answers.ts';
export { defaultAdapter, defaultFact, openingExperiment } from './experiment/defaults.ts';
export { check, FieldError, moment, natural } from './check.ts';
export {
  experimentAt,
  languagesOfRun,
  lessonBefore,
  parseCheckpointMeta,
  pathTo,
  runOf,
} from './experiment/checkpoint.ts';
export { canonicalJson, digestOf } from './canonical.ts';
export {
  byModel,
  experimentSchema,
  experimentVersion,
  maxExtraFacts,
  parseExperiment,
  phaseOf,
  questionOf,
  runKey,
  settled,
  unlearningBy,
} from './experiment/experiment.ts';
export { parseTestedFact, sameFact } from './fact/fact.ts';
export {
  defaultExamination,
  depthScore,
  examine,
  examinations,
  examinedAt,
  isMarkedlySooner,
  leadingLayers,
  otherFalseAnswer,
  relearningLanguage,
  roundingBits,
  savingsOf,
  strongest,
  taughtAt,
  thresholds,
  undoneAt,
  unfit,
  verdict,
  type ExaminationHooks,
  type Saving,
} from './audit/index.ts';
export type * from './audit/index.ts';
export { methods, methodSettings, type MethodRecipe } from './experiment/methods.ts';
export { oddsFell, probabilities } from './run/metrics/belief.ts';
export { costOf, type Cost } from './run/metrics/cost.ts';
export { perplexity } from './run/metrics/perplexity.ts';
export {
  emptyWording,
  unfinished,
  usable,
  type DraftFact,
  type WordingField,
} from './fact/own-fact.ts';
export { factsFromJson, factsToJson, parseDraftFact } from './fact/own-fact-file.ts';
export { stepExamples, stepSentence, type StepSentence } from './run/batch.ts';
export { languageOrder, probe } from './run/probe.ts';
export {
  inspect,
  type Inspection,
  type LikelyAnswer,
  type Looked,
  type Piece,
} from './run/inspect.ts';
export { dissect, leftover } from './microscope/index.ts';
export type {
  Dissection,
  Guess,
  LayerReading,
  Leftover,
  LeftoverAsked,
  LikelyToken,
  Moved,
} from './microscope/index.ts';
export {
  parseAsking,
  promptProblem,
  defaultForm,
  type AskingMode,
  type PromptProblem,
} from './fact/prompts.ts';
export { experimentKey, experimentRunner } from './sweep/run-experiment.ts';
export { parseExperiments, readFinished, shardOf, sweep } from './sweep/sweep.ts';
export { nothingDone, run, type RunHooks, type RunProgress, type RunResult } from './run/run.ts';
export { stateKey, survey } from './run/survey.ts';
export { groupBy, matrix, mean, shareOf } from './average.ts';
export { chooseFalseFacts, falseFactSeed } from './fact/false-facts.ts';
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
} from './sweep/grid.ts';
export {
  planDraftSchemas,
  experimentsOf,
  mostFacts,
  parsePlanDraft,
  planSchema,
  planSize,
  type PlanDraft,
  type Plan,
  type PlanKind,
} from './sweep/plans.ts';
export {
  parseResult,
  parseResults,
  type ExperimentResult,
  type FactResult,
  type Phase,
  type ResultProbe,
  type ResultRow,
} from './sweep/result.ts';
export { spreadCells, spreadRuns, type SpreadCell, type SpreadRun } from './sweep/spread.ts';
export { methodPoints, paretoFront, type MethodPoint } from './sweep/tradeoff.ts';
export { knownFalseFacts } from './sweep/known.ts';
export { askedWay, languagesOf, taughtWays, type Utterance } from './fact/wording.ts';
export type {
  Checkpoint,
  CheckpointExperiment,
  CheckpointMeta,
  ParaphraseShares,
  Probe,
  ProbeRow,
  RunEnding,
} from './experiment/checkpoint.ts';
export type {
  Experiment,
  ExperimentRun,
  Range,
  RunPhase,
  Teaching,
  Unlearning,
} from './experiment/experiment.ts';
export type { Method } from './experiment/methods.ts';
export type { AnswerClass } from './fact/answers.ts';
export type { FalseFact, TestedFact } from './fact/fact.ts';
export type { OwnFact, OwnWording } from './fact/own-fact.ts';
export type { Asking, Prompts } from './fact/prompts.ts';
export type { RunEvent } from './run/run.ts';
export type { SurveyAnswer, SurveyBatch } from './run/survey.ts';
