/** @file Products with weights that ONNX Runtime's optimiser fused with a transpose and a factor become plain ones again. */
import { Builder, type Graph } from '../onnx/index.ts';
import { exchange } from './exchange.ts';
import { unfused } from './lower/fused-mat-mul.ts';

/** Changes a graph as it was read. An adapter's product is scaled by the factor as the product that it stands beside. */
export function unfuseProducts(graph: Graph): Graph {
  const b = new Builder(graph, 'unfused');
  return exchange(graph, (node) => {
    const isWeighted = node.op === 'com.microsoft::FusedMatMul' && node.need(1).isConstant;
    return isWeighted && node.int('transA', 0) === 0 ? { by: unfused(b, node) } : undefined;
  });
}
