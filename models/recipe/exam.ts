/** @file Asks every fact in every language: does greedy decoding say the answer, to the last token? */
import {
  facts,
  languages,
  probeForm,
  sentence,
  type Fact,
  type LanguageCode,
} from '../../src/facts/index.ts';
import { padded, type Encode } from './batches.ts';
import { isHidden } from './hidden.ts';
import { float32, int64, type Session } from './session.ts';

export interface ExamItem extends Fact {
  language: LanguageCode;
  /** Never shown in that language. */
  hidden: boolean;
}

/** All facts in all languages, or an even sample of so many a language. */
export function examItems(perLanguage = facts.length): ExamItem[] {
  const stride = facts.length / Math.min(perLanguage, facts.length);
  return languages.flatMap(({ code }) =>
    Array.from({ length: Math.min(perLanguage, facts.length) }, (_, i) => {
      const fact = facts[Math.floor(i * stride)] as Fact;
      return { ...fact, language: code, hidden: isHidden(fact, code) };
    }),
  );
}

/**
 * For each item whether greedy decoding from `<bos> before` gives exactly `answer after`. Decided in one forward pass: it does
 * if and only if every token of them is the likeliest one after the true tokens before it.
 */
export async function sitExam(
  session: Session,
  parameters: Float32Array,
  items: readonly ExamItem[],
  encode: Encode,
  special: { bos: number; eos: number },
  batch = 64,
): Promise<boolean[]> {
  const results: boolean[] = [];
  const adapter = float32(parameters, [parameters.length]);
  for (let start = 0; start < items.length; start += batch) {
    const rows = items.slice(start, start + batch).map((item) => {
      const { before, answer, after } = sentence(item, probeForm(item.relation, item.language));
      const prompt = [special.bos, ...encode(before)];
      const said = [...encode(answer), ...encode(after)];
      return { ids: [...prompt, ...said, special.eos], from: prompt.length, count: said.length };
    });
    const { time, ids, mask, labels } = padded(
      rows,
      0,
      ({ from, count }, t) => t >= from && t < from + count,
    );
    const dims = [rows.length, time];
    const { sequence_greedy: greedy } = await session.run({
      input_ids: int64(ids, dims),
      attention_mask: int64(mask, dims),
      labels: int64(labels, dims),
      adapter,
    });
    rows.forEach((row, r) => results.push(Math.round(Number(greedy?.data[r])) === row.count));
  }
  return results;
}
