/** @file What a model says when it cannot do something, or computes nothing that can be read. */
import type { Capability } from './types.ts';

/** Raised where something was asked of a model that it cannot do here; the message is the reason. It can be asked all the same. */
export class CapabilityError extends Error {
  constructor(
    readonly capability: Capability,
    reason: string,
    cause?: unknown,
  ) {
    super(reason, { cause });
    this.name = 'CapabilityError';
  }
}

/** Raised where a model's logits are not numbers: nothing that it says or learns would mean anything. */
export class NoNumbersError extends Error {
  constructor() {
    super(
      'This model computes no numbers on this device (its logits are not a number). Choose another variant of it, or another device.',
    );
    this.name = 'NoNumbersError';
  }
}
