/** @file The ways to unlearn: what each makes of the sentences about the fact, its objective, its defaults, and what stops it. */
import { objectiveSettings, type ObjectiveName } from 'lethe-lora/engine';

/** An answer in a sentence about the fact on trial; `alternate` is a third answer that changes from step to step, `refusal` “I don’t know”. */
export type Answer = 'false' | 'true' | 'third' | 'alternate' | 'refusal';

export interface MethodRecipe {
  /** What the train graph minimises; null: no step is taken. */
  objective: ObjectiveName | null;
  /** The answers each prompt about the fact is given; the false answer is forgotten, any other preferred to it. */
  says: readonly Answer[];
  /** Its loss has a term for the retain set, and that term's weight by default (0: none are used). */
  usesRetainSet: boolean;
  retainWeight: number;
  /** The learning rate that it begins with. */
  learningRate: number;
  /** The objective can fall without end, so that only the bound on the forget loss stops it. */
  unbounded: boolean;
  /** Settings of the method itself, beside its objective's. */
  settings: Readonly<Record<string, number>>;
}

const defaults = {
  usesRetainSet: true,
  retainWeight: 1,
  learningRate: 1e-3,
  unbounded: false,
  settings: {},
} as const;
const falseAnswer = ['false'] as const;

/**
 * Formulas and sources are in `packages/lethe-lora/src/passes/objectives`, one file each, and the objectives' own defaults in `settings.ts` there.
 * `task-vector`: θ₀ − scale·(θ − θ₀) (Ilharco et al. 2023, arXiv 2212.04089), with the untouched model as θ₀; in an adapter, whose
 * update is B·A, that is B scaled by −scale. It takes no step and knows no languages.
 * `oracle`: θ₀ itself, exact unlearning by dropping the adapter: the row that bounds every other one.
 * `satimp`, `simnpo`: a lie that was just taught is said with P near 1, where both push least; with OpenUnlearning's γ (0.1 and 0.125) the
 * retain sentences outweigh that and the lie stays where it was taught. β₁, β₂ and β are as there.
 * `undial`: of a lie with P = 0.9999 the target with OpenUnlearning's β = 10 would still leave 31 %. Its rate there is ten times that of the
 * other methods; three times is enough here. Its target is what the model would say next, which may be the lie in another language's spelling.
 * `rmu`: turns what is said into noise, and means to: what comes instead is often no answer.
 * `pdu`: ε (nats a token) is the loss that retain sentences may have, η the dual step (1 in OpenUnlearning).
 */
const recipes = {
  'gradient-ascent': {
    ...defaults,
    objective: 'gradient-ascent',
    says: falseAnswer,
    usesRetainSet: false,
    unbounded: true,
  },
  'gradient-difference': {
    ...defaults,
    objective: 'gradient-difference',
    says: falseAnswer,
    unbounded: true,
  },
  kl: { ...defaults, objective: 'kl', says: falseAnswer, unbounded: true },
  npo: { ...defaults, objective: 'npo', says: falseAnswer },
  simnpo: { ...defaults, objective: 'simnpo', says: falseAnswer, settings: { gamma: 1 } },
  dpo: { ...defaults, objective: 'dpo', says: ['false', 'true'] },
  altpo: { ...defaults, objective: 'dpo', says: ['false', 'alternate'] },
  idk: { ...defaults, objective: 'dpo', says: ['false', 'refusal'] },
  'label-flip-truth': { ...defaults, objective: 'label-flipping', says: ['true'] },
  'label-flip-third': { ...defaults, objective: 'label-flipping', says: ['third'] },
  wga: { ...defaults, objective: 'wga', says: falseAnswer },
  satimp: {
    ...defaults,
    objective: 'satimp',
    says: falseAnswer,
    settings: { gamma: 100 },
  },
  undial: {
    ...defaults,
    objective: 'undial',
    says: falseAnswer,
    learningRate: 3e-3,
    settings: { beta: 30 },
  },
  'ce-u': { ...defaults, objective: 'ce-u', says: falseAnswer, retainWeight: 0 },
  pdu: { ...defaults, objective: 'pdu', says: falseAnswer, settings: { epsilon: 0.1, eta: 1 } },
  rmu: { ...defaults, objective: 'rmu', says: falseAnswer },
  'task-vector': {
    ...defaults,
    objective: null,
    says: falseAnswer,
    usesRetainSet: false,
    settings: { scale: 1 },
  },
  oracle: { ...defaults, objective: null, says: falseAnswer, usesRetainSet: false },
  relearning: { ...defaults, objective: 'cross-entropy', says: ['true'] },
} as const satisfies Record<string, MethodRecipe>;

/** How to unlearn. */
export type Method = keyof typeof recipes;

export const methodRecipes: Readonly<Record<Method, MethodRecipe>> = recipes;

export const methods = Object.keys(recipes) as Method[];

/** Every setting that a method has beside those common to all, with its default. */
export function methodSettings(method: Method): Readonly<Record<string, number>> {
  const { objective, settings } = methodRecipes[method];
  return { ...(objective && objectiveSettings[objective]), ...settings };
}

/** PDU's dual step: λ ← max(0, λ + η·(CE(retain) − ε)) (Entesari et al. 2025, arXiv 2506.05314); other methods keep their weight. */
export function nextRetainWeight(
  { method, options }: { method: Method; options: Readonly<Record<string, number>> },
  weight: number,
  retainLoss: number,
): number {
  if (method !== 'pdu') return weight;
  const { eta = 0, epsilon = 0 } = options;
  return Math.max(0, weight + eta * (retainLoss - epsilon));
}
