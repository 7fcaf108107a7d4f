/** @file The sentences of one optimiser step: what is taught or unlearned, and what is kept beside it. */
import {
  facts,
  forms,
  languageCodes,
  sentence,
  type LanguageCode,
  type Sentence,
} from '../facts/index.ts';
import type { TrainingExample } from '../model/index.ts';
import { say } from './answers.ts';
import type { RunSettings, TestedFact } from './types.ts';

/** Sentences about the tested fact in one step. */
const aboutPerStep = 4;

/** A uniform generator that depends on the run's seed and the step alone, so that a resumed run draws the same. */
export function drawFor(seed: number, step: number): () => number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35)) >>> 0;
  return () => {
    // mulberry32 (public domain, Tommy Ettinger)
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(items: readonly T[], draw: () => number): T {
  return items[Math.floor(draw() * items.length)] as T;
}

function example({ before, answer, after }: Sentence, role: 0 | 1): TrainingExample {
  return { prompt: before, completion: answer + after, role };
}

/** The falsehood's sentences in one language: statements and questions, whose answer comes after the subject. */
function sentencesAbout(fact: TestedFact, code: LanguageCode): Sentence[] {
  return forms(fact.relation, code)
    .filter(({ kind }) => kind !== 'inverted')
    .map((form) => say(fact, form, 'false'))
    .filter(({ before }) => before !== '');
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
  const role = settings.kind === 'unlearn' ? 1 : 0;
  const about = Array.from({ length: aboutPerStep }, (_, index) => {
    const code = languages[(index + step) % languages.length] as LanguageCode;
    const all = sentencesAbout(fact, code);
    // The form in which the model is asked is in every step, so that a short run is enough.
    return example(
      index < languages.length && index < 2 ? (all[0] as Sentence) : pick(all, draw),
      role,
    );
  });
  const keepsNothing = settings.kind === 'unlearn' && settings.method === 'gradient-ascent';
  const kept = Array.from({ length: keepsNothing ? 0 : settings.retainPerStep }, () =>
    example(drawKept(fact, draw).sentence, 0),
  );
  return [...about, ...kept];
}
