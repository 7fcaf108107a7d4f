import { describe, expect, it } from 'vitest';
import { openingExperiment, type Probe } from '../../lab/index.ts';
import { columns, measurements } from './measurements.ts';
import type { ChartData } from './series.ts';

const probe: Probe = {
  step: 4,
  retained: 0.75,
  retainLoss: Math.log(3),
  rows: [
    {
      language: 'fr',
      logProbFalse: Math.log(0.5),
      logProbTrue: Math.log(0.2),
      falseShare: 5 / 7,
      answer: 'Tokyo',
      answerClass: 'false',
      falseLoss: 1.5,
      extractionStrength: 0.25,
      exactMemorisation: 0.5,
      truthRank: 2,
      paraphrases: { statement: 0.4, question: null, inverted: 0.1 },
    },
  ],
};

describe('what was measured of a language', () => {
  it('is one line a measurement, at its step on the whole way; what was not measured is empty', () => {
    const taken = { experiment: openingExperiment, phase: 'teach' as const };
    const run = { taken, start: 10, end: 14, probes: [probe] };
    const data: ChartData = { runs: [run], length: 14, series: [] };
    const [line, ...more] = measurements(data, 'fr');
    expect(more).toEqual([]);
    if (!line) throw new Error('There is no line.');
    expect(line.run).toBe(0);
    const shown = Object.fromEntries(Object.entries(columns).map(([id, { of }]) => [id, of(line)]));
    expect(shown).toEqual({
      step: 14,
      false: expect.closeTo(0.5, 12) as number,
      true: expect.closeTo(0.2, 12) as number,
      other: expect.closeTo(0.3, 12) as number,
      share: 5 / 7,
      answer: 'Tokyo',
      rank: 2,
      loss: 1.5,
      extraction: 0.25,
      memorised: 0.5,
      statement: 0.4,
      question: null,
      inverted: 0.1,
      kept: 0.75,
      perplexity: expect.closeTo(3, 12) as number,
    });
    expect(measurements(data, 'sw')).toEqual([]);
  });
});
