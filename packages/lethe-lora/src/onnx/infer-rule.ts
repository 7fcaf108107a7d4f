/** @file What a rule tells of an operator's outputs. */
import type { Node, Shape } from './graph.ts';
import type { DataType } from './tensor.ts';

/** What is known about one output. */
export interface Inferred {
  type?: DataType | undefined;
  shape?: Shape | undefined;
}

export type Rule = (node: Node) => (Inferred | null)[];
