/**
 * @file Does rounding bring it back? An adapter is often stored in few bits. What unlearning changed may be smaller than a step of such
 * numbers and is then rounded away, while what the lesson wrote stays (Zhang et al. 2024, arXiv 2410.16454). Each matrix of the adapter is
 * rounded in blocks of 32 numbers to integers times a scale, max |x| / (2ⁿ⁻¹ − 1), as files with 4 and 8 bits are; the model's own
 * weights stay. The untouched model's adapter adds nothing, however it is rounded.
 */
import type { AdapterState, ModelInfo } from 'lethe-lora/engine';
import type { ProbeRow } from '../experiment/checkpoint.ts';
import { retainSet } from '../run/batch.ts';
import { probe } from '../run/probe.ts';
import type { Examiner } from './examiner.ts';
import type { Examined, ExaminationSettings, Rounding } from './types.ts';

/** Bits of each number of the adapter. */
export const roundingBits = [16, 8, 4, 3, 2] as const;

/** Numbers that share a scale. */
const block = 32;

/** P(false) and its share by language and number of bits, and the share of the retain facts that are right. Leaves the last rounding in. */
export async function examineByRounding(
  { model, report }: Examiner,
  { fact, asking }: Examined,
  { kept, seed }: ExaminationSettings,
): Promise<Rounding> {
  const state = await model.getState();
  const retained: (number | null)[] = [];
  const probes: ProbeRow[][] = [];
  for (const [index, bits] of roundingBits.entries()) {
    await report(index / roundingBits.length);
    await model.setState({ ...state, values: rounded(model.info, state, bits) });
    const seen = await probe(model, fact, {
      step: 0,
      withAnswers: false,
      retainSet: retainSet([fact], seed, kept, asking),
      ...(asking && { asking }),
    });
    probes.push(seen.rows);
    retained.push(seen.retained);
  }
  await report(1);
  const [first = []] = probes;
  return {
    retained,
    rows: first.map(({ language }, row) => ({
      language,
      shares: probes.map((rows) => rows[row]?.falseShare ?? NaN),
      false: probes.map((rows) => Math.exp(rows[row]?.logProbFalse ?? NaN)),
    })),
  };
}

/** The adapter's numbers, each matrix rounded by itself. */
export function rounded(
  { layout }: Pick<ModelInfo, 'layout'>,
  { values }: Pick<AdapterState, 'values'>,
  bits: number,
): Float32Array<ArrayBuffer> {
  const result = values.slice();
  const most = 2 ** (bits - 1) - 1;
  for (const { offset, length } of layout)
    for (let at = offset; at < offset + length; at += block) {
      const part = result.subarray(at, Math.min(at + block, offset + length));
      const scale = part.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / most;
      if (scale > 0) part.forEach((value, i) => (part[i] = Math.round(value / scale) * scale));
    }
  return result;
}
