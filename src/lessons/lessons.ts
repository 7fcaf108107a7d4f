/** @file The lessons and their runs. The first five share one lie, so that each can begin in a state that another has reached. */
import { languageCodes, truth, type LanguageCode } from '../facts/index.ts';
import {
  defaultFact,
  openingExperiment,
  phaseOf,
  unlearningBy,
  type ExperimentRun,
  type Method,
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

/** What all lessons have in common; they are measured at every second step. */
const base = { ...openingExperiment, probes: { ...openingExperiment.probes, every: 2 } };

function teach(fact: TestedFact, language: LanguageCode): ExperimentRun {
  const lesson = { ...base.teach, languages: [language] };
  return {
    experiment: { ...base, facts: [fact], teach: lesson, unlearn: null },
    phase: 'teach',
  };
}

function unlearn(method: Method, languages: LanguageCode[]): ExperimentRun {
  return { experiment: { ...base, unlearn: unlearningBy(method, languages) }, phase: 'unlearn' };
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
    run: taught,
  },
  {
    id: 'order',
    minutes: 10,
    question: { kind: 'order', among: ['es', 'ru', 'zh', 'sw'] },
    prepare: [],
    run: teach(secondFact, 'tr'),
  },
  {
    id: 'english',
    minutes: 10,
    question: { kind: 'languages', among: languageCodes },
    prepare: [taught],
    run: unlearn('gradient-difference', ['en']),
  },
  {
    id: 'both',
    minutes: 10,
    question: { kind: 'number', min: 0, max: languageCodes.length },
    prepare: [taught],
    run: unlearn('gradient-difference', ['en', source]),
  },
  {
    id: 'cost',
    minutes: 15,
    question: { kind: 'number', min: 0, max: 40 },
    prepare: [taught],
    run: ascent,
  },
  {
    id: 'gone',
    minutes: 15,
    question: { kind: 'number', min: 1, max: 15 },
    prepare: [taught, ascent],
    run: withSteps(taught, 15),
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
  return {
    ...lesson,
    prepare: lesson.prepare.map((run) => withSteps(run, steps)),
    run: withSteps(lesson.run, steps),
  };
}

/** The run with at most so many steps, measured after each. */
function withSteps(run: ExperimentRun, most: number): ExperimentRun {
  const { experiment, phase } = run;
  const settings = { ...phaseOf(run), steps: Math.min(most, phaseOf(run).steps) };
  const probes = { ...experiment.probes, every: 1 };
  return { phase, experiment: { ...experiment, probes, [phase]: settings } };
}
