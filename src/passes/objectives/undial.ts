/**
 * @file UNDIAL: cross-entropy with what the reference would say were the label's logit lower by β, softmax(z_ref − β·onehot(y)), over the
 * forget set's tokens, + w·CE(retain) (Dong et al. 2024, arXiv 2402.10052). β = 10 and w = 0 in OpenUnlearning. Its target does not
 * move, so it comes to rest by itself. (OpenUnlearning's mean runs over the prompt and the padding too; here over labelled tokens.)
 */
import { int } from '../../onnx/index.ts';
import { softCrossEntropy, withLabelLogit } from '../log-probability.ts';
import { meanOf, roles, tokensOfRole, withRetain, type Objective } from './objective.ts';

export const undial: Objective = {
  settings: { beta: 10 },
  loss: (input) => {
    const { b, tokens, reference, setting } = input;
    const lowered = withLabelLogit(b, reference().logits, tokens.target, (own) =>
      b.sub(own, setting('beta')),
    );
    const target = b.op('Softmax', [lowered], { axis: int(-1) });
    const distance = softCrossEntropy(b, tokens, target);
    return withRetain(input, meanOf(input, distance, tokensOfRole(input, roles.forgotten)));
  },
};
