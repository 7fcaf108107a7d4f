/** @file What is done once to a model as it was read, before its projections are looked for. */
import type { ExternalFiles, Graph } from '../onnx/index.ts';
import { keepAllPlaces } from './all-places.ts';
import { isMerged, takeBranches } from './branches.ts';
import { exchange } from './exchange.ts';
import { fixInputs, widenInputs } from './fixed-inputs.ts';
import { modernOpset, raiseOpset } from './lower/opset.ts';
import { unpackAttention } from './lower/packed-attention.ts';
import { isPast, presentOf } from './lower/past.ts';
import type { Projection } from './projection.ts';
import { findProjections } from './projections.ts';
import { standardiseQuantisation } from './standard-quantisation.ts';
import { makeProductsStatic } from './static-products.ts';
import { unfuseProducts } from './unfuse.ts';

/**
 * Changes a graph as it was read: conditional parts become plain ones, 8-bit activations real ones, operators of old versions newer
 * ones, inputs beside the tokens what they are in every run, and logits those of all places. Returns it.
 */
export function prepare(graph: Graph, external?: ExternalFiles): Graph {
  return opened(graph, external);
}

function opened(graph: Graph, external: ExternalFiles | undefined, asked = false): Graph {
  const taken = withoutCopies(takeBranches(graph, external, asked));
  const plain = standardiseQuantisation(unfuseProducts(taken));
  raiseOpset(plain, modernOpset);
  unpackAttention(plain);
  return keepAllPlaces(widenInputs(fixInputs(makeProductsStatic(plain))));
}

/** Reads past copies, so that what belongs together stands together: a product and the fused attention that takes it, say. */
function withoutCopies(graph: Graph): Graph {
  return exchange(graph, (node) => {
    const isOutput = graph.outputs.some((output) => node.outputs.includes(output));
    return node.op === 'Identity' && !isOutput ? { by: node.need(0) } : undefined;
  });
}

/** The branch of a merged decoder that goes on from a cache: one token a sequence and run. */
export interface StepBranch {
  graph: Graph;
  /** Prompts of several lengths may be padded on the left: the file takes the tokens' positions, and looks at the mask. */
  mayPad: boolean;
  /** The branch's own values for projections that were found in the other branch; null where one is not in both. */
  projections: (others: readonly Projection[]) => Projection[] | null;
}

/**
 * The branch with a cache of a merged decoder as it was read (the graph is left as it is); null for other files, and where the two
 * branches do not hand on the same cache.
 */
export function stepBranch(file: Graph, external?: ExternalFiles): StepBranch | null {
  if (!isMerged(file)) return null;
  const graph = opened(file.clone(), external, true);
  const handedOn = new Set(file.outputs.map(({ name }) => name));
  const pasts = graph.inputs.filter(isPast).map(({ name }) => presentOf(name));
  if (pasts.length === 0 || !pasts.every((name) => handedOn.has(name))) return null;
  const own = new Map(findProjections(graph).map(({ path, output }) => [path, output]));
  const mask = graph.inputs.find(({ name }) => name === 'attention_mask');
  return {
    graph,
    mayPad:
      graph.inputs.some(({ name }) => name === 'position_ids') && (mask?.uses.length ?? 0) > 0,
    projections: (others) => {
      const found = others.flatMap((other) => {
        const output = own.get(other.path);
        return output === undefined ? [] : [{ ...other, output }];
      });
      return found.length === others.length ? found : null;
    },
  };
}
