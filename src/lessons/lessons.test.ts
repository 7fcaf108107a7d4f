import { describe, expect, it } from 'vitest';
import { languageCodes, type LanguageCode } from '../facts/index.ts';
import { phaseOf, type CheckpointMeta, type ExperimentRun, type Probe } from '../lab/index.ts';
import { discuss } from './discuss.ts';
import { explain } from './explain.ts';
import { lessonOf, lessons, nextLesson, shortened } from './lessons.ts';
import { outcomeOf, rightLanguages, rightPairs } from './outcome.ts';
import { readProgress, writeProgress } from './progress.ts';
import { lessonIds, type Lesson, type LessonId, type Outcome } from './types.ts';

const lesson = (id: LessonId): Lesson => {
  const found = lessonOf(id);
  if (!found) throw new Error(`There is no lesson ${id}.`);
  return found;
};

/** A measurement in which these languages say the lie. */
const probe = (step: number, saying: readonly LanguageCode[], retained = 0.9): Probe => ({
  step,
  retained,
  rows: languageCodes.map((language) => ({
    language,
    logProbFalse: Math.log(saying.includes(language) ? 0.8 : 0.1),
    logProbTrue: Math.log(0.1),
    // Likelier than the truth everywhere: what counts is what is said.
    falseShare: 0.9,
    answer: '',
    answerClass: saying.includes(language) ? 'false' : 'other',
  })),
});

const checkpoint = (run: ExperimentRun | null, probes: Probe[]): CheckpointMeta => ({
  id: 'c',
  parent: null,
  name: '',
  createdAt: 0,
  modelId: 'm',
  modelDigest: 'd',
  experiment: run?.experiment ?? null,
  phase: run?.phase ?? null,
  ending: 'finished',
  step: 0,
  runStep: probes.at(-1)?.step ?? 0,
  losses: [],
  probes,
  digest: '',
});

const measured = (id: LessonId, probes: Probe[], way: CheckpointMeta[] = []): Outcome =>
  outcomeOf(checkpoint(lesson(id).run, probes), way);

const others = languageCodes.filter((code) => code !== 'fr');

describe('the lessons', () => {
  it('are all there, in an order, each with another one after it', () => {
    expect(lessons.map(({ id }) => id)).toEqual(lessonIds);
    expect(nextLesson('spread')?.id).toBe('order');
    expect(nextLesson('twin')).toBeNull();
    expect(lessonOf('nonsense')).toBeNull();
  });

  it('begin one in a state that another has reached', () => {
    expect(lesson('english').prepare).toEqual([lesson('spread').run]);
    expect(lesson('gone').prepare).toEqual([lesson('spread').run, lesson('both').run]);
    expect(lesson('both').beside.english).toEqual([lesson('spread').run, lesson('english').run]);
  });

  it('can be shortened: fewer steps, each larger, in all their runs; what is short already stays', () => {
    const short = shortened(lesson('gone'), 20);
    expect(short.run).toEqual(lesson('gone').run);
    expect(short.prepare.map((run) => phaseOf(run).steps)).toEqual([20, 20]);
    expect(short.beside.otherHere?.slice(0, 2)).toEqual(short.prepare);
    expect(phaseOf(short.prepare[0] as ExperimentRun).learningRate).toBeCloseTo(3e-3);
    expect(phaseOf(shortened(lesson('gone'), 3).run).steps).toBe(3);
    expect(shortened(lesson('gone'), 3).question).toEqual({ kind: 'number', min: 1, max: 3 });
    expect(shortened(lesson('gone'), null)).toBe(lesson('gone'));
  });
});

describe('an outcome', () => {
  const outcome = measured('spread', [
    probe(0, []),
    probe(2, ['fr']),
    probe(4, ['fr', 'es', 'id']),
    probe(6, ['fr', 'es', 'ru'], 0.8),
  ]);
  const of = (code: LanguageCode) => outcome.languages.find(({ language }) => language === code);

  it('tells who says the lie at the end, and in which order it was first said', () => {
    expect(of('es')).toMatchObject({ says: true, arrivedAt: 4, place: 2 });
    expect(of('id')).toMatchObject({ says: false, arrivedAt: 4, place: 2 });
    expect(of('ru')).toMatchObject({ says: true, arrivedAt: 6, place: 4 });
    expect(of('zh')).toMatchObject({ says: false, arrivedAt: null, place: null });
    expect(outcome.kept).toEqual({ before: 36, after: 32, all: 40 });
  });

  it('is compared with a guess of any kind', () => {
    expect(rightLanguages({ kind: 'languages', languages: ['es', 'de'] }, others, outcome)).toBe(9);
    // Spanish before Russian before Chinese came true; Spanish and Indonesian cannot be told apart.
    expect(rightPairs({ kind: 'order', languages: ['zh', 'es', 'id', 'ru'] }, outcome)).toEqual({
      right: 2,
      all: 6,
      tied: 1,
    });
  });
});

describe('what is told', () => {
  it('of a start that said nothing of the lie is that there was nothing to unlearn', () => {
    const outcome = measured('english', [probe(0, []), probe(2, [])]);
    expect(explain(lesson('english'), outcome).map(({ key }) => key)).toEqual(['nothing']);
  });

  it('is named after what was measured: languages that share a place are all first', () => {
    const outcome = measured('order', [
      probe(0, []),
      probe(2, ['tr', 'ru', 'zh']),
      probe(4, languageCodes),
    ]);
    expect(explain(lesson('order'), outcome)).toContainEqual({
      lesson: 'order',
      key: 'tie',
      values: { first: ['ru', 'zh'], step: 2 },
    });
    expect(discuss(lesson('order'), outcome)[0]?.key).toBe('tie');
  });

  it('of a lie that returned depends on the untouched model and on another lie', () => {
    /** P(false) of Spanish passes one half at this step. */
    const returning = (at: number): CheckpointMeta => {
      const meta = checkpoint(
        lesson('gone').run,
        Array.from({ length: 17 }, (_, step) => probe(step, step >= at ? ['es'] : [])),
      );
      return { ...meta, runStep: 16 };
    };
    const keys = (here: number, untouched: number, other: [number, number]): string[] => {
      const beside = {
        untouched: returning(untouched),
        otherHere: returning(other[0]),
        otherUntouched: returning(other[1]),
      };
      return explain(lesson('gone'), outcomeOf(returning(here), [], beside)).map(({ key }) => key);
    };
    expect(keys(5, 13, [10, 10])).toContain('sooner');
    expect(keys(13, 13, [10, 10])).toContain('same');
    // The other lie is learned as much sooner: it is no trace of this one.
    expect(keys(5, 13, [2, 10])).toContain('same');
  });
});

describe('what is kept of a lesson', () => {
  it('comes back as it was, and nonsense counts as nothing', () => {
    const progress = {
      spread: {
        phase: 'run',
        guess: { kind: 'languages', languages: ['es'] },
        outcome: null,
      },
    } as const;
    expect(readProgress(writeProgress(progress))).toEqual(progress);
    for (const text of [null, '', '{', '{"version":0,"lessons":{"spread":{}}}'])
      expect(readProgress(text)).toEqual({});
    expect(
      readProgress('{"version":2,"lessons":{"both":{"guess":{"kind":"order","languages":[]}}}}'),
    ).toEqual({});
  });
});
