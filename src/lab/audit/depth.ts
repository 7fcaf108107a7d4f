/**
 * @file How far down is it gone? The Unlearning Depth Score (Lee, Kim and Jo 2026, arXiv 2605.24614) by activation patching. The taught model
 * says the false answer; after one layer, the states that foretell it are replaced. Put in from the untouched model, they take away what
 * the lesson wrote up to that layer: the log-probability of the answer falls by S₁. Put in from the unlearned model, they take away
 * S₂. Layers with S₁ > `thresholds.encodes` hold the answer; there S₂ / S₁, held between 0 and 1, says how much of it is undone, and
 * the score is the mean over those layers, weighted by S₁: 0 left as it was, 1 as if never taught. The authors had to train a model that
 * never knew; here the untouched model is one. All drops are in nats a token of the answer, in its first spelling.
 */
import type { AdapterState } from 'lethe-lora/engine';
import { askedWay } from '../fact/wording.ts';
import { languagesToExamine, type Examiner } from './examiner.ts';
import { thresholds } from './thresholds.ts';
import type { DepthRow, Examined, LayerDrops } from './types.ts';

/**
 * The model is in the taught state; `unlearned` is the one that is examined. Rejects with `CapabilityError` where the model's graph does
 * not show what its layers hand on.
 */
export async function examineDepth(
  { model, report }: Examiner,
  examined: Examined,
  unlearned: AdapterState,
): Promise<DepthRow[]> {
  const { fact, asking } = examined;
  const codes = languagesToExamine(model, examined);
  const { values: untouched } = model.freshState();
  const rows: DepthRow[] = [];
  for (const [index, language] of codes.entries()) {
    await report(index / codes.length);
    const { prompt, answer } = askedWay(fact, language, asking)('false');
    const item = { prompt, continuation: answer };
    const tokens = model.continuationTokens(prompt, answer).length;
    const drops = async (source: Float32Array): Promise<number[]> => {
      const [score] = await model.patched([item], source);
      return (score?.layers ?? []).map((logProb) => ((score?.own ?? NaN) - logProb) / tokens);
    };
    const byUnlearned = await drops(unlearned.values);
    rows.push({
      language,
      layers: (await drops(untouched)).map((drop, layer) => ({
        untouched: drop,
        unlearned: byUnlearned[layer] ?? NaN,
      })),
    });
  }
  await report(1);
  return rows;
}

/** Share of what a lesson wrote that is undone at a layer, 0 to 1; null where the layer does not hold the answer. */
export function undoneAt({ untouched, unlearned }: LayerDrops): number | null {
  return untouched > thresholds.encodes ? Math.min(1, Math.max(0, unlearned / untouched)) : null;
}

/** The score of one language, 0 to 1; null where no layer holds the answer: there was nothing to undo. */
export function depthScore({ layers }: DepthRow): number | null {
  const holding = layers.flatMap((drops) => {
    const undone = undoneAt(drops);
    return undone === null ? [] : [{ weight: drops.untouched, undone }];
  });
  const whole = holding.reduce((sum, { weight }) => sum + weight, 0);
  return whole === 0
    ? null
    : holding.reduce((sum, { weight, undone }) => sum + weight * undone, 0) / whole;
}
