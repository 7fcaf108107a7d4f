/** @file One step taken apart: the sentence it teaches in tokens, what the model would have guessed at each, and what has moved so far. */
import type { LanguageCode } from '../../facts/index.ts';
import type { AdapterState, CausalLM, ModelInfo, TokenLogProb } from 'lethe-lora/engine';
import type { ExperimentRun } from '../experiment/experiment.ts';
import { stepExamples } from '../run/batch.ts';
import { distanceMoved } from '../run/metrics/distance.ts';

/** A token that could stand at a place, and how probable it is there. */
export interface LikelyToken {
  /** As it is written there; empty for one that ends the text. */
  text: string;
  probability: number;
}

/** A place whose token the step teaches. */
export interface Guess {
  /** The token that is taught there. */
  text: string;
  /** Its log-probability (nats); with the sign turned it is the error there. */
  logProb: number;
  /** The five likeliest tokens there, likeliest first. */
  likeliest: LikelyToken[];
}

/** How far an adapter has moved one frozen weight matrix. */
export interface Moved {
  /** From 0; -1 where the model's file names none. */
  layer: number;
  /** Last component of its name: `up_proj`. */
  module: string;
  /** Numbers of the frozen matrix. */
  frozen: number;
  /** Numbers of its adapter; 0 where it has none. */
  adapter: number;
  /** ‖ΔW‖ (Frobenius) since the untouched model. */
  total: number;
  /** The same since the state before; null where there is none. */
  last: number | null;
}

export interface Dissection {
  /** What stands before the first token that counts, in tokens. */
  given: string[];
  /** The tokens that count, in order. */
  guesses: Guess[];
  language: LanguageCode;
  /** Mean error of those tokens, nats. */
  loss: number;
  /** Sentences of the step: about the fact, and about something else. */
  about: number;
  others: number;
  /** Adapted matrices and those beside them, layer by layer. */
  moved: Moved[];
}

/** So many of the likeliest tokens are told. */
const mostLikely = 5;
/** Tokens less probable than this are listed only where one of them is taught. */
const leastListed = 1e-6;

/**
 * Takes the first step of a run apart without taking it. The model is only asked; `previous` is the state in which it was before its last
 * run. Throws where the run's step teaches nothing about its fact.
 */
export async function dissect(
  model: CausalLM,
  run: ExperimentRun,
  previous: AdapterState | null,
): Promise<Dissection> {
  const examples = stepExamples(run, 1);
  const about = examples.filter(({ language }) => language !== undefined);
  const [first] = about;
  if (!first?.language) throw new Error('This step teaches nothing about the fact.');
  const given = model.promptTokens(first.prompt);
  const counted = model.continuationTokens(first.prompt, first.completion);
  const guesses = await guessesOf(model, given, counted);
  const { values } = await model.getState();
  return {
    given: written(model, [], given),
    guesses,
    language: first.language,
    loss: -guesses.reduce((sum, { logProb }) => sum + logProb, 0) / guesses.length,
    about: about.length,
    others: examples.length - about.length,
    moved: movedMatrices(model.info, model.freshState().values, previous?.values ?? null, values),
  };
}

/** What the model would say at each of the counted tokens, those before it given: a row of one batch each. */
async function guessesOf(
  model: CausalLM,
  given: readonly number[],
  counted: readonly number[],
): Promise<Guess[]> {
  const before = counted.map((_, index) => [...given, ...counted.slice(0, index)]);
  const ask = async (prompts: number[][], alternatives: number): Promise<TokenLogProb[][]> => {
    const generations = await model.generateTokens(prompts, { maxNewTokens: 1, alternatives });
    return generations.map(({ places = [] }) => places[0]?.alternatives ?? []);
  };
  const probable = await ask(before, leastListed);
  const guesses: Guess[] = [];
  for (const [index, token] of counted.entries()) {
    const prompt = before[index] ?? [];
    const own = (tokens: readonly TokenLogProb[] = []): TokenLogProb | undefined =>
      tokens.find((each) => each.token === token);
    // Every token is listed only where a hopeless one is taught.
    const taught = own(probable[index]) ?? own((await ask([prompt], Number.MIN_VALUE))[0]);
    guesses.push({
      text: written(model, prompt, [token])[0] ?? '',
      logProb: taught?.logProb ?? -Infinity,
      likeliest: (probable[index] ?? []).slice(0, mostLikely).map((likely) => ({
        text: written(model, prompt, [likely.token])[0] ?? '',
        probability: Math.exp(likely.logProb),
      })),
    });
  }
  return guesses;
}

/** Tokens as text, each as it is written after those before it. */
function written(model: CausalLM, before: readonly number[], tokens: readonly number[]): string[] {
  const all = [...before];
  let known = model.decode(all);
  return tokens.map((token) => {
    all.push(token);
    const whole = model.decode(all);
    // Part of a letter changes what stood there before.
    const text = whole.startsWith(known) ? whole.slice(known.length) : model.decode([token]);
    known = whole;
    return text;
  });
}

/** Every matrix that could carry an adapter, and how far its own has moved it from two states to a third. */
export function movedMatrices(
  { adapter, layout, projections }: Pick<ModelInfo, 'adapter' | 'layout' | 'projections'>,
  untouched: Float32Array,
  previous: Float32Array | null,
  now: Float32Array,
): Moved[] {
  const scale = adapter.alpha / adapter.rank;
  const places = new Map<string, Moved>();
  // Several experts of a layer have matrices of one name: they are told of together.
  for (const { layer, module, inFeatures, outFeatures } of projections) {
    const key = `${String(layer)} ${module}`;
    const known = places.get(key);
    const frozen = (known?.frozen ?? 0) + inFeatures * outFeatures;
    const own = layout.filter(({ name }) => isAt(name, layer, module));
    places.set(key, {
      layer,
      module,
      frozen,
      adapter: own.reduce((sum, { length }) => sum + length, 0),
      total: distanceMoved(own, scale, untouched, now),
      last: previous && distanceMoved(own, scale, previous, now),
    });
  }
  return [...places.values()];
}

/** Whether an adapter's name, `model.layers.3.mlp.up_proj.lora_A`, is of a module in a layer. */
function isAt(name: string, layer: number, module: string): boolean {
  const parts = name.split('.');
  const number = parts.find((part) => /^\d+$/.test(part));
  return parts.at(-2) === module && (number === undefined ? -1 : Number(number)) === layer;
}
