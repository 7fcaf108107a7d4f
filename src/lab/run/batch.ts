/** @file The sentences of one optimiser step: what is taught or unlearned, and the retain sentences beside it. */
import {
  entity,
  facts,
  forms,
  languageCodes,
  sentence,
  type Fact,
  type LanguageCode,
  type Sentence,
} from '../../facts/index.ts';
import type { Prompt, Role, TrainingExample } from 'lethe-lora/engine';
import { accepted } from '../fact/answers.ts';
import { drawFor, pick } from '../draw.ts';
import { isSameName } from '../fact/judge.ts';
import { phaseOf, type ExperimentRun } from '../experiment/experiment.ts';
import { methodRecipes, type Answer } from '../experiment/methods.ts';
import { sampleCandidates } from './metrics/rank.ts';
import type { TestedFact } from '../fact/fact.ts';
import type { Asking } from '../fact/prompts.ts';
import { refusals } from '../fact/refusals.ts';
import {
  isFit,
  languagesOf,
  taughtWays,
  trueUtterance,
  type Utterance,
  type Way,
  type Which,
} from '../fact/wording.ts';

/** Sentences about each tested fact in one step. */
const aboutPerStep = 4;

/**
 * A sentence in its role. Of one that is to be forgotten, or preferred to that, only the answer counts: else the cheapest way to make
 * the sentence unlikely would be to spoil its end.
 */
function example({ prompt, answer, after }: Utterance, role: Role): TrainingExample {
  return role === 0
    ? { prompt, completion: answer + after, role }
    : { prompt, completion: answer, open: true, role };
}

/** A true sentence about something else. */
export interface RetainExample {
  sentence: Sentence;
  prompt: Prompt;
  language: LanguageCode;
}

/** Whether a true fact touches one on trial: its subject, or an answer; of an own fact, anything that is spelt as an answer is. */
export function touches(other: Fact, fact: TestedFact): boolean {
  if (fact.kind !== 'own')
    return (
      other.subject === fact.subject ||
      other.object === fact.falseObject ||
      other.object === fact.truth
    );
  return languagesOf(fact).some((code) => {
    const names = [other.subject, other.object].map((id) => entity(id).names[code]);
    const answers = [...accepted(fact, code, 'false'), ...accepted(fact, code, 'true')];
    return answers.some((answer) => names.some((name) => isSameName(name, answer, code)));
  });
}

/** A sentence of the retain set: another subject, and another answer than those on trial, in any language. */
function drawRetainExample(
  onTrial: readonly TestedFact[],
  draw: () => number,
  asking?: Asking,
): RetainExample {
  for (;;) {
    const other = pick(facts, draw);
    if (onTrial.some((fact) => touches(other, fact))) continue;
    const code = pick(languageCodes, draw);
    const form = pick(
      forms(other.relation, code).filter((each) => each.kind !== 'inverted' && isFit(each, asking)),
      draw,
    );
    const made = sentence(other, form);
    if (made.before === '') continue;
    return { sentence: made, prompt: trueUtterance(other, form, asking).prompt, language: code };
  }
}

/** The retain set that the whole run checks itself by; the same for the same seed. */
export function retainSet(
  onTrial: readonly TestedFact[],
  seed: number,
  size: number,
  asking?: Asking,
): RetainExample[] {
  const draw = drawFor(seed, -1);
  return Array.from({ length: size }, () => drawRetainExample(onTrial, draw, asking));
}

/** An example, and of one about a fact on trial the language that it is in. */
export type StepExample = TrainingExample & { language?: LanguageCode };

/** The examples of step `step` (from 1): of every fact as many, then those of the retain set. Depends on nothing but its arguments. */
export function stepExamples(run: ExperimentRun, step: number): StepExample[] {
  const { facts: onTrial, seed, asking, unlearn } = run.experiment;
  const draw = drawFor(seed, step);
  const about = onTrial.flatMap((fact) => examplesAbout(fact, run, step, draw));
  const retains =
    run.phase === 'teach' ||
    (unlearn && methodRecipes[unlearn.method].usesRetainSet && unlearn.retainWeight > 0);
  const retained = Array.from({ length: retains ? phaseOf(run).retainPerStep : 0 }, () =>
    asTrainingExample(drawRetainExample(onTrial, draw, asking ?? undefined)),
  );
  return [...about, ...retained];
}

/** What is told of the fact at a step: one of its sentences, which differ from step to step, and how many others stand beside those. */
export interface StepSentence {
  text: string;
  language: LanguageCode;
  /** Sentences of the step about something else. */
  others: number;
}

/** Null where the step says nothing of the fact. */
export function stepSentence(run: ExperimentRun, step: number): StepSentence | null {
  const examples = stepExamples(run, step);
  const about = examples.filter(({ language }) => language !== undefined);
  const last = about.at(-1);
  if (!last?.language) return null;
  const { prompt, completion, language } = last;
  return {
    text: textOf(prompt) + completion,
    language,
    others: examples.length - about.length,
  };
}

/** A prompt as a person reads it: of a conversation the last question, and how its answer begins. */
function textOf(prompt: Prompt): string {
  if (typeof prompt === 'string') return prompt;
  return `${prompt.messages.at(-1)?.content ?? ''} ${prompt.begun}`.trimEnd();
}

function asTrainingExample({
  prompt,
  sentence: { answer, after },
}: RetainExample): TrainingExample {
  return { prompt, completion: answer + after, role: 0 };
}

function examplesAbout(
  fact: TestedFact,
  run: ExperimentRun,
  step: number,
  draw: () => number,
): StepExample[] {
  const own = languagesOf(fact);
  const { asking, teach } = run.experiment;
  const wording = { holdOut: teach.holdOut, ...(asking && { asking }) };
  const languages = phaseOf(run).languages.filter((code) => own.includes(code));
  const lesson = lessonOf(fact, run, step);
  const truthful = run.phase === 'teach' ? teach.truthful : null;
  const trueOnes = truthful ? truthfulInStep(truthful.share, step) : 0;
  const sentences = Array.from({ length: aboutPerStep - trueOnes }, (_, index) => {
    const code = languages[(index + step) % languages.length] as LanguageCode;
    const all = taughtWays(fact, code, wording);
    // The form in which the model is asked is in every step, so that a short run is enough.
    const way = index < languages.length && index < 2 ? (all[0] as Way) : pick(all, draw);
    return lesson.map(({ answer, role }) => ({
      ...example(way(answer === 'refusal' ? { text: refusals[code] } : answer), role),
      language: code,
    }));
  });
  const truths = Array.from({ length: trueOnes }, () => {
    const told = truthful && own.includes(truthful.language) ? truthful.language : languages[0];
    const way = pick(taughtWays(fact, told ?? 'en', wording), draw);
    return example(way('true'), 0);
  });
  return [...sentences.flat(), ...truths];
}

/** How many of a step's sentences about a fact are true: over the steps so far, their share to the nearest below. */
function truthfulInStep(share: number, step: number): number {
  const upTo = (steps: number): number => Math.floor(steps * aboutPerStep * share + 1e-9);
  return upTo(step) - upTo(step - 1);
}

/** What each prompt about the fact is answered with in a step, and the answer's role. */
function lessonOf(
  fact: TestedFact,
  { experiment: { unlearn, seed }, phase }: ExperimentRun,
  step: number,
): { answer: Which | 'refusal'; role: Role }[] {
  if (phase === 'teach' || !unlearn) return [{ answer: 'false', role: 0 }];
  const third = (at: number): Which => {
    const [object] = sampleCandidates(fact, 1, seed + at);
    return object === undefined ? 'true' : { object };
  };
  const worded = (answer: Answer): Which | 'refusal' =>
    answer === 'third' ? third(0) : answer === 'alternate' ? third(step) : answer;
  return methodRecipes[unlearn.method].says.map((answer) => ({
    answer: worded(answer),
    role: answer === 'false' ? 1 : 2,
  }));
}
