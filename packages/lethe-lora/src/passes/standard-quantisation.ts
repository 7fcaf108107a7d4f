/** @file ONNX Runtime's own spelling of `QuantizeLinear` and `DequantizeLinear` becomes ONNX's, which every pass and provider knows. */
import type { Graph, Node } from '../onnx/index.ts';
import { exchange } from './exchange.ts';
import { raiseOpset } from './lower/opset.ts';

/** Changes a graph as it was read. Quantisers use the domain `com.microsoft` for 4- and 16-bit types that ONNX has since version 21. */
export function standardiseQuantisation(graph: Graph): Graph {
  if (!graph.nodes.some(isContributed)) return graph;
  raiseOpset(graph, 21);
  return exchange(graph, (node) => {
    if (!isContributed(node)) return undefined;
    const by = graph.addValue(node.out().name);
    graph.addNode(node.opType, node.inputs, [by], node.attributes, node.name);
    return { by };
  });
}

function isContributed({ domain, opType }: Node): boolean {
  return domain === 'com.microsoft' && /^(Q|Deq)uantizeLinear$/.test(opType);
}
