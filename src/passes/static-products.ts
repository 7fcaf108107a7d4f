/** @file Products whose activations are rounded to 8 bits on the fly become ordinary ones, which have a gradient. */
import { dataTypes, int, Value, type Graph, type Node } from '../onnx/index.ts';
import { exchange } from './exchange.ts';
import { weightOf } from './projections.ts';

/** Whole numbers that stand for scale·(values − zero). */
interface Stored {
  values: Value;
  scale: Value;
  zero: Value | null;
}

/** The parts of one dynamically quantised product y = x·(scale·(W − zero)) + bias. */
interface DynamicProduct {
  /** The node that multiplies. */
  node: Node;
  op: 'MatMul' | 'Conv';
  /** The activation before it was rounded; where a table has it rounded, what makes it real. */
  x: Value | Stored;
  weight: Value;
  scale: Value;
  zero: Value | null;
  bias: Value | null;
  y: Value;
}

/**
 * Changes a graph as it was read (the `q8`, `int8` and `uint8` files of the Hub): x is multiplied with the dequantised weight directly.
 * The weight's bytes stay; what is lost is the rounding of x, by which the published model is less exact. That rounding takes its scale
 * from all tokens of a run together: with it an answer would depend on what else is asked in the same run.
 */
export function makeProductsStatic(graph: Graph): Graph {
  return exchange(graph, (node) => {
    const product = dynamicProduct(node);
    if (product) return { by: plainProduct(graph, product), instead: product.y };
    return isRoundTrip(node) ? { by: (node.need(0).producer as Node).need(0) } : undefined;
  });
}

function isByFeature({ scale }: Pick<DynamicProduct, 'scale'>): boolean {
  return scale.shape?.length === 1 && scale.shape[0] !== 1;
}

/** Whether a node only takes back what was rounded on the fly. */
function isRoundTrip(node: Node): boolean {
  const quantise = node.op === 'DequantizeLinear' ? node.need(0).producer : null;
  return quantise?.op === 'DynamicQuantizeLinear' && node.need(1) === quantise.outputs[1];
}

/** x·W + bias in nodes of their own, named as a product is: the module's path is read from it. */
function plainProduct(graph: Graph, product: DynamicProduct): Value {
  const { node, op, x, weight, scale, zero, bias, y } = product;
  const name = node.name || node.opType;
  const add = (kind: string, inputs: (Value | null)[], out: string, attributes = {}): Value => {
    const value = graph.addValue(out);
    graph.addNode(kind, inputs, [value], attributes, `${name}/${kind}`);
    return value;
  };
  const axis = int(op === 'MatMul' ? 1 : 0);
  const scaled = isByFeature(product) ? { axis } : {};
  const real = add('DequantizeLinear', [weight, scale, zero], `${name}.weight`, scaled);
  const given =
    x instanceof Value
      ? x
      : add('DequantizeLinear', [x.values, x.scale, x.zero], `${x.values.name}.real`);
  if (op === 'Conv') {
    const inputs = bias ? [given, real, bias] : [given, real];
    return add('Conv', inputs, `${y.name}.static`, node.attributes);
  }
  const plain = add('MatMul', [given, real], `${y.name}.static`);
  plain.type = y.type;
  plain.shape = y.shape;
  return bias ? add('Add', [plain, bias], y.name) : plain;
}

function dynamicProduct(node: Node): DynamicProduct | undefined {
  const parts = kinds[node.op]?.(node);
  if (!parts || !weightOf(parts.weight)) return undefined;
  // One scale and zero point for the whole weight, or one a feature.
  const isPlain = (value: Value | null): boolean =>
    value === null || (value.isConstant && (value.shape?.length ?? 2) < 2);
  return isPlain(parts.scale) && isPlain(parts.zero) ? { node, ...parts } : undefined;
}

type Parts = Omit<DynamicProduct, 'node'>;

const kinds: Readonly<Record<string, ((node: Node) => Parts | undefined) | undefined>> = {
  MatMulInteger: (node) => integerProduct(node, 'MatMul'),
  ConvInteger: (node) => integerProduct(node, 'Conv'),
  'com.microsoft::DynamicQuantizeMatMul': (node) => ({
    op: 'MatMul',
    x: node.need(0),
    weight: node.need(1),
    scale: node.need(2),
    zero: node.input(3),
    bias: node.input(4),
    y: node.out(),
  }),
  'com.microsoft::MatMulIntegerToFloat': (node) => {
    const x = activationOf(node, node.input(4), [node.need(2)]);
    if (!x) return undefined;
    return {
      op: 'MatMul',
      x,
      weight: node.need(1),
      scale: node.need(3),
      zero: node.input(5),
      bias: node.input(6),
      y: node.out(),
    };
  },
};

/**
 * What a product's first input stands for: what was rounded on the fly, by the step that is among the factors, or whole numbers of one
 * constant step.
 */
function activationOf(
  node: Node,
  zero: Value | null,
  factors: readonly Value[],
): Value | Stored | undefined {
  const values = node.need(0);
  const { producer } = values;
  if (producer?.op === 'DynamicQuantizeLinear')
    return factors.some((factor) => factor === producer.outputs[1]) ? producer.need(0) : undefined;
  const scale = factors.find((factor) => factor.tensor?.dims.length === 0);
  return scale && (zero === null || zero.isConstant) ? { values, scale, zero } : undefined;
}

/** float(q(x)·W)·(scale of x · scale of W), however the factors are multiplied. */
function integerProduct(node: Node, op: 'MatMul' | 'Conv'): Parts | undefined {
  const cast = onlyUse(node.out());
  if (cast?.op !== 'Cast' || cast.int('to') !== dataTypes.float32) return undefined;
  const factors: Value[] = [];
  let value = cast.out();
  while (factors.length < 2) {
    const times = onlyUse(value);
    const other = times?.op === 'Mul' && times.inputs.find((input) => input !== value);
    if (!times || !other) return undefined;
    factors.push(...factorsOf(other));
    value = times.out();
  }
  const x = activationOf(node, node.input(2), factors);
  if (!x || factors.length !== 2) return undefined;
  const ofX = x instanceof Value ? node.need(0).producer?.outputs[1] : x.scale;
  const scale = factors[0] === ofX ? factors[1] : factors[0];
  if (!scale) return undefined;
  return { op, x, weight: node.need(1), zero: node.input(3), scale, bias: null, y: value };
}

function factorsOf(value: Value): Value[] {
  const { producer } = value;
  if (producer?.op !== 'Mul') return [value];
  return producer.inputs.flatMap((input) => (input ? factorsOf(input) : []));
}

function onlyUse(value: Value): Node | undefined {
  return value.uses.length === 1 ? value.uses[0]?.node : undefined;
}
