import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { loadCausalLM, type CausalLM } from 'lethe-lora/engine';
import { drawFor } from '../draw.ts';
import { probeInterval } from '../experiment/experiment.ts';
import {
  byModel,
  experimentKey,
  experimentRunner,
  parseExperiment,
  parseExperiments,
  readFinished,
  runKey,
  shardOf,
  sweep,
  type Experiment,
} from '../index.ts';

const given = {
  version: 2,
  facts: [{ subject: 'country/FR', relation: 'capital', falseObject: 'city/tokyo' }],
  teach: { languages: ['fr'], steps: 2 },
  unlearn: { method: 'npo', languages: ['en'], steps: 2 },
  probes: { every: 1, kept: 4, candidates: 2 },
};

describe('an experiment', () => {
  it('has everything that was left out written out', () => {
    const experiment = parseExperiment(given);
    expect(experiment.facts[0]).toEqual({
      subject: 'country/FR',
      relation: 'capital',
      truth: 'city/paris',
      falseObject: 'city/tokyo',
      falseText: null,
    });
    expect(experiment.unlearn?.options).toEqual({ beta: 0.1 });
    expect(experiment.seed).toBe(1);
    // What is written out is an experiment, and the same one.
    expect(parseExperiment(JSON.parse(JSON.stringify(experiment)))).toEqual(experiment);
  });

  it.each([
    [{ ...given, teach: { ...given.teach, steps: 0 } }, /field teach\.steps/],
    [{ ...given, teach: { languages: ['xx'] } }, /field teach\.languages\.0/],
    [{ ...given, unlearn: { ...given.unlearn, method: 'magic' } }, /field unlearn\.method/],
    [
      { ...given, unlearn: { ...given.unlearn, options: { betta: 1 } } },
      /field unlearn.*npo are: beta/,
    ],
    [{ ...given, sead: 3 }, /field sead/],
    [{ ...given, facts: [] }, /field facts/],
    [{ ...given, facts: [{ subject: 'country/XX', relation: 'capital' }] }, /facts\.0\.subject/],
    [
      { ...given, facts: [{ ...given.facts[0], falseObject: 'city/atlantis' }] },
      /facts\.0.*nowhere/,
    ],
    [
      { ...given, facts: [{ ...given.facts[0], falseObject: 'city/paris' }] },
      /facts\.0.*is the truth/,
    ],
    [{ ...given, facts: [{ ...given.facts[0], falseText: 'Tokyo' }] }, /facts\.0.*exactly one/],
    [{ ...given, version: 9 }, /version 9; this Lethe knows versions up to 5/],
    [{ ...given, version: undefined }, /field version/],
    [[], /not a JSON object/],
  ])('is refused with the field’s name (%#)', (value, message) => {
    expect(() => parseExperiment(value)).toThrow(message);
  });

  it('of version 1, the record that links hold, is brought up to date', () => {
    const old = {
      version: 1,
      subject: 'country/FR',
      relation: 'capital',
      falseObject: 'city/tokyo',
      falseText: null,
      teachIn: 'fr',
      teachSteps: 30,
      unlearnIn: ['en', 'fr'],
      method: 'gradient-difference',
      unlearnSteps: 12,
      bound: 6,
      learningRate: 0.001,
      unlearnRate: 0.0005,
      retainPerStep: 8,
      seed: 7,
    };
    const { teach, unlearn, seed, version } = parseExperiment(old);
    expect(version).toBe(5);
    expect(seed).toBe(7);
    expect(teach).toMatchObject({ languages: ['fr'], steps: 30, learningRate: 0.001 });
    expect(unlearn).toMatchObject({
      languages: ['en', 'fr'],
      steps: 12,
      learningRate: 0.0005,
      forgetLossBound: 6,
      retainWeight: 1,
    });
    expect(parseExperiment({ ...old, unlearnIn: [] }).unlearn).toBeNull();
    expect(() => parseExperiment({ ...old, teachSteps: -1 })).toThrow(/teach\.steps/);
  });
});

describe('an experiment with several facts', () => {
  const two = {
    ...given,
    version: 3,
    facts: [
      ...given.facts,
      { subject: 'country/JP', relation: 'capital', falseObject: 'city/berlin' },
    ],
  };

  it('teaches them one by one, or all to one model', () => {
    expect(byModel(parseExperiment(two)).map(({ facts }) => facts.length)).toEqual([1, 1]);
    const together = parseExperiment({ ...two, together: true });
    expect(byModel(together)).toEqual([together]);
  });

  it('may mix true text in, and measures as often as a page does where asked to', () => {
    const experiment = parseExperiment({
      ...two,
      teach: { ...two.teach, steps: 60, truthful: { language: 'en', share: 0.5 } },
      probes: { every: null },
    });
    expect(experiment.teach.truthful).toEqual({ language: 'en', share: 0.5 });
    expect(probeInterval({ experiment, phase: 'teach' })).toBe(4);
  });

  it('is refused where they contradict each other or are too many for one model', () => {
    const [first] = two.facts;
    const facts = [first, { ...first, falseObject: 'city/berlin' }];
    expect(parseExperiment({ ...two, facts }).facts).toHaveLength(2);
    expect(() => parseExperiment({ ...two, facts, together: true })).toThrow(/contradict/);
  });
});

describe('an experiment with a visitor’s own fact', () => {
  const own = {
    kind: 'own',
    name: 'A city that moved',
    wordings: {
      en: {
        sentences: ['The capital of Portugal is Nairobi.'],
        question: 'What is the capital of Portugal?',
        falseAnswers: ['Nairobi'],
        trueAnswers: ['Lisbon'],
      },
    },
  };
  const about = {
    version: 4,
    facts: [own],
    teach: { languages: ['en', 'fr'], steps: 3 },
    unlearn: { method: 'npo', languages: ['en'] },
  };

  it('is asked and taught as it says', () => {
    const asking = { mode: 'chat', prompts: { capital: { en: 'Which city? {A}' } } };
    const adapter = { rank: 2, modules: ['q_proj'], layers: [0] };
    const experiment = parseExperiment({ ...about, asking, adapter });
    expect(parseExperiment(JSON.parse(JSON.stringify(experiment)))).toEqual(experiment);
    expect(experiment.adapter).toEqual(adapter);
    // Plain sentences are what a run without a word about it is asked in.
    const [plain, unsaid] = [{ mode: 'plain' }, null].map((each) =>
      runKey({ experiment: parseExperiment({ ...about, asking: each }), phase: 'teach' }),
    );
    expect(plain).toBe(unsaid);
  });

  it('of version 4 called the audit by another name', () => {
    expect(parseExperiment({ ...about, version: 4, gone: true }).audit).toBe(true);
    expect(parseExperiment({ ...about, version: 4 })).not.toHaveProperty('audit');
    expect(() => parseExperiment({ ...about, version: 5, gone: true })).toThrow(/gone/);
  });

  it('of version 3 was asked in plain sentences', () => {
    expect(parseExperiment({ ...given, version: 3 }).asking).toEqual({ mode: 'plain' });
    expect(parseExperiment({ ...given, version: 4 }).asking).toBeNull();
  });

  it.each([
    [{ facts: [{ ...own, wordings: {} }] }, /facts\.0.*no language/],
    [{ facts: [{ ...own, name: 3 }] }, /facts\.0\.name/],
    [{ unlearn: { method: 'npo', languages: ['de'] } }, /moved.*none of the languages of unlearn/],
    [{ facts: [own, own], together: true }, /contradict/],
    [{ asking: { mode: 'sung' } }, /asking\.mode/],
    [{ asking: { mode: 'plain', prompts: { capital: { en: 'no slot' } } } }, /asking.*\{A\}/],
    [{ adapter: { rank: 0 } }, /adapter\.rank/],
  ])('is refused with the field’s name (%#)', (change, message) => {
    expect(() => parseExperiment({ ...about, ...change })).toThrow(message);
  });
});

describe('a sweep', () => {
  const lines = Array.from({ length: 7 }, (_, seed) => JSON.stringify({ ...given, seed }));
  const experiments = parseExperiments(`${lines.join('\n')}\n\n`);

  it('names the line that cannot be read', () => {
    expect(() => parseExperiments(`${lines[0] ?? ''}\n{"version":2}`)).toThrow(/^Line 2: .*field/);
    expect(() => parseExperiments('{')).toThrow(/^Line 1: /);
  });

  it('is shared out: every experiment in one shard, and in no other', () => {
    const shards = ['1/3', '2/3', '3/3'].map((shard) => shardOf(experiments, shard));
    expect(
      shards
        .flat()
        .map(({ seed }) => seed)
        .sort(),
    ).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const wrong of ['0/3', '4/3', '1', 'a/b', '1/0'])
      expect(() => shardOf(experiments, wrong)).toThrow(/is no shard/);
  });

  const perform = ({ seed }: Experiment) =>
    Promise.resolve({ key: `key ${seed}`, text: 'é'.repeat(seed) });
  it('refuses a results file that holds something else', () => {
    expect(() => readFinished('{"key":"a"}\nhello\n')).toThrow(/Line 2/);
  });

  it('runs an experiment that is there twice once', async () => {
    const seen: string[] = [];
    await sweep([...experiments, ...experiments], new Set(), {
      keyOf: ({ seed }) => Promise.resolve(`key ${seed}`),
      perform,
      onLine: (line) => seen.push(line),
    });
    expect(seen).toHaveLength(7);
  });
});

describe('an experiment with a small random model', () => {
  let model: CausalLM;
  beforeAll(async () => {
    model = await loadCausalLM({
      base: fileURLToPath(new URL('../../../e2e/models/qwen2-fp32/', import.meta.url)),
      device: 'cpu',
      threads: 1,
      adapter: { rank: 2 },
    });
  });
  afterAll(() => model.dispose());

  const worded = (question: string, wrong: string, right: string) => ({
    sentences: [],
    question,
    falseAnswers: [wrong],
    trueAnswers: [right],
  });
  const own = {
    kind: 'own',
    name: 'Portugal',
    wordings: {
      en: worded('The capital of Portugal is', 'Nairobi', 'Lisbon'),
      ru: worded('Столица Португалии — {A}.', 'Найроби', 'Лиссабон'),
    },
  };

  it('of a sweep that was cut off at ten random points gives exactly the rows of an uninterrupted one', async () => {
    const experiments = ['en', 'ru'].flatMap((taught) =>
      [null, 'npo', 'gradient-ascent'].map((method) =>
        parseExperiment({
          version: 4,
          facts: [own],
          teach: { languages: [taught], steps: 2, retainPerStep: 2 },
          unlearn: method && { method, languages: [taught], steps: 1, retainPerStep: 2 },
          probes: { every: 2, kept: 0, candidates: 0, paraphrases: false, fluency: false },
        }),
      ),
    );
    // As another process goes on with a file of results: its runner knows of no lesson.
    const goOn = async (text: string): Promise<string> => {
      const finished = readFinished(text);
      let result = finished.text;
      await sweep(experiments, finished.keys, {
        keyOf: (experiment) => experimentKey(experiment, model.info),
        perform: experimentRunner(model),
        onLine: (line) => (result += line),
      });
      return result;
    };
    const whole = await goOn('');
    expect(whole.split('\n')).toHaveLength(experiments.length + 1);
    const draw = drawFor(1, 1);
    for (let cut = 0; cut < 10; cut++) {
      const part = whole.slice(0, Math.floor(draw() * whole.length));
      expect(await goOn(part)).toBe(whole);
    }
    expect(await goOn(whole)).toBe(whole);
  });

  it('gives the same numbers again, whatever the model did in between', async () => {
    // Not to end before its steps: two steps teach little.
    const experiment = parseExperiment({
      ...given,
      unlearn: { ...given.unlearn, stopBelow: 0 },
      probes: { ...given.probes, every: 2 },
    });
    const first = await experimentRunner(model)(experiment);
    const probes = { every: 2, kept: 0, candidates: 0, paraphrases: false };
    await experimentRunner(model)(parseExperiment({ ...given, seed: 2, unlearn: null, probes }));
    const runner = experimentRunner(model);
    const again = await runner(experiment);
    // The third time the lesson is not taught anew but taken over.
    const third = await runner(experiment);
    expect(JSON.stringify(again)).toBe(JSON.stringify(first));
    expect(JSON.stringify(third)).toBe(JSON.stringify(first));
    expect(first.key).toBe(await experimentKey(experiment, model.info));

    const [result] = first.results;
    const last = result?.unlearned?.probes.at(-1);
    expect(result?.taught.losses).toHaveLength(2);
    expect(result?.unlearned?.probes).toHaveLength(2);
    expect(last?.moved).toBeGreaterThan(0);
    expect(last?.perplexity).toBeGreaterThan(1);
    for (const row of last?.rows ?? []) {
      expect(row.truthRank).toBeGreaterThanOrEqual(1);
      expect(row.truthRank).toBeLessThanOrEqual(4);
      expect(row.falseLoss).toBeGreaterThan(0);
      expect(row.exactMemorisation).toBeLessThanOrEqual(1);
      expect(row.extractionStrength).toBeLessThanOrEqual(row.exactMemorisation ?? -1);
      expect(row.extractionStrength).toBeGreaterThanOrEqual(0);
      expect(row.paraphrases?.statement).toBeGreaterThanOrEqual(0);
      const { false: wrong, true: right, other } = row.probabilities;
      expect(wrong + right + other).toBeCloseTo(1, 6);
    }
  });
});
