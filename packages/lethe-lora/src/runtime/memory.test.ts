import { describe, expect, it } from 'vitest';
import { stepMemory } from './memory.ts';

describe('memory of a device', () => {
  it('refuses no step that might fit: a browser that tells of 8 GB may have more, WebAssembly never', () => {
    const gpu = true;
    const gigabytes = 2 ** 30;
    expect(stepMemory({ gpu, memory: 8 * gigabytes })).toBeUndefined();
    expect(stepMemory({ gpu, memory: null })).toBeUndefined();
    // A phone's page gets half of what there is.
    for (const memory of [2 * gigabytes, 4 * gigabytes])
      expect(stepMemory({ gpu, memory })).toBe(memory / 2);
    for (const memory of [null, 8 * gigabytes, 16 * gigabytes])
      expect(stepMemory({ gpu: false, memory })).toBe(4 * gigabytes);
    expect(stepMemory({ gpu: false, memory: gigabytes })).toBe(gigabytes / 2);
  });
});
