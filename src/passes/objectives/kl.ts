/**
 * @file Gradient ascent held by the original model: −CE(forget) + w·KL(π_ref ‖ π_θ) over the kept tokens (Maini et al. 2024, TOFU,
 * arXiv 2401.06121). The reference is the model as it was when unlearning began, and the divergence is over the whole vocabulary.
 */
import type { Value } from '../../onnx/index.ts';
import { softCrossEntropy } from '../log-probability.ts';
import { gradientAscent } from './gradient-ascent.ts';
import { meanOf, roles, tokensOfRole, type Objective, type ObjectiveInput } from './objective.ts';

export const klToOriginal: Objective = {
  settings: {},
  loss: (input) => {
    const { b, tokens, retainWeight, reference } = input;
    const { logits, probabilities } = reference();
    const divergence = b.sub(
      softCrossEntropy(b, tokens, probabilities),
      entropy(input, logits, probabilities),
    );
    const kept = meanOf(input, divergence, tokensOfRole(input, roles.kept));
    return b.add(gradientAscent.loss(input), b.mul(kept, retainWeight));
  },
};

/** −Σⱼ pⱼ log pⱼ of each row, float32 [N]. */
function entropy({ b }: ObjectiveInput, logits: Value, probabilities: Value): Value {
  const centred = b.sub(logits, b.reduceMax(logits, [1]));
  const likeliest = b.op('Log', [b.reduceMax(probabilities, [1])]);
  const inner = b.reduceSum(b.mul(probabilities, centred), [1], true);
  return b.reshape(b.op('Neg', [b.add(inner, likeliest)]), [-1]);
}
