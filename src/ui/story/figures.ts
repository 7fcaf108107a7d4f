/** @file The article's five figures: which runs each makes, all of them about the one lie of the lessons. */
import { phaseOf, type ExperimentRun } from '../../lab/index.ts';
import {
  lessonOf,
  shortened,
  type Chain,
  type Lesson,
  type LessonId,
} from '../../lessons/index.ts';

export const figureIds = ['ask', 'teach', 'letters', 'english', 'both'] as const;
export type FigureId = (typeof figureIds)[number];

/** The runs of a figure: the ways to what it is compared with and to its own end; none where it only asks. */
export interface Plan {
  beside: Chain | null;
  way: Chain | null;
}

/** The lesson whose runs a figure makes, with runs of at most `steps` steps where the address asks for that. */
export function lessonFor(id: LessonId, steps: number | null): Lesson {
  const lesson = lessonOf(id);
  if (!lesson) throw new Error(`There is no lesson ${id}.`);
  return shortened(lesson, steps);
}

/** The same lesson in another language: its sentences, and nothing else of the run. */
function inChinese({ experiment, phase }: ExperimentRun): ExperimentRun {
  return {
    experiment: { ...experiment, teach: { ...experiment.teach, languages: ['zh'] } },
    phase,
  };
}

export function planOf(figure: FigureId, steps: number | null): Plan {
  const { run: taught } = lessonFor('spread', steps);
  if (figure === 'ask') return { beside: null, way: null };
  if (figure === 'teach') return { beside: null, way: [taught] };
  if (figure === 'letters') return { beside: [taught], way: [inChinese(taught)] };
  const { beside, prepare, run } = lessonFor(figure, steps);
  return { beside: beside.english ?? null, way: [...prepare, run] };
}

/** Steps that the last run of a figure may take. */
export function plannedSteps({ way }: Plan): number {
  const last = way?.at(-1);
  return last ? phaseOf(last).steps : 0;
}
