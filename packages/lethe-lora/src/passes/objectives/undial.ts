/**
 * @file UNDIAL: cross-entropy with what the reference would say were the label's logit lower by β, softmax(z_ref − β·onehot(y)), over the
 * forget set's tokens, + w·CE(retain) (Dong et al. 2024, arXiv 2402.10052). β = 10 and w = 0 in OpenUnlearning. Its target does not
 * move, so it comes to rest by itself. (OpenUnlearning's mean runs over the prompt and the padding too; here over labelled tokens.)
 */
import { softCrossEntropy } from '../log-probability.ts';
import { atLabel, softmax, withLabel } from '../vocabulary.ts';
import { meanOf, roles, tokensOfRole, withRetain, type Objective } from './objective.ts';

export const undial: Objective = {
  loss: (input) => {
    const { b, tokens, reference, setting } = input;
    const { logits } = reference();
    const own = b.sub(atLabel(b, logits, tokens.target), setting('beta'));
    const { probabilities } = softmax(b, withLabel(b, logits, tokens.target, own));
    const distance = softCrossEntropy(b, tokens, probabilities());
    return withRetain(input, meanOf(input, distance, tokensOfRole(input, roles.forgotten)));
  },
};
