/** @file Products whose activations are rounded to 8 bits on the fly become ordinary ones, which have a gradient. */
import { ownEntry } from '../own-entry.ts';
import { dataTypes, int, type Graph, type Node, type Value } from '../onnx/index.ts';
import { exchange } from './exchange.ts';
import { weightOf } from './projections.ts';

/** An activation that the file has in bytes: rows of a table that is quantised itself. */
interface Bytes {
  bytes: Value;
  scale: Value;
  zero: Value | null;
}

/** The parts of one dynamically quantised product y = x·(scale·(W − zero)) + bias. */
interface DynamicProduct {
  /** The node that multiplies. */
  node: Node;
  op: 'MatMul' | 'Conv';
  x: Value | Bytes;
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
    // Read anew: what it multiplies may be a product that was exchanged before.
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
  const { node, op, weight, scale, zero, bias, y } = product;
  const name = node.name || node.opType;
  const add = (kind: string, inputs: (Value | null)[], out: string, attributes = {}): Value => {
    const value = graph.addValue(out);
    graph.addNode(kind, inputs, [value], attributes, `${name}/${kind}`);
    return value;
  };
  const given = product.x;
  const x =
    'bytes' in given
      ? add('DequantizeLinear', [given.bytes, given.scale, given.zero], `${name}.x`)
      : given;
  const axis = int(op === 'MatMul' ? 1 : 0);
  const scaled = isByFeature(product) ? { axis } : {};
  const real = add('DequantizeLinear', [weight, scale, zero], `${name}.weight`, scaled);
  if (op === 'Conv') {
    const inputs = bias ? [x, real, bias] : [x, real];
    return add('Conv', inputs, `${y.name}.static`, node.attributes);
  }
  const plain = add('MatMul', [x, real], `${y.name}.static`);
  plain.type = y.type;
  plain.shape = y.shape;
  return bias ? add('Add', [plain, bias], y.name) : plain;
}

function dynamicProduct(node: Node): DynamicProduct | undefined {
  const parts = ownEntry(kinds, node.op)?.(node);
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
    const quantise = node.need(0).producer;
    const isDynamic =
      quantise?.op === 'DynamicQuantizeLinear' && node.need(2) === quantise.outputs[1];
    if (!isDynamic) return undefined;
    return {
      op: 'MatMul',
      x: quantise.need(0),
      weight: node.need(1),
      scale: node.need(3),
      zero: node.input(5),
      bias: node.input(6),
      y: node.out(),
    };
  },
};

/** float(q(x)·W)·(scale of x · scale of W), however the factors are multiplied. */
function integerProduct(node: Node, op: 'MatMul' | 'Conv'): Parts | undefined {
  const input = node.need(0);
  const quantise = input.producer;
  const isDynamic = quantise?.op === 'DynamicQuantizeLinear';
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
  if (factors.length !== 2) return undefined;
  const taken = input.uses.find(({ node: { op: other } }) => other === 'DequantizeLinear');
  // Where nothing else tells whose a factor is, the quantiser's order does.
  const ofX = (isDynamic ? quantise.outputs[1] : taken?.node.need(1)) ?? factors[0];
  const [scale, ...rest] = factors.filter((factor) => factor !== ofX);
  if (!ofX || !scale || rest.length > 0) return undefined;
  const x = isDynamic ? quantise.need(0) : { bytes: input, scale: ofX, zero: node.input(2) };
  if ('bytes' in x && !(ofX.isConstant && x.zero?.isConstant !== false)) return undefined;
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
