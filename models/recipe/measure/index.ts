/** @file The measures by name, in the order they are reported. */
import { cloze } from './cloze.ts';
import { grid } from './grid.ts';
import { knowledge } from './knowledge.ts';
import type { Measure } from './measure.ts';
import { spread } from './spread.ts';
import { transfer } from './transfer.ts';

export const measureNames = ['knowledge', 'transfer', 'cloze', 'spread', 'grid'] as const;
export type MeasureName = (typeof measureNames)[number];

export const measures: Readonly<Record<MeasureName, Measure<unknown, unknown, unknown>>> = {
  knowledge,
  transfer,
  cloze,
  spread,
  grid,
};

/** A task as it is given to a worker. */
export interface NamedTask {
  measure: MeasureName;
  task: unknown;
}
