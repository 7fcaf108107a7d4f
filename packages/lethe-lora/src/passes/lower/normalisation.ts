/** @file Splits the fused "add, then normalise" operators, which have two results, into their two steps. */
import { float, int, type Attributes, type Node } from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';

/**
 * com.microsoft.SkipSimplifiedLayerNormalization (x, skip, gain, bias?) and SkipLayerNormalization (x, skip, gain, beta?,
 * bias?): the sum is output 3, its normalisation output 0.
 */
export function lowerSkipNormalisation(node: Node, { b, graph }: LoweringContext): void {
  const simplified = node.opType.includes('Simplified');
  const bias = node.input(simplified ? 3 : 4);
  let sum = b.add(node.need(0), node.need(1));
  if (bias) sum = b.add(sum, bias);
  const beta = simplified ? null : node.input(3);
  const attributes: Attributes = { axis: int(-1), epsilon: float(node.float('epsilon', 1e-12)) };
  const normal = b.op(
    simplified ? 'SimplifiedLayerNormalization' : 'LayerNormalization',
    beta ? [sum, node.need(2), beta] : [sum, node.need(2)],
    attributes,
  );
  graph.replaceUses(node.out(), normal);
  const total = node.outputs[3];
  if (total) graph.replaceUses(total, sum);
}
