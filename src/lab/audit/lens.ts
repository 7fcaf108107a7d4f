/**
 * @file At which layer does the false answer still lead? The model's own final norm and head, applied to each layer's hidden state where the
 * answer is to come (the logit lens, nostalgebraist 2020); Patil et al. (2024, arXiv 2309.17410) found “deleted” facts in inner layers so.
 * Read for the token in which false answer and truth first differ.
 */
import { askedWay, languagesOf } from '../fact/wording.ts';
import type { Examiner } from './examiner.ts';
import type { Examined, LensRow } from './types.ts';

/** Rejects with `CapabilityError` where the model's graph does not show what its layers hand on. */
export async function examineByLens(
  { model, report }: Examiner,
  { fact, asking }: Examined,
): Promise<LensRow[]> {
  await report(0);
  const codes = languagesOf(fact);
  const readings = await model.lens(
    codes.map((code) => {
      const way = askedWay(fact, code, asking);
      const [wrong, right] = [way('false'), way('true')];
      return {
        prompt: right.prompt,
        continuations: [wrong.answer + wrong.after, right.answer + right.after] as const,
      };
    }),
  );
  await report(1);
  return codes.map((language, index) => ({
    language,
    layers: (readings[index] ?? []).map(([wrong, right]) => ({
      false: Math.exp(wrong),
      true: Math.exp(right),
    })),
  }));
}
