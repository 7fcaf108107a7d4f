/** @file Sweeps as one value each: what is varied, from which the experiments follow in their order. */
import * as v from 'valibot';
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import { check, natural, positive, steps } from '../check.ts';
import {
  adapter,
  experimentVersion,
  parseExperiment,
  type Experiment,
} from '../experiment/experiment.ts';
import { testedFact, type TestedFact } from '../fact/fact.ts';
import { mixFor, unlearnedIn, ways } from './grid.ts';
import { methodRecipes, methods, type Method } from '../experiment/methods.ts';
import { asking } from '../fact/prompts.ts';
import { languagesOf } from '../fact/wording.ts';

/** Most facts that a sweep is asked for on the page. */
export const mostFacts = 20;

const list = <S extends v.GenericSchema>(item: S) =>
  v.pipe(v.array(item), v.minLength(1), v.readonly());

/**
 * What each kind of sweep varies. `spread`: every fact taught in every language, asked before and after. `grid`: every fact taught in every
 * language of `taught` and unlearned in the paper's four ways. `methods`: every fact taught in one language and unlearned by every method at
 * every learning rate, at the method's own where none is given.
 * What an own fact has no words for is left out: languages to teach it in, and unlearning, of which it needs all languages.
 */
function kindsWith<F extends v.GenericSchema>(facts: F) {
  const common = {
    facts,
    taught: list(v.picklist(languageCodes)),
    /** Steps of each lesson. */
    steps,
    seed: natural,
    /** How the model is asked; in plain sentences where it is absent. */
    asking: v.exactOptional(asking),
    /** What differs from the model's default adapter; nothing where it is absent. */
    adapter: v.exactOptional(v.nullable(adapter)),
  };
  return {
    spread: v.strictObject({ kind: v.literal('spread'), ...common }),
    grid: v.strictObject({ kind: v.literal('grid'), ...common }),
    methods: v.strictObject({
      kind: v.literal('methods'),
      ...common,
      unlearnIn: list(v.picklist(languageCodes)),
      methods: list(v.picklist(methods)),
      rates: v.pipe(v.array(v.pipe(positive, v.maxValue(1))), v.maxLength(6), v.readonly()),
    }),
  };
}

const facts = list(testedFact);
const kinds = kindsWith(facts);
export const planSchema = v.variant('kind', [kinds.spread, kinds.grid, kinds.methods]);
export type Plan = v.InferOutput<typeof planSchema>;
export type PlanKind = Plan['kind'];

/** Plans whose facts may still have to be chosen: so many that the model knows. */
export const planDraftSchemas = kindsWith(
  v.union([v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(mostFacts)), facts]),
);
export type PlanDraft = { [K in PlanKind]: v.InferOutput<(typeof planDraftSchemas)[K]> }[PlanKind];

/** The value as a draft of a kind; throws with the name of the first wrong field. */
export function parsePlanDraft<K extends PlanKind>(
  kind: K,
  value: unknown,
): Extract<PlanDraft, { kind: K }> {
  const schema: v.GenericSchema = planDraftSchemas[kind];
  return check(schema, value, 'This plan is not valid') as Extract<PlanDraft, { kind: K }>;
}

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

function lessonsOf({ facts: given, taught }: Plan): Lesson[] {
  return given.flatMap((fact, index) =>
    taught
      .filter((code) => languagesOf(fact).includes(code))
      .map((code) => ({ fact, taught: code, index })),
  );
}

interface UnlearningInput {
  method: Method;
  languages: readonly LanguageCode[];
  learningRate?: number;
}

/** What follows a lesson, once each; null: nothing is unlearned. */
function unlearningsAfter(plan: Plan, { fact, taught, index }: Lesson): (UnlearningInput | null)[] {
  if (plan.kind === 'spread') return [null];
  const all: UnlearningInput[] =
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

function probesOf({ kind, steps: length }: Plan): object {
  const probes = { candidates: 0, paraphrases: false, fluency: false };
  if (kind === 'spread') return { ...probes, every: length, kept: 0 };
  if (kind === 'grid') return { ...probes, every: everyFew };
  return { ...probes, every: everyFew, candidates: 8, fluency: true };
}

/** The experiments of a plan on the model of a folder, those with the same lesson one after the other. */
export function experimentsOf(plan: Plan, model: string): Experiment[] {
  const { steps: length, seed } = plan;
  return lessonsOf(plan).flatMap((lesson) =>
    unlearningsAfter(plan, lesson).map((unlearn) =>
      parseExperiment({
        version: experimentVersion,
        model,
        asking: plan.asking ?? { mode: 'plain' },
        adapter: plan.adapter ?? null,
        facts: [lesson.fact],
        teach: { languages: [lesson.taught], steps: length, ...asInLaboratory },
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
