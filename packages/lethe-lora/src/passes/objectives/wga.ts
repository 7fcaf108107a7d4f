/**
 * @file Weighted gradient ascent: E[p(yᵢ)^β · log p(yᵢ)] over the forget set's tokens, the weight taken as constant, + w·CE(retain)
 * (Wang et al. 2025, arXiv 2502.19301). β = 1: tokens that are forgotten already push no further, so it comes to rest by itself.
 */
import {
  meanOf,
  roles,
  timesConstant,
  tokensOfRole,
  withRetain,
  type Objective,
} from './objective.ts';

export const wga: Objective = {
  loss: (input) => {
    const { b, tokens, setting } = input;
    const weight = b.op('Exp', [b.mul(setting('beta'), tokens.logProb)]);
    const ascent = timesConstant(input, weight, tokens.logProb);
    return withRetain(input, meanOf(input, ascent, tokensOfRole(input, roles.forgotten)));
  },
};
