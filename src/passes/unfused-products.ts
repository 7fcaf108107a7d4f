/** @file Products with weights that ONNX Runtime's optimiser fused with a transpose and a factor, or an activation, become plain ones again. */
import { Builder, type Attributes, type Graph, type Node, type Value } from '../onnx/index.ts';
import { exchange } from './exchange.ts';
import { unfused } from './lower/fused-mat-mul.ts';

/** Changes a graph as it was read. An adapter's product is scaled by the factor as the product that it stands beside. */
export function unfuseProducts(graph: Graph): Graph {
  const b = new Builder(graph, 'unfused');
  return exchange(graph, (node) => {
    if (node.op === 'com.microsoft::FusedGemm') return { by: activated(b, node) };
    const isWeighted = node.op === 'com.microsoft::FusedMatMul' && node.need(1).isConstant;
    const isPlain = node.int('transA', 0) === 0 && node.int('transBatchA', 0) === 0;
    return isWeighted && isPlain ? { by: unfused(b, node) } : undefined;
  });
}

/** com.microsoft.FusedGemm: a `Gemm`, then the operator `activation` with the attributes that are called after it. */
function activated(b: Builder, node: Node): Value {
  const own: Record<string, Attributes[string]> = {};
  const ofActivation: Record<string, Attributes[string]> = {};
  const prefix = 'activation_';
  for (const [name, attribute] of Object.entries(node.attributes))
    if (name.startsWith(prefix)) ofActivation[name.slice(prefix.length)] = attribute;
    else if (name !== 'activation') own[name] = attribute;
  const product = b.op('Gemm', node.inputs, own);
  if (product.producer) product.producer.name = node.name.replace(/^fused /, '');
  const activation = node.string('activation', '');
  return activation === '' ? product : b.op(activation, [product], ofActivation);
}
