/** @file Opens products that hold the activation after them, so that adapters find the product. */
import { Builder, type Attributes, type Graph, type Node, type Value } from '../../onnx/index.ts';

const products: Readonly<Record<string, string | undefined>> = {
  'com.microsoft::FusedGemm': 'Gemm',
  'com.microsoft::FusedConv': 'Conv',
};

/**
 * com.microsoft.FusedGemm and FusedConv, which ONNX Runtime's optimiser writes: the plain operator, and the one that `activation` names
 * after it (FusedConv may add a fourth input between). The graph is changed.
 */
export function openFusedProducts(graph: Graph): void {
  const nodes = graph.nodes.filter(({ op }) => products[op]);
  if (nodes.length === 0) return;
  const b = new Builder(graph, 'product');
  for (const node of nodes) graph.replaceUses(node.out(), opened(b, node));
  graph.prune();
}

function opened(b: Builder, node: Node): Value {
  const { activation_params: params, ...attributes } = node.attributes;
  const [own, after] = [/^(?!activation)/, /^activation_/].map((pattern): Attributes =>
    Object.fromEntries(
      Object.entries(attributes)
        .filter(([name]) => pattern.test(name))
        .map(([name, value]) => [name.replace(/^activation_/, ''), value]),
    ),
  ) as [Attributes, Attributes];
  const op = products[node.op] ?? '';
  const plain = b.op(op, node.inputs.slice(0, 3), own);
  const added = node.input(3);
  const sum = added ? b.add(plain, added) : plain;
  const activation = node.string('activation', '');
  if (activation === '') return sum;
  const list = params?.kind === 'floats' ? params.value : [];
  const named = ['alpha', 'beta'].flatMap((name, index) => {
    const value = list[index];
    return value === undefined ? [] : [[name, { kind: 'float', value }] as const];
  });
  if (activation === 'Clip') {
    const [low = -Infinity, high = Infinity] = list;
    return b.op('Clip', [sum, b.scalar(low, sum.type), b.scalar(high, sum.type)]);
  }
  return b.op(activation, [sum], { ...after, ...Object.fromEntries(named) });
}
