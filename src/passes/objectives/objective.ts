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
  /** Weight of the kept sequences' part, float32 []. */
  retainWeight: Value;
  tokens: LabelledTokens;
  /** The sum over each sequence, float32 [B], of numbers by labelled token, float32 [N]. */
  total: (value: Value) => Value;
  /** The same of the reference, the model as it was when unlearning began: a forward pass without gradient, made when asked for. */
  reference: () => { sequenceLogProb: Value; logits: Value; probabilities: Value };
  /** The states after every layer, D wide, made when asked for. Throws where the graph does not show them. */
  states: () => { layers: LayerStates[]; width: number };
  /** One of the objective's own settings, float32 []. */
  setting: (name: string) => Value;
}

export interface Objective {
  /** It looks at the states after the layers. */
  readsStates?: boolean;
  /** The settings it reads beside the retain weight, with the defaults of its paper or of OpenUnlearning. */
  settings: Readonly<Record<string, number>>;
  /** Builds the loss, float32 []. */
  loss: (input: ObjectiveInput) => Value;
}

/** 1 for each sequence of a role, else 0: float32 [B]. */
export function ofRole({ b, role }: ObjectiveInput, which: Role): Value {
  return b.cast(b.op('Equal', [role, b.scalar(which)]), 'float32');
}

/** The same for each labelled token: float32 [N]. */
export function tokensOfRole(input: ObjectiveInput, which: Role): Value {
  return input.b.op('Gather', [ofRole(input, which), input.tokens.row]);
}

/** Mean of the values of weight 1 (both [B] or both [N]); zero where there are none. */
export function meanOf({ b }: ObjectiveInput, values: Value, weight: Value): Value {
  const count = b.op('Max', [b.op('ReduceSum', [weight], noKeep), b.scalar(1)]);
  return b.div(b.op('ReduceSum', [b.mul(values, weight)], noKeep), count);
}

/** Mean cross-entropy (nats a token) over the sequences of a role, or over all: −Σ logp / max(1, Σ tokens). */
export function meanCrossEntropy(input: ObjectiveInput, which: Role | null): Value {
  const { b, sequenceLogProb, sequenceTokens } = input;
  const weight = which === null ? null : ofRole(input, which);
  const weighted = (value: Value): Value =>
    b.op('ReduceSum', [weight ? b.mul(value, weight) : value], noKeep);
  const tokens = b.op('Max', [weighted(sequenceTokens), b.scalar(1)]);
  return b.op('Neg', [b.div(weighted(sequenceLogProb), tokens)]);
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
