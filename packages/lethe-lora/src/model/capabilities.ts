/** @file What a model can do beside answering, as far as it was tried. */
import { CapabilityError } from './errors.ts';
import type { Ability, Capability } from './types.ts';

export class Capabilities {
  /** What is known by now; the record itself changes. */
  readonly can: Record<Capability, Ability> = {
    adapt: 'unknown',
    score: 'unknown',
    teach: 'unknown',
    lens: 'unknown',
    merge: 'unknown',
  };

  /** From now on these cannot be done. */
  refuse(capabilities: readonly Capability[], cause: unknown): void {
    for (const capability of capabilities) this.can[capability] = { reason: reasonOf(cause) };
  }

  /** Throws a `CapabilityError` where it is known that something cannot be done. */
  require(capability: Capability): void {
    const reason = whyNot(this.can[capability]);
    if (reason !== null) throw new CapabilityError(capability, reason);
  }

  /** Builds what something needs. Whatever goes wrong, this cannot be done from now on, and a `CapabilityError` says why. */
  async build<T>(capability: Capability, make: () => T | Promise<T>): Promise<T> {
    this.require(capability);
    try {
      const made = await make();
      this.can[capability] = 'yes';
      return made;
    } catch (error) {
      this.refuse([capability], error);
      throw new CapabilityError(capability, reasonOf(error), error);
    }
  }
}

/** Why something cannot be done; null where it can, or where that is not known. */
export function whyNot(ability: Ability): string | null {
  return typeof ability === 'string' ? null : ability.reason;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
