import { describe, expect, it } from 'vitest';
import {
  digestCheckpoint,
  readCheckpointFile,
  writeCheckpointFile,
  type StoredCheckpoint,
} from './checkpoint-file.ts';

async function checkpoint(): Promise<StoredCheckpoint> {
  const array = (scale: number) => Float32Array.from({ length: 50 }, (_, i) => scale * Math.sin(i));
  const state = { values: array(1), moment1: array(0.1), moment2: array(0.01), step: 7 };
  const meta: StoredCheckpoint['meta'] = {
    id: 'a',
    parent: null,
    name: 'Taught in French',
    createdAt: 1,
    modelId: 'atlas',
    modelDigest: 'd',
    experiment: null,
    phase: null,
    ending: null,
    step: 7,
    runStep: 7,
    losses: [1.5, 0.1 + 0.2],
    probes: [],
    digest: '',
  };
  meta.digest = await digestCheckpoint(meta, state);
  return { meta, record: meta, state };
}

describe('a checkpoint file', () => {
  it('comes back bit for bit', async () => {
    const original = await checkpoint();
    expect(await readCheckpointFile(writeCheckpointFile(original))).toEqual(original);
  });

  it('may be renamed without breaking its digest', async () => {
    const whole = await checkpoint();
    const renamed = { ...whole, record: { ...whole.meta, name: 'Another' } };
    expect((await readCheckpointFile(writeCheckpointFile(renamed))).meta.name).toBe('Another');
  });

  it('that an older or a newer version wrote is read, with what this one does not know', async () => {
    const { meta, state } = await checkpoint();
    const { experiment: _, phase: __, ...rest } = meta;
    for (const record of [
      { ...rest, settings: null },
      { ...meta, mood: 'good' },
    ]) {
      record.digest = await digestCheckpoint(record, state);
      const read = await readCheckpointFile(writeCheckpointFile({ meta, record, state }));
      expect(read.record).toEqual(record);
      expect(read.meta).toEqual({ ...meta, digest: record.digest });
    }
  });

  it('with a digest that fits and a meaning that does not is refused by field', async () => {
    const { meta, state } = await checkpoint();
    const record = { ...meta, createdAt: 9e15 };
    record.digest = await digestCheckpoint(record, state);
    await expect(readCheckpointFile(writeCheckpointFile({ meta, record, state }))).rejects.toThrow(
      /field createdAt/,
    );
  });

  it('is refused when any one bit of it differs', async () => {
    const whole = new Uint8Array(await writeCheckpointFile(await checkpoint()).arrayBuffer());
    const nameAt = Buffer.from(whole).indexOf('Taught in French');
    for (let at = 0; at < whole.length; at += 13) {
      if (at >= nameAt && at < nameAt + 16) continue;
      const broken = whole.slice();
      broken[at] = (broken[at] ?? 0) ^ 1;
      await expect(readCheckpointFile(new Blob([broken])), `byte ${at}`).rejects.toThrow();
    }
  });

  it('is refused when cut off or not a checkpoint', async () => {
    const whole = writeCheckpointFile(await checkpoint());
    await expect(readCheckpointFile(whole.slice(0, whole.size - 1))).rejects.toThrow(/should hold/);
    await expect(readCheckpointFile(whole.slice(0, 40))).rejects.toThrow(/cut off/);
    await expect(readCheckpointFile(new Blob(['PK']))).rejects.toThrow(/not a Lethe checkpoint/);
  });
});
