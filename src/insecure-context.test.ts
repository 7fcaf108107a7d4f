import { describe, expect, it } from 'vitest';
import { completeCrypto } from './insecure-context.ts';

describe('without an encrypted connection', () => {
  const bare = (): Partial<Crypto> => ({});

  it('digests are those of the browser', async () => {
    const completed = bare();
    completeCrypto(completed);
    for (const length of [0, 1, 63, 64, 1000, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) % 251);
      const own = await completed.subtle?.digest('SHA-256', bytes.subarray(length >> 1));
      const theirs = await crypto.subtle.digest('SHA-256', bytes.subarray(length >> 1));
      expect(new Uint8Array(own ?? new ArrayBuffer(0))).toEqual(new Uint8Array(theirs));
    }
    const whole = await completed.subtle?.digest('SHA-256', new Uint8Array([1, 2]).buffer);
    expect(whole?.byteLength).toBe(32);
  });

  it('names are random UUIDs', () => {
    const completed = bare();
    completeCrypto(completed);
    const names = Array.from({ length: 200 }, () => completed.randomUUID?.() ?? '');
    for (const name of names)
      expect(name).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(new Set(names).size).toBe(200);
  });

  it('what the browser has stays', () => {
    const { subtle } = crypto;
    completeCrypto();
    expect(crypto.subtle).toBe(subtle);
  });
});
