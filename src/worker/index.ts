/** @file The face of `src/worker`: only the page's end; the workers themselves are their own entries. */
export type { LabApi, RunPlan, ModelSource } from './api.ts';
export { createLab, type LabClient } from './client.ts';
export type { Restart } from './engine.ts';
export type { Breakdown } from './supervisor.ts';
export {
  runSweep,
  type RunningSweep,
  type SweepEnding,
  type SweepEvent,
  type SweepRequest,
} from './sweep-client.ts';
