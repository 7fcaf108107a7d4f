import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LanguageCode } from '../../facts/index.ts';
import {
  agreementWithPaper,
  defaultFact,
  experimentsOf,
  gridOf,
  groupOf,
  methodPoints,
  mixFor,
  paretoFront,
  parseExperiment,
  parseResults,
  planSize,
  spreadCells,
  spreadRuns,
  unlearnedIn,
  unlearningBy,
  wayOf,
  ways,
  type ExperimentResult,
  type OwnFact,
  type Phase,
  type Plan,
  type ResultProbe,
} from '../index.ts';

type Shares = Partial<Record<LanguageCode, number>>;

/** A probe of the languages named; the false answer is said where it has more than half. */
function probe(shares: Shares, rest: Partial<ResultProbe> = {}): ResultProbe {
  return {
    step: 0,
    retained: null,
    perplexity: null,
    rows: Object.entries(shares).map(([language, falseShare]) => ({
      language: language as LanguageCode,
      falseShare,
      logProbFalse: Math.log(falseShare),
      logProbTrue: Math.log(1 - falseShare),
      probabilities: { false: falseShare, true: 1 - falseShare, other: 0 },
      answer: '',
      answerClass: falseShare > 0.5 ? 'false' : 'true',
    })),
    ...rest,
  };
}

function phase(probes: ResultProbe[], rest: Partial<Phase> = {}): Phase {
  const cost = { retainedDrop: null, perplexity: null, moved: null };
  return { ending: 'finished', steps: 30, losses: [], probes, cost, ...rest };
}

function result(
  experiment: object,
  taught: Phase,
  unlearned: Phase | null = null,
): ExperimentResult {
  const { subject, relation, falseObject } = defaultFact;
  return {
    key: JSON.stringify(experiment),
    experiment: parseExperiment({
      version: 2,
      facts: [{ subject, relation, falseObject }],
      ...experiment,
    }),
    model: { id: 'atlas', digest: 'd' },
    device: 'cpu',
    results: [{ fact: defaultFact, taught, unlearned }],
  };
}

describe('the spread matrix', () => {
  const lesson = (language: LanguageCode, after: Shares, seed = 1): ExperimentResult =>
    result(
      { teach: { languages: [language] }, seed },
      phase([probe({ en: 0.1, fr: 0.2 }), probe(after)]),
    );

  it('averages each cell over its lessons', () => {
    const cells = spreadCells(
      spreadRuns([
        lesson('fr', { en: 0.6, fr: 1 }),
        lesson('fr', { en: 0.2, fr: 0.8 }, 2),
        lesson('en', { en: 0.9, fr: 0.4 }),
      ]),
    );
    expect(cells.map(({ taught, asked }) => `${taught}>${asked}`)).toEqual([
      'en>en',
      'en>fr',
      'fr>en',
      'fr>fr',
    ]);
    const cell = cells[2];
    expect(cell?.runs).toHaveLength(2);
    expect(cell?.before).toBeCloseTo(0.1, 12);
    expect(cell?.after).toBeCloseTo(0.4, 12);
    expect(cell?.says).toBe(0.5);
  });

  it('counts a lesson once, however often something was unlearned after it', () => {
    const once = lesson('fr', { en: 0.6, fr: 1 });
    const unlearn = { method: 'npo', languages: ['en'] };
    const again = result({ teach: { languages: ['fr'] }, unlearn }, phase([probe({ en: 0.1 })]));
    expect(spreadRuns([once, again]).map(({ asked }) => asked)).toEqual(['en', 'fr']);
  });

  it('has a cell without a number where nothing was measured yet', () => {
    const [cell] = spreadCells([], ['fr']);
    expect(cell).toMatchObject({ taught: 'fr', after: null, says: null, runs: [] });
  });
});

describe('the paper’s grid', () => {
  const given = { taught: 'fr', mix: ['ru', 'sw'] } as const;
  it('unlearns in the paper’s four ways', () => {
    expect(ways.map((way) => unlearnedIn(way, given))).toEqual([
      ['en'],
      ['fr'],
      ['ru', 'sw'],
      ['en', 'fr'],
    ]);
  });

  it('mixes languages that are neither English nor the fake’s, and leaves half of them out', () => {
    const both = [...mixFor('hi', 0), ...mixFor('hi', 1)];
    expect(new Set(both).size).toBe(both.length);
    expect(both).not.toContain('en');
    expect(both).not.toContain('hi');
    expect(Math.abs(mixFor('hi', 0).length - mixFor('hi', 1).length)).toBeLessThan(2);
  });

  it('groups languages by resource, medium with high, and the mix’s own apart', () => {
    expect(groupOf('en', 'own', given)).toBe('english');
    expect(groupOf('fr', 'own', given)).toBe('own');
    expect(groupOf('ru', 'own', given)).toBe('high');
    expect(groupOf('sw', 'own', given)).toBe('low');
    expect(groupOf('sw', 'mix', given)).toBeNull();
    expect(groupOf('hi', 'mix', given)).toBe('low');
  });

  const teach = { languages: ['fr'] };
  const ended = (languages: LanguageCode[], after: Shares): ExperimentResult =>
    result({ teach, unlearn: { method: 'npo', languages } }, phase([]), phase([probe(after)]));

  it('knows the four ways by their languages', () => {
    const wayIn = (languages: LanguageCode[]) => wayOf(ended(languages, {}))?.way ?? null;
    expect(wayIn(['en'])).toBe('english');
    expect(wayIn(['fr'])).toBe('own');
    expect(wayIn(['en', 'fr'])).toBe('both');
    expect(wayIn(['ru', 'sw'])).toBe('mix');
    expect(wayIn(['en', 'ru'])).toBeNull();
    const lesson = { taught: 'hi', mix: ['de'] } as const;
    for (const way of ways) {
      const unlearn = { method: 'npo', languages: unlearnedIn(way, lesson) };
      expect(
        wayOf(result({ teach: { languages: ['hi'] }, unlearn }, phase([]), phase([])))?.way,
      ).toBe(way);
    }
  });

  it('is averaged by group, and compared with the paper cell by cell', () => {
    const grid = gridOf([
      ended(['en'], { en: 0.1, fr: 0.9, de: 0.1, es: 0.6, sw: 0.2 }),
      ended(['en'], { en: 0.2, fr: 0.9, de: 0.4, es: 0.4, sw: 0.2 }),
      ended(['de', 'sw'], { en: 0.9, fr: 0.9, de: 0.1, es: 0.7, sw: 0.2, hi: 0.7 }),
    ]);
    expect(grid.runs).toEqual({ english: 2, own: 0, mix: 1, both: 0 });
    const { english, own, high, low } = grid.rows.english;
    expect(english).toMatchObject({ answers: 2, gone: true });
    expect(own).toMatchObject({ gone: false, saysFalse: 1 });
    // Said in one of four answers, which is not fewer than a quarter.
    expect(high).toMatchObject({ saysFalse: 0.25, gone: false });
    expect(high.falseShare).toBeCloseTo(0.375, 12);
    expect(low.falseShare).toBeCloseTo(0.2, 12);
    // Languages of the mix are not in the columns.
    expect(grid.rows.mix.high).toMatchObject({ answers: 1, falseShare: 0.7 });
    expect(grid.rows.mix.low).toMatchObject({ answers: 1, falseShare: 0.7 });
    expect(grid.insideMix.falseShare).toBeCloseTo(0.15, 12);
    // Paper: gone in English and high (here it stays), stays in its own and low (here it is gone); the mix stays everywhere.
    expect(agreementWithPaper(grid.rows)).toEqual({
      measured: 8,
      agreeing: 6,
      differing: [
        { way: 'english', group: 'high', gone: false },
        { way: 'english', group: 'low', gone: true },
      ],
    });
  });
});

describe('methods compared', () => {
  it('has a point a method and setting, averaged over what it unlearned', () => {
    const unlearnt = (learningRate: number, after: Shares, kept: number, ratio: number) =>
      result(
        {
          teach: { languages: ['fr'] },
          unlearn: { method: 'npo', languages: ['en', 'fr'], learningRate },
        },
        phase([]),
        phase([probe({ en: 1 }), probe(after, { retained: kept })], {
          steps: 20,
          ending: 'forgotten',
          cost: { retainedDrop: 0, perplexity: { before: 2, after: 2 * ratio }, moved: 4 },
        }),
      );
    const points = methodPoints([
      unlearnt(0.001, { en: 0, fr: 0.2, de: 0.7 }, 1, 1.1),
      unlearnt(0.001, { en: 0.2, fr: 0.2, de: 0.5 }, 0.9, 1.3),
      unlearnt(0.002, { en: 0, fr: 0, de: 0 }, 0.5, 2),
    ]);
    expect(points).toHaveLength(2);
    const [slow, fast] = points;
    expect(slow).toMatchObject({ runs: 2, steps: 20, moved: 4, endings: { forgotten: 2 } });
    expect(slow?.forgotten).toBeCloseTo(0.7, 12);
    expect(slow?.forgottenHere).toBeCloseTo(0.85, 12);
    expect(slow?.forgottenElsewhere).toBeCloseTo(0.4, 12);
    expect(slow?.retained).toBeCloseTo(0.95, 12);
    expect(slow?.perplexityRatio).toBeCloseTo(1.2, 12);
    expect(fast).toMatchObject({ forgotten: 1, retained: 0.5, perplexityRatio: 2 });
  });

  it('puts on the front whatever no other one beats', () => {
    const points: [string, number, number][] = [
      ['best forgetting', 0.5, 1],
      ['both', 0.9, 0.9],
      ['beaten', 0.8, 0.8],
      ['beaten by a hair', 0.9, 0.8],
      ['best keeping', 1, 0.2],
      ['the same', 0.9, 0.9],
    ];
    const front = paretoFront(
      points,
      ([, x]) => x,
      ([, , y]) => y,
    );
    expect(front.map(([name]) => name)).toEqual([
      'best forgetting',
      'both',
      'best keeping',
      'the same',
    ]);
  });
});

describe('a plan', () => {
  const common = { facts: [defaultFact, { ...defaultFact, falseObject: 'city/berlin' }], seed: 3 };

  it('of a spread asks before and after, nothing else', () => {
    const plan: Plan = { ...common, kind: 'spread', steps: 7, taught: ['fr', 'sw'] };
    const experiments = experimentsOf(plan, 'models/atlas/');
    expect(experiments.map(({ teach }) => teach.languages.join())).toEqual([
      'fr',
      'sw',
      'fr',
      'sw',
    ]);
    expect(experiments[0]).toMatchObject({ seed: 3, unlearn: null });
    expect(experiments[0]?.probes).toMatchObject({ every: 7, kept: 0, candidates: 0 });
  });

  it('of the grid has each lesson in four ways, and of methods each at every rate', () => {
    const grid: Plan = { ...common, kind: 'grid', steps: 7, taught: ['fr', 'sw'] };
    const results = experimentsOf(grid, '').map((experiment) => wayOf({ experiment })?.way);
    expect(results).toEqual([...ways, ...ways, ...ways, ...ways]);
    const plan: Plan = {
      ...common,
      kind: 'methods',
      steps: 7,
      taught: ['fr'],
      unlearnIn: ['en'],
      methods: ['npo', 'task-vector'],
      rates: [0.001, 0.002],
    };
    expect(experimentsOf(plan, '')).toHaveLength(2 * 3);
    expect(planSize(plan)).toBe(2 * 3);
    const plain = experimentsOf(
      { ...plan, facts: plan.facts.slice(0, 1), methods: ['npo', 'undial'], rates: [] },
      '',
    );
    expect(plain.map(({ unlearn }) => unlearn?.learningRate)).toEqual([
      unlearningBy('npo', ['en']).learningRate,
      unlearningBy('undial', ['en']).learningRate,
    ]);
  });

  it('says with which adapter it is run', () => {
    const plan: Plan = {
      ...common,
      kind: 'spread',
      steps: 7,
      taught: ['fr'],
      adapter: { rank: 2 },
    };
    expect(experimentsOf(plan, '')[0]?.adapter).toEqual({ rank: 2 });
  });

  it('leaves out what a fact of one’s own has no words for', () => {
    const wording = {
      sentences: [],
      question: 'Who?',
      falseAnswers: ['the gardener'],
      trueAnswers: ['the cook'],
    };
    const own: OwnFact = {
      kind: 'own',
      name: 'Who did it',
      wordings: { en: wording, fr: wording },
    };
    const about = { ...common, facts: [own], steps: 7, taught: ['en', 'fr', 'sw'] } as const;
    const taught = experimentsOf({ ...about, kind: 'spread' }, '');
    expect(taught.map(({ teach, facts }) => [teach.languages, facts])).toEqual([
      [['en'], [own]],
      [['fr'], [own]],
    ]);
    const grid: Plan = { ...about, kind: 'grid', taught: ['fr'] };
    // A mix of other languages is not to be had.
    expect(experimentsOf(grid, '').map((experiment) => wayOf({ experiment })?.way)).toEqual([
      'english',
      'own',
      'both',
    ]);
    const methods: Plan = {
      ...about,
      kind: 'methods',
      methods: ['npo'],
      rates: [0.001],
      unlearnIn: ['fr', 'de'],
    };
    expect(planSize(methods)).toBe(0);
    const asked = { ...methods, unlearnIn: ['fr'], asking: { mode: 'chat' } } as const;
    expect(experimentsOf(asked, '').map(({ asking }) => asking)).toEqual([
      { mode: 'chat' },
      { mode: 'chat' },
    ]);
  });
});

describe('results of `npm run lab`', () => {
  const text = readFileSync(
    new URL('../../../bench/methods-1-fact.jsonl', import.meta.url),
    'utf8',
  );

  it('are read, a point each', () => {
    const read = parseResults(text);
    expect(methodPoints(read)).toHaveLength(16);
    // The file has an older name of it.
    expect(read[0]?.results[0]?.taught.cost.retainedDrop).toEqual(expect.any(Number));
  });

  it('that are damaged are refused with line and field', () => {
    const lines = text.split('\n');
    const broken = (change: (line: string) => string): string =>
      lines.map((line, index) => (index === 2 ? change(line) : line)).join('\n');
    expect(() => parseResults(broken((line) => line.slice(0, 100)))).toThrow(/^Line 3: /);
    expect(() =>
      parseResults(broken((line) => line.replace('"language":"en"', '"language":"xx"'))),
    ).toThrow(/^Line 3: .*field results\.0\.taught\.probes\.0\.rows\.0\.language/);
    expect(() => parseResults(broken((line) => line.replace('"sw"', '"xx"')))).toThrow(/^Line 3/);
  });
});
