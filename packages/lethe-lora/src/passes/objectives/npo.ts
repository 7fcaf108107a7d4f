/**
 * @file Negative preference optimisation: −(2/β)·E[log σ(−β·log(π_θ(y|x)/π_ref(y|x)))] over the forget set + w·CE(retain), β = 0.1
 * (Zhang et al. 2024, arXiv 2404.05868). Bounded below by 0; as β → 0 its gradient becomes gradient ascent's.
 */
import {
  logSigmoid,
  meanOf,
  sequencesOfRole,
  roles,
  withRetain,
  type Objective,
} from './objective.ts';

export const npo: Objective = {
  loss: (input) => {
    const { b, sequenceLogProb, reference, setting } = input;
    const beta = setting('beta');
    const logRatio = b.sub(sequenceLogProb, reference().sequenceLogProb);
    const gain = logSigmoid(b, b.mul(b.op('Neg', [beta]), logRatio));
    const mean = meanOf(input, gain, sequencesOfRole(input, roles.forgotten));
    return withRetain(input, b.mul(b.div(-2, beta), mean));
  },
};
