/** @file Reads an ONNX model into a `Graph`. Weights stay views of the bytes that were read. */
import { fromBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataLocation,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import type { Dim } from './dims.ts';
import { openFunctions } from './functions.ts';
import { Graph, type Attribute, type Attributes, type Value } from './graph.ts';
import { dense } from './sparse.ts';
import { byteLength, dataTypeName, elementCount, tensorOver, type Tensor } from './tensor.ts';

/** A long file of weights in several arrays, each from its place `start` in the file on; no weight lies in two of them. */
export interface PiecedFile {
  length: number;
  pieces: readonly { start: number; bytes: Uint8Array<ArrayBuffer> }[];
}

/** Files that hold weights outside the model file, by the `location` written there. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer> | PiecedFile>;

/** Where a weight lies in its file, in bytes. */
export interface WeightRange {
  offset: number;
  length: number;
}

/**
 * Parses a model. Throws with the reason when the bytes are not an ONNX model, when a weight's bytes do not fit its shape,
 * or when an external file is missing.
 */
export function parseModel(
  bytes: Uint8Array<ArrayBuffer>,
  external: ExternalFiles = new Map(),
): Graph {
  const model = readModel(bytes);
  if (!model.graph) throw new Error('This ONNX file holds no graph.');
  openFunctions(model);
  const proto = model.graph;
  const graph = new Graph();
  graph.name = proto.name || 'model';
  graph.irVersion = Number(model.irVersion);
  for (const opset of model.opsetImport)
    graph.opsets.set(opset.domain === 'ai.onnx' ? '' : opset.domain, Number(opset.version));

  const values = new Map<string, Value>();
  for (const tensor of proto.initializer)
    values.set(tensor.name, graph.addInitializer(tensor.name, readTensor(tensor, external)));
  for (const sparse of proto.sparseInitializer) {
    const name = sparse.values?.name ?? '';
    values.set(name, graph.addInitializer(name, readSparse(sparse, external)));
  }
  for (const info of proto.input) {
    if (values.has(info.name)) continue;
    const { type, shape } = readValueInfo(info);
    const input = graph.addInput(info.name, type ?? 'float32', shape ?? []);
    input.shape = shape;
    values.set(info.name, input);
  }
  const valueOf = lookup(graph, values);
  readNodes(graph, proto, values, valueOf, external);
  for (const info of proto.output) {
    const value = valueOf(info.name);
    if (!value) throw new Error('The graph has an output without a name.');
    const { type, shape } = readValueInfo(info);
    value.type ??= type;
    value.shape ??= shape;
    graph.outputs.push(value);
  }
  return graph;
}

type ValueOf = (name: string) => Value | null;

/** Values by their names in a file; one that is not there yet is made, and the empty name is an absent input. */
function lookup(graph: Graph, values: Map<string, Value>, outer: ValueOf = () => null): ValueOf {
  return (name) => {
    if (name === '') return null;
    let value = values.get(name) ?? outer(name);
    if (!value) {
      value = graph.addValue(name);
      values.set(name, value);
    }
    return value;
  };
}

function readNodes(
  graph: Graph,
  proto: GraphProto,
  values: Map<string, Value>,
  valueOf: ValueOf,
  external: ExternalFiles,
): void {
  for (const node of proto.node) {
    const isStandard = node.domain === '' || node.domain === 'ai.onnx';
    if (node.opType === 'Constant' && isStandard) {
      const tensor = constantOf(node.attribute, external);
      const name = node.output[0];
      if (tensor && name !== undefined) {
        values.set(name, graph.addInitializer(name, tensor));
        continue;
      }
    }
    const attributes = Object.fromEntries(
      node.attribute.map((attribute) => [attribute.name, readAttribute(attribute, external)]),
    );
    graph.addNode(
      isStandard ? node.opType : `${node.domain}::${node.opType}`,
      node.input.map(valueOf),
      node.output.map(valueOf),
      attributes as Attributes,
      scopedName(node) ?? node.name,
    );
  }
}

/**
 * The node's name with the path of its module, `/model.layers.0.self_attn.q_proj/MatMul`, where torch.onnx (dynamo) left that path in the
 * metadata alone: a list in Python's spelling, from the model to the operator.
 */
function scopedName({ opType, metadataProps }: NodeProto): string | undefined {
  const scopes = metadataProps.find(({ key }) => key === 'pkg.torch.onnx.name_scopes')?.value;
  const path = [...(scopes ?? '').matchAll(/'([^']*)'/g)].at(-2)?.[1];
  return path ? `/${path}/${opType}` : undefined;
}

/**
 * Adds the nodes and constants of a sub-graph without inputs (a branch of an `If`) to the graph whose values it uses by name.
 * Returns its outputs, in order. Names that the graph has already get a number.
 */
export function appendSubgraph(
  graph: Graph,
  proto: GraphProto,
  external: ExternalFiles = new Map(),
): Value[] {
  const values = new Map<string, Value>();
  for (const tensor of proto.initializer)
    values.set(tensor.name, graph.addInitializer(tensor.name, readTensor(tensor, external)));
  // What the branch makes itself hides what lies outside under the same name.
  for (const { opType, output } of proto.node)
    for (const name of output)
      if (name !== '' && opType !== 'Constant') values.set(name, graph.addValue(name));
  const valueOf = lookup(graph, values, (name) => graph.value(name) ?? null);
  readNodes(graph, proto, values, valueOf, external);
  return proto.output.map(({ name }) => valueOf(name) as Value);
}

/**
 * The files beside the model that hold its weights, in the order in which they are first named, and where in them these lie. Throws for
 * a path that leads elsewhere.
 */
export function externalWeights(bytes: Uint8Array<ArrayBuffer>): Map<string, WeightRange[]> {
  const files = new Map<string, WeightRange[]>();
  const { graph, functions } = readModel(bytes);
  const tensors = [
    ...(graph ? tensorsOf(graph) : []),
    ...functions.flatMap(({ node }) => tensorsIn(node)),
  ];
  for (const tensor of tensors) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue;
    const location = locationOf(tensor);
    // Any name of a file; not one that is hidden, or leads to another place as a path or an address.
    if (!/^(?!\.)[^/\\:?#%\p{C}]+$/u.test(location))
      throw new Error(
        `Weight "${tensor.name}" lies in "${location}", which is not the name of a file beside the model.`,
      );
    const ranges = files.get(location) ?? [];
    files.set(location, ranges);
    ranges.push(rangeOf(tensor));
  }
  return files;
}

/** All constants of a graph, those of its conditional parts included. */
function tensorsOf({ initializer, sparseInitializer, node }: GraphProto): TensorProto[] {
  return [...initializer, ...sparseInitializer.flatMap(partsOf), ...tensorsIn(node)];
}

function tensorsIn(nodes: readonly NodeProto[]): TensorProto[] {
  return nodes.flatMap(({ attribute }) =>
    attribute.flatMap(({ t, g, sparseTensor }) => [
      ...(t ? [t] : []),
      ...(sparseTensor ? partsOf(sparseTensor) : []),
      ...(g ? tensorsOf(g) : []),
    ]),
  );
}

function partsOf({ values, indices }: SparseTensorProto): TensorProto[] {
  return [values, indices].filter((part) => part !== undefined);
}

function readModel(bytes: Uint8Array<ArrayBuffer>) {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new Error('This file is not an ONNX model (its protobuf cannot be read).', { cause });
  }
}

function readValueInfo(info: ValueInfoProto): { type?: Tensor['type']; shape?: Dim[] } {
  const type = info.type?.value;
  if (type?.case !== 'tensorType') return {};
  const dims = type.value.shape?.dim.map((dim, index): Dim => {
    // A size below zero is how some exporters say that it is open.
    if (dim.value.case === 'dimValue' && dim.value.value >= 0) return Number(dim.value.value);
    return dim.value.case === 'dimParam' && dim.value.value !== ''
      ? sizeName(dim.value.value)
      : sizeName(`${info.name}.${index}`);
  });
  return { type: dataTypeName(type.value.elemType), ...(dims && { shape: dims }) };
}

/** A size's name as the arithmetic of sizes takes it: without its signs, and not to be read as a number. */
function sizeName(name: string): string {
  const plain = name.replaceAll(/[\s*+(),]/g, '_');
  return Number.isNaN(Number(plain)) ? plain : `size_${plain}`;
}

function readSparse(proto: SparseTensorProto, external: ExternalFiles): Tensor {
  const { values, indices } = proto;
  if (!values || !indices) throw new Error('A sparse constant of this ONNX file has no entries.');
  return dense(proto, readTensor(values, external), readTensor(indices, external));
}

function readTensor(proto: TensorProto, external: ExternalFiles): Tensor {
  const type = dataTypeName(proto.dataType);
  const dims = proto.dims.map(Number);
  const expected = byteLength(type, elementCount(dims));
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL)
    return { type, dims, bytes: externalBytes(proto, expected, external) };
  if (proto.rawData.length > 0 || expected === 0) {
    if (proto.rawData.length !== expected && type !== 'string')
      throw new Error(
        `Weight "${proto.name}" ([${dims.join(', ')}] ${type}) should take ${expected} bytes; the file has ${proto.rawData.length}.`,
      );
    return { type, dims, bytes: proto.rawData as Uint8Array<ArrayBuffer> };
  }
  return tensorOver(type, dims, typedData(proto, type));
}

function rangeOf({ dataType, dims, externalData }: TensorProto): WeightRange {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const expected = byteLength(dataTypeName(dataType), elementCount(dims.map(Number)));
  return {
    offset: Number(entries.get('offset') ?? 0),
    length: Number(entries.get('length') ?? expected),
  };
}

/** The file that holds a weight, as it is called beside the model: `./x` is `x`, as in ONNX Runtime. */
function locationOf({ externalData }: TensorProto): string {
  const location = externalData.find(({ key }) => key === 'location')?.value ?? '';
  return location.replace(/^(\.\/+)+/, '');
}

function externalBytes(
  proto: TensorProto,
  expected: number,
  external: ExternalFiles,
): Uint8Array<ArrayBuffer> {
  const location = locationOf(proto);
  const file = external.get(location);
  if (!file)
    throw new Error(`Weight "${proto.name}" lies in "${location}", and that file was not given.`);
  const { offset, length } = rangeOf(proto);
  if (length !== expected || offset < 0 || offset + length > file.length)
    throw new Error(
      `Weight "${proto.name}" should be ${expected} bytes at ${offset} of "${location}", which has ${file.length} bytes.`,
    );
  if (file instanceof Uint8Array) return file.subarray(offset, offset + length);
  const piece = file.pieces.find(
    ({ start, bytes }) => start <= offset && offset + length <= start + bytes.length,
  );
  if (!piece) throw new Error(`Weight "${proto.name}" was not read from "${location}".`);
  return piece.bytes.subarray(offset - piece.start, offset - piece.start + length);
}

/** Values that a writer put in the typed fields rather than in `raw_data`. */
function typedData(proto: TensorProto, type: Tensor['type']): ArrayBufferView<ArrayBuffer> {
  switch (type) {
    case 'float32':
      return Float32Array.from(proto.floatData);
    case 'float64':
      return Float64Array.from(proto.doubleData);
    case 'int64':
      return BigInt64Array.from(proto.int64Data);
    case 'uint64':
      return BigUint64Array.from(proto.uint64Data);
    case 'int32':
      return Int32Array.from(proto.int32Data);
    case 'uint32':
      return Uint32Array.from(proto.uint64Data, Number);
    case 'int16':
      return Int16Array.from(proto.int32Data);
    case 'uint16':
    case 'float16':
    case 'bfloat16':
      return Uint16Array.from(proto.int32Data);
    case 'int8':
      return Int8Array.from(proto.int32Data);
    case 'uint8':
    case 'bool':
    case 'uint4':
    case 'int4':
      return Uint8Array.from(proto.int32Data);
    case 'string':
      throw new Error(`Weight "${proto.name}" holds strings, which no language model needs.`);
  }
}

function constantOf(
  attributes: readonly AttributeProto[],
  external: ExternalFiles,
): Tensor | undefined {
  const attribute = attributes[0];
  if (!attribute) return undefined;
  switch (attribute.name) {
    case 'value':
      return attribute.t && readTensor(attribute.t, external);
    case 'sparse_value':
      return attribute.sparseTensor && readSparse(attribute.sparseTensor, external);
    case 'value_float':
      return tensorOver('float32', [], Float32Array.of(attribute.f));
    case 'value_floats':
      return tensorOver('float32', [attribute.floats.length], Float32Array.from(attribute.floats));
    case 'value_int':
      return tensorOver('int64', [], BigInt64Array.of(attribute.i));
    case 'value_ints':
      return tensorOver('int64', [attribute.ints.length], BigInt64Array.from(attribute.ints));
    default:
      return undefined;
  }
}

/** Weights of a conditional part that lie in other files become its own: it stays a message, which the runtime reads without them. */
function embedWeights(graph: GraphProto, external: ExternalFiles): void {
  for (const tensor of tensorsOf(graph))
    if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) {
      tensor.rawData = readTensor(tensor, external).bytes;
      tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
      tensor.externalData = [];
    }
}

const text = new TextDecoder();

function readAttribute(proto: AttributeProto, external: ExternalFiles): Attribute {
  switch (proto.type) {
    case AttributeProto_AttributeType.FLOAT:
      return { kind: 'float', value: proto.f };
    case AttributeProto_AttributeType.INT:
      return { kind: 'int', value: Number(proto.i) };
    case AttributeProto_AttributeType.STRING:
      return { kind: 'string', value: text.decode(proto.s) };
    case AttributeProto_AttributeType.FLOATS:
      return { kind: 'floats', value: proto.floats };
    case AttributeProto_AttributeType.INTS:
      return { kind: 'ints', value: proto.ints.map(Number) };
    case AttributeProto_AttributeType.STRINGS:
      return { kind: 'strings', value: proto.strings.map((bytes) => text.decode(bytes)) };
    case AttributeProto_AttributeType.TENSOR:
      if (proto.t) return { kind: 'tensor', value: readTensor(proto.t, external) };
      break;
    default:
  }
  if (proto.g) embedWeights(proto.g, external);
  return { kind: 'proto', value: proto };
}
