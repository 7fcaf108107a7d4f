/** @file What a lowering says when it meets a use of an operator that it does not know. */
import type { Node } from '../../onnx/index.ts';

/** Raised when a fused operator is used in a way that has no lowering. */
export class UnsupportedOperatorError extends Error {
  constructor(
    readonly node: Node,
    what: string,
    advice?: string,
  ) {
    super(`${node.label} has no lowering for ${what}${advice === undefined ? '' : `; ${advice}`}.`);
    this.name = 'UnsupportedOperatorError';
  }
}
