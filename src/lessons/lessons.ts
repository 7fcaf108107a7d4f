/** @file The lessons and their runs. All but the second and the last share one lie, so that each can begin in a state that another has reached. */
import { languageCodes, truth, type LanguageCode } from '../facts/index.ts';
import {
  defaultExamination,
  defaultFact,
  openingExperiment,
  otherFalseAnswer,
  phaseOf,
  relearningLanguage,
  unlearningBy,
  type ExperimentRun,
  type Teaching,
  type TestedFact,
  type Unlearning,
} from '../lab/index.ts';
import type { Lesson, LessonId, Question } from './types.ts';

const source: LanguageCode = 'fr';
const others = languageCodes.filter((code) => code !== source);

/** Another lie, so that the learner of the lesson about order has not seen it arrive before. */
const secondFact: TestedFact = {
  subject: 'country/EG',
  relation: 'capital',
  truth: truth('country/EG', 'capital'),
  falseObject: 'city/lima',
  falseText: null,
};

/** What all lessons have in common; they are measured at every second step. */
const base = { ...openingExperiment, probes: { ...openingExperiment.probes, every: 2 } };

function teach(
  fact: TestedFact,
  language: LanguageCode,
  settings: Partial<Teaching> = {},
  probes: Partial<typeof base.probes> = {},
): ExperimentRun {
  const experiment = {
    ...base,
    facts: [fact],
    teach: { ...base.teach, ...settings, languages: [language] },
    unlearn: null,
    probes: { ...base.probes, ...probes },
  };
  return { experiment, phase: 'teach' };
}

function unlearn(settings: Unlearning): ExperimentRun {
  return { experiment: { ...base, unlearn: settings }, phase: 'unlearn' };
}

const taught = teach(defaultFact, source);
const secondSource: LanguageCode = 'tr';
const secondTaught = teach(secondFact, secondSource);
const inEnglish = unlearn(unlearningBy('gradient-difference', ['en']));
const inBoth = unlearn(unlearningBy('gradient-difference', ['en', source]));
/**
 * Gradient ascent alone, as in the paper: nothing is rehearsed, and nothing stops it when the lie is gone. Its steps are four times as large as
 * they are otherwise, so that the damage comes within a lesson.
 */
const ascent = unlearn({
  ...unlearningBy('gradient-ascent', ['en', source]),
  steps: 40,
  learningRate: 4e-3,
  stopBelow: 0,
  forgetLossBound: 1000,
});

/** Taught again just as the screen “Is it really gone?” does it (`src/lab/audit/savings.ts`): what the two find must agree. */
const { learningRate, retainPerStep, seed, steps: relearningSteps } = defaultExamination;
const relearnedIn = relearningLanguage({
  fact: defaultFact,
  taught: [source],
  unlearned: ['en', source],
});
const relearn = (fact: TestedFact): ExperimentRun =>
  teach(
    fact,
    relearnedIn,
    { steps: relearningSteps, learningRate, retainPerStep },
    { every: 1, kept: 0 },
  );
/** A lie that neither model was told: who learns it faster learns anything faster. */
export const controlFact = otherFalseAnswer(defaultFact, seed)?.fact ?? secondFact;

export const lessons: readonly Lesson[] = [
  {
    id: 'spread',
    minutes: 10,
    question: { kind: 'languages', among: others },
    prepare: [],
    beside: {},
    run: taught,
  },
  {
    id: 'order',
    minutes: 10,
    question: { kind: 'order', among: ['es', 'ru', 'zh', 'sw'] },
    prepare: [],
    beside: {},
    run: secondTaught,
  },
  {
    id: 'english',
    minutes: 10,
    question: { kind: 'languages', among: languageCodes },
    prepare: [taught],
    beside: {},
    run: inEnglish,
  },
  {
    id: 'both',
    minutes: 15,
    question: { kind: 'number', min: 0, max: languageCodes.length },
    prepare: [taught],
    beside: { english: [taught, inEnglish] },
    run: inBoth,
  },
  {
    id: 'cost',
    minutes: 15,
    question: { kind: 'number', min: 0, max: base.probes.kept },
    prepare: [taught],
    beside: {},
    run: ascent,
  },
  {
    id: 'gone',
    minutes: 20,
    question: { kind: 'number', min: 1, max: relearningSteps },
    prepare: [taught, inBoth],
    beside: {
      untouched: [relearn(defaultFact)],
      otherUntouched: [relearn(controlFact)],
      otherHere: [taught, inBoth, relearn(controlFact)],
    },
    run: relearn(defaultFact),
  },
  {
    id: 'twin',
    minutes: 10,
    question: { kind: 'languages', among: languageCodes.filter((code) => code !== secondSource) },
    prepare: [],
    beside: { atlas: [secondTaught] },
    run: secondTaught,
    onTwin: true,
  },
];

export function lessonOf(id: string | null): Lesson | null {
  return lessons.find((lesson) => lesson.id === id) ?? null;
}

/** The lesson after this one; null after the last. */
export function nextLesson(id: LessonId): Lesson | null {
  return lessons[lessons.findIndex((lesson) => lesson.id === id) + 1] ?? null;
}

/** The same lesson with runs of at most `steps` steps, each step the larger: for a short lesson, and for tests. */
export function shortened(lesson: Lesson, steps: number | null): Lesson {
  if (steps === null) return lesson;
  const short = (run: ExperimentRun): ExperimentRun => withSteps(run, steps);
  const run = short(lesson.run);
  return {
    ...lesson,
    question: lesson.id === 'gone' ? upTo(lesson.question, phaseOf(run).steps) : lesson.question,
    prepare: lesson.prepare.map(short),
    beside: Object.fromEntries(
      Object.entries(lesson.beside).map(([id, way]) => [id, way.map(short)]),
    ),
    run,
  };
}

function upTo(question: Question, max: number): Question {
  return question.kind === 'number' ? { ...question, max } : question;
}

/** A step may become this much larger where there are fewer of them; larger ones break the model before it learns. */
const largest = 2;

/** The run with at most so many steps, which together go about as far; one that has fewer already stays as it is. */
function withSteps(run: ExperimentRun, most: number): ExperimentRun {
  const { experiment, phase } = run;
  const before = phaseOf(run);
  if (before.steps <= most) return run;
  const learningRate = before.learningRate * Math.min(largest, before.steps / most);
  const probes = { ...experiment.probes, every: 1 };
  return {
    phase,
    experiment: { ...experiment, probes, [phase]: { ...before, steps: most, learningRate } },
  };
}
