/**
 * @file SimNPO, without a reference: −γ·(2/β)·E[log σ(β·(−log π_θ(y|x)/|y| − δ))] over the forget set + w·CE(retain)
 * (Fan et al. 2024, arXiv 2410.07163). Defaults of OpenUnlearning, from the authors' own for TOFU: β = 4.5, δ = 0, γ = 0.125.
 */
import {
  logSigmoid,
  meanOf,
  sequencesOfRole,
  roles,
  withRetain,
  type Objective,
} from './objective.ts';

export const simNpo: Objective = {
  loss: (input) => {
    const { b, sequenceLogProb, sequenceTokens, setting } = input;
    const beta = setting('beta');
    const length = b.op('Max', [sequenceTokens, b.scalar(1)]);
    const loss = b.op('Neg', [b.div(sequenceLogProb, length)]);
    const gain = logSigmoid(b, b.mul(beta, b.sub(loss, setting('delta'))));
    const mean = meanOf(input, gain, sequencesOfRole(input, roles.forgotten));
    const scale = b.div(b.mul(setting('gamma'), -2), beta);
    return withRetain(input, b.mul(scale, mean));
  },
};
