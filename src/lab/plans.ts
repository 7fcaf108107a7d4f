/** @file Sweeps as one value each: what is varied, from which the experiments follow in their order. */
import type { LanguageCode } from '../facts/index.ts';
import { parseExperiment, type Experiment } from './experiment.ts';
import { mixFor, unlearnedIn, ways } from './grid.ts';
import type { Method, KnownFact } from './types.ts';

export type PlanKind = Plan['kind'];

interface Common {
  facts: readonly KnownFact[];
  /** Steps of each lesson. */
  steps: number;
  seed: number;
}

/**
 * `spread`: every fact taught in every language, asked before and after. `grid`: every fact taught in every language of `taught` and
 * unlearned in the paper's four ways. `methods`: every fact taught in one language and unlearned by every method at every learning rate.
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
export type Draft = WithFacts<Plan, readonly KnownFact[] | number>;

/** How often runs that may end by themselves are asked whether it is time, in steps. */
const everyFew = 5;

/** A lesson as the laboratory gives it: no wording is held out. */
const asInLaboratory = { holdOut: false };

/** The experiments of a plan on the model of a folder, those with the same lesson one after the other. */
export function experimentsOf(plan: Plan, model: string): Experiment[] {
  const { steps, seed } = plan;
  const experiment = (
    fact: KnownFact,
    taught: LanguageCode,
    probes: object,
    unlearn: object | null,
  ): Experiment =>
    // Written as version 2 says it, and brought up to date from there.
    parseExperiment({
      version: 2,
      model,
      facts: [fact],
      teach: { languages: [taught], steps, ...asInLaboratory },
      unlearn,
      probes,
      seed,
    });
  const lessons = plan.facts.flatMap((fact, index) =>
    plan.taught.map((taught) => ({ fact, taught, index })),
  );
  switch (plan.kind) {
    case 'spread': {
      const probes = { every: steps, kept: 0, candidates: 0, paraphrases: false, fluency: false };
      return lessons.map(({ fact, taught }) => experiment(fact, taught, probes, null));
    }
    case 'grid': {
      const probes = { every: everyFew, candidates: 0, paraphrases: false, fluency: false };
      return lessons.flatMap(({ fact, taught, index }) =>
        ways.map((way) =>
          experiment(fact, taught, probes, {
            method: 'gradient-difference',
            languages: unlearnedIn(way, { taught, mix: mixFor(taught, index) }),
          }),
        ),
      );
    }
    case 'methods': {
      const { methods, rates, unlearnIn } = plan;
      const probes = { every: everyFew, candidates: 8, paraphrases: false, fluency: true };
      return lessons.flatMap(({ fact, taught }) =>
        methods.flatMap((method) =>
          // It takes no step: a rate changes nothing.
          (method === 'task-vector' ? rates.slice(0, 1) : rates).map((learningRate) =>
            experiment(fact, taught, probes, { method, learningRate, languages: unlearnIn }),
          ),
        ),
      );
    }
  }
}
