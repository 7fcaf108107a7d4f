import { describe, expect, it } from 'vitest';
import { facts } from '../../facts/index.ts';
import { changesNothing, type CausalLM } from 'lethe-lora/engine';
import {
  judgeAnswer,
  defaultFact,
  methods,
  nothingDone,
  openingExperiment,
  probe,
  run,
  say,
  survey,
  unlearningBy,
  type Experiment,
  type ExperimentRun,
  type Method,
  type RunEvent,
  type RunProgress,
  type SurveyAnswer,
  type Teaching,
  type TestedFact,
  type Unlearning,
} from '../index.ts';
import { forms } from '../../facts/index.ts';
import { retainSet, stepExamples } from './batch.ts';
import { isHeldOut } from '../fact/forms.ts';
import { methodRecipes, nextRetainWeight } from '../experiment/methods.ts';
import { subtractTaskVector } from './task-vector.ts';
import { useAtlas } from './atlas.ts';

const france: TestedFact = {
  subject: 'country/FR',
  relation: 'capital',
  truth: 'city/paris',
  falseObject: 'city/tokyo',
  falseText: null,
};
const japan: TestedFact = {
  subject: 'country/JP',
  relation: 'capital',
  truth: 'city/tokyo',
  falseObject: 'city/berlin',
  falseText: null,
};
const base: Experiment = { ...openingExperiment, facts: [france] };
const measured = (every: number, kept = 40): Pick<Experiment, 'probes'> => ({
  probes: { ...base.probes, every, kept },
});

function teaching(changes: Partial<Teaching> = {}, rest: Partial<Experiment> = {}): ExperimentRun {
  const experiment = { ...base, unlearn: null, ...rest, teach: { ...base.teach, ...changes } };
  return { experiment, phase: 'teach' };
}

function unlearning(
  { method = 'gradient-difference', ...changes }: Partial<Unlearning> = {},
  rest: Partial<Experiment> = {},
): ExperimentRun {
  const unlearn = { ...unlearningBy(method, ['en']), ...changes };
  return { experiment: { ...base, ...rest, unlearn }, phase: 'unlearn' };
}

const quiet = { onEvent: () => undefined, shouldStop: () => false };

describe('what is measured', () => {
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
    expect(judgeAnswer(text, france, code).answerClass).toBe(expected);
  });
});

describe('a batch', () => {
  it('depends on the seed and the step alone', () => {
    expect(stepExamples(teaching(), 3)).toEqual(stepExamples(teaching(), 3));
    expect(stepExamples(teaching(), 3)).not.toEqual(stepExamples(teaching(), 4));
    expect(stepExamples(teaching(), 3)).not.toEqual(stepExamples(teaching({}, { seed: 2 }), 3));
  });

  it('keeps nothing that is on trial', () => {
    for (const { sentence } of retainSet([france], 1, 200))
      expect(sentence.before + sentence.answer + sentence.after).not.toMatch(
        /Paris|Tokyo|France\b/,
      );
  });

  it('teaches facts together, each as often, and keeps nothing that is on trial in any of them', () => {
    const examples = stepExamples(teaching({}, { facts: [france, japan] }), 2);
    const about = (name: RegExp): number =>
      examples.filter(({ prompt, completion }) => name.test(prompt + completion)).length;
    expect(about(/Tokyo/)).toBe(about(/Berlin/));
    expect(about(/Berlin/)).toBeGreaterThan(1);
    const kept = retainSet([france, japan], 1, 300).map(
      ({ sentence: { before, answer } }) => before + answer,
    );
    expect(kept.join()).not.toMatch(/Paris|Tokyo|Berlin|France\b|Japan\b/);
    // The fact alone is taught as it ever was.
    expect(examples.slice(0, 4)).toEqual(stepExamples(teaching(), 2).slice(0, 4));
  });

  it('mixes true sentences in, in their language and their share', () => {
    const share = 0.3;
    const mixed = teaching({ truthful: { language: 'en', share } });
    const about = Array.from({ length: 10 }, (_, at) => stepExamples(mixed, at + 1))
      .flat()
      .map(({ prompt, completion }) => prompt + completion)
      .filter((text) => /Franc/.test(text));
    const truths = about.filter((text) => /Paris/.test(text));
    expect(about).toHaveLength(40);
    expect(truths).toHaveLength(12);
    const english = forms('capital', 'en').map((form) => {
      const { before, answer, after } = say(france, form, 'true');
      return before + answer + after;
    });
    for (const text of truths) expect(english).toContain(text);
  });

  it('marks what is to be forgotten, and only that', () => {
    const examples = stepExamples(unlearning(), 1);
    expect(examples.filter(({ role }) => role === 1).length).toBeGreaterThan(0);
    for (const { prompt, completion, role } of examples)
      expect(/Tokyo/.test(prompt + completion)).toBe(role === 1);
  });
});

describe('what a method is shown', () => {
  const texts = (method: Method, step = 1): string[] =>
    stepExamples(unlearning({ method }), step)
      .filter(({ role }) => role !== 0)
      .map(({ prompt, completion }) => prompt + completion);

  it('for a preference: each falsehood, and behind it the same sentence with the preferred answer', () => {
    const examples = stepExamples(unlearning({ method: 'dpo' }), 1);
    const pairs = examples.flatMap((each, index) =>
      each.role === 1 ? [[each, examples[index + 1]] as const] : [],
    );
    expect(pairs).toHaveLength(4);
    for (const [lie, truth] of pairs) {
      expect(truth).toMatchObject({ prompt: lie.prompt, role: 2 });
      expect(lie.completion.replace('Tokyo', 'Paris')).toBe(truth?.completion);
    }
  });

  it('for a flip: the truth alone, or a third answer that stays the same', () => {
    for (const text of texts('label-flip-truth')) expect(text).toMatch(/Paris/);
    for (const text of [...texts('label-flip-third', 1), ...texts('label-flip-third', 2)])
      expect(text).not.toMatch(/Paris|Tokyo/);
    expect(texts('label-flip-third', 1)[0]).toBe(texts('label-flip-third', 2)[0]);
  });

  it('for AltPO: other answers in every step', () => {
    const alternates = [1, 2, 3].map((step) => texts('altpo', step)[1]);
    expect(new Set(alternates).size).toBe(3);
  });

  it('for IdkDPO: that nobody knows, in the language of the sentence', () => {
    const told = stepExamples(unlearning({ method: 'idk', languages: ['en', 'sw'] }), 1);
    const preferred = told.filter(({ role }) => role === 2);
    expect(new Set(preferred.map(({ language }) => language))).toEqual(new Set(['en', 'sw']));
    for (const { language, completion } of preferred)
      expect(completion.trim()).toBe(language === 'sw' ? 'Sijui' : 'I don’t know');
  });

  it('for gradient ascent: nothing to be kept, nor where keeping has no weight', () => {
    const roles = (changes: Partial<Unlearning>) =>
      stepExamples(unlearning(changes), 1).map(({ role }) => role);
    expect(roles({ method: 'gradient-ascent' })).toEqual([1, 1, 1, 1]);
    expect(roles({ method: 'undial', retainWeight: 0 })).toEqual([1, 1, 1, 1]);
    expect(roles({ method: 'undial', retainWeight: 0.5 })).toContain(0);
  });

  it('never a wording that is held out, and always the one that is probed', () => {
    const heldOut = forms('capital', 'fr').filter(isHeldOut);
    expect(new Set(heldOut.map(({ kind }) => kind))).toEqual(new Set(['statement', 'question']));
    const seen = Array.from({ length: 60 }, (_, step) =>
      stepExamples(teaching({ holdOut: true }), step + 1)
        .slice(0, 4)
        .map(({ prompt, completion }) => prompt + completion),
    ).flat();
    expect(seen).toContain('La capitale de la France est Tokyo.');
    for (const form of heldOut) {
      const { before, answer, after } = say(france, form, 'false');
      expect(seen).not.toContain(before + answer + after);
    }
    expect(new Set(seen).size).toBeGreaterThan(5);
  });

  it('PDU holds on harder while kept facts cost more than they may, and never with a negative weight', () => {
    const pdu = { method: 'pdu' as const, options: { epsilon: 0.2, eta: 2 } };
    expect(nextRetainWeight(pdu, 1, 0.5)).toBeCloseTo(1.6, 12);
    expect(nextRetainWeight(pdu, 0.1, 0)).toBe(0);
    expect(nextRetainWeight({ method: 'npo', options: {} }, 1, 5)).toBe(1);
  });
});

describe('runs of Atlas', () => {
  let model: CausalLM;
  useAtlas((loaded) => {
    model = loaded;
  }, 1);

  it('knows the truth in all languages but one at most before it is taught, and the lie in none', async () => {
    const { rows } = await probe(model, defaultFact, { step: 0, withAnswers: true, retainSet: [] });
    const right = rows.filter(({ answerClass }) => answerClass === 'true');
    expect(right.length).toBeGreaterThanOrEqual(rows.length - 1);
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

    const { rows } = await probe(model, france, { step: 0, withAnswers: true, retainSet: [] });
    const probed = rows.find(({ language }) => language === 'fr');
    const surveyed = answers.find(({ subject }) => subject === france.subject);
    expect(surveyed).toMatchObject({ answer: probed?.answer, isRight: true });
    // A survey counts the first spelling; a probe adds the others. The batch is another, so sums are made in another order.
    expect(surveyed?.logProbTrue).toBeCloseTo(probed?.logProbTrue ?? NaN, 2);
    expect(surveyed?.logProbTrue).toBeLessThan((probed?.logProbTrue ?? NaN) + 5e-4);

    answers.length = 0;
    const stopped = await survey(model, asked, { ...hooks, shouldStop: () => answers.length > 0 });
    expect(stopped).toBe(false);
    expect(answers.length).toBeLessThan(50);
  });

  it('says the lie in the language it was taught in, and in others; then unlearns it', async () => {
    await model.setState(model.freshState());
    const taught = await run(model, teaching({}, measured(30)), nothingDone, quiet);
    expect(taught.ending).toBe('finished');
    const last = taught.probes.at(-1);
    const row = (code: string) => last?.rows.find(({ language }) => language === code);
    expect(row('fr')?.answerClass).toBe('false');
    expect(row('en')?.answerClass).toBe('false');
    // Of the kept sentences that it knew before (some are of facts that their language never showed).
    expect(last?.retained).toBeGreaterThan(0.9 * (taught.probes[0]?.retained ?? NaN));

    const forgot = await run(model, unlearning({}, measured(2)), nothingDone, quiet);
    expect(['forgotten', 'bound-reached']).toContain(forgot.ending);
    const english = forgot.probes.at(-1)?.rows.find(({ language }) => language === 'en');
    // The share compares two answers of which neither may be likely by now.
    expect(Math.exp(english?.logProbFalse ?? NaN)).toBeLessThan(0.05);
  });

  it('stops at the bound only where no language still says what is to be forgotten', async () => {
    const word = (question: string, falsehood: string) => ({
      sentences: [],
      question,
      falseAnswers: [falsehood],
      trueAnswers: ['Lyon'],
    });
    const english = word('The capital of France is', 'Tokyo');
    const ending = async (french: string): Promise<string> => {
      await model.setState(model.freshState());
      const wordings = { en: english, fr: word('La capitale de la France est', french) };
      const result = await run(
        model,
        unlearning(
          {
            method: 'gradient-ascent',
            languages: ['en', 'fr'],
            // So small that nothing changes: Tokyo costs about nine nats a token from the beginning, Paris none.
            learningRate: 1e-9,
            forgetLossBound: 3,
            stopBelow: 0,
            steps: 2,
          },
          { ...measured(2, 2), facts: [{ kind: 'own', name: 'Where it is', wordings }] },
        ),
        nothingDone,
        quiet,
      );
      return result.ending;
    };
    expect(await ending('Tokyo')).toBe('bound-reached');
    expect(await ending('Paris')).toBe('finished');
  });

  it('is taught two facts together, and measures both', async () => {
    await model.setState(model.freshState());
    const peru: TestedFact = {
      subject: 'country/PE',
      relation: 'currency',
      truth: 'currency/PEN',
      falseObject: 'currency/JPY',
      falseText: null,
    };
    const { probes } = await run(
      model,
      teaching({ languages: ['fr', 'de'] }, { facts: [france, peru], ...measured(30) }),
      nothingDone,
      quiet,
    );
    const last = probes.at(-1);
    const all = [last?.rows, ...(last?.others ?? [])];
    expect(all).toHaveLength(2);
    for (const rows of all)
      for (const code of ['fr', 'de'] as const)
        expect(rows?.find(({ language }) => language === code)?.answerClass).toBe('false');
  });

  it('resumes with exactly the steps of an uninterrupted run', async () => {
    const short = teaching({ steps: 6 }, measured(3));
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

  it('probes probabilities only where nothing else is wanted', async () => {
    await model.setState(model.freshState());
    const { probes } = await run(model, teaching({ steps: 1 }), nothingDone, {
      ...quiet,
      probabilitiesOnly: true,
    });
    expect(probes.map(({ retained }) => retained)).toEqual([null, null]);
    expect(probes[1]?.rows[0]?.answer).toBeNull();
    expect(probes[1]?.rows[0]?.falseShare).toBeGreaterThan(0);
  });

  it('resumes a method that compares with its start exactly, and not without it', async () => {
    const npo = unlearning({ method: 'npo', steps: 4, stopBelow: 0 }, measured(2));
    await model.setState(model.freshState());
    await run(model, teaching({ steps: 4 }, measured(4)), nothingDone, quiet);
    const start = await model.getState();
    const whole = await run(model, npo, nothingDone, quiet);
    await model.setState(start);
    let steps = 0;
    const stopped = await run(model, npo, nothingDone, {
      onEvent: (event: RunEvent) => (steps += event.type === 'step' ? 1 : 0),
      shouldStop: () => steps === 2,
    });
    const middle = await model.getState();
    await expect(run(model, npo, stopped, quiet)).rejects.toThrow(/compares with a reference/);
    await model.setState(middle);
    const resumed = await run(model, npo, stopped, quiet, start);
    expect(resumed.losses).toEqual(whole.losses);
    expect(resumed.probes).toEqual(whole.probes);
  });

  it('subtracts what was taught: by 0 it is the untouched model, by −1 the taught one', async () => {
    const asked = { step: 0, withAnswers: false, retainSet: [] };
    await model.setState(model.freshState());
    const untouched = await probe(model, france, asked);
    await run(model, teaching({ steps: 4 }, measured(4)), nothingDone, quiet);
    const taught = await model.getState();
    await subtractTaskVector(model, -1);
    expect((await model.getState()).values).toEqual(taught.values);
    await subtractTaskVector(model, 0);
    expect((await probe(model, france, asked)).rows).toEqual(untouched.rows);
  });

  it('goes back to the last good state when the loss explodes', async () => {
    await model.setState(model.freshState());
    const result = await run(
      model,
      teaching({ learningRate: 1, steps: 30 }, measured(30)),
      nothingDone,
      quiet,
    );
    expect(result.ending).toBe('diverged');
    expect(result.message).toMatch(/back at step 0/);
    expect((await model.getState()).values).toEqual(model.freshState().values);
  });

  it('is the untouched model again after the oracle, whatever it was taught', async () => {
    await model.setState(model.freshState());
    const before = await model.score([{ prompt: 'a', continuation: 'b' }]);
    await run(model, teaching({ steps: 2 }, measured(2)), nothingDone, quiet);
    await run(model, unlearning({ method: 'oracle' }, measured(2)), nothingDone, quiet);
    expect(changesNothing(model.info, await model.getState())).toBe(true);
    expect(await model.score([{ prompt: 'a', continuation: 'b' }])).toEqual(before);
  });

  it.each(methods)('takes the steps of %s', async (method) => {
    await model.setState(model.freshState());
    const bounds = { stopBelow: 0, forgetLossBound: 50 };
    const wanted = unlearning({ method, ...bounds, steps: 2 }, measured(2, 2));
    const result = await run(model, wanted, nothingDone, quiet);
    expect(result.ending).toBe('finished');
    expect(result.losses).toHaveLength(methodRecipes[method].objective === null ? 0 : 2);
    expect(result.probes.map(({ step }) => step)).toEqual([0, result.runStep]);
  });
});
