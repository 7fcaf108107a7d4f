/** @file What a learner predicted and saw, as text for the browser's storage. */
import { languageCodes } from '../facts/index.ts';
import { lessonOf } from './lessons.ts';
import { lessonIds, notBegun, type Guess, type LessonId, type Progress } from './types.ts';

/** Raised when the record's form changes: an older one is then not read. */
const version = 2;

export type AllProgress = Readonly<Partial<Record<LessonId, Progress>>>;

export function writeProgress(progress: AllProgress): string {
  return JSON.stringify({ version, lessons: progress });
}

/** Reads what `writeProgress` wrote; a record that is not one, or belongs to another version, counts as not begun. */
export function readProgress(text: string | null): AllProgress {
  const stored = parsed(text);
  if (stored?.version !== version) return {};
  return Object.fromEntries(
    lessonIds.flatMap((id) => {
      const own = stored.lessons?.[id];
      return own && isGuess(id, own.guess) ? [[id, { ...notBegun, ...own }]] : [];
    }),
  );
}

function parsed(text: string | null): {
  version?: number;
  lessons?: Partial<Record<LessonId, Progress>>;
} | null {
  try {
    return JSON.parse(text ?? 'null') as ReturnType<typeof parsed>;
  } catch {
    return null;
  }
}

/** Null (nothing was predicted), or a guess of the lesson's kind. */
function isGuess(id: LessonId, guess: Guess | null | undefined): boolean {
  if (guess === null || guess === undefined) return true;
  if (guess.kind !== lessonOf(id)?.question.kind) return false;
  return guess.kind === 'number'
    ? Number.isFinite(guess.value)
    : guess.languages.every((code) => languageCodes.includes(code));
}
