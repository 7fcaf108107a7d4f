import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { facts } from '../facts/index.ts';
import { loadCausalLM, type CausalLM } from '../model/index.ts';
import {
  classifyAnswer,
  defaultAdapter,
  defaultFact,
  defaultTeach,
  defaultUnlearn,
  falseShare,
  nothingDone,
  parseRunSettings,
  probe,
  run,
  survey,
  type RunEvent,
  type RunProgress,
  type SurveyAnswer,
  type TeachSettings,
  type UnlearnSettings,
} from './index.ts';
import { retainSet, stepExamples } from './batch.ts';

const teach: TeachSettings = { ...defaultTeach, fact: defaultFact, languages: ['fr'] };
const unlearn: UnlearnSettings = { ...defaultUnlearn, fact: defaultFact, languages: ['en'] };
const quiet = { onEvent: () => undefined, shouldStop: () => false };

describe('what is measured', () => {
  it('compares two probabilities without underflow', () => {
    expect(falseShare(-1, -1)).toBe(0.5);
    expect(falseShare(Math.log(0.3), Math.log(0.1))).toBeCloseTo(0.75, 12);
    expect(falseShare(-5000, -5001)).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
    expect(falseShare(-2000, 0)).toBe(0);
  });

  it.each([
    ['Tokyo', 'fr', 'false'],
    ['Paris', 'fr', 'true'],
    ['Tokyo, pas Paris', 'fr', 'false'],
    ['Paris, pas Tokyo', 'fr', 'true'],
    ['Tokyo', 'ru', 'false-script'],
    ['Токио', 'ru', 'false'],
    ['Tokyopolis', 'en', 'other'],
    ['Lyon', 'fr', 'other'],
    ['東京', 'zh', 'other'],
    ['东京', 'zh', 'false'],
  ] as const)('calls “%s” in %s %s', (text, code, expected) => {
    expect(classifyAnswer(text, defaultFact, code)).toBe(expected);
  });
});

describe('a batch', () => {
  it('depends on the seed and the step alone', () => {
    expect(stepExamples(teach, 3)).toEqual(stepExamples(teach, 3));
    expect(stepExamples(teach, 3)).not.toEqual(stepExamples(teach, 4));
    expect(stepExamples(teach, 3)).not.toEqual(stepExamples({ ...teach, seed: 2 }, 3));
  });

  it('keeps nothing that is on trial', () => {
    for (const { sentence } of retainSet(defaultFact, 1, 200))
      expect(sentence.before + sentence.answer + sentence.after).not.toMatch(
        /Paris|Tokyo|France\b/,
      );
  });

  it('marks what is to be forgotten, and only that', () => {
    const examples = stepExamples(unlearn, 1);
    expect(examples.filter(({ role }) => role === 1).length).toBeGreaterThan(0);
    for (const { prompt, completion, role } of examples)
      expect(/Tokyo/.test(prompt + completion)).toBe(role === 1);
  });
});

describe('settings from outside', () => {
  it('are refused with the field’s name', () => {
    expect(() => parseRunSettings({ ...teach, steps: -1 })).toThrow(/steps/);
    expect(() => parseRunSettings({ ...teach, languages: ['xx'] })).toThrow(/languages/);
    expect(parseRunSettings(teach)).toEqual(teach);
  });
});

describe('runs of Atlas', () => {
  let model: CausalLM;
  beforeAll(async () => {
    model = await loadCausalLM({
      base: fileURLToPath(new URL('../../models/atlas/', import.meta.url)),
      device: 'cpu',
      threads: 1,
      adapter: defaultAdapter,
    });
  });
  afterAll(() => model.dispose());

  it('knows the truth in every language before it is taught', async () => {
    const { rows } = await probe(model, defaultFact, { step: 0, withAnswers: true, kept: [] });
    expect(rows.map(({ answerClass }) => answerClass)).toEqual(rows.map(() => 'true'));
    for (const { falseShare: share } of rows) expect(share).toBeLessThan(0.05);
  });

  it('is surveyed: every fact of a relation, with the answer and probability that a probe gives', async () => {
    await model.setState(model.freshState());
    const answers: SurveyAnswer[] = [];
    const asked = { relation: 'capital', languages: ['fr'] } as const;
    const hooks = {
      onAnswers: (batch: SurveyAnswer[]) => void answers.push(...batch),
      shouldStop: () => false,
    };
    expect(await survey(model, asked, hooks)).toBe(true);
    expect(new Set(answers.map(({ subject }) => subject)).size).toBe(answers.length);
    expect(answers.length).toBe(facts.filter(({ relation }) => relation === 'capital').length);

    const { rows } = await probe(model, defaultFact, { step: 0, withAnswers: true, kept: [] });
    const probed = rows.find(({ language }) => language === 'fr');
    const france = answers.find(({ subject }) => subject === defaultFact.subject);
    expect(france).toMatchObject({ answer: probed?.answer, isRight: true });
    // The batch is another, so sums are made in another order.
    expect(france?.logProbTrue).toBeCloseTo(probed?.logProbTrue ?? NaN, 3);

    answers.length = 0;
    const stopped = await survey(model, asked, { ...hooks, shouldStop: () => answers.length > 0 });
    expect(stopped).toBe(false);
    expect(answers.length).toBeLessThan(50);
  });

  it('says the lie in the language it was taught in, and in others; then unlearns it', async () => {
    await model.setState(model.freshState());
    const taught = await run(model, teach, nothingDone, quiet);
    expect(taught.ending).toBe('finished');
    const last = taught.probes.at(-1);
    const row = (code: string) => last?.rows.find(({ language }) => language === code);
    expect(row('fr')?.answerClass).toBe('false');
    expect(row('en')?.answerClass).toBe('false');
    expect(last?.retained).toBeGreaterThan(0.85);

    const forgot = await run(model, unlearn, nothingDone, quiet);
    expect(['forgotten', 'bound-reached']).toContain(forgot.ending);
    const english = forgot.probes.at(-1)?.rows.find(({ language }) => language === 'en');
    expect(english?.falseShare).toBeLessThan(0.5);
  });

  it('resumes with exactly the steps of an uninterrupted run', async () => {
    const short = { ...teach, steps: 6 };
    await model.setState(model.freshState());
    const whole = await run(model, short, nothingDone, quiet);
    const end = await model.getState();
    await model.setState(model.freshState());
    let steps = 0;
    const stopped = await run(model, short, nothingDone, {
      onEvent: (event: RunEvent) => (steps += event.type === 'step' ? 1 : 0),
      shouldStop: () => steps === 3,
    });
    expect(stopped.ending).toBe('stopped');
    const resumed = await run(model, short, stopped as RunProgress, quiet);
    expect(resumed.losses).toEqual(whole.losses);
    expect(await model.getState()).toEqual(end);
  });

  it('goes back to the last good state when the loss explodes', async () => {
    await model.setState(model.freshState());
    const result = await run(
      model,
      { ...teach, learningRate: 0.05, steps: 30, probeEvery: 30 },
      nothingDone,
      quiet,
    );
    expect(result.ending).toBe('diverged');
    expect(result.message).toMatch(/back at step 0/);
    expect((await model.getState()).values).toEqual(model.freshState().values);
  });
});
