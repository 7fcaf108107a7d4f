/** @file Products that the runtime's optimiser fused with what follows them become plain ones, in which adapters find their place. */
import {
  Builder,
  float,
  inferNode,
  ints,
  type Attributes,
  type Graph,
  type Node,
  type Value,
} from '../onnx/index.ts';
import { exchange } from './exchange.ts';

/**
 * Changes a graph as it was read (a file that ONNX Runtime optimised): α·A·B becomes a product and a scaling, `FusedGemm` and
 * `FusedConv` the plain operator and its activation. Products whose first factor is transposed are left; they are none of a layer.
 */
export function unfuseProducts(graph: Graph): Graph {
  const b = new Builder(graph, 'unfused');
  return exchange(graph, (node) => {
    if (!isFused(node)) return undefined;
    return { by: node.opType === 'FusedMatMul' ? scaled(b, node) : activated(b, node) };
  });
}

function isFused(node: Node): boolean {
  if (/^com\.microsoft::Fused(Gemm|Conv)$/.test(node.op)) return true;
  return (
    node.op === 'com.microsoft::FusedMatMul' &&
    node.need(1).isConstant &&
    node.int('transA', 0) === 0 &&
    node.int('transBatchA', 0) === 0 &&
    node.int('transBatchB', 0) === 0
  );
}

function scaled(b: Builder, node: Node): Value {
  const weight = node.need(1);
  const rank = weight.tensor?.dims.length ?? 2;
  const flipped = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  const factor =
    node.int('transB', 0) === 1 ? b.op('Transpose', [weight], { perm: ints(flipped) }) : weight;
  const product = named(node, 'MatMul', [node.need(0), factor], {});
  const alpha = node.float('alpha', 1);
  return alpha === 1 ? product : b.mul(product, alpha);
}

/** The activations' own names for the numbers that FusedConv lists in `activation_params`. */
const listed = ['alpha', 'beta'];

/** FusedGemm or FusedConv: the plain product, what FusedConv adds to it, and the operator that `activation` names. */
function activated(b: Builder, node: Node): Value {
  const { activation_params: params, ...attributes } = node.attributes;
  const given = Object.entries(attributes);
  const prefix = 'activation_';
  const own = given.filter(([name]) => name !== 'activation' && !name.startsWith(prefix));
  const ofActivation = given
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, attribute]) => [name.slice(prefix.length), attribute] as const);
  const op = node.opType === 'FusedGemm' ? 'Gemm' : 'Conv';
  const product = named(node, op, node.inputs.slice(0, 3), Object.fromEntries(own));
  const added = node.input(3);
  const sum = added ? b.add(product, added) : product;
  const activation = node.string('activation', '');
  if (activation === '') return sum;
  const numbers = params?.kind === 'floats' ? params.value : [];
  if (activation === 'Clip') {
    const [low = -Infinity, high = Infinity] = numbers;
    return b.op('Clip', [sum, b.scalar(low, sum.type), b.scalar(high, sum.type)]);
  }
  const numbered = numbers.map((value, index) => [listed[index] ?? '', float(value)] as const);
  return b.op(activation, [sum], Object.fromEntries([...ofActivation, ...numbered]));
}

/** A product under its name before the fusion: the module's path is read from it. */
function named(
  { graph, name }: Node,
  op: 'MatMul' | 'Gemm' | 'Conv',
  inputs: readonly (Value | null)[],
  attributes: Attributes,
): Value {
  const y = graph.addValue(`${name}.product`);
  const own = name.replace(/^fused /, '').replace(new RegExp(`/${op}\\b.*$`), `/${op}`);
  inferNode(graph.addNode(op, inputs, [y], attributes, own));
  return y;
}
