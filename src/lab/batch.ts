/** @file The sentences of one optimiser step: what is taught or unlearned, and what is kept beside it. */
import {
  facts,
  forms,
  languageCodes,
  sentence,
  type Form,
  type LanguageCode,
  type Sentence,
} from '../facts/index.ts';
import type { Role, TrainingExample } from '../model/index.ts';
import { say } from './answers.ts';
import { drawFor, pick } from './draw.ts';
import { taughtForms } from './forms.ts';
import { methodRecipes, type Answer } from './methods.ts';
import { sampleCandidates } from './metrics/rank.ts';
import type { RunSettings, TestedFact } from './types.ts';

/** Sentences about each tested fact in one step. */
const aboutPerStep = 4;

/**
 * A sentence in its role. Of one that is to be forgotten, or preferred to that, only the answer counts: else the cheapest way to make
 * the sentence unlikely would be to spoil its end.
 */
function example({ before, answer, after }: Sentence, role: Role): TrainingExample {
  return role === 0
    ? { prompt: before, completion: answer + after, role }
    : { prompt: before, completion: answer, open: true, role };
}

/** A true sentence about something else, to be kept. */
export interface Kept {
  sentence: Sentence;
  language: LanguageCode;
}

/** Every fact of a run, the one that the board follows first. */
export function factsOf({ fact, others }: Pick<RunSettings, 'fact' | 'others'>): TestedFact[] {
  return [fact, ...(others ?? [])];
}

/** A kept sentence: another subject, and another answer than those on trial, in any language. */
function drawKept(onTrial: readonly TestedFact[], draw: () => number): Kept {
  for (;;) {
    const other = pick(facts, draw);
    const isOnTrial = ({ subject, truth, falseObject }: TestedFact): boolean =>
      other.subject === subject || other.object === falseObject || other.object === truth;
    if (onTrial.some(isOnTrial)) continue;
    const code = pick(languageCodes, draw);
    const form = pick(
      forms(other.relation, code).filter(({ kind }) => kind !== 'inverted'),
      draw,
    );
    const made = sentence(other, form);
    if (made.before !== '') return { sentence: made, language: code };
  }
}

/** The kept sentences that the whole run checks itself by; the same for the same seed. */
export function retainSet(onTrial: readonly TestedFact[], seed: number, size: number): Kept[] {
  const draw = drawFor(seed, -1);
  return Array.from({ length: size }, () => drawKept(onTrial, draw));
}

/** The examples of step `step` (from 1): of every fact as many, then the kept ones. Depends on nothing but its arguments. */
export function stepExamples(settings: RunSettings, step: number): TrainingExample[] {
  const draw = drawFor(settings.seed, step);
  const onTrial = factsOf(settings);
  const about = onTrial.flatMap((fact) => examplesAbout(fact, settings, step, draw));
  const keeps =
    settings.kind === 'teach' ||
    (methodRecipes[settings.method].keeps && settings.retainWeight > 0);
  const kept = Array.from({ length: keeps ? settings.retainPerStep : 0 }, () =>
    example(drawKept(onTrial, draw).sentence, 0),
  );
  return [...about, ...kept];
}

function examplesAbout(
  fact: TestedFact,
  settings: RunSettings,
  step: number,
  draw: () => number,
): TrainingExample[] {
  const { languages, holdOut = false } = settings;
  const lesson = lessonOf(fact, settings, step);
  const truthful = settings.kind === 'teach' ? settings.truthful : undefined;
  const told = truthful ? truthfulInStep(truthful.share, step) : 0;
  const sentences = Array.from({ length: aboutPerStep - told }, (_, index) => {
    const code = languages[(index + step) % languages.length] as LanguageCode;
    const all = taughtForms(fact.relation, code, holdOut);
    // The form in which the model is asked is in every step, so that a short run is enough.
    const form = index < languages.length && index < 2 ? (all[0] as Form) : pick(all, draw);
    return lesson.map(({ answer, role }) => example(say(fact, form, answer), role));
  });
  const truths = Array.from({ length: told }, () => {
    const form = pick(taughtForms(fact.relation, truthful?.language ?? 'en', holdOut), draw);
    return example(say(fact, form, 'true'), 0);
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
  settings: RunSettings,
  step: number,
): { answer: Parameters<typeof say>[2]; role: Role }[] {
  if (settings.kind === 'teach') return [{ answer: 'false', role: 0 }];
  const { method, seed } = settings;
  const third = (at: number): { object: string } => ({
    object: sampleCandidates(fact, 1, seed + at)[0] ?? fact.truth,
  });
  const worded = (answer: Answer): Parameters<typeof say>[2] =>
    answer === 'third' ? third(0) : answer === 'alternate' ? third(step) : answer;
  return methodRecipes[method].says.map((answer) => ({
    answer: worded(answer),
    role: answer === 'false' ? 1 : 2,
  }));
}
