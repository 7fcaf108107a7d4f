/** @file The face of `src/lessons`: guided lessons, what they measure, and which explanation fits. */
export { explain, type Explanation } from './explain.ts';
export { lessonOf, lessons, nextLesson, shortened } from './lessons.ts';
export { outcomeOf, rightLanguages, rightPairs, sayers } from './outcome.ts';
export { readProgress, writeProgress } from './progress.ts';
export * from './types.ts';
