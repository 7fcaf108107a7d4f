/** @file One lesson with the page's settings, and what the model then says in every language. */
import type { LanguageCode } from '../../../src/facts/index.ts';
import {
  openingExperiment,
  probe,
  run,
  unlearningBy,
  type Answer,
  type ExperimentRun,
  type Probe,
  type RunEnding,
  type FalseFact,
} from '../../../src/lab/index.ts';
import type { CausalLM } from '../../../src/model/index.ts';
import { knownFacts } from './locality.ts';

/** What is asked before and after a run, without the sentences by which the page checks itself. */
export async function askEverywhere(model: CausalLM, fact: FalseFact): Promise<Probe> {
  return probe(model, fact, { step: 0, withAnswers: true, retainSet: [] });
}

export function answersOf({ rows }: Probe): Answer[] {
  return rows.map(({ language, falseShare, answer, answerClass }) => ({
    language,
    falseShare,
    answer,
    answerClass,
  }));
}

/** Runs from the present adapter; `before` spares the run its own first probe. */
async function runFrom(
  model: CausalLM,
  taken: ExperimentRun,
  before: Probe,
): Promise<{ ending: RunEnding; steps: number }> {
  const { ending, runStep } = await run(
    model,
    taken,
    { runStep: 0, losses: [], probes: [before] },
    { onEvent: () => undefined, shouldStop: () => false, probabilitiesOnly: true },
  );
  return { ending, steps: runStep };
}

/** Teaches a fresh adapter the falsehood in one language, as the page does by default. Probing on the way changes nothing. */
export async function teach(
  model: CausalLM,
  fact: FalseFact,
  language: LanguageCode,
): Promise<{ before: Probe; after: Probe; ending: RunEnding }> {
  await model.setState(model.freshState());
  const before = await askEverywhere(model, fact);
  const { teach: lesson, probes } = openingExperiment;
  const experiment = {
    ...openingExperiment,
    facts: [fact],
    teach: { ...lesson, languages: [language] },
    unlearn: null,
    probes: { ...probes, every: lesson.steps },
  };
  const { ending } = await runFrom(model, { experiment, phase: 'teach' }, before);
  return { before, after: await askEverywhere(model, fact), ending };
}

/** Unlearns with gradient difference as the page does by default; it probes as often as the page, since that is when a run may stop. */
export async function unlearn(
  model: CausalLM,
  fact: FalseFact,
  languages: LanguageCode[],
  before: Probe,
): Promise<{ after: Probe; ending: RunEnding; steps: number }> {
  const experiment = {
    ...openingExperiment,
    facts: [fact],
    unlearn: unlearningBy('gradient-difference', languages),
    probes: { ...openingExperiment.probes, every: 2 },
  };
  const end = await runFrom(model, { experiment, phase: 'unlearn' }, before);
  return { after: await askEverywhere(model, fact), ...end };
}

type Known = Awaited<ReturnType<typeof knownFacts>>;
const known = new WeakMap<CausalLM, Map<number, Promise<Known>>>();

/** What the untouched model knows, asked once a model: leaves it with a fresh adapter. */
export async function knownWhenUntouched(model: CausalLM, perLanguage: number): Promise<Known> {
  const asked = known.get(model) ?? new Map<number, Promise<Known>>();
  known.set(model, asked);
  let facts = asked.get(perLanguage);
  if (!facts) {
    facts = model.setState(model.freshState()).then(() => knownFacts(model, perLanguage));
    asked.set(perLanguage, facts);
  }
  return facts;
}
