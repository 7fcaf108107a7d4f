/** @file Every operator that stands in the way of teaching, not only the first one that is met. */
import type { Graph } from '../../packages/lethe-lora/src/onnx/index.ts';
import {
  buildTrainGraph,
  lower,
  MissingGradientError,
  type Trainable,
  type UnsupportedOperatorError,
} from '../../packages/lethe-lora/src/passes/index.ts';

export interface MissingOperator {
  operator: string;
  /** What is missing, as a sentence. */
  reason: string;
  nodes: string[];
}

/** What has no lowering, and what has no gradient rule; empty where teaching fails for another reason, or not at all. */
export function missingOperators(source: Graph, trainable: Trainable): MissingOperator[] {
  return [...withoutLowering(source), ...withoutRule(source, trainable)];
}

function withoutLowering(source: Graph): MissingOperator[] {
  const unsupported: UnsupportedOperatorError[] = [];
  try {
    lower(source, { cache: false, unsupported });
  } catch {
    // What is left as it is may break what comes after it.
  }
  return unsupported.map(({ message, node }) => ({
    operator: node.op,
    reason: message,
    nodes: [node.name],
  }));
}

function withoutRule(source: Graph, trainable: Trainable): MissingOperator[] {
  try {
    buildTrainGraph(source, trainable, 'cross-entropy');
  } catch (error) {
    if (error instanceof MissingGradientError)
      return error.missing.map(({ op, nodes }) => ({
        operator: op,
        reason: `${op} has no gradient rule.`,
        nodes,
      }));
  }
  return [];
}
