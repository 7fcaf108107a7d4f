/** @file The face of `src/lab`: experiments on a model's belief in one fact. */
export { classifyAnswer, falseAnswer, say, trueAnswer } from './answers.ts';
export { defaultAdapter, defaultFact, defaultTeach, defaultUnlearn } from './defaults.ts';
export { falseShare, probe } from './probe.ts';
export { nothingDone, run, type RunProgress, type RunResult } from './run.ts';
export { parseCheckpointMeta, parseRunSettings, parseTestedFact } from './schema.ts';
export { stateKey, survey } from './survey.ts';
export type * from './types.ts';
