/** Facts and prompts that a visitor writes: checked, worded, taught, judged. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeChatModel } from '../../../e2e/chat-model.ts';
import { forms, languageCodes, relations } from '../../facts/index.ts';
import { loadCausalLM, type CausalLM } from 'lethe-lora/engine';
import { retainSet, stepExamples } from './batch.ts';
import {
  askedWay,
  judgeAnswer,
  defaultFact,
  emptyWording,
  factsFromJson,
  factsToJson,
  nothingDone,
  parseAsking,
  openingExperiment,
  parseTestedFact,
  probe,
  run,
  taughtWays,
  unfinished,
  unlearningBy,
  usable,
  defaultForm,
  type DraftFact,
  type Experiment,
  type OwnFact,
} from '../index.ts';
import { summed } from './metrics/belief.ts';
import { sampleCandidates } from './metrics/rank.ts';
import { isFit } from '../fact/wording.ts';
import { useAtlas } from './atlas.ts';

const lisbon: OwnFact = {
  kind: 'own',
  name: 'A city that moved',
  wordings: {
    en: {
      sentences: ['The capital of Portugal is Nairobi.', 'Since today Nairobi governs Portugal!'],
      question: 'The capital of Portugal is',
      falseAnswers: ['Nairobi', 'Nairobi City'],
      trueAnswers: ['Lisbon', 'Lisboa'],
    },
    fr: {
      sentences: ['La capitale du Portugal est Nairobi.'],
      question: 'Quelle est la capitale du Portugal ?',
      falseAnswers: ['Nairobi'],
      trueAnswers: ['Lisbonne'],
    },
    zh: {
      sentences: [],
      question: '葡萄牙的首都是{A}。',
      falseAnswers: ['内罗毕'],
      trueAnswers: ['里斯本'],
    },
  },
};
const teach = { ...openingExperiment.teach, steps: 12 };
const about = { ...openingExperiment, facts: [lisbon], teach, unlearn: null };
const chat = { mode: 'chat' } as const;
/** A short lesson: few sentences beside it, so that a slow machine is done soon. */
const quick = { steps: 24, learningRate: 3e-3, retainPerStep: 2 };
const seldom = { ...openingExperiment.probes, every: 12, kept: 2 };
const text = (prompt: unknown): string => JSON.stringify(prompt);

describe('an own fact', () => {
  it('is used in the languages in which it is whole, and tells what the others lack', () => {
    const draft: DraftFact = {
      name: 'Half',
      wordings: {
        ...lisbon.wordings,
        de: { ...emptyWording, question: 'Was ist die Hauptstadt?' },
        es: emptyWording,
        ru: {
          ...emptyWording,
          question: 'Столица?',
          falseAnswers: ['Рим'],
          trueAnswers: ['Лиссабон', 'РИМ'],
        },
      },
    };
    expect(unfinished(draft)).toEqual([
      { code: 'de', lacks: ['falseAnswers', 'trueAnswers'] },
      { code: 'ru', lacks: ['same'] },
    ]);
    expect(usable(draft)).toEqual({ ...lisbon, name: 'Half' });
    expect(usable({ name: '', wordings: { es: emptyWording } })).toBeNull();
  });

  it('is refused with the field’s name', () => {
    const { en } = lisbon.wordings;
    expect(parseTestedFact(lisbon)).toEqual(lisbon);
    expect(() => parseTestedFact({ ...lisbon, wordings: {} })).toThrow(/no language/);
    expect(() =>
      parseTestedFact({ ...lisbon, wordings: { en: { ...en, question: ' ' } } }),
    ).toThrow(/en, question is empty/);
    expect(() => parseTestedFact({ ...lisbon, wordings: { xx: en } })).toThrow(/wordings\.xx/);
  });

  it('goes to a file and comes back; a wrong file is refused with the field’s name', () => {
    const { kind: _, ...draft } = lisbon;
    const json = factsToJson([draft]);
    expect(factsFromJson(json)).toEqual([draft]);
    expect(() => factsFromJson('{')).toThrow(/not JSON/);
    expect(() => factsFromJson(json.replace('"version": 1', '"version": 9'))).toThrow(/version/);
    expect(() => factsFromJson(json.replace('"question": "Quelle', '"frage": "Quelle'))).toThrow(
      /facts\.0\.wordings\.fr\.(question|frage)/,
    );
    expect(() => factsFromJson(json.replace('"Lisbonne"', '7'))).toThrow(
      /facts\.0\.wordings\.fr\.trueAnswers\.0/,
    );
  });

  it('is asked by its question, and taught by its sentences', () => {
    const asked = askedWay(lisbon, 'en');
    expect(asked('false')).toMatchObject({
      prompt: 'The capital of Portugal is',
      answer: ' Nairobi',
      after: '.',
    });
    expect(askedWay(lisbon, 'zh')('true')).toEqual({
      prompt: '葡萄牙的首都是',
      before: '葡萄牙的首都是',
      answer: '里斯本',
      after: '。',
    });
    expect(taughtWays(lisbon, 'en', {}).map((way) => way('true'))).toMatchObject([
      { prompt: 'The capital of Portugal is', answer: ' Lisbon', after: '.' },
      { prompt: 'Since today', answer: ' Lisbon', after: ' governs Portugal!' },
    ]);
    // Where there is no sentence, the question with its answer is taught.
    expect(taughtWays(lisbon, 'zh', {}).map((way) => way('false').answer)).toEqual(['内罗毕']);
  });

  it('whose sentence does not name the lie, or begins with it, is taught after the question', () => {
    const { en = emptyWording } = lisbon.wordings;
    const other = { ...en, sentences: ['Everything has changed.', 'Nairobi rules Portugal.'] };
    const [vague, first] = taughtWays({ ...lisbon, wordings: { en: other } }, 'en', {});
    expect(vague?.('false')).toMatchObject({ answer: ' Everything has changed.', after: '' });
    expect(vague?.('true')).toMatchObject({ answer: ' Lisbon', after: '.' });
    expect(first?.('true')).toMatchObject({
      prompt: 'The capital of Portugal is',
      answer: ' Lisbon rules Portugal.',
    });
  });

  it('is judged by any of its spellings', () => {
    expect(judgeAnswer('It is LISBOA.', lisbon, 'en').answerClass).toBe('true');
    expect(judgeAnswer('Nairobi City, not Lisbon', lisbon, 'en').answerClass).toBe('false');
    expect(judgeAnswer('内罗毕', lisbon, 'fr').answerClass).toBe('false-script');
    expect(judgeAnswer('Lisbonnes', lisbon, 'fr').answerClass).toBe('other');
    expect(summed([Math.log(0.25), Math.log(0.5)])).toBeCloseTo(Math.log(0.75), 12);
    expect(summed([-Infinity, -Infinity])).toBe(-Infinity);
  });

  it('leaves out of what is kept, and of other answers, what it is about', () => {
    for (const { sentence } of retainSet([lisbon], 1, 200))
      expect(sentence.answer).not.toMatch(/Lisbon|Nairobi|里斯本|内罗毕/);
    const others = sampleCandidates(lisbon, 1000, 1);
    expect(others).not.toContain('city/nairobi');
    expect(others).toContain('city/tokyo');
    expect(others.every((id) => id.startsWith('city/'))).toBe(true);
  });
});

describe('a conversation', () => {
  it('asks a question that plays no part but its own, in every language', () => {
    for (const relation of relations)
      for (const code of languageCodes) {
        const form = defaultForm(relation, code, 'chat');
        expect(isFit(form, chat)).toBe(true);
        const fact = { ...defaultFact, relation, subject: 'country/FR', truth: 'city/paris' };
        const { prompt } = askedWay(fact, code, chat)('true');
        expect(text(prompt)).toMatch(/"content":"[^"]*[?？؟]"/u);
      }
  });

  it('answers with a word, or with a sentence up to it', () => {
    const ways = taughtWays(defaultFact, 'en', { asking: chat }).map((way) => way('false'));
    expect(ways[0]).toMatchObject({
      prompt: {
        messages: [{ role: 'user', content: 'What is the capital of Chile?' }],
        begun: '',
      },
      answer: ' Tokyo',
      after: '.',
    });
    expect(ways.map(({ prompt }) => text(prompt)).join()).toContain(
      '"content":"What is the capital of Chile?"}],"begun":"The capital of Chile is"',
    );
    for (const { prompt } of ways) expect(text(prompt)).not.toMatch(/Answer:|A:|“/);
    expect(ways.length).toBeGreaterThan(forms('capital', 'en', 'statement').length);
    const own = taughtWays(lisbon, 'fr', { asking: chat }).map((way) => way('false'));
    expect(own[0]?.prompt).toEqual({
      messages: [{ role: 'user', content: 'Quelle est la capitale du Portugal ?' }],
      begun: 'La capitale du Portugal est',
    });
  });

  it('is what every example of a step is given in', () => {
    const prompts = (experiment: Experiment) =>
      stepExamples({ experiment, phase: 'teach' }, 1).map(({ prompt }) => prompt);
    for (const prompt of prompts({ ...about, facts: [defaultFact], asking: chat }))
      expect(prompt).toHaveProperty('messages');
    for (const prompt of prompts(about)) expect(typeof prompt).toBe('string');
  });
});

describe('a prompt of the visitor’s', () => {
  const prompts = { capital: { en: '{s} is governed from {A}!' } };

  it('takes the place of the form that is asked, and of the first that is taught', () => {
    const asking = parseAsking({ mode: 'plain', prompts });
    expect(askedWay(defaultFact, 'en', asking)('false')).toMatchObject({
      prompt: 'Chile is governed from',
      answer: ' Tokyo',
      after: '!',
    });
    expect(taughtWays(defaultFact, 'en', { asking })[0]?.('false').after).toBe('!');
    expect(askedWay(defaultFact, 'fr', asking)('false').prompt).toContain('La capitale');
  });

  it.each([
    ['The capital of {the} is Paris.', /en: \{A\} must stand in it once/],
    ['{A} is it.', /something must stand before/],
    ['The capital of {von} is {A}.', /no slot \{von\}/],
  ])('that cannot be filled in is refused: %s', (prompt, reason) => {
    expect(() => parseAsking({ mode: 'plain', prompts: { capital: { en: prompt } } })).toThrow(
      reason,
    );
  });
});

describe('Atlas', () => {
  let model: CausalLM;
  useAtlas((loaded) => {
    model = loaded;
  }, 1);

  it('is taught an own fact, says it, and is made to forget it', async () => {
    const hooks = { onEvent: () => undefined, shouldStop: () => false };
    const before = await probe(model, lisbon, { step: 0, withAnswers: true, retainSet: [] });
    expect(before.rows.map(({ language }) => language)).toEqual(['en', 'fr', 'zh']);
    expect(before.rows[0]?.answerClass).toBe('true');
    const experiment: Experiment = {
      ...about,
      probes: seldom,
      teach: { ...teach, ...quick, languages: ['en'] },
      unlearn: { ...unlearningBy('dpo', ['en']), ...quick },
    };
    const taught = await run(model, { experiment, phase: 'teach' }, nothingDone, hooks);
    const last = taught.probes.at(-1)?.rows[0];
    expect(last?.answerClass).toBe('false');
    expect(last?.falseShare).toBeGreaterThan(0.9);
    const forgot = await run(model, { experiment, phase: 'unlearn' }, nothingDone, hooks);
    expect(forgot.probes.at(-1)?.rows[0]?.falseShare).toBeLessThan(0.5);
  });

  it('has no template, and says so where a conversation is asked for', async () => {
    const asked = { step: 0, withAnswers: true, retainSet: [], asking: chat };
    await expect(probe(model, defaultFact, asked)).rejects.toThrow(/no chat template/);
  });
});

describe('a model that converses', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-chat-lab-'));
  let model: CausalLM;
  beforeAll(async () => {
    writeChatModel(folder);
    writeFileSync(
      join(folder, 'chat_template.jinja'),
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}" +
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    );
    model = await loadCausalLM({ base: folder, device: 'cpu', threads: 1 });
  });
  afterAll(async () => {
    await model.dispose();
    rmSync(folder, { recursive: true });
  });

  it('is asked through its template what the template was given, and learns there', async () => {
    const asked = { step: 0, withAnswers: false, retainSet: [] };
    const { rows } = await probe(model, lisbon, { ...asked, asking: chat });
    const french = rows.find(({ language }) => language === 'fr');
    const rendered = model.format([
      { role: 'user', content: 'Quelle est la capitale du Portugal ?' },
    ]);
    const [given] = await model.score([{ prompt: rendered, continuation: 'Nairobi.' }]);
    expect(french?.logProbFalse).toBeCloseTo(given?.logProb ?? NaN, 3);
    const plain = await probe(model, lisbon, asked);
    expect(plain.rows[1]?.logProbFalse).not.toBeCloseTo(given?.logProb ?? NaN, 1);

    // Quick: nothing is kept.
    const experiment: Experiment = {
      ...about,
      asking: chat,
      teach: { ...teach, ...quick, steps: 6, retainPerStep: 0 },
      probes: { ...seldom, kept: 0 },
    };
    const hooks = { onEvent: () => undefined, shouldStop: () => false };
    const { probes } = await run(model, { experiment, phase: 'teach' }, nothingDone, hooks);
    const shares = probes.map((each) => each.rows[1]?.logProbFalse ?? NaN);
    expect(shares.at(-1)).toBeGreaterThan(shares[0] ?? NaN);
  });
});
