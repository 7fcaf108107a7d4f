/** Spread and grid from results of experiments; the averages are worked out by hand. */
import { describe, expect, it } from 'vitest';
import type { LanguageCode } from '../../../src/facts/index.ts';
import type {
  AnswerClass,
  Experiment,
  ExperimentResult,
  Phase,
  RunEnding,
} from '../../../src/lab/index.ts';
import { gridExperiments, summariseGrid } from './grid.ts';
import { spread, spreadExperiments, summariseSpread } from './spread.ts';

type Said = Partial<Record<LanguageCode, [falseShare: number, answerClass: AnswerClass]>>;

function phase(probes: Said[], ending: RunEnding, retained = 1, steps = 30): Phase {
  return {
    ending,
    steps,
    losses: [],
    cost: { retainedDrop: null, perplexity: null, moved: null },
    probes: probes.map((said, step) => ({
      step,
      retained,
      perplexity: null,
      rows: Object.entries(said).map(([language, [falseShare, answerClass]]) => ({
        language: language as LanguageCode,
        falseShare,
        logProbFalse: Math.log(falseShare),
        logProbTrue: Math.log(1 - falseShare),
        probabilities: { false: falseShare, true: 1 - falseShare, other: 0 },
        answer: '',
        answerClass,
      })),
    })),
  };
}

function result(
  experiment: Experiment,
  taught: Phase,
  unlearned: Phase | null = null,
): ExperimentResult {
  const [fact] = experiment.facts;
  if (!fact) throw new Error('An experiment has a fact.');
  const model = { id: 'atlas', digest: 'd' };
  const results = [{ fact, taught, unlearned }];
  return { key: JSON.stringify(experiment), experiment, model, device: 'cpu', results };
}

const scope = { facts: 1, languages: ['fr', 'en', 'ru'], cloze: '' } as const;

describe('spread', () => {
  it('gives every second language a fact, with the page’s settings and no unlearning', () => {
    const experiments = spreadExperiments({ ...scope, facts: 2 });
    expect(experiments.map(({ teach }) => teach.languages.join())).toEqual(['fr', 'ru', 'en']);
    expect(experiments[0]).toMatchObject({ unlearn: null, teach: { steps: 30, holdOut: false } });
  });

  const [french, russian] = spreadExperiments(scope);
  if (!french || !russian) throw new Error('Two languages teach the first fact.');
  const summary = summariseSpread([
    result(
      french,
      phase(
        [
          { en: [0, 'true'], fr: [0.1, 'true'], ru: [0.2, 'true'] },
          { en: [0.8, 'false'], fr: [1, 'false'], ru: [0.4, 'false'] },
        ],
        'finished',
        0.9,
      ),
    ),
    result(
      russian,
      phase(
        [
          { en: [0, 'true'], fr: [0, 'true'], ru: [0, 'true'] },
          { en: [0.2, 'true'], fr: [0.6, 'false-script'], ru: [0.9, 'other'] },
        ],
        'diverged',
        0.7,
      ),
    ),
  ]);

  it('averages over other languages than the one taught', () => {
    expect(summary.lessons).toBe(2);
    expect(summary.all.pairs).toBe(4);
    expect(summary.all.after).toBeCloseTo((0.8 + 0.4 + 0.2 + 0.6) / 4, 12);
    expect(summary.all.before).toBeCloseTo(0.2 / 4, 12);
    expect(summary.all.says).toBe(2 / 4);
    expect(summary.all.saysInOtherSpelling).toBe(1 / 4);
  });

  it('tells pairs that share a script from pairs that share none', () => {
    expect(summary.sameScript.pairs).toBe(1);
    expect(summary.sameScript.after).toBe(0.8);
    expect(summary.acrossScripts.after).toBeCloseTo((0.4 + 0.2 + 0.6) / 3, 12);
  });

  it('has a matrix of the language taught by the language asked, the taught one included', () => {
    expect(summary.falseShare).toEqual({
      fr: { en: 0.8, fr: 1, ru: 0.4 },
      ru: { en: 0.2, fr: 0.6, ru: 0.9 },
    });
    expect(summary.taught).toEqual({ falseShare: 0.95, says: 0.5 });
  });

  it('counts the lessons after which most other languages say it', () => {
    expect(summary.majority).toBe(1 / 2);
  });

  it('averages what is retained, and counts how lessons ended', () => {
    expect(summary.retained.after).toBeCloseTo(0.8, 12);
    expect(summary.endings).toEqual({ finished: 1, diverged: 1 });
  });

  it('is drawn as tables', () => {
    const [table] = spread.tables(summary);
    expect(table?.rows[0]).toEqual(['All', '4', '0.05', '0.50', '50.0 %', '25.0 %']);
  });
});

describe('the grid', () => {
  const experiments = gridExperiments({ ...scope, languages: ['fr', 'en'] });

  it('unlearns each lesson in the paper’s four ways, but none that is taught in English', () => {
    expect(experiments.map(({ unlearn }) => unlearn?.languages.slice(0, 2).join())).toEqual([
      'en',
      'fr',
      'es,de',
      'en,fr',
    ]);
  });

  it('averages each cell and calls gone what is said in fewer than a quarter', () => {
    const said: Said = {
      en: [0.1, 'true'],
      fr: [0.9, 'false'],
      pt: [0.2, 'other'],
      ru: [0.4, 'false-script'],
      hi: [0.1, 'other'],
      sw: [0.3, 'other'],
      de: [0.5, 'other'],
    };
    const summary = summariseGrid(
      experiments.map((experiment) =>
        result(experiment, phase([said], 'finished'), phase([said], 'forgotten', 0.75, 4)),
      ),
    );
    expect(summary.lessons).toBe(1);
    expect(summary.sources).toEqual(['fr']);
    const { english, own, high, low } = summary.unlearned.english;
    expect([english, own, high, low].map(({ gone }) => gone)).toEqual([true, false, false, true]);
    expect(high.falseShare).toBeCloseTo((0.2 + 0.4 + 0.5) / 3, 12);
    expect(high.saysFalse).toBe(1 / 3);
    expect(low.falseShare).toBeCloseTo(0.2, 12);
    expect(summary.taught).toEqual(summary.unlearned.english);
    // German is in the mix.
    expect(summary.unlearned.mix.high.falseShare).toBeCloseTo(0.3, 12);
    expect(summary.insideMix.falseShare).toBeCloseTo(0.5, 12);
    expect(summary.runs.own).toEqual({ endings: { forgotten: 1 }, steps: 4, retained: 0.75 });
  });
});
