/**
 * @file Representation misdirection for unlearning: E[mean((h_l(θ) − c·u)²)] over the forget set's tokens + w·E[mean((h_l(θ) − h_l(ref))²)]
 * over the kept ones, where h_l is the residual stream after layer l and u a random direction of length 1 (Li et al. 2024, arXiv 2403.03218;
 * c is 20 in OpenUnlearning). The mean is over a state's entries, then over a sequence's tokens, then over sequences, as in OpenUnlearning.
 * The states are those that a counted token is predicted from, so that an answer of one token is reached; OpenUnlearning takes the states
 * at the counted tokens themselves. Bounded below by 0. l = ⌈depth·L⌉ of L layers; adapters after it learn nothing.
 */
import { float32Tensor, type Value } from '../../onnx/index.ts';
import {
  meanOf,
  roles,
  sequencesOfRole,
  type Objective,
  type ObjectiveInput,
  type Role,
} from './objective.ts';

export const rmu: Objective = {
  readsStates: true,
  loss: (input) => {
    const { b, retainWeight, setting } = input;
    const { layers, width } = input.states();
    const wanted = b.op('Ceil', [b.mul(setting('depth'), layers.length)]);
    const chosen = b.op('Max', [b.op('Min', [wanted, b.scalar(layers.length)]), b.scalar(1)]);
    const goal = b.mul(
      b.graph.addInitializer('rmu/direction', float32Tensor(direction(width), [1, width])),
      setting('steering'),
    );
    const losses = layers.map(({ now, frozen }, index) => {
      const forget = meanDistance(input, now, goal, roles.forgotten);
      const keep = meanDistance(input, now, frozen, roles.kept);
      const isChosen = b.cast(b.op('Equal', [chosen, b.scalar(index + 1)]), 'float32');
      return b.mul(b.add(forget, b.mul(keep, retainWeight)), isChosen);
    });
    return losses.reduce((sum, loss) => b.add(sum, loss));
  },
};

/** Mean squared difference of two states [N, D] (the second may be one row): over entries, over each sequence's tokens, over sequences. */
function meanDistance(input: ObjectiveInput, state: Value, goal: Value, which: Role): Value {
  const { b, tokens, sequenceTokens, total } = input;
  const difference = b.sub(state, goal);
  const ofToken = b.reshape(b.reduceMean(b.mul(difference, difference), [1]), [-1]);
  const length = b.op('Gather', [b.op('Max', [sequenceTokens, b.scalar(1)]), tokens.row]);
  return meanOf(input, total(b.div(ofToken, length)), sequencesOfRole(input, which));
}

/** A direction of length 1, all entries positive: uniform numbers in [0, 1) from a fixed seed (Park and Miller's 48271), normalised. */
export function direction(width: number): Float32Array<ArrayBuffer> {
  let state = 20240517;
  const drawn = Array.from({ length: width }, () => {
    state = Number((BigInt(state) * 48271n) % 2147483647n);
    return state / 2147483647;
  });
  const length = Math.hypot(...drawn);
  return Float32Array.from(drawn, (value) => value / length);
}
