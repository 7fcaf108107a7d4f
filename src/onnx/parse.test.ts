import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { parseModel } from './index.ts';

/** The name of the only node of a file, whose metadata tells `scopes`. */
function nameOf(scopes: string | undefined): string | undefined {
  const metadataProps =
    scopes === undefined ? [] : [{ key: 'pkg.torch.onnx.name_scopes', value: scopes }];
  const node = { opType: 'MatMul', name: 'node_linear_1', input: ['x', 'val_9'], output: ['y'] };
  const model = create(ModelProtoSchema, {
    graph: create(GraphProtoSchema, {
      node: [create(NodeProtoSchema, { ...node, metadataProps })],
      output: [create(ValueInfoProtoSchema, { name: 'y' })],
    }),
  });
  return parseModel(toBinary(ModelProtoSchema, model)).nodes[0]?.name;
}

describe('a node of a file is called', () => {
  it('by its module, where torch.onnx left the path in the metadata', () => {
    const scopes = "['', 'model', 'model.layers.0', 'model.layers.0.mlp.up_proj', 'linear_1']";
    expect(nameOf(scopes)).toBe('/model.layers.0.mlp.up_proj/MatMul');
  });

  it('as the file has it, where the metadata tells no module', () => {
    expect(nameOf(undefined)).toBe('node_linear_1');
    expect(nameOf("['', 'linear_1']")).toBe('node_linear_1');
    expect(nameOf('')).toBe('node_linear_1');
  });
});
