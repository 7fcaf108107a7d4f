/** @file What a graph computes several times is computed once. */
import { ownEntry } from '../own-entry.ts';
import type { Graph, Node, Tensor, Value } from '../onnx/index.ts';

/** Constants of at most this many bytes are compared by what they hold, larger ones by where they lie. */
const smallConstant = 256;

/**
 * Nodes of the same operator, attributes and inputs become one, where `may` says that their outputs may be shared. The graph is changed;
 * its nodes must be in topological order. Returns whether any were found.
 */
export function mergeEqual(graph: Graph, may: (value: Value) => boolean): boolean {
  const identities = new Map<Value, string>();
  const places = new TensorPlaces();
  const identityOf = (value: Value): string => {
    let identity = identities.get(value);
    if (identity === undefined) {
      identity = value.tensor ? places.contentOf(value.tensor) : `v ${identities.size}`;
      identities.set(value, identity);
    }
    return identity;
  };
  const first = new Map<string, Node>();
  let changed = false;
  for (const node of graph.nodes) {
    const { op, attributes, inputs, outputs } = node;
    if (!outputs.every((output) => !output || may(output))) continue;
    const key = [op, attributesKey(attributes), ...inputs.map((v) => v && identityOf(v))].join('|');
    const before = first.get(key);
    if (!before) first.set(key, node);
    else
      outputs.forEach((output, index) => {
        if (!output || output.uses.length === 0 || graph.outputs.includes(output)) return;
        graph.replaceUses(output, before.namedOut(index));
        changed = true;
      });
  }
  graph.prune();
  return changed;
}

/** Attributes as text, alike if and only if they are alike. */
export function attributesKey(attributes: Graph['nodes'][number]['attributes']): string {
  return Object.keys(attributes)
    .sort()
    .map((name) => `${name}=${JSON.stringify(ownEntry(attributes, name), asText)}`)
    .join();
}

function asText(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Array.from(value).join() : value;
}

/** Tells constants apart: small ones by their numbers, large ones by their bytes' place in memory. */
export class TensorPlaces {
  private readonly buffers = new Map<ArrayBuffer, number>();

  contentOf({ type, dims, bytes }: Tensor): string {
    return `${type} [${dims.join()}] ${bytes.length <= smallConstant ? bytes.join() : this.placeOf(bytes)}`;
  }

  private placeOf({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): string {
    const number = this.buffers.get(buffer) ?? this.buffers.size;
    this.buffers.set(buffer, number);
    return `at ${number} ${byteOffset} ${length}`;
  }
}
