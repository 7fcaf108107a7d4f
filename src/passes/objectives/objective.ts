/** @file What an objective is: a scalar to minimise, built from the sequences' log-probabilities. */
import type { Builder, Value } from '../../onnx/index.ts';

/** Values an objective may use. */
export interface ObjectiveInput {
  b: Builder;
  /** Summed log-probability of each sequence's labelled tokens, float32 [B]. */
  sequenceLogProb: Value;
  /** Number of labelled tokens of each sequence, float32 [B]. */
  sequenceTokens: Value;
  /** 1 for a sequence to be forgotten, 0 for one to be learned or kept, float32 [B]. */
  role: Value;
  /** Weight of the kept sequences' part, float32 []. */
  retainWeight: Value;
}

/** Builds the loss, float32 []. */
export type Objective = (input: ObjectiveInput) => Value;

/**
 * Mean cross-entropy (nats a token) over the sequences of weight 1: −Σ logp / max(1, Σ tokens). Zero where there are none.
 */
export function meanCrossEntropy(
  { b, sequenceLogProb, sequenceTokens }: ObjectiveInput,
  weight: Value | null,
): Value {
  const weighted = (value: Value): Value =>
    b.op('ReduceSum', [weight ? b.mul(value, weight) : value], NO_KEEP);
  const tokens = b.op('Max', [weighted(sequenceTokens), b.scalar(1)]);
  return b.op('Neg', [b.div(weighted(sequenceLogProb), tokens)]);
}

const NO_KEEP = { keepdims: { kind: 'int', value: 0 } } as const;
