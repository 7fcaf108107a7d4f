import { describe, expect, it } from 'vitest';
import { answerName, forms, type Form } from '../../../facts/index.ts';
import { say } from '../../fact/answers.ts';
import { isHeldOut } from '../../fact/forms.ts';
import type { Probe } from '../../experiment/checkpoint.ts';
import type { TestedFact } from '../../fact/fact.ts';
import { unscored } from '../ask.ts';
import { falseShare, probabilities } from './belief.ts';
import { costOf } from './cost.ts';
import { distanceMoved } from './distance.ts';
import { askParaphrases } from './paraphrase.ts';
import { exactMemorisation, extractionStrength } from './memorised.ts';
import { natsPerToken, perplexity } from './perplexity.ts';
import { rank, sampleCandidates } from './rank.ts';

const fact: TestedFact = {
  subject: 'country/FR',
  relation: 'capital',
  truth: 'city/paris',
  falseObject: 'city/tokyo',
  falseText: null,
};

describe('belief', () => {
  it('compares two probabilities without underflow', () => {
    expect(falseShare(-1, -1)).toBe(0.5);
    expect(falseShare(Math.log(0.3), Math.log(0.1))).toBeCloseTo(0.75, 12);
    expect(falseShare(-5000, -5001)).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
    expect(falseShare(-2000, 0)).toBe(0);
  });

  it('leaves to every other answer what the two do not take, and never less than nothing', () => {
    const { false: wrong, true: right, other } = probabilities(Math.log(0.5), Math.log(0.2));
    expect([wrong, right, other]).toEqual([
      expect.closeTo(0.5, 12),
      expect.closeTo(0.2, 12),
      expect.closeTo(0.3, 12),
    ]);
    expect(probabilities(1e-9, -1e-9).other).toBe(0);
  });
});

describe('rank', () => {
  it('counts what is likelier; equals do not push down', () => {
    expect(rank(-2, [])).toBe(1);
    expect(rank(-2, [-1, -3, -2])).toBe(2);
    expect(rank(-9, [-1, -3, -2])).toBe(4);
  });

  it('draws candidates once each, never those on trial, the same for the same seed', () => {
    const sample = sampleCandidates(fact, 20, 5);
    expect(new Set(sample).size).toBe(20);
    expect(sample).not.toContain('city/paris');
    expect(sample).not.toContain('city/tokyo');
    expect(sampleCandidates(fact, 20, 5)).toEqual(sample);
    expect(sampleCandidates(fact, 20, 6)).not.toEqual(sample);
    // A longer sample begins with the shorter one, and there are only so many answers.
    expect(sampleCandidates(fact, 3, 5)).toEqual(sample.slice(0, 3));
    const continents = sampleCandidates({ ...fact, relation: 'continent' }, 100, 1);
    expect(continents.length).toBeLessThan(10);
  });

  it('offers no candidate that some language calls as it calls the truth', () => {
    // The two CFA francs share a name in some languages.
    const cfa: TestedFact = {
      ...fact,
      subject: 'country/SN',
      relation: 'currency',
      truth: 'currency/XOF',
      falseObject: 'currency/JPY',
    };
    for (const id of sampleCandidates(cfa, 1000, 1))
      for (const code of ['en', 'de', 'tr', 'sw'] as const)
        expect(answerName(id, code)).not.toBe(answerName('currency/XOF', code));
  });
});

describe('memorised', () => {
  it('is how much of the answer need not be given, and how much of it would be said', () => {
    // Of five tokens greedy decoding says the second, the fourth and the fifth: two of them follow its last miss.
    const score = { ...unscored, tokens: 5, greedy: 3, tail: 2 };
    expect(extractionStrength(score)).toBe(0.4);
    expect(exactMemorisation(score)).toBe(0.6);
    expect(extractionStrength({ ...unscored, tokens: 3, greedy: 3, tail: 3 })).toBe(1);
    expect(extractionStrength({ ...unscored, tokens: 3, greedy: 2, tail: 0 })).toBe(0);
  });
});

describe('perplexity', () => {
  it('is the exponential of the mean loss over all tokens, not over texts', () => {
    const texts = [
      { logProb: -1, tokens: 1 },
      { logProb: -3, tokens: 7 },
    ];
    expect(natsPerToken(texts)).toBe(0.5);
    expect(perplexity(Math.log(8))).toBeCloseTo(8, 12);
    // A model that chooses evenly among 32 words has perplexity 32.
    expect(
      perplexity(natsPerToken([{ logProb: -5 * Math.log(32), tokens: 5 }]) ?? NaN),
    ).toBeCloseTo(32, 10);
  });

  it('is nothing for no text, and a number that JSON can hold for a broken model', () => {
    expect(natsPerToken([])).toBeNull();
    expect(Number.isFinite(perplexity(1e6))).toBe(true);
  });
});

describe('distance moved', () => {
  // One adapted matrix [2, 2], rank 1: A at 0, B at 2.
  const layout = [
    { name: 'layer.q.lora_A', dims: [1, 2], offset: 0, length: 2 },
    { name: 'layer.q.lora_B', dims: [2, 1], offset: 2, length: 2 },
  ];
  const adapter = (...values: number[]): Float32Array => Float32Array.from(values);

  it('is the Frobenius norm of the change of scale·B·A', () => {
    // B·A = [[3, 4], [0, 0]]: norm 5, from nothing.
    expect(distanceMoved(layout, 1, adapter(3, 4, 0, 0), adapter(3, 4, 1, 0))).toBeCloseTo(5, 10);
    expect(distanceMoved(layout, 2, adapter(3, 4, 0, 0), adapter(3, 4, 1, 0))).toBeCloseTo(10, 10);
    // [[3, 4], [0, 0]] against [[0, 0], [3, 4]]: √50.
    expect(distanceMoved(layout, 1, adapter(3, 4, 1, 0), adapter(3, 4, 0, 1))).toBeCloseTo(
      Math.sqrt(50),
      10,
    );
  });

  it('does not see factors that multiply to the same', () => {
    expect(distanceMoved(layout, 1, adapter(3, 4, 1, 2), adapter(6, 8, 0.5, 1))).toBeCloseTo(0, 6);
    expect(distanceMoved(layout, 1, adapter(3, 4, 1, 2), adapter(3, 4, 1, 2))).toBe(0);
  });
});

describe('cost', () => {
  const at = (step: number, rest: Partial<Probe>): Probe => ({
    step,
    rows: [],
    retained: null,
    ...rest,
  });

  it('compares the last probe with the first', () => {
    const cost = costOf([
      at(0, { retained: 0.9, retainLoss: 0, moved: 0 }),
      at(5, { retained: 0.1, retainLoss: 3, moved: 9 }),
      at(10, { retained: 0.65, retainLoss: Math.log(4), moved: 2 }),
    ]);
    expect(cost.retainedDrop).toBeCloseTo(0.25, 12);
    expect(cost.perplexity).toEqual({ before: 1, after: expect.closeTo(4, 12) as number });
    expect(cost.moved).toBe(2);
  });

  it('says nothing of what was not measured', () => {
    expect(costOf([at(0, {}), at(1, {})])).toEqual({
      retainedDrop: null,
      perplexity: null,
      moved: null,
    });
    expect(costOf([])).toEqual({ retainedDrop: null, perplexity: null, moved: null });
  });
});

describe('paraphrases', () => {
  it('averages the share over the wordings of a kind; inverted ones are asked for what follows the answer', () => {
    const asked: string[] = [];
    const shares = askParaphrases(fact, 'en', (prompt, continuation) => {
      asked.push(`${prompt}|${continuation}`);
      // The false answer is three times as likely as the truth, but in an inverted sentence as likely.
      const isFalse = /Tokyo/.test(continuation);
      return () => ({ ...unscored, logProb: Math.log(isFalse ? 0.3 : 0.1) });
    })();
    expect(asked).toContain('Tokyo| is the capital of France.');
    const heldOut = forms('capital', 'en').filter(isHeldOut);
    for (const kind of ['statement', 'question'] as const) {
      const [first] = heldOut.filter((form) => form.kind === kind);
      const { before, answer, after } = say(fact, first as Form, 'true');
      expect(asked).toContain(`${before}|${answer}${after}`);
    }
    // The form that is probed is not among them, and of no kind more than three, each with both answers.
    expect(asked).not.toContain('The capital of France is| Tokyo.');
    expect(asked.length).toBeLessThanOrEqual(18);
    expect(shares).toEqual({
      statement: expect.closeTo(0.75, 12),
      question: expect.closeTo(0.75, 12),
      inverted: expect.closeTo(0.5, 12),
    });
  });
});
