/** @file The face of `src/hub`: a model's files from the Hub, from this browser's cache, or from this computer. */
export {
  cachedModels,
  cachedSource,
  deleteCached,
  findCached,
  type CachedModel,
  type CachedVariant,
} from './cache.ts';
export { Downloads } from './client.ts';
export {
  chooseVariant,
  deviceLimits,
  memoryNeeded,
  obstacle,
  type Choice,
  type DeviceLimits,
  type Obstacle,
  type Reason,
} from './device.ts';
export type { DownloadProgress } from './download.ts';
export { failureOf, type Failure } from './failure.ts';
export type { Pause } from './fetch-file.ts';
export { lookUp, type HubModel } from './listing.ts';
export {
  calledByContents,
  chosenFiles,
  droppedFiles,
  filesSource,
  localModel,
  type LocalFile,
  type LocalModel,
} from './local.ts';
export { listedIn, recommended, type Recommended } from './recommended.ts';
export { variantsOf, type ListedFile, type Variant, type VariantFiles } from './variants.ts';
