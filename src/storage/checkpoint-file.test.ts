import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeSafetensors } from 'lethe-lora/engine';
import {
  digestCheckpoint,
  readCheckpointFile,
  writeCheckpointFile,
  type StoredCheckpoint,
} from './checkpoint-file.ts';
import { oldCheckpointFile } from './old-layout.ts';

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
      const read = await readCheckpointFile(writeCheckpointFile({ record, state }));
      expect(read.record).toEqual(record);
      expect(read.meta).toEqual({ ...meta, digest: record.digest });
    }
  });

  it('with a digest that fits and a meaning that does not is refused by field', async () => {
    const { meta, state } = await checkpoint();
    const record = { ...meta, createdAt: 9e15 };
    record.digest = await digestCheckpoint(record, state);
    await expect(readCheckpointFile(writeCheckpointFile({ record, state }))).rejects.toThrow(
      /field createdAt/,
    );
  });

  it('is refused when any one bit of it differs', async () => {
    const whole = writeCheckpointFile(await checkpoint());
    const nameAt = Buffer.from(whole).indexOf('Taught in French');
    for (let at = 0; at < whole.length; at += 13) {
      if (at >= nameAt && at < nameAt + 16) continue;
      const broken = whole.slice();
      broken[at] = (broken[at] ?? 0) ^ 1;
      await expect(readCheckpointFile(broken), `byte ${at}`).rejects.toThrow();
    }
  });

  it('is refused when cut off or not a checkpoint', async () => {
    const whole = writeCheckpointFile(await checkpoint());
    await expect(readCheckpointFile(whole.slice(0, -1))).rejects.toThrow(/cut off/);
    await expect(readCheckpointFile(whole.slice(0, 40))).rejects.toThrow(/cut off/);
    await expect(readCheckpointFile(Uint8Array.of(80, 75))).rejects.toThrow(
      /not a Lethe checkpoint/,
    );
    const adapter = writeSafetensors(new Map(), { format: 'pt' });
    await expect(readCheckpointFile(adapter)).rejects.toThrow(/not a Lethe checkpoint. Adapters/);
  });

  it('opens in the format of earlier versions', async () => {
    const original = await checkpoint();
    expect(await readCheckpointFile(oldCheckpointFile(original))).toEqual(original);
    await expect(readCheckpointFile(oldCheckpointFile(original).slice(0, 100))).rejects.toThrow(
      'cut off',
    );
  });

  it.each([
    ['ckpt-createdAt-huge', /field createdAt/],
    ['ckpt-subject-unknown', /no such subject/],
  ])('of an earlier version, %s, is refused by field', async (name, message) => {
    const file = new URL(`./old-files/${name}.lethe`, import.meta.url);
    await expect(readCheckpointFile(new Uint8Array(readFileSync(file)))).rejects.toThrow(message);
  });

  it.each([NaN, Infinity])('is never written with a number that is none: %d', async (value) => {
    const { record, state } = await checkpoint();
    state.moment2[3] = value;
    const changed = { ...record, digest: await digestCheckpoint(record, state) };
    const file = writeCheckpointFile({ record: changed, state });
    await expect(readCheckpointFile(file)).rejects.toThrow(/number 3 of “moment2”.*not finite/);
  });

  it('is refused with arrays of several lengths', async () => {
    const { record, state } = await checkpoint();
    const file = writeCheckpointFile({
      record,
      state: { ...state, moment1: state.moment1.slice(1) },
    });
    await expect(readCheckpointFile(file)).rejects.toThrow(/50 values and 49 numbers “moment1”/);
  });
});
