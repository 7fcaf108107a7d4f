/** The chart keeps its plot, however many runs there are. */
import { describe, expect, it } from 'vitest';
import { languages } from '../../facts/index.ts';
import { openingExperiment, type RunPhase } from '../../lab/index.ts';
import type { ChartData } from './series.ts';
import { plot } from './plot.ts';

/** Runs of three steps, one after the other, in these phases. */
const data = (phases: RunPhase[]): ChartData => ({
  length: 3 * phases.length,
  runs: phases.map((phase, index) => ({
    taken: { experiment: openingExperiment, phase },
    start: 3 * index,
    end: 3 * index + 3,
    probes: [],
  })),
  series: languages.map((language) => ({
    language,
    taught: false,
    unlearned: false,
    points: [{ step: 0, probability: 0.5, says: false }],
  })),
});
const words = {
  run: ({ phase }: { phase: RunPhase }) => `${phase} in French`,
  language: ({ code }: { code: string }) => code,
  measure: (text: string) => 7 * text.length,
};
const drawn = (phases: RunPhase[]) => plot(data(phases), 480, 288, words);
const height = ({ top, bottom }: { top: number; bottom: number }): number => bottom - top;

describe('the chart', () => {
  it('joins neighbouring runs of one kind into one', () => {
    const { rules } = drawn(Array.from({ length: 30 }, () => 'teach'));
    expect(rules.map(({ label }) => label)).toEqual(['teach in French']);
    expect(rules[0]?.end).toBe(drawn(['teach']).rules[0]?.end);
  });

  it('keeps its plot with thirty runs of two kinds, and labels only what fits', () => {
    const many = drawn(
      Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? 'teach' : 'unlearn')),
    );
    expect(many.rules).toHaveLength(30);
    expect(height(many)).toBeGreaterThan(0.9 * height(drawn(['teach'])));
    const labelled = many.rules.filter(({ label }) => label !== '');
    for (const [index, one] of labelled.entries())
      for (const other of labelled.slice(index + 1))
        if (one.labelY === other.labelY)
          expect(other.labelX).toBeGreaterThan(one.labelX + 7 * one.label.length);
  });
});
