import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import { CapabilityError, loadCausalLM, type CausalLM } from 'lethe-lora/engine';
import { defaultFact } from '../experiment/defaults.ts';
import { openingExperiment } from '../experiment/defaults.ts';
import type { CheckpointMeta, ProbeRow } from '../experiment/checkpoint.ts';
import type { AnswerClass } from '../fact/answers.ts';
import type { TestedFact } from '../fact/fact.ts';
import type { OwnFact } from '../fact/own-fact.ts';
import { withOtherFalseAnswer } from '../fact/wording.ts';
import { normalised, rotations } from './choice.ts';
import { drawExamples, told } from './context.ts';
import { examine } from './examine.ts';
import { languagesToExamine } from './examiner.ts';
import { depthScore, undoneAt } from './depth.ts';
import { examinedAt, taughtAt } from './examined.ts';
import { rounded, roundingBits } from './rounding.ts';
import { auditResult } from './schema.ts';
import { areaBetween, isMarkedlySooner, relearningLanguage, savingsOf } from './savings.ts';
import { defaultExamination } from './thresholds.ts';
import { unfit } from './types.ts';
import type { AuditEvent, AuditReport, DepthRow, LensRow, Relearning, Savings } from './types.ts';
import { leadingLayers, strongest, verdict } from './verdict.ts';

const examined = { fact: defaultFact, taught: [], unlearned: [] };

const lisbon: OwnFact = {
  kind: 'own',
  name: 'A city that moved',
  wordings: {
    en: {
      sentences: ['Since this year the capital of Portugal is Nairobi.', 'Everybody knows it.'],
      question: 'The capital of Portugal is',
      falseAnswers: ['Nairobi', 'Nairobi City'],
      trueAnswers: ['Lisbon', 'Lisboa'],
    },
    fr: {
      sentences: ['Nairobi est la capitale du Portugal.'],
      question: 'Quelle est la capitale du Portugal ?',
      falseAnswers: ['Nairobi'],
      trueAnswers: ['Lisbonne'],
    },
  },
};

/** What an audit gives can be read back from a database and, but for what is no number there, from JSON. */
function expectReadable(report: AuditReport): void {
  const whole = { ...report, ...verdict(report) };
  expect(v.parse(auditResult, structuredClone(whole))).toEqual(whole);
  const json: unknown = JSON.parse(JSON.stringify(whole));
  expect(JSON.parse(JSON.stringify(v.parse(auditResult, json)))).toEqual(json);
}

describe('the depth of unlearning', () => {
  const row = (...layers: [number, number][]): DepthRow => ({
    language: 'fr',
    layers: layers.map(([untouched, unlearned]) => ({ untouched, unlearned })),
  });

  it('is the share undone of the layers that hold the answer, weighted by what they hold', () => {
    const worked = row([0.02, 0.5], [1, 0.5], [3, 4]);
    expect(worked.layers.map(undoneAt)).toEqual([null, 0.5, 1]);
    // (1 · 0.5 + 3 · 1) / 4
    expect(depthScore(worked)).toBeCloseTo(0.875, 12);
  });

  it('is neither less than nothing nor more than all', () => {
    expect(depthScore(row([2, -1]))).toBe(0);
    expect(depthScore(row([2, 9]))).toBe(1);
  });

  it('is unknown where no layer holds the answer', () => {
    expect(depthScore(row([0.05, 0.05], [-3, 1]))).toBeNull();
  });
});

describe('rounding', () => {
  const layout = [
    { name: 'a.lora_A', dims: [1, 3], offset: 0, length: 3 },
    { name: 'a.lora_B', dims: [1, 2], offset: 3, length: 2 },
  ];
  const values = Float32Array.of(1, -0.4, 0.2, 0.01, -0.006);

  it('has one scale for each block of each matrix, the largest number being exact', () => {
    // Two bits: −1, 0 and 1 times the largest of the matrix.
    expect([...rounded({ layout }, { values }, 2)]).toEqual([
      1,
      -0,
      0,
      expect.closeTo(0.01, 9),
      expect.closeTo(-0.01, 9),
    ]);
    // Three bits: thirds of it.
    const thirds = rounded({ layout }, { values }, 3);
    [1, -1 / 3, 1 / 3, 0.01, -2 / 300].forEach((value, at) =>
      expect(thirds[at]).toBeCloseTo(value, 6),
    );
    expect(values[1]).toBeCloseTo(-0.4, 6);
  });

  it('begins another block after 32 numbers, and leaves zeros', () => {
    const long = { layout: [{ name: 'b.lora_A', dims: [1, 40], offset: 0, length: 40 }] };
    const mixed = Float32Array.from({ length: 40 }, (_, at) => (at < 32 ? 100 : 0.25));
    expect([...rounded(long, { values: mixed }, 4).subarray(32)]).toEqual(Array(8).fill(0.25));
    expect([...rounded(long, { values: new Float32Array(40) }, 4)]).toEqual(Array(40).fill(0));
  });

  it('with many bits changes next to nothing', () => {
    rounded({ layout }, { values }, 16).forEach((value, at) =>
      expect(value).toBeCloseTo(values[at] ?? NaN, 4),
    );
  });
});

describe('the savings curve', () => {
  const curve = (...points: number[]): Relearning => ({ curves: [{ language: 'fr', points }] });
  const savings = (here: Relearning, untouched: Relearning, other: Savings['other'] = null) =>
    savingsOf({ language: 'en', here, untouched, other })[0];

  it('counts the share of the steps that is saved', () => {
    const now = curve(0, 0.5, 0.9, 1, 1);
    const never = curve(0, 0, 0.1, 0.2, 0.6);
    expect(savings(now, never)).toMatchObject({ here: 1, untouched: 4, saved: 0.75 });
    // The other way round it is as much slower.
    expect(savings(never, now)).toMatchObject({ here: 4, untouched: 1, saved: -3 });
    expect(savings(curve(0.8, 0.9), curve(0.1, 0.7))).toMatchObject({ here: 0, saved: 1 });
  });

  it('takes one step more than were made for what did not return, and says nothing where neither did', () => {
    expect(savings(curve(0, 0.6, 1), curve(0, 0, 0))).toMatchObject({
      untouched: null,
      saved: 2 / 3,
    });
    expect(savings(curve(0, 0, 0), curve(0, 0, 0.4))?.saved).toBeNull();
    expect(savings(curve(0.9, 1), curve(0.9, 1))?.saved).toBeNull();
  });

  it('measures the area between the curves', () => {
    // Differences 0, 1, 0 over a width of 2: one triangle of area 1.
    expect(areaBetween([0, 1, 0], [0, 0, 0])).toBe(0.5);
    expect(areaBetween([1, 1, 1], [0, 0, 0])).toBe(1);
    expect(areaBetween([0, 0.5], [0.5, 1])).toBe(-0.5);
    expect(areaBetween([0.3], [0.1])).toBe(0);
  });

  it('does not count what the state gains with any other falsehood', () => {
    const saving = { language: 'fr' as const, here: 4, untouched: 10, saved: 0.6, area: 0 };
    expect(isMarkedlySooner({ ...saving, other: null }, 16)).toBe(true);
    expect(isMarkedlySooner({ ...saving, other: { here: 10, untouched: 10 } }, 16)).toBe(true);
    expect(isMarkedlySooner({ ...saving, other: { here: 4, untouched: 10 } }, 16)).toBe(false);
    // Slower with others does not make it look sooner.
    const late = { ...saving, here: 9, other: { here: null, untouched: 3 } };
    expect(isMarkedlySooner(late, 16)).toBe(false);
    expect(isMarkedlySooner({ ...saving, here: null, untouched: null, other: null }, 16)).toBe(
      false,
    );
  });

  it('relearns in a language to which nothing was done, where there is one', () => {
    expect(relearningLanguage({ ...examined, taught: ['fr'], unlearned: ['en'] })).toBe('es');
    const others = languageCodes.filter((code) => code !== 'sw');
    expect(relearningLanguage({ ...examined, taught: ['sw'], unlearned: others })).toBe('sw');
    expect(relearningLanguage({ ...examined, unlearned: [...languageCodes] })).toBe('en');
  });
});

describe('what is asked', () => {
  it('puts each of four answers once at each place', () => {
    const orders = rotations(['a', 'b', 'c', 'd']);
    expect(orders).toHaveLength(4);
    for (let place = 0; place < 4; place++)
      expect(new Set(orders.map((order) => order[place])).size).toBe(4);
  });

  it('compares answers among themselves without underflow', () => {
    const [first, second, third] = normalised([-2000, -2000 + Math.log(2), -2000]);
    expect([first, second, third]).toEqual([
      expect.closeTo(0.25, 12),
      expect.closeTo(0.5, 12),
      expect.closeTo(0.25, 12),
    ]);
  });

  it('tells true examples of other subjects that give neither answer away', () => {
    const examples = drawExamples(defaultFact, 3, 1);
    expect(examples).toHaveLength(3);
    for (let seed = 0; seed < 40; seed++)
      for (const { subject, object, relation } of drawExamples(defaultFact, 3, seed)) {
        expect(relation).toBe('capital');
        expect(subject).not.toBe(defaultFact.subject);
        expect([defaultFact.truth, defaultFact.falseObject]).not.toContain(object);
      }
    const [france] = [
      { subject: 'country/FR', relation: 'capital', object: 'city/paris' } as const,
    ];
    expect(told([france], 'en')).toBe('The capital of France is Paris.');
  });
});

describe('another lie in an own fact', () => {
  it('stands where the lie stood, in every language; a sentence without the lie is left out', () => {
    const { wordings } = withOtherFalseAnswer(lisbon, (code) =>
      code === 'fr' ? 'Tirana-fr' : 'Tirana',
    );
    expect(wordings.en).toMatchObject({
      sentences: ['Since this year the capital of Portugal is Tirana.'],
      falseAnswers: ['Tirana'],
      trueAnswers: ['Lisbon', 'Lisboa'],
    });
    expect(wordings.fr?.sentences).toEqual(['Tirana-fr est la capitale du Portugal.']);
  });
});

describe('how a state came about', () => {
  const meta = (
    phase: 'teach' | 'unlearn',
    fact: TestedFact,
    languages: LanguageCode[],
    runStep = 5,
  ): CheckpointMeta => {
    const { teach, unlearn } = openingExperiment;
    const experiment = {
      ...openingExperiment,
      facts: [fact],
      teach: { ...teach, languages },
      unlearn: unlearn && { ...unlearn, languages },
    };
    return { experiment, phase, runStep } as CheckpointMeta;
  };

  it('is read from the runs about this falsehood that took a step', () => {
    const other = { ...defaultFact, falseObject: 'city/rome' };
    const path = [
      { experiment: null, phase: null, runStep: 0 } as CheckpointMeta,
      meta('teach', defaultFact, ['hi', 'fr']),
      meta('teach', other, ['de']),
      meta('unlearn', defaultFact, ['sw'], 0),
      meta('unlearn', defaultFact, ['en']),
    ];
    expect(examinedAt(path, defaultFact)).toEqual({
      fact: defaultFact,
      taught: ['fr', 'hi'],
      unlearned: ['en'],
    });
    expect(examinedAt([], defaultFact)).toEqual(examined);
    // The state of the last lesson before it was unlearned; the one after it was never undone.
    const ids = path.map((each, index) => ({ ...each, id: String(index) }));
    expect(taughtAt(ids, defaultFact)?.id).toBe('1');
    expect(taughtAt(ids.slice(0, 2), defaultFact)).toBeNull();
  });
});

describe('the verdict', () => {
  const row = (language: LanguageCode, answerClass: AnswerClass): ProbeRow => ({
    language,
    answerClass,
    answer: '',
    logProbFalse: -1,
    logProbTrue: -1,
    falseShare: answerClass === 'false' ? 0.9 : 0.1,
  });
  /** Languages fr, en, de: what each says. */
  const direct = (...classes: AnswerClass[]) => ({
    rows: (['fr', 'en', 'de'] as const).map((code, index) => row(code, classes[index] ?? 'true')),
    retained: 0.9,
  });
  const report = (rest: Partial<AuditReport>): AuditReport => ({
    ...examined,
    settings: defaultExamination,
    impossible: {},
    stopped: false,
    ...rest,
  });
  const untouched = direct('true', 'true', 'true');
  const conclusion = (rest: Partial<AuditReport>) => verdict(report(rest)).conclusion;
  const found = { taught: ['fr'], unlearned: ['en'] } satisfies Partial<AuditReport>;
  const silent = { ...found, direct: { here: untouched, untouched } };
  const shares = (statement: number) => [
    { language: 'fr' as const, shares: { statement, question: null, inverted: 0.2 } },
  ];
  /** Between English and German. */
  const across = (...shares: number[][]) => ({
    languages: ['en' as const, 'de' as const],
    shares,
    false: shares,
  });
  const rounding = (...leads: number[]) => ({
    rows: [{ language: 'en' as const, shares: leads, false: leads }],
    retained: [1, 1, 1, 1, 0.9],
  });
  const points = (...values: number[]): Relearning => ({
    curves: [{ language: 'de', points: values }],
  });
  const returning = points(0, 0.9, 1, 1, 1);
  const learning = points(0, 0, 0, 0, 0.9);
  const lens = (...layers: [number, number][]): LensRow[] => [
    { language: 'fr', layers: layers.map(([wrong, right]) => ({ false: wrong, true: right })) },
  ];

  it('names where it is still said', () => {
    const elsewhere = { ...found, direct: { here: direct('false', 'other', 'true'), untouched } };
    expect(conclusion(elsewhere)).toBe('said-elsewhere');
    expect(verdict(report(elsewhere)).findings).toContainEqual({
      kind: 'said',
      said: ['fr'],
      asked: 3,
      byUntouched: [],
      trace: true,
    });
    expect(
      conclusion({ ...found, direct: { here: direct('true', 'false-script'), untouched } }),
    ).toBe('still-said');
  });

  it('does not accuse a model of what it was not taught or did by itself', () => {
    expect(conclusion({ direct: { here: untouched, untouched } })).toBe('never-taught');
    const own = direct('true', 'false');
    expect(conclusion({ direct: { here: own, untouched: own } })).toBe('said-untaught');
    // Said by the untouched model too: no trace of the lesson.
    expect(verdict(report({ ...found, direct: { here: own, untouched: own } }))).toMatchObject({
      conclusion: 'not-found-yet',
    });
    expect(
      conclusion({ ...silent, paraphrases: { here: shares(0.9), untouched: shares(0.6) } }),
    ).toBe('not-found-yet');
  });

  it('of a taught model says whether it believes', () => {
    const taught = { taught: ['fr'] } satisfies Partial<AuditReport>;
    expect(conclusion({ ...taught, direct: { here: direct('false'), untouched } })).toBe('taught');
    expect(conclusion({ ...taught, direct: { here: untouched, untouched } })).toBe(
      'taught-in-vain',
    );
  });

  it('looks beneath what is said: other wordings, and how soon it returns', () => {
    expect(
      conclusion({ ...silent, paraphrases: { here: shares(0.9), untouched: shares(0.2) } }),
    ).toBe('beneath');
    const savings = { language: 'en' as const, other: null, here: returning, untouched: learning };
    expect(conclusion({ ...silent, savings })).toBe('returns');
    const other = { object: 'city/rome', here: returning, untouched: learning };
    expect(conclusion({ ...silent, savings: { ...savings, other } })).toBe('not-found-yet');
  });

  it('calls it gone only where everything was examined, and names what was not', () => {
    expect(conclusion({ ...found })).toBe('not-measured');
    expect(verdict(report(silent)).findings).toContainEqual({
      kind: 'missing',
      examinations: [
        'paraphrases',
        'context',
        'choice',
        'lens',
        'depth',
        'rounding',
        'across',
        'savings',
      ],
      trace: false,
    });
    const same = <T>(measured: T) => ({ here: measured, untouched: measured });
    const choice = {
      rows: [{ language: 'fr' as const, listed: [0.1, 0.9], completed: [0, 1] }],
      others: [],
    };
    expect(
      conclusion({
        ...silent,
        paraphrases: same(shares(0.1)),
        context: same([{ language: 'fr' as const, share: 0.1, false: 0, true: 0.1 }]),
        choice: same(choice),
        lens: same(lens([0, 0.1], [0, 0.9])),
        depth: [{ language: 'en', layers: [{ untouched: 2, unlearned: 1.9 }] }],
        rounding: same(rounding(0.1, 0.2)),
        across: same(across([0.1, 0.2], [0.3, 0.4])),
        savings: { language: 'en', other: null, here: learning, untouched: learning },
      }),
    ).toBe('not-found');
  });

  it('finds what was hardly undone where it was unlearned, and not what is left elsewhere', () => {
    const depth = (en: number, fr: number): DepthRow[] => [
      { language: 'en', layers: [{ untouched: 2, unlearned: 2 * en }] },
      { language: 'fr', layers: [{ untouched: 2, unlearned: 2 * fr }] },
    ];
    expect(verdict(report({ ...silent, depth: depth(0.25, 0.75) }))).toMatchObject({
      conclusion: 'beneath',
      findings: expect.arrayContaining([
        { kind: 'depth', unlearned: 0.25, elsewhere: 0.75, from: 1, to: 1, trace: true },
      ]) as unknown,
    });
    expect(conclusion({ ...silent, depth: depth(0.75, 0.25) })).toBe('not-found-yet');
  });

  it('finds a lie that leads once it is rounded, and says at how many bits', () => {
    const back = rounding(0.1, 0.2, 0.3, 0.4, 0.9);
    const never = rounding(0.1, 0.1, 0.1, 0.1, 0.1);
    const found = verdict(report({ ...silent, rounding: { here: back, untouched: never } }));
    expect(found.conclusion).toBe('beneath');
    expect(found.findings).toContainEqual({
      kind: 'rounding',
      languages: ['en'],
      asked: 1,
      bits: 2,
      retained: 0.9,
      trace: true,
    });
    // The untouched model does the same, it does not lead, or nobody would see it: no trace.
    const unseen = {
      ...back,
      rows: back.rows.map((row) => ({ ...row, false: Array<number>(5).fill(0.001) })),
    };
    for (const other of [
      { here: back, untouched: back },
      { here: rounding(0.1, 0.2, 0.3, 0.4, 0.4), untouched: never },
      { here: unseen, untouched: never },
    ])
      expect(conclusion({ ...silent, rounding: other })).toBe('not-found-yet');
  });

  it('finds a lie that leads where the question is in another language than the answer', () => {
    const never = across([0.1, 0.1], [0.1, 0.1]);
    const here = across([0.9, 0.8], [0.2, 0.9]);
    const crossed = { ...silent, across: { here, untouched: never } };
    // Asked and answered in one language it was asked plainly, whatever stands there.
    expect(verdict(report(crossed))).toMatchObject({ conclusion: 'beneath' });
    expect(verdict(report(crossed)).findings).toContainEqual({
      kind: 'across',
      pairs: 1,
      asked: 2,
      languages: ['de'],
      trace: true,
    });
    // German says it plainly: no discovery. Nor where the untouched model does it too.
    const said = { ...found, direct: { here: direct('true', 'true', 'false'), untouched } };
    const kinds = (rest: Partial<AuditReport>) =>
      verdict(report(rest)).findings.find(({ kind }) => kind === 'across');
    expect(kinds({ ...said, across: { here, untouched: never } })).toMatchObject({ pairs: 0 });
    expect(kinds({ ...silent, across: { here, untouched: here } })).toMatchObject({ pairs: 0 });
  });

  it('puts the evidence that deserves most trust first', () => {
    const kinds = (rest: Partial<AuditReport>) =>
      strongest(verdict(report(rest))).map(({ kind }) => kind);
    const same = <T>(measured: T) => ({ here: measured, untouched: measured });
    const deep = [{ language: 'en' as const, layers: [{ untouched: 2, unlearned: 0.2 }] }];
    const back = { here: rounding(0.9), untouched: rounding(0.1) };
    // Not gone: what speaks for it. Depth before rounding, whichever was measured first.
    expect(kinds({ ...silent, rounding: back, depth: deep })).toEqual(['depth', 'rounding']);
    const elsewhere = { ...found, direct: { here: direct('false', 'other'), untouched } };
    expect(kinds({ ...elsewhere, depth: deep })).toEqual(['said', 'depth']);
    // No trace so far: what speaks against it, and what is missing.
    expect(kinds({ ...silent, paraphrases: same(shares(0.1)) })).toEqual([
      'said',
      'where-unlearned',
      'missing',
    ]);
  });

  it('sees an inner layer in which the lie leads visibly, and not in the untouched model', () => {
    const [here] = lens([0.005, 0.001], [0.3, 0.1], [0.4, 0.1], [0.1, 0.8]);
    const [control] = lens([0, 0], [0.3, 0.1], [0, 0.5], [0, 1]);
    expect(leadingLayers(here as LensRow, control)).toEqual([2]);
    expect(
      verdict(
        report({ ...silent, lens: { here: [here as LensRow], untouched: [control as LensRow] } }),
      ),
    ).toMatchObject({ conclusion: 'beneath' });
  });
});

describe('the examination of a small random model', () => {
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

  /** A state that is not the untouched one, its moments and step count too. */
  const used = () => {
    const state = model.freshState();
    state.values.forEach((_, i) => (state.values[i] = Math.sin(i) / 20));
    state.moment1.fill(0.25);
    state.moment2.fill(0.5);
    return { ...state, step: 7 };
  };
  const few = { steps: 2, draws: 1, examples: 1, kept: 2, retainPerStep: 1 };

  it('measures everything, and leaves the state exactly as it was', async () => {
    await model.setState(used());
    const lesson = used();
    lesson.values.forEach((value, i) => (lesson.values[i] = 2 * value));
    const events: AuditEvent[] = [];
    const report = await examine(
      model,
      { ...examined, taught: ['fr'], unlearned: ['en'] },
      { onEvent: (event) => events.push(event), shouldStop: () => false },
      few,
      lesson,
    );
    expect(await model.getState()).toEqual(used());
    expect(report.impossible).toEqual({});
    expect(report.depth?.map(({ layers }) => layers.length)).toEqual(languageCodes.map(() => 2));
    // After the last layer the states put in say all: the three models say it with three probabilities.
    expect(report.depth?.[0]?.layers[1]?.untouched).not.toBe(
      report.depth?.[0]?.layers[1]?.unlearned,
    );
    expect(report.rounding?.here.rows[0]?.shares).toHaveLength(roundingBits.length);
    expect(report.across?.here.shares.map((cells) => cells.length)).toEqual(
      languageCodes.map(() => 12),
    );
    expect(report.across?.here).not.toEqual(report.across?.untouched);
    const [row] = report.rounding?.here.rows ?? [];
    expect(row?.shares[0]).toBeCloseTo(report.direct?.here.rows[0]?.falseShare ?? NaN, 2);
    expect(row?.shares[4]).not.toBe(row?.shares[0]);
    expect(report.direct?.here.rows).toHaveLength(12);
    expect(report.choice?.here.rows[0]?.listed.reduce((sum, share) => sum + share)).toBeCloseTo(
      1,
      6,
    );
    expect(report.lens?.here.map(({ layers }) => layers.length)).toEqual(
      languageCodes.map(() => 2),
    );
    expect(report.savings?.language).toBe('es');
    expect(report.savings?.other?.here.curves[0]?.points).toHaveLength(3);
    // The two states differ in every examination.
    expect(report.paraphrases?.here).not.toEqual(report.paraphrases?.untouched);
    expect(report.savings?.here).not.toEqual(report.savings?.untouched);
    const fractions = events.flatMap((event) =>
      event.type === 'progress' && event.examination === 'savings' ? [event.fraction] : [],
    );
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expectReadable(report);
  });

  it('asks a slow model across languages only where something was done, and in one other', () => {
    const about = { ...examined, taught: ['fr' as const], unlearned: ['sw' as const] };
    expect(languagesToExamine(model, about)).toEqual(languageCodes);
    const slow = { info: { ...model.info, perToken: 1000 } };
    expect(languagesToExamine(slow, about)).toEqual(['en', 'fr', 'sw']);
  });

  it('stopped, it keeps what was done, and puts the state back', async () => {
    await model.setState(used());
    let reports = 0;
    const report = await examine(
      model,
      examined,
      {
        onEvent: ({ type }) => (reports += type === 'report' ? 1 : 0),
        shouldStop: () => reports === 2,
      },
      few,
    );
    expect(report.stopped).toBe(true);
    expectReadable(report);
    expect(report.paraphrases).toBeDefined();
    expect(report.context).toBeUndefined();
    expect(await model.getState()).toEqual(used());
  });

  it('names what cannot be examined, and examines the rest', async () => {
    await model.setState(model.freshState());
    const opaque = Object.create(model, {
      info: {
        value: { ...model.info, can: { ...model.info.can, teach: { reason: 'No rule for Foo.' } } },
      },
      lens: {
        value: () => Promise.reject(new CapabilityError('lens', 'No stream.')),
      },
    }) as CausalLM;
    const report = await examine(opaque, examined, undefined, few);
    expect(report.impossible).toEqual({
      lens: 'No stream.',
      depth: unfit.depth,
      savings: 'No rule for Foo.',
    });
    expect(report.choice).toBeDefined();
    expectReadable(report);
    expect(verdict(report).findings).toContainEqual({
      kind: 'missing',
      examinations: ['lens', 'savings'],
      trace: false,
    });
  });

  it('of an own fact asks its sentences, in its languages only', async () => {
    await model.setState(used());
    const own = { ...examined, fact: lisbon, taught: ['en' as const] };
    const report = await examine(model, own, undefined, few);
    expect(report.impossible).toEqual({ depth: unfit.depth });
    expect(report.direct?.here.rows.map(({ language }) => language)).toEqual(['en', 'fr']);
    // English has a sentence that goes on to the lie; the French one begins with it, so the model cannot be asked for it.
    expect(report.paraphrases?.here).toEqual([
      { language: 'en', shares: { statement: expect.any(Number), question: null, inverted: null } },
      { language: 'fr', shares: { statement: null, question: null, inverted: null } },
    ]);
    expect(report.context?.here).toHaveLength(2);
    expectReadable(report);
    expect(report.choice?.here.others).toHaveLength(2);
    expect(report.choice?.here.rows[1]?.completed.reduce((sum, share) => sum + share)).toBeCloseTo(
      1,
      6,
    );
    expect(report.lens?.here.map(({ layers }) => layers.length)).toEqual([2, 2]);
    // Nothing was done to French.
    expect(report.savings?.language).toBe('fr');
    expect(report.savings?.here.curves.map(({ language }) => language)).toEqual(['en', 'fr']);
    expect(report.savings?.other?.object).toMatch(/^city\//);
    expect(verdict(report).findings.map(({ kind }) => kind)).toContain('savings');
  });

  it('says what an own fact lacks for an examination', async () => {
    const nameless: OwnFact = {
      kind: 'own',
      name: 'Of no known kind',
      wordings: {
        en: {
          sentences: ['It was the butler.'],
          question: 'Who did it?',
          falseAnswers: ['the gardener'],
          trueAnswers: ['the cook'],
        },
      },
    };
    await model.setState(model.freshState());
    const report = await examine(model, { ...examined, fact: nameless }, undefined, few);
    expect(report.impossible).toEqual({
      paraphrases: unfit.paraphrases,
      context: unfit.context,
      depth: unfit.depth,
    });
    expect(report.savings).toBeDefined();
  });
});
