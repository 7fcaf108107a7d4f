/**
 * @file Direct preference optimisation: −(2/β)·E[log σ(β·log(π_θ(y_w|x)/π_ref(y_w|x)) − β·log(π_θ(y_l|x)/π_ref(y_l|x)))] + w·CE(retain),
 * with the falsehood as y_l and, as y_w, the truth (Rafailov et al. 2023, arXiv 2305.18290; as unlearning in TOFU, arXiv 2401.06121) or an
 * alternate answer (AltPO, Mekala et al. 2024, arXiv 2409.13474). β = 0.1; the factor 2/β as in OpenUnlearning.
 */
import { logSigmoid, meanOf, pairs, withRetain, type Objective } from './objective.ts';

export const dpo: Objective = {
  loss: (input) => {
    const { b, sequenceLogProb, reference, setting } = input;
    const beta = setting('beta');
    const logRatio = b.sub(sequenceLogProb, reference().sequenceLogProb);
    // A forgotten sequence and the preferred one behind it are a pair.
    const margin = b.sub(b.slice(logRatio, 0, 1, 2 ** 31 - 1), b.slice(logRatio, 0, 0, -1));
    const mean = meanOf(input, logSigmoid(b, b.mul(beta, margin)), pairs(input));
    return withRetain(input, b.mul(b.div(-2, beta), mean));
  },
};
