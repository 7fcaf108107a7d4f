import { afterEach, describe, expect, it, vi } from 'vitest';
import { cachedModels } from './cache.ts';
import { MemoryFolder, memoryStorage } from './memory-storage.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const manifest = {
  id: 'me/mine',
  revision: 'main',
  commit: 'c',
  licence: null,
  languages: [],
  variant: 'q4',
  file: 'onnx/model_q4.onnx',
  files: [{ path: 'onnx/model_q4.onnx', size: 3 }],
};

async function write(folder: MemoryFolder, name: string, text: string): Promise<void> {
  (await folder.getFileHandle(name, { create: true })).bytes = new TextEncoder().encode(text);
}

describe('the cache of models', () => {
  it.each(['null', '{}', '{"files":5}', '{"variant":"q4","files":[null]}', 'no JSON'])(
    'with a manifest that is %s still lists the others, and the folder by its name',
    async (text) => {
      const root = new MemoryFolder();
      vi.stubGlobal('navigator', { storage: memoryStorage(root) });
      const models = await root.getDirectoryHandle('models', { create: true });
      const good = await models.getDirectoryHandle('me%2Fmine%40c', { create: true });
      await write(good, 'q4.manifest.json', JSON.stringify(manifest));
      await write(good, 'onnx%2Fmodel_q4.onnx', 'abc');
      const bad = await models.getDirectoryHandle('100%', { create: true });
      await write(bad, 'q4.manifest.json', text);
      const cached = await cachedModels();
      expect(cached.map(({ id, variants }) => [id, variants.length])).toEqual([
        ['100%', 0],
        ['me/mine', 1],
      ]);
      expect(cached[1]?.variants[0]).toMatchObject({ variant: 'q4', complete: true });
    },
  );

  it('that the browser does not have is named as such', async () => {
    vi.stubGlobal('navigator', {});
    await expect(cachedModels()).rejects.toMatchObject({
      failure: { kind: 'storage', detail: 'navigator.storage' },
    });
  });
});
