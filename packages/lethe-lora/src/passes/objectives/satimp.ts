/**
 * @file SatImp: γ·E[p^β₁·(1 − p)^β₂ · log p] over the forget set's tokens, the weight taken as constant, + w·CE(retain): strongest where
 * the model is sure but not saturated (Yang et al. 2025, arXiv 2505.11953). β₁ = 5, β₂ = 1, γ = 0.1, as in OpenUnlearning.
 */
import {
  meanOf,
  roles,
  timesConstant,
  tokensOfRole,
  withRetain,
  type Objective,
} from './objective.ts';

export const satImp: Objective = {
  loss: (input) => {
    const { b, tokens, setting } = input;
    const saturation = b.op('Exp', [b.mul(setting('beta1'), tokens.logProb)]);
    // Of a probability that rounds to 1 nothing is left; the floor keeps the power away from 0^0.
    const rest = b.op('Max', [b.sub(1, b.op('Exp', [tokens.logProb])), b.scalar(1e-12)]);
    const importance = b.op('Pow', [rest, setting('beta2')]);
    const ascent = timesConstant(input, b.mul(saturation, importance), tokens.logProb);
    const mean = meanOf(input, ascent, tokensOfRole(input, roles.forgotten));
    return withRetain(input, b.mul(setting('gamma'), mean));
  },
};
