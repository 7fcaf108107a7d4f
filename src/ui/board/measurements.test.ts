import { describe, expect, it } from 'vitest';
import { openingExperiment, type Probe } from '../../lab/index.ts';
import { measurements } from './measurements.ts';
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
    expect(line).toMatchObject({ run: 0, step: 14, answer: 'Tokyo', rank: 2, loss: 1.5 });
    expect(line?.other).toBeCloseTo(0.3, 12);
    expect(line?.perplexity).toBeCloseTo(3, 12);
    expect(line).toMatchObject({ statement: 0.4, question: null, inverted: 0.1, retained: 0.75 });
    expect(measurements(data, 'sw')).toEqual([]);
  });
});
