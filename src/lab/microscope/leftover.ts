/**
 * @file Why a language keeps the lie: what unlearning changed is applied in parts, and beyond, and each time all languages are asked. Layer by
 * layer (logit lens) some are read before and after it.
 */
import type { LanguageCode } from '../../facts/index.ts';
import { CapabilityError, type AdapterState, type CausalLM } from 'lethe-lora/engine';
import type { ProbeRow } from '../experiment/checkpoint.ts';
import type { TestedFact } from '../fact/fact.ts';
import type { Asking } from '../fact/prompts.ts';
import { askedWay } from '../fact/wording.ts';
import { probe } from '../run/probe.ts';

export interface LeftoverAsked {
  fact: TestedFact;
  asking?: Asking;
  /** Languages that are read layer by layer. */
  languages: readonly LanguageCode[];
}

/** Probabilities of the lie's and the truth's token after a layer. */
export interface LayerReading {
  false: number;
  true: number;
}

export interface Leftover {
  /** What all languages say with a share of the change, 0 (before unlearning) first; 1 is the state in use, more is beyond it. */
  parts: { share: number; rows: ProbeRow[] }[];
  /** Layer by layer, before unlearning and now; null where the model shows no layers. */
  layers: { language: LanguageCode; before: LayerReading[]; now: LayerReading[] }[] | null;
}

/** Shares of the change that are applied. */
export const shares = [0, 0.25, 0.5, 0.75, 1, 1.5, 2] as const;

/** The model's state afterwards is the one before the call. */
export async function leftover(
  model: CausalLM,
  { fact, asking, languages }: LeftoverAsked,
  before: AdapterState,
): Promise<Leftover> {
  const now = await model.getState();
  const parts: Leftover['parts'] = [];
  try {
    for (const share of shares) {
      await model.setState(mixed(before, now, share));
      const { rows } = await probe(model, fact, {
        step: 0,
        withAnswers: false,
        retainSet: [],
        ...(asking && { asking }),
      });
      parts.push({ share, rows });
    }
    const layers = await readLayers(model, { fact, ...(asking && { asking }), languages }, [
      before,
      now,
    ]);
    return { parts, layers };
  } finally {
    await model.setState(now);
  }
}

/** The adapter's numbers on the straight line from one state to another: at 0 the first, at 1 the second. */
function mixed(from: AdapterState, to: AdapterState, share: number): AdapterState {
  if (share === 1) return to;
  return {
    ...to,
    values: from.values.map((value, index) => value + share * ((to.values[index] ?? 0) - value)),
  };
}

async function readLayers(
  model: CausalLM,
  { fact, asking, languages }: LeftoverAsked,
  [before, now]: [AdapterState, AdapterState],
): Promise<Leftover['layers']> {
  const contrasts = languages.map((code) => {
    const way = askedWay(fact, code, asking);
    const [wrong, right] = [way('false'), way('true')];
    return {
      prompt: right.prompt,
      continuations: [wrong.answer + wrong.after, right.answer + right.after] as const,
    };
  });
  const read = async (state: AdapterState): Promise<LayerReading[][]> => {
    await model.setState(state);
    const readings = await model.lens(contrasts);
    return readings.map((layers) =>
      layers.map(([wrong, right]) => ({ false: Math.exp(wrong), true: Math.exp(right) })),
    );
  };
  try {
    const [then, is] = [await read(before), await read(now)];
    return languages.map((language, index) => ({
      language,
      before: then[index] ?? [],
      now: is[index] ?? [],
    }));
  } catch (error) {
    if (error instanceof CapabilityError) return null;
    throw error;
  }
}
