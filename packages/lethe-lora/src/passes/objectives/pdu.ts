/**
 * @file Primal-dual unlearning: E[(maxⱼ zⱼ − meanⱼ zⱼ)²] over the forget set's tokens, which flattens the logits, + λ·CE(retain), where λ
 * is the retain weight and rises while kept facts are forgotten (Entesari et al. 2025, arXiv 2506.05314): after each step
 * λ ← max(0, λ + η·(CE(retain) − ε)), see `nextRetainWeight` in `src/lab`. Bounded below by 0.
 */
import { largest, mean } from '../vocabulary.ts';
import { meanOf, roles, tokensOfRole, withRetain, type Objective } from './objective.ts';

export const primalDual: Objective = {
  loss: (input) => {
    const { b, tokens } = input;
    const spread = b.sub(largest(b, tokens.logits), mean(b, tokens.logits));
    const squared = b.reshape(b.mul(spread, spread), [-1]);
    return withRetain(input, meanOf(input, squared, tokensOfRole(input, roles.forgotten)));
  },
};
