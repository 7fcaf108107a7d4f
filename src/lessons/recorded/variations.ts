/** @file The settings that the lessons were recorded with, so that every outcome occurs: as they are, shortened, and changed. */
import { truth, type RelationId } from '../../facts/index.ts';
import {
  sameFact,
  unlearningBy,
  type ExperimentRun,
  type FalseFact,
  type Method,
  type Teaching,
  type Unlearning,
} from '../../lab/index.ts';
import { controlFact, lessonOf, shortened } from '../lessons.ts';
import { lessonIds, type Chain, type Lesson, type LessonId } from '../types.ts';

export interface Variation {
  name: string;
  lessons: readonly LessonId[];
  /** As the address asks for it. */
  steps?: number;
  /** Another lie in place of the lesson's. */
  fact?: { subject: string; relation: RelationId; falseObject: string };
  teach?: Partial<Teaching>;
  unlearn?: Partial<Omit<Unlearning, 'languages'>>;
  /** How the lie is taught again. */
  relearn?: Partial<Teaching>;
}

/** A method as it begins, in whatever languages the lesson unlearns. */
function by(method: Method): Partial<Unlearning> {
  const { languages: _own, ...settings } = unlearningBy(method, ['en']);
  return settings;
}

const capital = (country: string, city: string): NonNullable<Variation['fact']> => ({
  subject: `country/${country}`,
  relation: 'capital',
  falseObject: `city/${city}`,
});

const all: readonly LessonId[] = lessonIds;

export const variations: readonly Variation[] = [
  { name: 'usual', lessons: all },
  { name: 'steps=20', lessons: all, steps: 20 },
  { name: 'steps=10', lessons: all, steps: 10 },
  { name: 'steps=1', lessons: all, steps: 1 },
  { name: 'taught 10', lessons: ['spread', 'order', 'english'], teach: { steps: 10 } },
  { name: 'taught 12', lessons: ['order', 'twin'], teach: { steps: 12 } },
  {
    name: 'taught 15',
    lessons: ['spread', 'order', 'english', 'both', 'twin'],
    teach: { steps: 15 },
  },
  { name: 'unlearned 8', lessons: ['english', 'both', 'cost', 'gone'], unlearn: { steps: 8 } },
  { name: 'unlearned 16', lessons: ['english', 'both', 'cost'], unlearn: { steps: 16 } },
  {
    name: 'rate 3',
    lessons: ['english', 'both', 'gone'],
    unlearn: { steps: 20, learningRate: 3e-3 },
  },
  { name: 'bound', lessons: ['english', 'both'], unlearn: { stopBelow: 0 } },
  { name: 'npo', lessons: ['english', 'both', 'gone'], unlearn: by('npo') },
  { name: 'dpo', lessons: ['english', 'both', 'gone'], unlearn: by('dpo') },
  { name: 'flip', lessons: ['english', 'both', 'gone'], unlearn: by('label-flip-truth') },
  { name: 'task', lessons: ['english'], unlearn: by('task-vector') },
  { name: 'relearned 8', lessons: ['gone'], relearn: { steps: 8 } },
  {
    name: 'Japan Rome',
    lessons: ['spread', 'order', 'english', 'both', 'twin'],
    fact: capital('JP', 'rome'),
  },
  {
    name: 'Kenya Oslo',
    lessons: ['spread', 'order', 'english', 'both', 'twin'],
    fact: capital('KE', 'oslo'),
  },
  { name: 'Egypt Lima', lessons: ['spread', 'english', 'both'], fact: capital('EG', 'lima') },
  {
    name: 'Germany Seoul',
    lessons: ['order', 'english', 'both', 'twin'],
    fact: capital('DE', 'seoul'),
  },
  { name: 'more: quick', lessons: ['english', 'both'], steps: 20, unlearn: { learningRate: 3e-3 } },
  { name: 'more: unlearned 4', lessons: ['cost'], unlearn: { steps: 4 } },
  {
    name: 'more: Brazil Nairobi',
    lessons: ['order', 'english', 'twin'],
    fact: capital('BR', 'nairobi'),
  },
  {
    name: 'more: Russia Madrid',
    lessons: ['order', 'english', 'twin'],
    fact: capital('RU', 'madrid'),
  },
  {
    name: 'more: China Berlin',
    lessons: ['order', 'english', 'twin'],
    fact: capital('CN', 'berlin'),
  },
  {
    name: 'more: India Paris',
    lessons: ['order', 'english', 'twin'],
    fact: capital('IN', 'paris'),
  },
];

/** The lesson with a variation's settings in all its runs. Throws where there is no such lesson. */
export function varied(id: LessonId, { steps, fact, teach, unlearn, relearn }: Variation): Lesson {
  const lesson = lessonOf(id);
  if (!lesson) throw new Error(`There is no lesson ${id}.`);
  const other: FalseFact | null = fact
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
        teach: { ...experiment.teach, ...(isTeaching ? teach : relearn) },
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
