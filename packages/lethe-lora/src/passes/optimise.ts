/** @file The optimiser as nodes: global-norm clipping and AdamW on the whole arena at once. */
import type { Builder, Value } from '../onnx/index.ts';

export interface OptimiserSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Gradients longer than this (L2, all parameters together) are scaled down to it; null: never. */
  maxGradientNorm: number | null;
}

/** PyTorch's defaults for AdamW, without clipping. */
export const adamW: OptimiserSettings = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradientNorm: null,
};

export interface OptimiserState {
  /** All float32 [P]. */
  parameters: Value;
  moment1: Value;
  moment2: Value;
}

/**
 * One step of AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101, in PyTorch's order of operations) from the flat
 * gradient [P], the learning rate [] and the number of this step [] (from 1). Returns the new state and the
 * gradient's norm [] before clipping.
 */
export function optimise(
  b: Builder,
  gradient: Value,
  state: OptimiserState,
  learningRate: Value,
  step: Value,
  settings: OptimiserSettings,
): OptimiserState & { gradientNorm: Value } {
  const { beta1, beta2, epsilon, weightDecay, maxGradientNorm } = settings;
  const squares = b.op('ReduceSumSquare', [gradient], { keepdims: { kind: 'int', value: 0 } });
  const gradientNorm = b.op('Sqrt', [squares]);
  let clipped = gradient;
  if (maxGradientNorm !== null) {
    const ratio = b.div(maxGradientNorm, b.add(gradientNorm, 1e-6));
    clipped = b.mul(gradient, b.op('Min', [ratio, b.scalar(1)]));
  }
  const moment1 = b.add(b.mul(state.moment1, beta1), b.mul(clipped, 1 - beta1));
  const moment2 = b.add(b.mul(state.moment2, beta2), b.mul(b.mul(clipped, clipped), 1 - beta2));
  const correction1 = b.sub(1, b.op('Pow', [b.scalar(beta1), step]));
  const correction2 = b.op('Sqrt', [b.sub(1, b.op('Pow', [b.scalar(beta2), step]))]);
  const denominator = b.add(b.div(b.op('Sqrt', [moment2]), correction2), epsilon);
  const update = b.mul(b.div(moment1, denominator), b.div(learningRate, correction1));
  const decayed = b.mul(state.parameters, b.sub(1, b.mul(learningRate, weightDecay)));
  return { parameters: b.sub(decayed, update), moment1, moment2, gradientNorm };
}
