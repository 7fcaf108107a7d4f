/** @file The face of `src/lab/audit`: is it really gone? */
export { examine, type ExaminationHooks } from './examine.ts';
export { examinedAt } from './examined.ts';
export {
  isMarkedlySooner,
  otherFalseAnswer,
  relearningLanguage,
  savingsOf,
  type Saving,
} from './savings.ts';
export { auditResult } from './schema.ts';
export { defaultExamination, thresholds } from './thresholds.ts';
export { leadingLayers, verdict, type Conclusion, type Finding, type Verdict } from './verdict.ts';
export * from './types.ts';
