/** @file The face of `src/lab/audit`: is it really gone? */
export { examine, type ExaminationHooks } from './examine.ts';
export { depthScore, undoneAt } from './depth.ts';
export { examinedAt, taughtAt } from './examined.ts';
export { roundingBits } from './rounding.ts';
export {
  isMarkedlySooner,
  otherFalseAnswer,
  relearningLanguage,
  savingsOf,
  type Saving,
} from './savings.ts';
export { auditResult } from './schema.ts';
export { defaultExamination, thresholds } from './thresholds.ts';
export {
  leadingLayers,
  strongest,
  verdict,
  type Conclusion,
  type Finding,
  type Verdict,
} from './verdict.ts';
export * from './types.ts';
