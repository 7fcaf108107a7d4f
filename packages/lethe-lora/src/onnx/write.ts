/** @file Writes a `Graph` as an ONNX model, weights inside or beside it. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import type { Attribute, Graph, Value } from './graph.ts';
import { dataTypes, type Tensor } from './tensor.ts';

/** A model whose larger weights lie in separate byte ranges, as ONNX Runtime's `externalData` option takes them. */
export interface ExternalModel {
  model: Uint8Array<ArrayBuffer>;
  externalData: { path: string; data: Uint8Array<ArrayBuffer> }[];
}

/** The model with its weights inside. */
export function writeModel(graph: Graph): Uint8Array<ArrayBuffer> {
  return serialise(graph, (tensor) => embed(tensor));
}

/** Weights of fewer bytes than this stay inside the model file. */
const smallest = 1024;

/**
 * The model without its weights: each refers to its place in the very buffer that the graph was read from, so that
 * several graphs made from one file share its bytes and none is copied.
 */
export function writeExternalModel(graph: Graph): ExternalModel {
  const paths = new Map<ArrayBuffer, string>();
  const model = serialise(graph, (tensor) => {
    if (tensor.bytes.length < smallest) return embed(tensor);
    const { buffer } = tensor.bytes;
    const path = paths.get(buffer) ?? `weights-${paths.size}`;
    paths.set(buffer, path);
    return external(tensor, path, tensor.bytes.byteOffset);
  });
  return {
    model,
    externalData: [...paths].map(([buffer, path]) => ({ path, data: new Uint8Array(buffer) })),
  };
}

/** A file in parts that follow each other: views of weights, so that a large file is not held twice. */
export interface ModelFile {
  name: string;
  parts: Uint8Array<ArrayBuffer>[];
}

/** Protobuf messages end below 2 GB; weights beyond this lie in a file of their own. */
const largestModel = 1.5e9;

/** The model as files to keep: `model.onnx`, and `model.onnx_data` beside it where it would be too large for one. */
export function writeModelFiles(
  graph: Graph,
  name = 'model.onnx',
  largest = largestModel,
): ModelFile[] {
  const total = graph.initializers.reduce(
    (sum, { tensor }) => sum + (tensor?.bytes.length ?? 0),
    0,
  );
  if (total <= largest) return [{ name, parts: [writeModel(graph)] }];
  const data: ModelFile = { name: `${name}_data`, parts: [] };
  let offset = 0;
  const model = serialise(graph, (tensor) => {
    const { bytes } = tensor;
    if (bytes.length < smallest) return embed(tensor);
    const padding = (alignment - (offset % alignment)) % alignment;
    if (padding > 0) data.parts.push(new Uint8Array(padding));
    data.parts.push(bytes);
    const start = offset + padding;
    offset = start + bytes.length;
    return external(tensor, data.name, start);
  });
  return [{ name, parts: [model] }, data];
}

/** Where weights begin in a file of their own, so that it can be mapped into memory. */
const alignment = 4096;

/** Where in which file a weight's bytes lie. */
export interface WeightPlace {
  location: string;
  offset: number;
  length: number;
}

/**
 * The model alone, for weights that are written apart, one after the other: a constant that `place` knows is referred to by that place and
 * may lack its bytes; every other lies inside.
 */
export function writeModelOver(
  graph: Graph,
  place: (value: Value) => WeightPlace | undefined,
): Uint8Array<ArrayBuffer> {
  return serialise(graph, (tensor, value) => {
    const at = place(value);
    return at ? referTo(tensor, at) : embed(tensor);
  });
}

function external(tensor: Tensor, location: string, offset: number): TensorProto {
  return referTo(tensor, { location, offset, length: tensor.bytes.length });
}

function referTo(tensor: Tensor, { location, offset, length }: WeightPlace): TensorProto {
  return create(TensorProtoSchema, {
    dataType: dataTypes[tensor.type],
    dims: tensor.dims.map(BigInt),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries({ location, offset, length }).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value: String(value) }),
    ),
  });
}

function serialise(graph: Graph, writeTensor: (tensor: Tensor, value: Value) => TensorProto) {
  const initializer = graph.initializers.map((value) => {
    const proto = writeTensor(value.tensor as Tensor, value);
    proto.name = value.name;
    return proto;
  });
  const node = graph.nodes.map((item, index) =>
    create(NodeProtoSchema, {
      name: item.name || `${item.opType}_${index}`,
      opType: item.opType,
      domain: item.domain,
      input: trimmed(item.inputs),
      output: trimmed(item.outputs),
      attribute: Object.entries(item.attributes).map(([name, attribute]) =>
        writeAttribute(name, attribute),
      ),
    }),
  );
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(graph.irVersion),
    producerName: 'lethe',
    opsetImport: [...graph.opsets].map(([domain, version]) =>
      create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
    ),
    graph: create(GraphProtoSchema, {
      name: graph.name,
      node,
      initializer,
      input: graph.inputs.map(writeValueInfo),
      output: graph.outputs.map(writeValueInfo),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

/** Names with absent slots empty, trailing absent ones left out. */
function trimmed(values: readonly (Value | null)[]): string[] {
  const names = values.map((value) => value?.name ?? '');
  while (names.length > 0 && names[names.length - 1] === '') names.pop();
  return names;
}

function embed(tensor: Tensor): TensorProto {
  return create(TensorProtoSchema, {
    dataType: dataTypes[tensor.type],
    dims: tensor.dims.map(BigInt),
    rawData: tensor.bytes,
  });
}

function writeValueInfo(value: Value): ValueInfoProto {
  if (!value.type) throw new Error(`The element type of "${value.name}" is not known.`);
  const shape = value.shape && {
    dim: value.shape.map((dim) => ({
      value:
        typeof dim === 'number'
          ? { case: 'dimValue' as const, value: BigInt(dim) }
          : { case: 'dimParam' as const, value: dim },
    })),
  };
  return create(ValueInfoProtoSchema, {
    name: value.name,
    type: {
      value: {
        case: 'tensorType',
        value: { elemType: dataTypes[value.type], ...(shape && { shape }) },
      },
    },
  });
}

const text = new TextEncoder();

function writeAttribute(name: string, attribute: Attribute): AttributeProto {
  const Type = AttributeProto_AttributeType;
  switch (attribute.kind) {
    case 'float':
      return create(AttributeProtoSchema, { name, type: Type.FLOAT, f: attribute.value });
    case 'int':
      return create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(attribute.value) });
    case 'string':
      return create(AttributeProtoSchema, {
        name,
        type: Type.STRING,
        s: text.encode(attribute.value),
      });
    case 'tensor':
      return create(AttributeProtoSchema, { name, type: Type.TENSOR, t: embed(attribute.value) });
    case 'floats':
      return create(AttributeProtoSchema, {
        name,
        type: Type.FLOATS,
        floats: [...attribute.value],
      });
    case 'ints':
      return create(AttributeProtoSchema, {
        name,
        type: Type.INTS,
        ints: attribute.value.map(BigInt),
      });
    case 'strings':
      return create(AttributeProtoSchema, {
        name,
        type: Type.STRINGS,
        strings: attribute.value.map((item) => text.encode(item)),
      });
    case 'proto':
      return attribute.value;
  }
}
