/** @file The face of `src/passes`: graphs in, graphs out. */
export { adapterInput, arenaLength, type ArenaSlice } from './arena.ts';
export { cacheBranch, keptLogits } from './fixed-inputs.ts';
export { pickLogits, placesInput } from './own-kernels.ts';
export { prepare, stepBranch, type StepBranch } from './prepare.ts';
export { differentiate, MissingGradientError, type CustomGradients } from './differentiate.ts';
export { hasSpreadableProducts, spreadNibbles } from './byte-products.ts';
export { halveProducts, hasHalfProducts } from './half.ts';
export { hasIntegerProducts, multiplyIntegers } from './integer-products.ts';
export { adapterLayout, type AdapterShape } from './inject.ts';
export { buildLensGraph } from './lens.ts';
export { buildPatchGraph, patchSource } from './patch.ts';
export { cacheAxes, isPast, mayPadLeft, presentOf, type CacheAxes } from './lower/past.ts';
export { lower, UnsupportedOperatorError } from './lower/index.ts';
export { checkMemory, estimateMemory, MemoryError, type MemoryEstimate } from './memory.ts';
export { mergeAdapter } from './merge.ts';
export {
  objectiveSettings,
  objectives,
  roles,
  type Objective,
  type ObjectiveName,
  type Role,
} from './objectives/index.ts';
export { adamW, type OptimiserSettings } from './optimise.ts';
export type { ModuleTable } from './module-names.ts';
export type { Projection } from './projection.ts';
export { findHead, findProjections } from './projections.ts';
export { referenceInput } from './reference.ts';
export { residualStream } from './residual.ts';
export {
  buildDecodeGraph,
  buildGradientGraph,
  buildInputGradientGraph,
  buildJoiningUpdateGraph,
  buildPartGraph,
  buildScoreGraph,
  buildSplitGraph,
  buildSumGraph,
  buildTrainGraph,
  buildUpdateGraph,
  hasCache,
  type Regulariser,
  type Trainable,
  type TrainGraph,
  type TrainOptions,
} from './train.ts';
export { estimateLayeredStep, savedBytes, type LayeredSizes } from './layered-memory.ts';
export {
  buildLayeredStep,
  type GraphRun,
  type LayeredStep,
  type LayerRun,
  type SharedGraph,
  type Span,
} from './layers.ts';
export { makeWeights } from './make-weights.ts';
