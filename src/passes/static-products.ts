/** @file Products whose activations are rounded to 8 bits on the fly become ordinary ones, which have a gradient. */
import { dataTypes, int, type Graph, type Node, type Value } from '../onnx/index.ts';

/** The nodes of one dynamically quantised product: y = float(MatMulInteger(q(x), W))·(scale of x · scale of W). */
interface DynamicProduct {
  product: Node;
  x: Value;
  weightScale: Value;
  y: Value;
}

/**
 * Changes a graph as it was read (the `int8` and `uint8` files of the Hub): x is multiplied with the dequantised weight directly.
 * The weight's bytes stay; what is lost is the rounding of x, by which the published model is less exact.
 */
export function makeProductsStatic(graph: Graph): Graph {
  const found = graph.nodes.flatMap((node) => dynamicProduct(node) ?? []);
  for (const { product, x, weightScale, y } of found) {
    const name = product.name || product.opType;
    const weight = graph.addValue(`${name}.weight`);
    const zero = product.input(3);
    graph.addNode(
      'DequantizeLinear',
      [product.need(1), weightScale, ...(zero ? [zero] : [])],
      [weight],
      { axis: int(1) },
    );
    const plain = graph.addValue(`${y.name}.static`);
    // Named otherwise than the old node, and ending as a product's name does: the module's path is read from it.
    graph.addNode(
      'MatMul',
      [x, weight],
      [plain],
      {},
      name.replace(/(\/MatMul)?(_quant)?$/, '/MatMul'),
    );
    plain.type = y.type;
    plain.shape = y.shape;
    const before = y.name;
    graph.replaceUses(y, plain);
    graph.rename(plain, before);
  }
  if (found.length > 0) graph.prune();
  return graph;
}

function dynamicProduct(node: Node): DynamicProduct | undefined {
  if (node.op !== 'MatMulInteger' || !node.need(1).isConstant) return undefined;
  const quantise = node.need(0).producer;
  if (quantise?.op !== 'DynamicQuantizeLinear') return undefined;
  const cast = onlyUse(node.out());
  if (cast?.op !== 'Cast' || cast.int('to') !== dataTypes.float32) return undefined;
  const scaled = onlyUse(cast.out());
  if (scaled?.op !== 'Mul') return undefined;
  const scales = scaled.inputs.find((input) => input !== cast.out())?.producer;
  const weightScale = scales?.inputs.find((input) => input !== quantise.outputs[1]);
  const isOfX = scales?.op === 'Mul' && scales.inputs.includes(quantise.outputs[1] ?? null);
  if (!isOfX || !weightScale?.isConstant) return undefined;
  return { product: node, x: quantise.need(0), weightScale, y: scaled.out() };
}

function onlyUse(value: Value): Node | undefined {
  return value.uses.length === 1 ? value.uses[0]?.node : undefined;
}
