/** @file Opens a model's own functions: each call becomes the nodes of the function's body, as ONNX Runtime does it. */
import { clone, create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
} from 'onnx-buf';

/** A function by what its calls name it; newer files tell apart functions of one name by `overload`. */
const keyOf = (domain: string, name: string, overload: string): string =>
  [domain === 'ai.onnx' ? '' : domain, name, overload].join('\n');

/** Functions call each other at most this deep: none may call itself. */
const deepest = 64;

/** Changes a model as it was read: calls of functions that it defines become these functions' nodes. Throws where one calls itself. */
export function openFunctions(model: ModelProto): void {
  if (model.functions.length === 0 || !model.graph) return;
  const functions = new Map(
    model.functions.map((each) => [keyOf(each.domain, each.name, each.overload), each]),
  );
  let calls = 0;
  const open = (nodes: readonly NodeProto[], depth: number): NodeProto[] =>
    nodes.flatMap((node) => {
      for (const { g } of node.attribute) if (g) g.node = open(g.node, depth);
      const called = functions.get(keyOf(node.domain, node.opType, node.overload));
      if (!called) return [node];
      if (depth === deepest)
        throw new Error(`The function "${called.name}" of this ONNX file calls itself.`);
      return open(bodyOf(called, node, `${node.name || called.name}.${++calls}`), depth + 1);
    });
  model.graph.node = open(model.graph.node, 0);
  const own = new Set(model.functions.map(({ domain }) => domain));
  const known = new Set(model.opsetImport.map(({ domain }) => domain));
  for (const { domain, version } of model.functions.flatMap(({ opsetImport }) => opsetImport))
    if (!known.has(domain) && !own.has(domain)) {
      known.add(domain);
      model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version }));
    }
}

/** A function's nodes with a call's values and attributes; what is within gets names under `scope`. */
function bodyOf(called: FunctionProto, call: NodeProto, scope: string): NodeProto[] {
  const names = new Map([['', '']]);
  called.input.forEach((name, index) => names.set(name, call.input[index] ?? ''));
  const given = new Map(
    [...called.attributeProto, ...call.attribute].map((each) => [each.name, each]),
  );
  called.output.forEach((name, index) => {
    const output = call.output[index];
    if (output) names.set(name, output);
  });
  const rename = (name: string): string => {
    let renamed = names.get(name);
    if (renamed === undefined) names.set(name, (renamed = `${scope}/${name}`));
    return renamed;
  };
  const nodes = called.node.map((node) => renamed(clone(NodeProtoSchema, node), rename, given));
  // The call's place in the model is that of the nodes: projections are named by it.
  const path = call.name.slice(0, call.name.lastIndexOf('/') + 1) || `${call.name}/`;
  for (const node of nodes) {
    node.name = path + (node.name.includes('/') ? node.name.replace(/^\//, '') : node.opType);
    if (node.metadataProps.length === 0) node.metadataProps = call.metadataProps;
  }
  return nodes;
}

type Rename = (name: string) => string;

/** The node itself, with other names, and attributes of the call where it refers to them. */
function renamed(
  node: NodeProto,
  rename: Rename,
  given: ReadonlyMap<string, AttributeProto>,
): NodeProto {
  node.input = node.input.map(rename);
  node.output = node.output.map(rename);
  node.attribute = node.attribute.flatMap((attribute) => {
    if (attribute.g) renameGraph(attribute.g, rename, given);
    if (attribute.refAttrName === '') return [attribute];
    const value = given.get(attribute.refAttrName);
    if (!value) return [];
    const copy = clone(AttributeProtoSchema, value);
    copy.name = attribute.name;
    return [copy];
  });
  return node;
}

function renameGraph(
  graph: GraphProto,
  rename: Rename,
  given: ReadonlyMap<string, AttributeProto>,
): void {
  for (const value of [...graph.initializer, ...graph.input, ...graph.output])
    value.name = rename(value.name);
  graph.valueInfo = [];
  for (const node of graph.node) renamed(node, rename, given);
}
