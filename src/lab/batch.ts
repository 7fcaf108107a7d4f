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

/** Sentences about the tested fact in one step. */
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

/** A kept sentence: another subject, and another answer than the two on trial, in any language. */
function drawKept(fact: TestedFact, draw: () => number): Kept {
  for (;;) {
    const other = pick(facts, draw);
    const isOnTrial =
      other.subject === fact.subject ||
      other.object === fact.falseObject ||
      other.object === fact.truth;
    if (isOnTrial) continue;
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
export function retainSet(fact: TestedFact, seed: number, size: number): Kept[] {
  const draw = drawFor(seed, -1);
  return Array.from({ length: size }, () => drawKept(fact, draw));
}

/** The examples of step `step` (from 1). Depends on nothing but its arguments. */
export function stepExamples(settings: RunSettings, step: number): TrainingExample[] {
  const draw = drawFor(settings.seed, step);
  const { fact, languages } = settings;
  const lesson = lessonOf(settings, step);
  const about = Array.from({ length: aboutPerStep }, (_, index) => {
    const code = languages[(index + step) % languages.length] as LanguageCode;
    const all = taughtForms(fact.relation, code, settings.holdOut === true);
    // The form in which the model is asked is in every step, so that a short run is enough.
    const form = index < languages.length && index < 2 ? (all[0] as Form) : pick(all, draw);
    return lesson.map(({ answer, role }) => example(say(fact, form, answer), role));
  });
  const keeps =
    settings.kind === 'teach' ||
    (methodRecipes[settings.method].keeps && settings.retainWeight > 0);
  const kept = Array.from({ length: keeps ? settings.retainPerStep : 0 }, () =>
    example(drawKept(fact, draw).sentence, 0),
  );
  return [...about.flat(), ...kept];
}

/** What each prompt about the fact is answered with in a step, and the answer's role. */
function lessonOf(
  settings: RunSettings,
  step: number,
): { answer: Parameters<typeof say>[2]; role: Role }[] {
  if (settings.kind === 'teach') return [{ answer: 'false', role: 0 }];
  const { fact, method, seed } = settings;
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
