/**
 * @file Sine and cosine of rotary angles in products and sums. WGSL allows an error of 2⁻¹¹ between −π and π and any beyond (WGSL, 15.7.4),
 * which is seen in a loss; these are right to 2⁻²² for angles up to 10⁵.
 */
import type { Builder, Graph, Node, Value } from '../../onnx/index.ts';
import type { Turn } from './angles.ts';
import type { LoweringContext } from './context.ts';

/**
 * π/2 as a sum whose first three parts have eight bits, so that their products with a whole number below 2¹⁶ are exact (Cody and Waite,
 * Software Manual for the Elementary Functions, 1980).
 */
const quarters = [1.5703125, 4.825592041015625e-4, 1.2665987014770508e-6, 9.920935796805404e-10];

/** Coefficients of z = r², the highest first, of (sin r − r)/r³ and (cos r − 1 + z/2)/z² for |r| ≤ π/4 (Cephes, sinf and cosf). */
const sine = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
const cosine = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];

function polynomial(b: Builder, z: Value, [first = 0, ...rest]: readonly number[]): Value {
  return rest.reduce<Value>(
    (sum, next, i) => b.add(i === 0 ? b.mul(z, first) : b.mul(sum, z), next),
    z,
  );
}

function turnOf(b: Builder, x: Value): Turn {
  const k = b.op('Floor', [b.add(b.mul(x, 2 / Math.PI), 0.5)]);
  const r = quarters.reduce((rest, part) => b.sub(rest, b.mul(k, part)), x);
  const z = b.mul(r, r);
  return {
    k,
    sine: b.add(r, b.mul(b.mul(r, z), polynomial(b, z, sine))),
    cosine: b.add(b.sub(1, b.mul(z, 0.5)), b.mul(b.mul(z, z), polynomial(b, z, cosine))),
  };
}

/**
 * The sines and cosines of a graph in topological order that do not depend on which tokens there are: of positions. Those of activations
 * keep the runtime's operator, which has a gradient.
 */
export function anglesOf(graph: Graph): Set<Node> {
  const fromTokens = new Set([graph.input('input_ids')]);
  const angles = new Set<Node>();
  for (const node of graph.nodes) {
    const dependent = node.inputs.some((input) => input && fromTokens.has(input));
    if (dependent && node.op !== 'Shape' && node.op !== 'Size')
      for (const output of node.outputs) if (output) fromTokens.add(output);
    if (!dependent && (node.op === 'Sin' || node.op === 'Cos')) angles.add(node);
  }
  return angles;
}

/** Sin or Cos of an angle. */
export function lowerTrigonometry(node: Node, context: LoweringContext): void {
  const { b, graph } = context;
  const x = node.need(0);
  const turn = context.turns.get(x) ?? turnOf(b, x);
  context.turns.set(x, turn);
  // cos x = sin (x + π/2): one quarter more.
  const k = node.op === 'Cos' ? b.add(turn.k, 1) : turn.k;
  const half = b.op('Floor', [b.mul(k, 0.5)]);
  const isOdd = b.sub(k, b.mul(half, 2));
  const isBack = b.sub(half, b.mul(b.op('Floor', [b.mul(half, 0.5)]), 2));
  const size = b.add(turn.sine, b.mul(isOdd, b.sub(turn.cosine, turn.sine)));
  const value = b.mul(size, b.sub(1, b.mul(isBack, 2)));
  value.shape ??= x.shape;
  graph.replaceUses(node.out(), value);
}
