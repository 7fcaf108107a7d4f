/** @file The face of `src/lessons`: guided lessons, what they measure, and which sentences fit. */
export { discuss, generalQuestions } from './discuss.ts';
export { explain } from './explain.ts';
export { controlFact, lessonOf, lessons, nextLesson, shortened } from './lessons.ts';
export { outcomeOf, rightLanguages, rightPairs, sayers } from './outcome.ts';
export { readProgress, writeProgress } from './progress.ts';
export type { Sentence, Value } from './rules.ts';
export * from './types.ts';
