/**
 * @file Gradient ascent held by the original model: −CE(forget) + w·KL(π_ref ‖ π_θ) over the kept tokens (Maini et al. 2024, TOFU,
 * arXiv 2401.06121). The reference is the model as it was when unlearning began, and the divergence is over the whole vocabulary.
 */
import { crossEntropyOf, softCrossEntropy } from '../log-probability.ts';
import { gradientAscent } from './gradient-ascent.ts';
import { meanOf, roles, tokensOfRole, type Objective } from './objective.ts';

export const klToOriginal: Objective = {
  loss: (input) => {
    const { b, tokens, retainWeight, reference } = input;
    const { logits, softmax } = reference();
    const probabilities = softmax.probabilities();
    const entropy = crossEntropyOf(b, probabilities, logits, softmax);
    const divergence = b.sub(softCrossEntropy(b, tokens, probabilities), entropy);
    const kept = meanOf(input, divergence, tokensOfRole(input, roles.kept));
    return b.add(gradientAscent.loss(input), b.mul(kept, retainWeight));
  },
};
