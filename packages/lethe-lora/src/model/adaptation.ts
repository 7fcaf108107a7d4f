/** @file A file rewritten so that adapters sit on its projections: what every graph but the file's own is built from. */
import type { Graph } from '../onnx/index.ts';
import {
  findProjections,
  prepare,
  stepBranch,
  type Projection,
  type StepBranch,
  type Trainable,
} from '../passes/index.ts';
import { chosen } from './describe.ts';
import type { ModelFiles } from './files.ts';
import { moduleTable } from './peft-modules.ts';
import type { AdapterConfig } from './types.ts';

export interface Adaptation {
  source: Graph;
  /** The branch of a merged decoder that goes on from a cache, where there is one that can be used. */
  step: StepBranch | null;
  /** All projections, whether the adapter sits on them or not. */
  projections: readonly Projection[];
  trainable: Trainable & { kind: 'adapters' };
}

/** Finds where a file's adapters go; the file is left as it is. Throws with the reason where they go nowhere. */
export function adapt(
  file: Graph,
  { config, external }: Pick<ModelFiles, 'config' | 'external'>,
  adapter: AdapterConfig,
): Adaptation {
  const source = prepare(file.clone(), external);
  const projections = findProjections(source, moduleTable(config));
  const { rank, alpha } = adapter;
  return {
    source,
    step: stepBranch(file, external),
    projections,
    trainable: { kind: 'adapters', projections: chosen(projections, adapter), rank, alpha },
  };
}
