/** @file For tests: the decoder of `exporters.ts` with and without a cache in one file, as Optimum merges them. */
import { create, fromBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, AttributeProtoSchema, ModelProtoSchema } from 'onnx-buf';
import { Graph, writeModel, type Attribute } from '../onnx/index.ts';
import { exported, type Form } from './exporters.ts';

/**
 * Optimum's merged decoder: one `If` over `use_cache_branch` with the cache as its outputs, weights outside of both branches. The
 * branch with a cache was traced for one token.
 */
export function mergedDecoder(form: Form): Graph {
  const then = exported({ ...form, attention: 'plain', cache: true, oneToken: true });
  const otherwise = exported({ ...form, attention: 'plain', presents: true });
  const outer = new Graph();
  for (const [domain, version] of otherwise.opsets) outer.opsets.set(domain, version);
  for (const { name, type, shape } of then.inputs)
    outer.addInput(name, type ?? 'int64', shape ?? []);
  outer.addInput('use_cache_branch', 'bool', [1]);
  for (const { name, tensor } of otherwise.initializers)
    if (tensor && /weight/.test(name)) outer.addInitializer(name, tensor);
  const branch = (name: string, graph: Graph): Attribute => {
    for (const { name: output } of [...graph.outputs])
      graph.rename(graph.output(output), `${output}.${name}`);
    const proto = fromBinary(ModelProtoSchema, writeModel(graph)).graph;
    if (!proto) throw new Error('no graph');
    proto.input = [];
    proto.initializer = proto.initializer.filter((tensor) => !/weight/.test(tensor.name));
    const value = create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.GRAPH,
      g: proto,
    });
    return { kind: 'proto', value };
  };
  const made = then.outputs.map(({ name, type, shape }) => {
    const value = outer.addValue(name);
    value.type = type;
    value.shape = shape;
    return value;
  });
  outer.addNode('If', [outer.input('use_cache_branch')], made, {
    then_branch: branch('then_branch', then),
    else_branch: branch('else_branch', otherwise),
  });
  outer.outputs.push(...made);
  return outer;
}
