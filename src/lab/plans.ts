/** @file Sweeps as one value each: what is varied, from which the experiments follow in their order. */
import type { LanguageCode } from '../facts/index.ts';
import { experimentVersion, parseExperiment, type Experiment } from './experiment.ts';
import { mixFor, unlearnedIn, ways } from './grid.ts';
import { methodRecipes } from './methods.ts';
import type { Asking, Method, TestedFact } from './types.ts';
import { languagesOf } from './wording.ts';

export type PlanKind = Plan['kind'];

interface Common {
  facts: readonly TestedFact[];
  /** How the model is asked; in plain sentences where it is absent. */
  asking?: Asking;
  /** What differs from the adapter that the model is usually given; nothing where it is absent. */
  adapter?: Experiment['adapter'];
  /** Steps of each lesson. */
  steps: number;
  seed: number;
}

/**
 * `spread`: every fact taught in every language, asked before and after. `grid`: every fact taught in every language of `taught` and
 * unlearned in the paper's four ways. `methods`: every fact taught in one language and unlearned by every method at every learning rate,
 * at the method's own where none is given.
 * What an own fact has no words for is left out: languages to teach it in, and unlearning, of which it needs all languages.
 */
export type Plan =
  | (Common & { kind: 'spread'; taught: readonly LanguageCode[] })
  | (Common & { kind: 'grid'; taught: readonly LanguageCode[] })
  | (Common & {
      kind: 'methods';
      taught: readonly LanguageCode[];
      unlearnIn: readonly LanguageCode[];
      methods: readonly Method[];
      rates: readonly number[];
    });

type WithFacts<P, F> = P extends unknown ? Omit<P, 'facts'> & { facts: F } : never;

/** A plan whose facts may still have to be chosen: so many that the model knows. */
export type Draft = WithFacts<Plan, readonly TestedFact[] | number>;

/** How often runs that may end by themselves are asked whether it is time, in steps. */
const everyFew = 5;

/** A lesson as the laboratory gives it: no wording is held out. */
const asInLaboratory = { holdOut: false };

/** A fact and a language that it is taught in. */
interface Lesson {
  fact: TestedFact;
  taught: LanguageCode;
  /** The fact's place in the plan. */
  index: number;
}

function lessonsOf({ facts, taught }: Plan): Lesson[] {
  return facts.flatMap((fact, index) =>
    taught
      .filter((code) => languagesOf(fact).includes(code))
      .map((code) => ({ fact, taught: code, index })),
  );
}

interface Unlearning {
  method: Method;
  languages: readonly LanguageCode[];
  learningRate?: number;
}

/** What follows a lesson, once each; null: nothing is unlearned. */
function unlearningsAfter(plan: Plan, { fact, taught, index }: Lesson): (Unlearning | null)[] {
  if (plan.kind === 'spread') return [null];
  const all: Unlearning[] =
    plan.kind === 'grid'
      ? ways.map((way) => ({
          method: 'gradient-difference',
          languages: unlearnedIn(way, { taught, mix: mixFor(taught, index) }),
        }))
      : plan.methods.flatMap((method) =>
          ratesOf(plan, method).map((rate) => ({ method, ...rate, languages: plan.unlearnIn })),
        );
  const worded = languagesOf(fact);
  return all.filter(
    ({ languages }) => languages.length > 0 && languages.every((code) => worded.includes(code)),
  );
}

/** The rates that a method is tried at; an empty record stands for its own. */
function ratesOf(
  { rates }: Extract<Plan, { kind: 'methods' }>,
  method: Method,
): { learningRate?: number }[] {
  // Where no step is taken a rate changes nothing.
  if (rates.length === 0 || methodRecipes[method].objective === null) return [{}];
  return rates.map((learningRate) => ({ learningRate }));
}

function probesOf({ kind, steps }: Plan): object {
  const probes = { candidates: 0, paraphrases: false, fluency: false };
  if (kind === 'spread') return { ...probes, every: steps, kept: 0 };
  if (kind === 'grid') return { ...probes, every: everyFew };
  return { ...probes, every: everyFew, candidates: 8, fluency: true };
}

/** The experiments of a plan on the model of a folder, those with the same lesson one after the other. */
export function experimentsOf(plan: Plan, model: string): Experiment[] {
  const { steps, seed, asking = { mode: 'plain' }, adapter = null } = plan;
  return lessonsOf(plan).flatMap((lesson) =>
    unlearningsAfter(plan, lesson).map((unlearn) =>
      parseExperiment({
        version: experimentVersion,
        model,
        asking,
        adapter,
        facts: [lesson.fact],
        teach: { languages: [lesson.taught], steps, ...asInLaboratory },
        unlearn,
        probes: probesOf(plan),
        seed,
      }),
    ),
  );
}

/** How many experiments a plan makes. */
export function planSize(plan: Plan): number {
  return lessonsOf(plan).reduce((sum, lesson) => sum + unlearningsAfter(plan, lesson).length, 0);
}
