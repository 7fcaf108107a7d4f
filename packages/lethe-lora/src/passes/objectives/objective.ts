/** @file What an objective is: a scalar to minimise, built from the log-probabilities of the labelled tokens. */
import type { Builder, Value } from '../../onnx/index.ts';
import type { LabelledTokens } from '../log-probability.ts';

/** A layer's residual stream where the labelled tokens are predicted, float32 [N, D], and the same of the reference. */
export interface LayerStates {
  now: Value;
  frozen: Value;
}

/** What a sequence is to an objective. A preferred one stands right behind the forgotten one that it replaces. */
export const roles = { kept: 0, forgotten: 1, preferred: 2 } as const;
export type Role = (typeof roles)[keyof typeof roles];

/** Values an objective may use. B sequences, N labelled tokens, V words. */
export interface ObjectiveInput {
  b: Builder;
  /** Summed log-probability of each sequence's labelled tokens, float32 [B]. */
  sequenceLogProb: Value;
  /** Number of labelled tokens of each sequence, float32 [B]. */
  sequenceTokens: Value;
  /** The role of each sequence, float32 [B]. */
  role: Value;
  /**
   * Roles and label counts [W] of the whole batch, which means are taken over: the same as `role` and `sequenceTokens` unless this graph
   * computes a part of a batch.
   */
  whole: { role: Value; sequenceTokens: Value };
  /** Weight of the kept sequences' part, float32 []. */
  retainWeight: Value;
  tokens: LabelledTokens;
  /** The sum over each sequence, float32 [B], of numbers by labelled token, float32 [N]. */
  total: (value: Value) => Value;
  /** The same of the reference, the model as it was when unlearning began: a forward pass without gradient, made when asked for. */
  reference: () => Pick<LabelledTokens, 'logits' | 'softmax'> & { sequenceLogProb: Value };
  /** The states after every layer, D wide, made when asked for. Throws where the graph does not show them. */
  states: () => { layers: LayerStates[]; width: number };
  /** One of the objective's own settings, float32 []. */
  setting: (name: string) => Value;
}

export interface Objective {
  /** It looks at the states after the layers. */
  readsStates?: boolean;
  /** Builds the loss, float32 []. */
  loss: (input: ObjectiveInput) => Value;
}

/** Which values a mean is taken over, and how many of them there are in the whole batch. */
export interface Weighting {
  /** 1 where a value counts, else 0: float32, [B] for sequences and [N] for labelled tokens. */
  weight: Value;
  /** Σ weight over the whole batch, float32 []. */
  count: Value;
}

/** 1 where a sequence has a role, else 0. */
function isRole({ b }: ObjectiveInput, role: Value, which: Role): Value {
  return b.cast(b.op('Equal', [role, b.scalar(which)]), 'float32');
}

/** The sequences of a role. */
export function sequencesOfRole(input: ObjectiveInput, which: Role): Weighting {
  const { b, role, whole } = input;
  return {
    weight: isRole(input, role, which),
    count: b.op('ReduceSum', [isRole(input, whole.role, which)], noKeep),
  };
}

/** The labelled tokens of the sequences of a role, or of all. */
export function tokensOfRole(input: ObjectiveInput, which: Role): Weighting {
  const { b, role, whole, tokens } = input;
  const counted = b.mul(whole.sequenceTokens, isRole(input, whole.role, which));
  return {
    weight: b.op('Gather', [isRole(input, role, which), tokens.row]),
    count: b.op('ReduceSum', [counted], noKeep),
  };
}

/** Each place [B − 1] where a forgotten sequence stands with the preferred one right behind it. */
export function pairs(input: ObjectiveInput): Weighting {
  const { b, role, whole } = input;
  const isPair = (of: Value): Value =>
    b.mul(
      b.slice(isRole(input, of, roles.forgotten), 0, 0, -1),
      b.slice(isRole(input, of, roles.preferred), 0, 1, 2 ** 31 - 1),
    );
  return { weight: isPair(role), count: b.op('ReduceSum', [isPair(whole.role)], noKeep) };
}

/** Mean of the values that count; zero where there are none. Of a part of a batch: its share of the whole batch's mean. */
export function meanOf({ b }: ObjectiveInput, values: Value, { weight, count }: Weighting): Value {
  const sum = b.op('ReduceSum', [b.mul(values, weight)], noKeep);
  return b.div(sum, b.op('Max', [count, b.scalar(1)]));
}

/** Mean cross-entropy (nats a token) over the sequences of a role, or over all: −Σ logp / max(1, Σ tokens). */
export function meanCrossEntropy(input: ObjectiveInput, which: Role | null): Value {
  const { b, sequenceLogProb, role, whole } = input;
  const weighted = (value: Value, of: Value): Value =>
    b.op('ReduceSum', [which === null ? value : b.mul(value, isRole(input, of, which))], noKeep);
  const tokens = b.op('Max', [weighted(whole.sequenceTokens, whole.role), b.scalar(1)]);
  return b.op('Neg', [b.div(weighted(sequenceLogProb, role), tokens)]);
}

/** forget + w·CE(kept): how nearly every method holds on to the rest. */
export function withRetain(input: ObjectiveInput, forget: Value): Value {
  const { b, retainWeight } = input;
  return b.add(forget, b.mul(meanCrossEntropy(input, roles.kept), retainWeight));
}

/** log σ(x) = −softplus(−x). */
export function logSigmoid(b: Builder, x: Value): Value {
  return b.op('Neg', [b.op('Softplus', [b.op('Neg', [x])])]);
}

/** weight · value, where the weight counts as a constant although it depends on the parameters. */
export function timesConstant({ b, tokens }: ObjectiveInput, weight: Value, value: Value): Value {
  const product = b.mul(weight, value);
  tokens.custom.set(product, {
    inputs: [value],
    backward: (cotangent) => [b.mul(cotangent, weight)],
  });
  return product;
}

const noKeep = { keepdims: { kind: 'int', value: 0 } } as const;
