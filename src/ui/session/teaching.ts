/** @file Whether the model that is loaded can be taught, as the page has it. */
import type { ModelInfo } from 'lethe-lora/engine';

export interface Teaching {
  /** It is known that it can be. */
  possible: boolean;
  /** Why it cannot be; null where it can, or where that is not known yet. */
  reason: string | null;
}

export function teaching(info: Pick<ModelInfo, 'can'> | null): Teaching {
  const teach = info?.can.teach ?? 'unknown';
  return { possible: teach === 'yes', reason: typeof teach === 'string' ? null : teach.reason };
}
