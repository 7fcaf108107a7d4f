/** P(false) and P(true) count every spelling in which an answer is recognised, each once. */
import { describe, expect, it } from 'vitest';
import { languageCodes } from '../../facts/index.ts';
import type { CausalLM } from 'lethe-lora/engine';
import { defaultFact, probe, type OwnFact, type TestedFact } from '../index.ts';
import { askedWay, spelledWays } from '../fact/wording.ts';
import { useAtlas } from './atlas.ts';

const texts = (fact: TestedFact, code: (typeof languageCodes)[number]) => {
  const { wrong, right } = spelledWays(fact, code, askedWay(fact, code));
  const said = ({ answer, after }: { answer: string; after: string }) => answer + after;
  return { wrong: wrong.map(said), right: right.map(said) };
};

describe('the spellings that are counted', () => {
  it('are the language’s own first, then those of the other languages', () => {
    const { wrong } = texts(defaultFact, 'de');
    expect(wrong[0]).toBe(' Tokio.');
    expect(wrong).toEqual(expect.arrayContaining([' Tokyo.', ' 东京.', ' Токио.']));
  });

  it('are each there once, and none begins with the whole of another', () => {
    for (const code of languageCodes) {
      const { wrong, right } = texts(defaultFact, code);
      const all = [...wrong, ...right];
      expect(new Set(all).size).toBe(all.length);
      for (const one of all)
        expect(all.filter((other) => other !== one && other.startsWith(one))).toEqual([]);
    }
  });

  it('leave out the longer of two where nothing stands behind the answer', () => {
    const own: OwnFact = {
      kind: 'own',
      name: 'Santiago',
      wordings: {
        en: {
          sentences: [],
          question: 'It is',
          falseAnswers: ['Tokyo'],
          trueAnswers: ['Santiago', 'Santiago de Chile'],
        },
      },
    };
    const way = (which: unknown) => ({
      prompt: 'It is',
      before: 'It is',
      answer: ` ${typeof which === 'object' && which && 'text' in which ? String(which.text) : ''}`,
      after: '',
    });
    const { right } = spelledWays(own, 'en', way);
    expect(right.map(({ answer }) => answer)).toEqual([' Santiago']);
  });
});

describe('what is counted, on Atlas', { timeout: 120_000 }, () => {
  let model: CausalLM;
  useAtlas((loaded) => {
    model = loaded;
  });

  /** The sum that is to be reached, over all spellings, however unlikely. */
  async function summedOver(fact: TestedFact, code: (typeof languageCodes)[number]) {
    const { wrong, right } = spelledWays(fact, code, askedWay(fact, code));
    const sum = async (all: typeof wrong) => {
      const items = all.map(({ prompt, answer, after }) => ({
        prompt,
        continuation: answer + after,
      }));
      const scores = await model.score(items);
      return scores.reduce((total, { logProb }) => total + Math.exp(logProb), 0);
    };
    return { false: await sum(wrong), true: await sum(right) };
  }

  it('is the sum over all spellings, but for those that are all but impossible', async () => {
    const { rows } = await probe(model, defaultFact, { step: 0, withAnswers: true, retainSet: [] });
    for (const row of rows) {
      const whole = await summedOver(defaultFact, row.language);
      expect(Math.exp(row.logProbTrue)).toBeGreaterThan(whole.true - 0.01);
      expect(Math.exp(row.logProbFalse)).toBeGreaterThan(whole.false - 0.01);
      // What an answer adds in other words comes on top; together it is a probability.
      expect(Math.exp(row.logProbTrue) + Math.exp(row.logProbFalse)).toBeLessThan(1.0001);
    }
  });

  it('holds what is said: an answer that says the truth is not counted as nothing', async () => {
    const { rows } = await probe(model, defaultFact, { step: 0, withAnswers: true, retainSet: [] });
    const [generations, alone] = [
      await model.generate(
        rows.map(({ language }) => askedWay(defaultFact, language)('false').prompt),
        { maxNewTokens: 16, stop: ['\n'] },
      ),
      await probe(model, defaultFact, { step: 0, withAnswers: false, retainSet: [] }),
    ];
    rows.forEach((row, index) => {
      const logProb = generations[index]?.logProb ?? 0;
      if (row.answerClass === 'true')
        expect(row.logProbTrue).toBeGreaterThanOrEqual(logProb - 1e-3);
      // Without answers the same spellings are counted.
      expect(alone.rows[index]?.logProbTrue).toBeLessThanOrEqual(row.logProbTrue + 1e-3);
    });
  });
});
