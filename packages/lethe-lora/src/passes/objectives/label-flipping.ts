/**
 * @file Label flipping: CE of the forget set's prompts with another answer in the falsehood's place, + w·CE(retain). The other answer is
 * the truth or a third one; as "I don't know" is in TOFU (Maini et al. 2024, arXiv 2401.06121).
 */
import { meanCrossEntropy, roles, withRetain, type Objective } from './objective.ts';

export const labelFlipping: Objective = {
  loss: (input) => withRetain(input, meanCrossEntropy(input, roles.preferred)),
};
