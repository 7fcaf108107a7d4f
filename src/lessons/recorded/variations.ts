/** @file The settings that the lessons were recorded with, so that every outcome occurs: as they are, shortened, and changed. */
import { truth, type RelationId } from '../../facts/index.ts';
import {
  phaseOf,
  sameFact,
  type ExperimentRun,
  type KnownFact,
  type Teaching,
  type Unlearning,
} from '../../lab/index.ts';
import { controlFact, lessonOf, shortened } from '../lessons.ts';
import type { Lesson, LessonId, Chain } from '../types.ts';

export interface Variation {
  name: string;
  lessons: readonly LessonId[];
  /** As the address asks for it. */
  steps?: number;
  /** Another lie in place of the lesson's. */
  fact?: { subject: string; relation: RelationId; falseObject: string };
  teach?: Partial<Teaching>;
  unlearn?: Partial<Unlearning>;
}

const all: readonly LessonId[] = ['spread', 'order', 'english', 'both', 'cost', 'gone'];

export const variations: readonly Variation[] = [
  { name: 'usual', lessons: all },
  { name: 'steps=20', lessons: all, steps: 20 },
  { name: 'steps=10', lessons: all, steps: 10 },
  { name: 'steps=1', lessons: all, steps: 1 },
];

/** The lesson with a variation's settings in all its runs. Throws where there is no such lesson. */
export function varied(id: LessonId, { steps, fact, teach, unlearn }: Variation): Lesson {
  const lesson = lessonOf(id);
  if (!lesson) throw new Error(`There is no lesson ${id}.`);
  const other: KnownFact | null = fact
    ? { ...fact, truth: truth(fact.subject, fact.relation), falseText: null }
    : null;
  const change = ({ experiment, phase }: ExperimentRun): ExperimentRun => {
    const isControl = experiment.facts.every((each) => sameFact(each, controlFact));
    // What is taught again is taught as the examination does it.
    const isTeaching = phase === 'teach' && experiment.probes.kept > 0;
    return {
      phase,
      experiment: {
        ...experiment,
        facts: other && !isControl ? [other] : experiment.facts,
        teach: { ...experiment.teach, ...(isTeaching && teach) },
        unlearn: experiment.unlearn && { ...experiment.unlearn, ...unlearn },
      },
    };
  };
  const short = shortened(lesson, steps ?? null);
  return {
    ...short,
    prepare: short.prepare.map(change),
    beside: Object.fromEntries(
      Object.entries(short.beside).map(([name, way]) => [name, way.map(change)]),
    ),
    run: change(short.run),
  };
}

/** The ways that a lesson goes from the untouched model, its own last. */
export function waysOf({ prepare, beside, run }: Lesson): { id: string; way: Chain }[] {
  return [
    ...Object.entries(beside).map(([id, way]) => ({ id, way })),
    { id: 'run', way: [...prepare, run] },
  ];
}

/** A run's name in a recording's list: how many steps it was to take. */
export function plannedSteps(run: ExperimentRun): number {
  return phaseOf(run).steps;
}
