/** @file A lesson's words: the sentences that fit what was measured, and a guess as a line of text. */
import { ownEntry } from '../../own-entry.ts';
import {
  discuss,
  explain,
  generalQuestions,
  type Guess,
  type Lesson,
  type LessonId,
  type Outcome,
  type Sentence,
} from '../../lessons/index.ts';
import { languagesOfRun, phaseOf } from '../../lab/index.ts';
import { direction, messages } from '../messages/index.ts';
import { languageList, languageTitle } from '../kit/names.ts';

/** A message of the catalogue: what it says, or what it says of values. */
type Message = string | ((values: Readonly<Record<string, number | string>>) => string);

function saidOf(message: Message | undefined, { lesson, key, values }: Sentence): string {
  if (message === undefined) throw new Error(`The catalogue has no sentence ${lesson}.${key}.`);
  if (typeof message === 'string') return message;
  const worded = Object.entries(values).map(
    ([name, value]) => [name, typeof value === 'number' ? value : languageList(value)] as const,
  );
  return message(Object.fromEntries(worded));
}

/** A lesson's sentences by key. Which values each takes stands beside its rule (`src/lessons`); a test compares the two. */
type Messages = Readonly<Record<LessonId, Readonly<Record<string, Message>>>>;

/** Paragraphs that say what this run showed. */
export function explanation(lesson: Lesson, outcome: Outcome): string[] {
  const own = messages.lessons.said as unknown as Messages;
  return explain(lesson, outcome).map((sentence) =>
    saidOf(ownEntry(own[sentence.lesson], sentence.key), sentence),
  );
}

function asked(sentence: Sentence): string {
  const own = messages.lessons.ask as unknown as Messages;
  return saidOf(ownEntry(own[sentence.lesson], sentence.key), sentence);
}

/** What to talk about after this run. */
export function questionsAbout(lesson: Lesson, outcome: Outcome): string[] {
  return discuss(lesson, outcome).map(asked);
}

/** What to talk about whatever comes of the lesson. */
export function questionsOf(lesson: LessonId): string[] {
  return generalQuestions[lesson].map((key) => asked({ lesson, key, values: {} }));
}

/** What will be done, with the steps that it will take. */
export function introduction({ id, run }: Lesson): string {
  const { intro } = messages.lessons.texts[id];
  return intro({ steps: phaseOf(run).steps });
}

/** A guess in a line: `French and Hindi`, `7`, `Spanish, Russian, Chinese, Swahili`. */
export function guessText(guess: Guess): string {
  if (guess.kind === 'number') return String(guess.value);
  if (guess.languages.length === 0) return messages.lessons.predict.noLanguage;
  if (guess.kind === 'languages') return languageList(guess.languages);
  const arrow = direction() === 'rtl' ? '←' : '→';
  return guess.languages.map((code) => languageTitle(code)).join(` ${arrow} `);
}

/** The number that a lesson's question asked for; null where it did not come to pass. */
export function measuredNumber(lesson: Lesson, outcome: Outcome): number | null {
  if (lesson.id === 'cost') return outcome.kept?.after ?? null;
  if (lesson.id === 'gone') {
    const [home] = languagesOfRun(lesson.run);
    return outcome.savings?.find((each) => each.language === home)?.here ?? null;
  }
  return outcome.languages.filter(({ says }) => says).length;
}
