/**
 * @file Weights that one session is fed anew at each run: layers that are alike but for their weights run in one session. The weights
 * lie once: on a GPU in the buffers that all sessions share, elsewhere in the bytes that the file was read into.
 */
import { dataTypes, type Graph, type Tensor as Constant } from '../onnx/index.ts';
import type { Backend, Tensor } from './backend.ts';
import { isNode } from './device.ts';
import type { SharedWeights } from './shared-weights.ts';
import { spreadFeeds, type Nibbles } from './spread-nibbles.ts';

/** What is fed under a name, for one run out of several. */
interface Feed {
  name: string;
  constant: Constant;
  isWidened: boolean;
}

/**
 * Makes inputs of a graph's constants: of those in which its runs differ, and of large ones where an input can take them. The graph is
 * changed. Returns the feeds of each run. Throws where the runs differ in a constant that no input can take.
 */
export function feedWeights(
  graph: Graph,
  runs: readonly ReadonlyMap<string, Constant>[],
  shared: SharedWeights,
  { choice: { device } }: Backend,
): (run: number) => Promise<Record<string, Tensor>> {
  const feeds: Feed[][] = runs.map(() => []);
  // Node's own runtime and a GPU have kernels for weights in 4 bits.
  const spread = [...(device === 'wasm' ? spreadFeeds(graph, runs) : [])];
  for (const [name, first] of runs[0] ?? []) {
    const value = graph.value(name);
    if (!value?.tensor) continue;
    const each = runs.map((weights) => weights.get(name) ?? first);
    const bind = (input: string, isWidened = false): void =>
      each.forEach((constant, run) => feeds[run]?.push({ name: input, constant, isWidened }));
    if (first.type === 'float16') {
      // Real numbers of half the width would be widened at each run.
      const casts = value.uses.filter(
        ({ node }) => node.op === 'Cast' && node.int('to') === dataTypes.float32,
      );
      for (const { node } of casts) {
        const widened = node.out();
        node.setInput(0, null);
        graph.nodes = graph.nodes.filter((other) => other !== node);
        widened.producer = null;
        graph.inputs.push(widened);
        bind(widened.name, true);
      }
      if (value.uses.length === 0) continue;
    }
    const differs = each.some((constant) => constant.bytes !== first.bytes);
    const isRead = value.uses.every(({ node }) => node.op !== 'Gather');
    if (!canFeed(first, device, isRead)) {
      if (differs)
        throw new Error(`The weight "${name}" (${first.type}) cannot be fed to a session here.`);
      continue;
    }
    value.tensor = null;
    graph.inputs.push(value);
    bind(name);
  }
  graph.prune();
  return async (run) => ({
    ...Object.fromEntries(
      await Promise.all(
        (feeds[run] ?? []).map(
          async (feed) =>
            [feed.name, await shared.tensorOf(feed.constant, feed.isWidened)] as const,
        ),
      ),
    ),
    ...Object.fromEntries(
      spread.map(([name, each]) => [name, shared.bytesOf(each[run] as Nibbles)]),
    ),
  });
}

/** Element types that an input can have: Node's binding knows none of 4 bits, and a GPU gathers no bytes. */
function canFeed({ type }: Constant, device: string, isRead: boolean): boolean {
  if (type === 'float32') return true;
  if (type === 'uint4' || type === 'int4') return !isNode;
  return (type === 'uint8' || type === 'int8') && (isRead || device !== 'webgpu');
}
