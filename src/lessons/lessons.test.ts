import { describe, expect, it } from 'vitest';
import { languageCodes, type LanguageCode } from '../facts/index.ts';
import { phaseOf, type CheckpointMeta, type ExperimentRun, type Probe } from '../lab/index.ts';
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
    expect(nextLesson('gone')).toBeNull();
    expect(lessonOf('nonsense')).toBeNull();
  });

  it('begin one in a state that another has reached', () => {
    expect(lesson('english').prepare).toEqual([lesson('spread').run]);
    expect(lesson('gone').prepare).toEqual([lesson('spread').run, lesson('cost').run]);
  });

  it('can be shortened without becoming longer', () => {
    expect(phaseOf(shortened(lesson('gone'), 3).run).steps).toBe(3);
    expect(phaseOf(shortened(lesson('gone'), 99).run).steps).toBe(15);
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
      all: 5,
    });
  });
});

describe('an explanation', () => {
  it('of spreading never claims what was not measured', () => {
    const spread = (saying: readonly LanguageCode[]) =>
      explain(lesson('spread'), measured('spread', [probe(0, []), probe(30, saying)]));
    expect(spread(languageCodes)).toMatchObject({ case: 'all', count: 11 });
    expect(spread(['fr', 'es'])).toMatchObject({ case: 'some', count: 1 });
    expect(spread(['fr'])).toMatchObject({ case: 'none' });
    expect(spread(['es'])).toMatchObject({ case: 'unlearnt' });
  });

  it('of unlearning follows where the lie is left', () => {
    const english = (saying: readonly LanguageCode[]) =>
      explain(lesson('english'), measured('english', [probe(0, languageCodes), probe(30, saying)]));
    expect(english([])).toMatchObject({ case: 'nowhere' });
    expect(english(['fr', 'hi'])).toMatchObject({ case: 'home', left: ['fr', 'hi'] });
    expect(english(['hi'])).toMatchObject({ case: 'elsewhere' });
    expect(english(['en', 'fr'])).toMatchObject({ case: 'stays' });
  });

  it('of the cost and of relearning goes by the numbers', () => {
    const cost = (after: number) =>
      explain(lesson('cost'), measured('cost', [probe(0, languageCodes), probe(30, [], after)]));
    expect(cost(0.7)).toMatchObject({ case: 'cost', left: [] });
    expect(cost(0.9)).toMatchObject({ case: 'free' });
    const way = [
      checkpoint(null, []),
      checkpoint(lesson('spread').run, [probe(0, []), probe(10, ['fr'])]),
    ];
    const gone = (probes: Probe[]) => explain(lesson('gone'), measured('gone', probes, way));
    expect(gone([probe(0, []), probe(3, ['fr'])])).toMatchObject({
      case: 'quicker',
      at: 3,
      first: 10,
    });
    expect(gone([probe(0, []), probe(12, ['fr'])])).toMatchObject({ case: 'slower' });
    expect(gone([probe(0, []), probe(15, [])])).toMatchObject({ case: 'not' });
    expect(gone([probe(0, ['fr']), probe(1, ['fr'])])).toMatchObject({ case: 'never' });
  });

  it('of the order compares scripts by what came when', () => {
    const order = (steps: Probe[]) => explain(lesson('order'), measured('order', steps));
    const latin: LanguageCode[] = ['en', 'fr', 'es', 'pt', 'de', 'tr', 'id', 'sw'];
    expect(order([probe(0, []), probe(2, latin), probe(4, languageCodes)])).toMatchObject({
      case: 'script',
    });
    expect(
      order([probe(0, []), probe(2, ['tr', 'ru', 'zh']), probe(4, languageCodes)]),
    ).toMatchObject({ case: 'mixed', first: 'ru' });
    expect(order([probe(0, []), probe(2, ['tr'])])).toMatchObject({ case: 'none', first: null });
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
      readProgress('{"version":1,"lessons":{"both":{"guess":{"kind":"order","languages":[]}}}}'),
    ).toEqual({});
  });
});
