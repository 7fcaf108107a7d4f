/** @file The lessons and their runs. The first five share one lie, so that each can begin in a state that another has reached. */
import { languageCodes, truth, type LanguageCode } from '../facts/index.ts';
import {
  defaultFact,
  defaultTeach,
  unlearnDefaults,
  type Method,
  type RunSettings,
  type TestedFact,
} from '../lab/index.ts';
import type { Lesson, LessonId } from './types.ts';

const source: LanguageCode = 'fr';
const others = languageCodes.filter((code) => code !== source);

/** Another lie for the lesson about order, so that the learner has not seen it arrive before. */
const secondFact: TestedFact = {
  subject: 'country/EG',
  relation: 'capital',
  truth: truth('country/EG', 'capital'),
  falseObject: 'city/lima',
  falseText: null,
};

function teach(fact: TestedFact, language: LanguageCode, steps = defaultTeach.steps): RunSettings {
  return { ...defaultTeach, fact, languages: [language], steps };
}

function unlearn(method: Method, languages: LanguageCode[]): RunSettings {
  return { ...unlearnDefaults(method), fact: defaultFact, languages };
}

const taught = teach(defaultFact, source);
/** Gradient ascent alone, as in the paper, without any sentence that is rehearsed. */
const ascent = unlearn('gradient-ascent', ['en', source]);

export const lessons: readonly Lesson[] = [
  {
    id: 'spread',
    minutes: 10,
    question: { kind: 'languages', among: others },
    prepare: [],
    experiment: taught,
  },
  {
    id: 'order',
    minutes: 10,
    question: { kind: 'order', among: ['es', 'ru', 'zh', 'sw'] },
    prepare: [],
    experiment: teach(secondFact, 'tr'),
  },
  {
    id: 'english',
    minutes: 10,
    question: { kind: 'languages', among: languageCodes },
    prepare: [taught],
    experiment: unlearn('gradient-difference', ['en']),
  },
  {
    id: 'both',
    minutes: 10,
    question: { kind: 'number', min: 0, max: languageCodes.length },
    prepare: [taught],
    experiment: unlearn('gradient-difference', ['en', source]),
  },
  {
    id: 'cost',
    minutes: 15,
    question: { kind: 'number', min: 0, max: 40 },
    prepare: [taught],
    experiment: ascent,
  },
  {
    id: 'gone',
    minutes: 15,
    question: { kind: 'number', min: 1, max: 15 },
    prepare: [taught, ascent],
    experiment: { ...teach(defaultFact, source, 15), probeEvery: 1 },
  },
];

export function lessonOf(id: string | null): Lesson | null {
  return lessons.find((lesson) => lesson.id === id) ?? null;
}

/** The lesson after this one; null after the last. */
export function nextLesson(id: LessonId): Lesson | null {
  return lessons[lessons.findIndex((lesson) => lesson.id === id) + 1] ?? null;
}

/** The same lesson with runs of at most `steps` steps, measured after each: for a quick look, and for tests. */
export function shortened(lesson: Lesson, steps: number | null): Lesson {
  if (steps === null) return lesson;
  const short = (settings: RunSettings): RunSettings => ({
    ...settings,
    steps: Math.min(steps, settings.steps),
    probeEvery: 1,
  });
  return {
    ...lesson,
    prepare: lesson.prepare.map(short),
    experiment: short(lesson.experiment),
  };
}
