/** @file Takes inputs beside the tokens out of a decoder: what exporters add for other uses of it, or what the tokens tell. */
import { ownEntry } from '../own-entry.ts';
import { Builder, dataTypes, int, tensorOver, type Graph, type Value } from '../onnx/index.ts';

/** Inputs that say of how many places at the end logits are wanted. */
export const keptLogits: ReadonlySet<string> = new Set(['num_logits_to_keep', 'logits_to_keep']);

/** Inputs by which a merged decoder is told whether there is a cache. */
export const cacheBranch = 'use_cache_branch';

type Replacement = (b: Builder, input: Value) => Value;

/** What stands in an input's place, by its name. */
const replacements: Readonly<Record<string, Replacement>> = {
  // Zero keeps all of them: which are read is decided before the head.
  ...Object.fromEntries([...keptLogits].map((name) => [name, zero])),
  [cacheBranch]: zero,
  // One text, no second one after it.
  token_type_ids: (b, input) => ofType(b, b.filledLike(b.graph.input('input_ids')), input),
  cache_position: (b, input) => ofType(b, cachePositions(b), input),
};

/** Puts something in the place of every such input that is used; the graph is changed and returned. */
export function fixInputs(graph: Graph): Graph {
  const fixed = graph.inputs.filter(
    (input) => ownEntry(replacements, input.name) && input.uses.length > 0,
  );
  if (fixed.length === 0) return graph;
  const b = new Builder(graph, 'fixed');
  for (const input of fixed) {
    const replacement = ownEntry(replacements, input.name)?.(b, input);
    if (replacement) graph.replaceUses(input, replacement);
  }
  graph.prune();
  const others = graph.inputs.filter((input) => !fixed.includes(input));
  graph.dropUnusedInputs(new Set(others.map(({ name }) => name)));
  return graph;
}

/** Whole-number inputs become int64, in which all graphs are fed; what reads them reads them in their own type. Changes the graph and returns it. */
export function widenInputs(graph: Graph): Graph {
  const narrow = graph.inputs.filter(({ type }) => type === 'int32');
  const b = new Builder(graph, 'wide');
  for (const input of narrow) {
    const uses = [...input.uses];
    input.type = 'int64';
    const own = b.cast(input, 'int32');
    for (const { node, index } of uses) node.setInput(index, own);
  }
  // The casts stand before what reads them.
  if (narrow.length > 0) graph.prune();
  return graph;
}

/** A constant of zeros (or false) in the input's type and shape. */
function zero({ graph }: Builder, { name, type = 'int64', shape = [] }: Value): Value {
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : 1));
  const bytes = new BigInt64Array(dims.reduce((count, dim) => count * dim, 1));
  const data =
    type === 'int64'
      ? bytes
      : type === 'int32'
        ? Int32Array.from(bytes, Number)
        : new Uint8Array(bytes.length);
  return graph.addInitializer(`${name}.fixed`, tensorOver(type, dims, data));
}

/** Places in the cache of the tokens of this run, int64 [T]: those that the mask has more than there are tokens lie before. */
function cachePositions(b: Builder): Value {
  const length = (value: Value): Value =>
    b.op('Gather', [b.shapeOf(value), b.scalar(1, 'int64')], { axis: int(0) });
  const tokens = b.graph.input('input_ids');
  const mask = b.graph.inputs.find(({ name }) => name === 'attention_mask');
  const end = length(mask ?? tokens);
  const start = b.op('Sub', [end, length(tokens)]);
  return b.op('Range', [start, end, b.scalar(1, 'int64')]);
}

function ofType(b: Builder, value: Value, { type = 'int64' }: Value): Value {
  return value.type === type ? value : b.op('Cast', [value], { to: int(dataTypes[type]) });
}
