/** @file Runs a half-precision model in float32 arithmetic; its weights keep the bytes they were stored in. */
import {
  dataTypes,
  float32Tensor,
  int,
  tensorNumbers,
  type DataType,
  type Graph,
  type Tensor,
  type Value,
} from '../../onnx/index.ts';

/** Constants of fewer bytes than this are converted here; larger ones by a `Cast` node, which shares the file's bytes. */
const small = 1024;

function isHalf(type: DataType | undefined): boolean {
  return type === 'float16' || type === 'bfloat16';
}

/**
 * Rewrites float16 (and bfloat16) to float32 throughout: inputs, outputs, casts and constants. Most processors have no float16
 * kernels, and gradients in float16 underflow without scaling. A weight that the file itself casts to float32 is left alone.
 */
export function toFloat32(graph: Graph): void {
  const halves = graph.initializers.filter(({ type }) => isHalf(type));
  for (const value of halves) widen(graph, value);
  for (const value of graph.inputs) if (isHalf(value.type)) value.type = 'float32';
  for (const node of [...graph.nodes]) {
    if (node.op === 'Cast' && isHalfCode(node.int('to')) && node.outputs[0]) {
      const [cast] = [graph.addValue(`${node.out().name}.float32`)];
      graph.addNode('Cast', [node.need(0)], [cast], { to: int(dataTypes.float32) }, node.name);
      cast.shape = node.out().shape;
      cast.type = 'float32';
      graph.replaceUses(node.out(), cast);
      continue;
    }
    const { value } = node.attributes;
    if (value?.kind === 'tensor' && isHalf(value.value.type)) {
      const filled = graph.addValue(`${node.out().name}.float32`);
      graph.addNode(
        node.op,
        node.inputs,
        [filled],
        { ...node.attributes, value: { kind: 'tensor', value: converted(value.value) } },
        node.name,
      );
      graph.replaceUses(node.out(), filled);
      continue;
    }
    for (const output of node.outputs) if (output && isHalf(output.type)) output.type = 'float32';
  }
  for (const output of graph.outputs) if (isHalf(output.type)) output.type = 'float32';
  graph.prune();
}

function isHalfCode(code: number | undefined): boolean {
  return code === dataTypes.float16 || code === dataTypes.bfloat16;
}

function widen(graph: Graph, value: Value): void {
  const uses = value.uses.filter(
    ({ node }) => !(node.op === 'Cast' && node.int('to') === dataTypes.float32),
  );
  if (uses.length === 0 && !graph.outputs.includes(value)) return;
  const tensor = value.tensor as Tensor;
  let wide: Value;
  if (tensor.bytes.length < small) wide = graph.addInitializer(value.name, converted(tensor));
  else {
    wide = graph.addValue(`${value.name}.float32`);
    graph.addNode('Cast', [value], [wide], { to: int(dataTypes.float32) }, wide.name);
    wide.type = 'float32';
    wide.shape = tensor.dims;
  }
  for (const { node, index } of uses) node.setInput(index, wide);
}

function converted(tensor: Tensor): Tensor {
  return float32Tensor(tensorNumbers(tensor), tensor.dims);
}
