/**
 * @file Cross-entropy unlearning: cross-entropy with the model's own distribution without the label, softmax(z with z_y = −∞), taken as
 * constant, over the forget set's tokens (Yang 2025, arXiv 2503.01224), + w·CE(retain) with w = 0 in the paper. The paper leaves out an
 * answer's first token; here answers are a few tokens long and all of them count.
 */
import { int } from '../../onnx/index.ts';
import { softCrossEntropy, withLabelLogit } from '../log-probability.ts';
import { meanOf, roles, tokensOfRole, withRetain, type Objective } from './objective.ts';

export const crossEntropyUnlearning: Objective = {
  settings: {},
  loss: (input) => {
    const { b, tokens } = input;
    const without = withLabelLogit(b, tokens.logits, tokens.target, (own) =>
      b.filledLike(own, -1e9),
    );
    const target = b.op('Softmax', [without], { axis: int(-1) });
    const distance = softCrossEntropy(b, tokens, target);
    return withRetain(input, meanOf(input, distance, tokensOfRole(input, roles.forgotten)));
  },
};
