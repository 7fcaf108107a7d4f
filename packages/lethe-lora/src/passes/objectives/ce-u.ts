/**
 * @file Cross-entropy unlearning: cross-entropy with the model's own distribution without the label, softmax(z with z_y = −∞), taken as
 * constant, over the forget set's tokens (Yang 2025, arXiv 2503.01224), + w·CE(retain) with w = 0 in the paper. The paper leaves out an
 * answer's first token; here answers are a few tokens long and all of them count.
 */
import { softCrossEntropy } from '../log-probability.ts';
import { atLabel, softmax, withLabel } from '../vocabulary.ts';
import { meanOf, roles, tokensOfRole, withRetain, type Objective } from './objective.ts';

export const crossEntropyUnlearning: Objective = {
  loss: (input) => {
    const { b, tokens } = input;
    const { logits, target } = tokens;
    const nothing = b.filledLike(atLabel(b, logits, target), -1e9);
    const { probabilities } = softmax(b, withLabel(b, logits, target, nothing));
    const distance = softCrossEntropy(b, tokens, probabilities());
    return withRetain(input, meanOf(input, distance, tokensOfRole(input, roles.forgotten)));
  },
};
