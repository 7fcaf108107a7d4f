/** @file Tables of which a model chooses one by the number of tokens: an `If` over constants, as rotary embeddings for long texts have. */
import { ownEntry } from '../../own-entry.ts';
import {
  appendSubgraph,
  contentOf,
  addDims,
  int,
  type Dim,
  type Graph,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import { chosenRows, type Choice } from './chosen-rows.ts';
import type { LoweringContext } from './context.ts';
import { cacheAxes } from './past.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/** Stands for one output of such an `If` until it is lowered: (condition, first constant, second constant). */
export const chooseOp = 'lethe::Choose';

function branchOf(node: Node, name: string) {
  const attribute = ownEntry(node.attributes, name);
  return attribute?.kind === 'proto' ? attribute.value.g : undefined;
}

/** Takes the constants out of each `If` whose branches have nothing else, and puts a choice of them in its place. */
export function openChoices(graph: Graph): void {
  for (const node of graph.nodes.filter(({ op }) => op === 'If')) {
    const branches = ['then_branch', 'else_branch'].map((name) => branchOf(node, name));
    const areConstant = branches.every((branch) =>
      branch?.node.every(({ opType }) => opType === 'Constant'),
    );
    if (!areConstant) continue;
    const [first, second] = branches.map((branch) => branch && appendSubgraph(graph, branch));
    node.outputs.forEach((output, index) => {
      const [one, other] = [first?.[index], second?.[index]];
      if (!output || !one?.tensor || !other?.tensor) return;
      const chosen = graph.addValue(`${output.name}.chosen`);
      chosen.type = one.type;
      graph.addNode(chooseOp, [node.need(0), one, other], [chosen], {}, chosen.name);
      graph.replaceUses(output, chosen);
    });
  }
  graph.prune();
}

/** Throws for an `If` or a loop that is left and uses values from outside, which nothing here would see. */
export function refuseCaptures(graph: Graph): void {
  for (const node of graph.nodes)
    for (const attribute of Object.values(node.attributes)) {
      const inner = attribute.kind === 'proto' ? attribute.value.g : undefined;
      if (!inner) continue;
      const own = new Set([
        '',
        ...inner.input.map(({ name }) => name),
        ...inner.initializer.map(({ name }) => name),
        ...inner.node.flatMap(({ output }) => output),
      ]);
      const used = inner.node.flatMap(({ input }) => input);
      const captured = [...used, ...inner.output.map(({ name }) => name)].find(
        (name) => !own.has(name),
      );
      if (captured !== undefined)
        throw new UnsupportedOperatorError(node, `the use of "${captured}" in one of its branches`);
    }
}

/**
 * Remembers a choice for the operators that look tables up at positions (`context.angles`), and chooses for others. A row of a batch has
 * what it has alone: its own length decides, not that of the longest row.
 */
export function lowerChoice(node: Node, context: LoweringContext): void {
  const { b, graph } = context;
  const choice: Choice = {
    condition: node.need(0),
    byRow: byOwnLength(node.need(0), context),
    first: node.need(1),
    second: node.need(2),
  };
  context.choices.set(node.out(), choice);
  for (const use of [...node.out().uses]) {
    const user = use.node;
    if (/RotaryEmbedding$|Attention$/.test(user.opType)) continue;
    const isLookUp = user.op === 'Gather' && use.index === 0 && user.int('axis', 0) === 0;
    if (isLookUp) graph.replaceUses(user.out(), chosenRows(b, choice, user.need(1)));
    else if (choice.first.shape?.join() === choice.second.shape?.join())
      user.setInput(use.index, b.op('Where', [choice.condition, choice.first, choice.second]));
    else throw new UnsupportedOperatorError(user, `"${node.out().name}", of which there are two`);
  }
}

/** A comparison of the running length with a constant, made for each row's own length; null for another condition. */
function byOwnLength(condition: Value, context: LoweringContext): Value | null {
  const { b, graph, mask } = context;
  const comparison = condition.producer;
  if (!comparison || !/^(Greater|Less)(OrEqual)?$/.test(comparison.op)) return null;
  const lengths = runningLengths(graph, mask);
  const isLength = (value: Value): boolean => {
    const content = contentOf(value);
    return content?.length === 1 && lengths.includes(content[0] as Dim);
  };
  const own = b.op('ReduceSum', [mask, b.integers([1])], { keepdims: int(1) });
  const operands = comparison.inputs.map(
    (input) => input && (isLength(input) ? own : b.cast(input, 'int64')),
  );
  return operands.includes(own) ? b.op(comparison.op, operands) : null;
}

/** How the number of tokens so far is spelt: the mask's width, and the past's and the new tokens' together. */
function runningLengths(graph: Graph, mask: Value): Dim[] {
  const [, time = 'time'] = graph.input('input_ids').shape ?? [];
  const pasts = [...cacheAxes(graph)].flatMap(
    ([past, axes]) => past.shape?.[axes.indexOf('time')] ?? [],
  );
  return [...(mask.shape?.slice(1) ?? [time]), ...pasts.map((past) => addDims(past, time))];
}
