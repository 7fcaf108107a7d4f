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
import { headInPieces } from './head.ts';
import { findHead, type Head } from './projections.ts';
import {
  atLabel,
  combine,
  softmax,
  total,
  withLabel,
  type Rows,
  type Softmax,
} from './vocabulary.ts';

/** What `tokenLogProbabilities` adds to a graph. N is the number of labelled tokens of the batch. */
export interface LabelledTokens {
  /** What the head gives where a label is predicted, and its softmax, float32 [N, V] in pieces. */
  logits: Rows;
  softmax: Softmax;
  /** The label itself, int64 [N]. */
  target: Value;
  /** log P(label), float32 [N]. */
  logProb: Value;
  /** 1 where the label is what greedy decoding would say there, else 0; float32 [N]. */
  isGreedy: Value;
  /** Row of the batch each label belongs to, int64 [N]. */
  row: Value;
  /** Where it stands in its row of `input_ids`, int64 [N]. */
  place: Value;
  /** Rows of any hidden state [B, T, D] where a label is predicted, float32 [N, D]. */
  select: (state: Value) => Value;
  custom: Map<Value, CustomGradient>;
}

/**
 * Adds the input `labels` int64 [B, T] (−100: not counted; a label at position t is predicted from position t − 1, as in
 * Transformers), moves the head behind a selection of the positions that predict a label, and takes the
 * log-probability of each label there. Of the vocabulary's size [N, V] only the softmax is kept for the gradient. `pieces` is the number
 * of pieces that the vocabulary is computed in.
 */
export function tokenLogProbabilities(graph: Graph, pieces = 1): LabelledTokens {
  const b = new Builder(graph, 'labels');
  const tokens = graph.input('input_ids');
  const labels = graph.addInput('labels', 'int64', tokens.shape ?? ['batch', 'time']);
  const { node: head, hidden, after } = findHead(graph);
  const width = sizeAt(hidden, -1);

  const shifted = b.slice(labels, 1, 1, 2 ** 31 - 1);
  const places = namedRows(
    b.op('NonZero', [b.op('GreaterOrEqual', [shifted, b.scalar(0, 'int64')])]),
  );
  const [row, column] = [0, 1].map((index) =>
    b.op('Gather', [places, b.scalar(index, 'int64')], { axis: int(0) }),
  ) as [Value, Value];
  const time = b.op('Gather', [b.shapeOf(labels), b.integers([1])]);
  const flatIndex = b.op('Add', [b.op('Mul', [row, time]), column]);
  const flatLabels = b.reshape(labels, [-1]);
  const place = b.op('Add', [column, b.scalar(1, 'int64')]);
  const target = b.op('Gather', [flatLabels, b.op('Add', [flatIndex, b.scalar(1, 'int64')])]);

  const custom = new Map<Value, CustomGradient>();
  const selected = selectRows(b, hidden, width, flatIndex, custom);
  const logits = logitsOf(b, { node: head, hidden, after }, selected, pieces);
  const normal = softmax(b, logits);
  return {
    logits,
    softmax: normal,
    target,
    ...labelLogProbability(b, logits, normal, target, custom),
    row,
    place,
    select: (state) => selectRows(b, state, sizeAt(state, -1), flatIndex, custom),
    custom,
  };
}

/**
 * Makes the output `logits` [N, V] of N chosen positions only: adds the input `positions` int64 [N], places in the flattened
 * [B·T], and computes the head there.
 */
export function selectLogits(graph: Graph, pieces = 1): void {
  const b = new Builder(graph, 'positions');
  const { node: head, hidden, after } = findHead(graph);
  const others = graph.outputs.filter(({ name }) => name !== 'logits');
  const positions = graph.addInput('positions', 'int64', ['positions']);
  const rows = b.op('Gather', [b.reshape(hidden, [-1, sizeAt(hidden, -1)]), positions], {
    axis: int(0),
  });
  const logits = b.concat(logitsOf(b, { node: head, hidden, after }, rows, pieces), 1);
  graph.outputs.push(...others);
  graph.addOutput('logits', logits);
}

/** Puts the selected rows [N, D] before the head, which keeps the rank it had, and leaves out moves after it. */
function headOf(b: Builder, head: Node, after: readonly Node[], rows: Value): Value {
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

/** The logits of the rows [N, D] in so many pieces; the output `logits` is gone from the graph. */
export function logitsOf(
  b: Builder,
  { node, hidden, after }: Head,
  rows: Value,
  pieces: number,
): Value[] {
  const vocabulary = sizeAt(b.graph.output('logits'), -1);
  // A tied head multiplies with the embedding as it lies, so that no transposed copy of it is made.
  const isTied = node.op === 'MatMul' && node.need(1).producer?.op === 'Transpose';
  if (pieces > 1 || isTied)
    return headInPieces(b, { node, hidden, after }, rows, vocabulary, pieces);
  return [b.reshape(headOf(b, node, after, rows), [-1, vocabulary])];
}

/** The number of labelled tokens, by its name. */
export const labelledDim = 'labelled';

function namedRows(places: Value): Value {
  places.shape = [places.shape?.[0] ?? 2, labelledDim];
  return places;
}

/**
 * log softmax(z)[y] for logits z [N, V] and labels y [N]: (z_y − max z) − log Σ exp(z − max z), which needs no second
 * tensor of the vocabulary's size and no logarithm of a small number. dz = dlogp · (onehot(y) − softmax(z)).
 */
function labelLogProbability(
  b: Builder,
  logits: Rows,
  { highest, logSum, probabilities }: Softmax,
  target: Value,
  custom: Map<Value, CustomGradient>,
): Pick<LabelledTokens, 'logProb' | 'isGreedy'> {
  const chosen = atLabel(b, logits, target);
  const column = b.sub(b.sub(chosen, highest), logSum);
  const logProb = b.reshape(column, [-1]);
  custom.set(logProb, {
    inputs: logits,
    backward: (cotangent) => {
      const weight = b.unsqueeze(cotangent, [1]);
      const negative = b.op('Neg', [weight]);
      const others = probabilities().map((piece) => b.mul(piece, negative));
      const own = b.mul(weight, b.sub(1, b.op('Exp', [column])));
      return withLabel(b, others, target, own);
    },
  });
  const isGreedy = b.reshape(b.cast(b.op('Equal', [chosen, highest]), 'float32'), [-1]);
  return { logProb, isGreedy };
}

/**
 * Cross-entropy of each labelled token against a whole distribution, −Σⱼ tⱼ log softmax(z)ⱼ, float32 [N], for a target t [N, V]
 * that is taken as constant and sums to one. dz = d · (softmax(z) − t).
 */
export function softCrossEntropy(
  b: Builder,
  { logits, softmax: normal, custom }: LabelledTokens,
  target: Rows,
): Value {
  const loss = crossEntropyOf(b, target, logits, normal);
  custom.set(loss, {
    inputs: logits,
    backward: (cotangent) => {
      const weight = b.unsqueeze(cotangent, [1]);
      return combine((p, t) => b.mul(b.sub(p, t), weight), normal.probabilities(), target);
    },
  });
  return loss;
}

/** −Σⱼ tⱼ log softmax(z)ⱼ of each row, float32 [N], for t that sums to one. */
export function crossEntropyOf(
  b: Builder,
  target: Rows,
  logits: Rows,
  { highest, logSum }: Softmax,
): Value {
  const inner = total(
    b,
    combine((t, z) => b.mul(t, b.sub(z, highest)), target, logits),
  );
  return b.reshape(b.sub(logSum, inner), [-1]);
}

/**
 * Sums over each sequence, float32 [B]: of the labels' log-probabilities, of ones (the number of labels), of the labels that are the
 * greedy choice, and with `total` of any other numbers [N]. Products with the membership matrix [B, N], on every provider and differentiably.
 * `highest` is the greatest of numbers [N] that are at least 0.
 */
export function sumBySequence(
  graph: Graph,
  { logProb, isGreedy, row }: LabelledTokens,
): {
  sequenceLogProb: Value;
  sequenceTokens: Value;
  sequenceGreedy: Value;
  total: (value: Value) => Value;
  highest: (value: Value) => Value;
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
    highest: (value) => b.reshape(b.reduceMax(b.mul(member, b.unsqueeze(value, [0])), [1]), [-1]),
  };
}
