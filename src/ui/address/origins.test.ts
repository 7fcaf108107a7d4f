import { beforeEach, describe, expect, it, vi } from 'vitest';
import { agreeTo, hubAddress, otherOrigin, unagreed } from './origins.ts';
import { readQuery } from './model-link.ts';

const page = 'https://lethe.example/site/?x#y';

describe('another server', () => {
  beforeEach(() => {
    const kept = new Map<string, string>();
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    });
  });

  it('is every other origin, whatever its address looks like', () => {
    expect(otherOrigin('models/atlas/', page)).toBeNull();
    expect(otherOrigin('https://lethe.example/other/', page)).toBeNull();
    for (const [address, origin] of [
      ['https://lethe.example.evil/', 'https://lethe.example.evil'],
      ['https://lethe.example@evil.example/', 'https://evil.example'],
      ['//evil.example/x', 'https://evil.example'],
      ['\\\\evil.example\\x', 'https://evil.example'],
      ['http://lethe.example/', 'http://lethe.example'],
      ['https://lethe.example:8443/', 'https://lethe.example:8443'],
    ] as const)
      expect(otherOrigin(address, page)).toBe(origin);
  });

  it('may be asked once it was agreed to, and no other with it', () => {
    expect(unagreed('https://one.example/m/', page)).toBe('https://one.example');
    agreeTo('https://one.example');
    expect(unagreed('https://one.example/m/', page)).toBeNull();
    expect(unagreed('https://two.example/m/', page)).toBe('https://two.example');
    expect(unagreed('http://one.example/m/', page)).toBe('http://one.example');
  });

  it('is agreed to where the browser keeps nothing, too, and nothing that was written there by others breaks it', () => {
    vi.stubGlobal('sessionStorage', {
      getItem: () => '{"length":',
      setItem: () => {
        throw new Error('refused');
      },
    });
    agreeTo('https://three.example');
    expect(unagreed('https://three.example/', page)).toBeNull();
    expect(unagreed('https://four.example/', page)).toBe('https://four.example');
  });

  it('is for the Hub where the library has it', async () => {
    const { env } = await import('@huggingface/transformers');
    expect(hubAddress).toBe(env.remoteHost);
  });
});

describe('a model in the address that cannot be an address of files', () => {
  it.each([
    'https://',
    'http://[::1',
    'javascript:alert(1)',
    'data:text/html,hello/',
    'file:///etc/',
    'blob:https://lethe.example/1/',
    'https://user:secret@evil.example/',
  ])('%s leaves the usual model, and is told', (address) => {
    const search = `?model=${encodeURIComponent(address)}&hub=${encodeURIComponent(address)}`;
    const query = readQuery(search, page);
    expect(query.model).toBe('models/atlas/');
    expect(query.modelBase).toBe('https://lethe.example/site/models/atlas/');
    expect(query.hub).toBeNull();
    expect(query.unusable).toEqual([`model=${address}`, `hub=${address}`]);
  });
});
