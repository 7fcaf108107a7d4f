/** @file Log-probabilities of labelled tokens, with the head computed only where there is a label. */
import {
  Builder,
  inferNode,
  int,
  rankOf,
  sizeAt,
  type Graph,
  type Node,
  type Value,
} from '../onnx/index.ts';
import type { CustomGradient } from './differentiate.ts';
import { findHead } from './projections.ts';

/** What `tokenLogProbabilities` adds to a graph. N is the number of labelled tokens of the batch. */
export interface LabelledTokens {
  /** What the head gives where a label is predicted, and its softmax, float32 [N, V]. */
  logits: Value;
  probabilities: Value;
  /** The label itself, int64 [N]. */
  target: Value;
  /** log P(label), float32 [N]. */
  logProb: Value;
  /** 1 where the label is what greedy decoding would say there, else 0; float32 [N]. */
  isGreedy: Value;
  /** Row of the batch each label belongs to, int64 [N]. */
  row: Value;
  /** Rows of any hidden state [B, T, D] where a label is predicted, float32 [N, D]. */
  select: (state: Value) => Value;
  custom: Map<Value, CustomGradient>;
}

/**
 * Adds the input `labels` int64 [B, T] (−100: not counted; a label at position t is predicted from position t − 1, as in
 * Transformers), moves the head behind a selection of the positions that predict a label, and takes the
 * log-probability of each label there. Of the vocabulary's size [N, V] only the softmax is kept for the gradient.
 */
export function tokenLogProbabilities(graph: Graph): LabelledTokens {
  const b = new Builder(graph, 'labels');
  const tokens = graph.input('input_ids');
  const labels = graph.addInput('labels', 'int64', tokens.shape ?? ['batch', 'time']);
  const { node: head, hidden, after } = findHead(graph);
  const width = sizeAt(hidden, -1);
  const vocabulary = sizeAt(graph.output('logits'), -1);

  const shifted = b.slice(labels, 1, 1, 2 ** 31 - 1);
  const places = b.op('NonZero', [b.op('GreaterOrEqual', [shifted, b.scalar(0, 'int64')])]);
  const [row, column] = [0, 1].map((index) =>
    b.op('Gather', [places, b.scalar(index, 'int64')], { axis: int(0) }),
  ) as [Value, Value];
  const time = b.op('Gather', [b.shapeOf(labels), b.integers([1])]);
  const flatIndex = b.op('Add', [b.op('Mul', [row, time]), column]);
  const flatLabels = b.reshape(labels, [-1]);
  const target = b.op('Gather', [flatLabels, b.op('Add', [flatIndex, b.scalar(1, 'int64')])]);

  const custom = new Map<Value, CustomGradient>();
  const selected = selectRows(b, hidden, width, flatIndex, custom);
  const logits = b.reshape(headOf(b, head, after, selected), [-1, vocabulary]);
  return {
    logits,
    target,
    ...labelLogProbability(b, logits, target, custom),
    row,
    select: (state) => selectRows(b, state, sizeAt(state, -1), flatIndex, custom),
    custom,
  };
}

/**
 * Makes the output `logits` [N, V] of N chosen positions only: adds the input `positions` int64 [N], places in the flattened
 * [B·T], and computes the head there.
 */
export function selectLogits(graph: Graph): void {
  const b = new Builder(graph, 'positions');
  const { node: head, hidden, after } = findHead(graph);
  const vocabulary = sizeAt(graph.output('logits'), -1);
  const others = graph.outputs.filter(({ name }) => name !== 'logits');
  const positions = graph.addInput('positions', 'int64', ['positions']);
  const rows = b.op('Gather', [b.reshape(hidden, [-1, sizeAt(hidden, -1)]), positions], {
    axis: int(0),
  });
  const logits = b.reshape(headOf(b, head, after, rows), [-1, vocabulary]);
  graph.outputs.push(...others);
  graph.addOutput('logits', logits);
}

/** Puts the selected rows [N, D] before the head, which keeps the rank it had, and leaves out moves after it. */
export function headOf(b: Builder, head: Node, after: readonly Node[], rows: Value): Value {
  const rank = rankOf(head.need(0));
  head.setInput(0, rank === 2 ? rows : b.unsqueeze(rows, [...Array(rank - 2).keys()]));
  b.graph.outputs.splice(0, b.graph.outputs.length);
  inferNode(head);
  let logits = head.out();
  for (const node of after) {
    if (node.op === 'Reshape' || node.op === 'Squeeze' || node.op === 'Unsqueeze')
      b.graph.replaceUses(node.out(), logits);
    else {
      inferNode(node);
      logits = node.out();
    }
  }
  return logits;
}

/** Rows of x [.., D] (flattened to rows) at distinct places: [N, D]. Backward: put them back among zeros. */
function selectRows(
  b: Builder,
  x: Value,
  width: number,
  index: Value,
  custom: Map<Value, CustomGradient>,
): Value {
  const rows = b.reshape(x, [-1, width]);
  const selected = b.op('Gather', [rows, index], { axis: int(0) });
  custom.set(selected, {
    inputs: [rows],
    backward: (cotangent) => [
      b.op('ScatterND', [b.filledLike(rows), b.unsqueeze(index, [1]), cotangent]),
    ],
  });
  return selected;
}

/**
 * log softmax(z)[y] for logits z [N, V] and labels y [N]: (z_y − max z) + log max softmax(z), which needs no second
 * tensor of the vocabulary's size and no logarithm of a small number. dz = dlogp · (onehot(y) − softmax(z)).
 */
function labelLogProbability(
  b: Builder,
  logits: Value,
  target: Value,
  custom: Map<Value, CustomGradient>,
): Pick<LabelledTokens, 'probabilities' | 'logProb' | 'isGreedy'> {
  const index = b.unsqueeze(target, [1]);
  const highest = b.reduceMax(logits, [1]);
  const probabilities = b.op('Softmax', [logits], { axis: int(-1) });
  const likeliest = b.op('Log', [b.reduceMax(probabilities, [1])]);
  const chosen = b.op('GatherElements', [logits, index], { axis: int(1) });
  const column = b.add(b.sub(chosen, highest), likeliest);
  const logProb = b.reshape(column, [-1]);
  custom.set(logProb, {
    inputs: [logits],
    backward: (cotangent) => {
      const weight = b.unsqueeze(cotangent, [1]);
      const others = b.mul(probabilities, b.op('Neg', [weight]));
      const own = b.mul(weight, b.sub(1, b.op('Exp', [column])));
      return [b.op('ScatterElements', [others, index, own], { axis: int(1) })];
    },
  });
  const isGreedy = b.reshape(b.cast(b.op('Equal', [chosen, highest]), 'float32'), [-1]);
  return { probabilities, logProb, isGreedy };
}

/**
 * Cross-entropy of each labelled token against a whole distribution, −Σⱼ tⱼ log softmax(z)ⱼ, float32 [N], for a target t [N, V]
 * that is taken as constant and sums to one. dz = d · (softmax(z) − t).
 */
export function softCrossEntropy(
  b: Builder,
  { logits, probabilities, custom }: LabelledTokens,
  target: Value,
): Value {
  const centred = b.sub(logits, b.reduceMax(logits, [1]));
  const likeliest = b.op('Log', [b.reduceMax(probabilities, [1])]);
  const inner = b.reduceSum(b.mul(target, centred), [1], true);
  const loss = b.reshape(b.op('Neg', [b.add(inner, likeliest)]), [-1]);
  custom.set(loss, {
    inputs: [logits],
    backward: (cotangent) => [b.mul(b.sub(probabilities, target), b.unsqueeze(cotangent, [1]))],
  });
  return loss;
}

/** The logits z [N, V] with the label's own replaced by `change` of it ([N, 1] → [N, 1]). */
export function withLabelLogit(
  b: Builder,
  logits: Value,
  target: Value,
  change: (own: Value) => Value,
): Value {
  const index = b.unsqueeze(target, [1]);
  const own = b.op('GatherElements', [logits, index], { axis: int(1) });
  return b.op('ScatterElements', [logits, index, change(own)], { axis: int(1) });
}

/**
 * Sums over each sequence, float32 [B]: of the labels' log-probabilities, of ones (the number of labels), of the labels that are the
 * greedy choice, and with `total` of any other numbers [N]. Products with the membership matrix [B, N], on every provider and differentiably.
 */
export function sumBySequence(
  graph: Graph,
  { logProb, isGreedy, row }: LabelledTokens,
): {
  sequenceLogProb: Value;
  sequenceTokens: Value;
  sequenceGreedy: Value;
  total: (value: Value) => Value;
} {
  const b = new Builder(graph, 'sequences');
  const batch = b.op('Squeeze', [
    b.op('Gather', [b.shapeOf(graph.input('labels')), b.integers([0])]),
  ]);
  const every = b.op('Range', [b.scalar(0, 'int64'), batch, b.scalar(1, 'int64')]);
  const member = b.cast(b.op('Equal', [b.unsqueeze(every, [1]), b.unsqueeze(row, [0])]), 'float32');
  const total = (value: Value): Value =>
    b.reshape(b.op('MatMul', [member, b.unsqueeze(value, [1])]), [-1]);
  return {
    sequenceLogProb: total(logProb),
    sequenceTokens: b.reduceSum(member, [1], false),
    sequenceGreedy: total(isGreedy),
    total,
  };
}
