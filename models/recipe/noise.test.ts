import { describe, expect, it } from 'vitest';
import type { Row } from './row.ts';
import { Noise } from './noise.ts';
import { random } from './random.ts';

/** <bos> frame given given frame target target frame <eos>; frames of a language have tokens of their own. */
function row(language: 'en' | 'fr', frame: number): Row {
  return {
    ...{ question: 'capital/object', language, isNudged: false, isNoisy: false },
    ids: [0, frame, 7, 8, frame + 1, 9, 10, frame + 2, 1],
    given: [2, 4],
    target: [5, 7],
  };
}

describe('noise in the wording', () => {
  const all = { sentences: 1, replace: 0.3, drop: 0.2, add: 0.2 };
  const at = ({ ids }: Row, span: readonly [number, number] | null): number[] =>
    ids.slice(...(span ?? [0, 0]));

  it('changes frames, and only frames', () => {
    const noise = new Noise(all);
    const draw = random(3);
    noise.changed(row('en', 100), draw);
    const changed = Array.from({ length: 200 }, () => noise.changed(row('en', 100), draw));
    for (const each of changed) {
      expect(at(each, each.given)).toEqual([7, 8]);
      expect(at(each, each.target)).toEqual([9, 10]);
      expect([each.ids[0], each.ids.at(-1)]).toEqual([0, 1]);
      expect(each.isNoisy).toBe(true);
    }
    const lengths = new Set(changed.map(({ ids }) => ids.length));
    expect(Math.min(...lengths)).toBeLessThan(9);
    expect(Math.max(...lengths)).toBeGreaterThan(9);
    expect(changed.some(({ ids }) => ids.length === 9 && ids[1] !== 100)).toBe(true);
  });

  it('takes its words from frames of the same language', () => {
    const noise = new Noise(all);
    const draw = random(3);
    for (let i = 0; i < 20; i++) noise.changed(row('fr', 200), draw);
    const tokens = Array.from({ length: 100 }, () => noise.changed(row('en', 100), draw)).flatMap(
      ({ ids }) => ids,
    );
    expect(tokens.filter((token) => token >= 200)).toEqual([]);
  });

  it('leaves the share of sentences alone that it is to leave alone', () => {
    const noise = new Noise({ ...all, sentences: 0.25 });
    const draw = random(3);
    const noisy = Array.from({ length: 2000 }, () => noise.changed(row('en', 100), draw)).filter(
      ({ isNoisy }) => isNoisy,
    );
    expect(noisy.length / 2000).toBeCloseTo(0.25, 1);
  });
});
