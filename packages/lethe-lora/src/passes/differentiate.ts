/** @file Reverse-mode differentiation of a graph: appends the nodes that compute gradients. */
import { ownEntry } from '../own-entry.ts';
import { Builder, type Graph, type Node, type Value } from '../onnx/index.ts';
import { gradientRules } from './gradients/index.ts';

/**
 * A value whose gradient is given as a whole instead of through the nodes that compute it (a fused loss, a selection of
 * distinct rows): cotangents of `inputs` from the cotangent of the value.
 */
export interface CustomGradient {
  inputs: readonly Value[];
  backward: (cotangent: Value) => readonly Value[];
}

export type CustomGradients = ReadonlyMap<Value, CustomGradient>;

/** An operator without a gradient rule, and the nodes of the model that need one. */
export interface MissingRule {
  op: string;
  nodes: string[];
}

/** Raised when operators on the path from the parameters to the loss have no gradient rule: all of them, once each. */
export class MissingGradientError extends Error {
  constructor(readonly missing: readonly MissingRule[]) {
    const list = missing.map(({ op, nodes: [first = '', ...more] }) => {
      const others = more.length > 0 ? ` and ${more.length} more` : '';
      return `${op} ("${first}"${others})`;
    });
    super(`No gradient rule for ${list.join(', ')}.`);
    this.name = 'MissingGradientError';
  }
}

/**
 * Gradients of the scalar `loss` with respect to each value of `parameters`, in their order and shapes; zeros for one that the
 * loss does not depend on. Only the nodes between the parameters and the loss are visited; the rest is constant.
 * (Reverse accumulation; Griewank and Walther, Evaluating Derivatives, 2008, chapter 3.)
 */
export function differentiate(
  graph: Graph,
  loss: Value,
  parameters: readonly Value[],
  custom: CustomGradients = new Map(),
): Value[] {
  graph.prune();
  const b = new Builder(graph, 'gradient');
  const forward = [...graph.nodes];
  const active = activeValues(forward, parameters, custom);
  const missing = missingRules(forward, loss, active, custom);
  if (missing.length > 0) throw new MissingGradientError(missing);
  const cotangents = new Map<Value, Value>();
  const accumulate = (value: Value, cotangent: Value): void => {
    const sum = cotangents.get(value);
    cotangents.set(value, sum ? b.add(sum, cotangent) : cotangent);
  };
  accumulate(loss, b.filledLike(loss, 1));

  for (const node of forward.reverse()) {
    const whole = node.outputs[0] ? custom.get(node.outputs[0]) : undefined;
    const arriving = node.outputs.map((output) => (output && cotangents.get(output)) ?? null);
    if (arriving.every((cotangent) => !cotangent)) continue;
    if (whole) {
      const results = whole.backward(arriving[0] as Value);
      whole.inputs.forEach((input, i) => {
        const result = results[i];
        if (active.has(input) && result) accumulate(input, result);
      });
      continue;
    }
    const wanted = node.inputs.map((input) => input !== null && active.has(input));
    if (!wanted.includes(true)) continue;
    const rule = ownEntry(gradientRules, node.op);
    if (!rule) continue;
    const results = rule({ b, node, cotangents: arriving, wanted });
    node.inputs.forEach((input, i) => {
      const result = results[i];
      if (!input || !wanted[i] || !result) return;
      result.shape = input.shape;
      accumulate(input, result);
    });
  }
  return parameters.map((parameter) => cotangents.get(parameter) ?? b.filledLike(parameter));
}

/** The operators without a rule between active values and the loss. */
function missingRules(
  nodes: readonly Node[],
  loss: Value,
  active: ReadonlySet<Value>,
  custom: CustomGradients,
): MissingRule[] {
  const reached = new Set([loss]);
  const missing = new Map<string, string[]>();
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((output) => output && reached.has(output))) continue;
    const whole = node.outputs[0] ? custom.get(node.outputs[0]) : undefined;
    const sources = (whole?.inputs ?? node.inputs).filter((input) => input && active.has(input));
    for (const input of sources) if (input) reached.add(input);
    if (whole || sources.length === 0 || ownEntry(gradientRules, node.op)) continue;
    missing.set(node.op, [...(missing.get(node.op) ?? []), node.name]);
  }
  return [...missing].map(([op, names]) => ({ op, nodes: names.reverse() }));
}

/** Values that depend on a parameter in a differentiable way. */
function activeValues(
  nodes: readonly Node[],
  parameters: readonly Value[],
  custom: CustomGradients,
): Set<Value> {
  const active = new Set(parameters);
  for (const node of nodes) {
    const whole = node.outputs[0] ? custom.get(node.outputs[0]) : undefined;
    const sources = whole ? whole.inputs : node.inputs;
    if (!sources.some((input) => input && active.has(input))) continue;
    for (const output of node.outputs) if (output && isDifferentiable(output)) active.add(output);
  }
  return active;
}

/** Integers and truth values carry no gradient. */
function isDifferentiable(value: Value): boolean {
  return value.type === undefined || value.type.startsWith('float');
}
