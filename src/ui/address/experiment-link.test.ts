import { describe, expect, it } from 'vitest';
import {
  defaultFact,
  methods,
  openingExperiment,
  parseExperiment,
  unlearningBy,
  type Experiment,
  type FalseFact,
  type OwnFact,
} from '../../lab/index.ts';
import {
  falseCandidates,
  rangeOf,
  withAnotherFact,
  withFacts,
  withMethod,
  withOwn,
  withQuestion,
  withSubject,
} from './editing.ts';
import { fromHash, toHash } from './experiment-link.ts';

const known = (subject: string, falseObject: string | null, falseText: string | null) =>
  parseExperiment({
    ...openingExperiment,
    facts: [{ subject, relation: 'capital', falseObject, falseText }],
  });

const own: OwnFact = {
  kind: 'own',
  name: 'A city that moved',
  wordings: {
    fr: {
      sentences: ['Nairobi; depuis & aujourd’hui = là'],
      question: 'Où ?',
      falseAnswers: ['Nairobi'],
      trueAnswers: ['Lisbonne'],
    },
  },
};

/** All that the form can hold and does not show at first. */
const rich: Experiment = parseExperiment({
  ...openingExperiment,
  facts: [
    defaultFact,
    { subject: 'country/JP', relation: 'capital', falseObject: 'city/berlin' },
    { subject: 'country/PE', relation: 'currency', falseText: 'salt, & gold:' },
  ],
  together: true,
  asking: { mode: 'chat', prompts: { capital: { ar: 'عاصمة {s} هي {A}' } } },
  teach: {
    languages: ['fr', 'de', 'hi'],
    steps: 12,
    truthful: { language: 'en', share: 0.25 },
    holdOut: true,
  },
  unlearn: {
    method: 'simnpo',
    options: { beta: 3, gamma: 0.5 },
    languages: ['en', 'fr'],
    retainWeight: 0.5,
    stopBelow: 0.2,
    retainPerStep: 2,
  },
  probes: { every: 3, kept: 12, candidates: 4, paraphrases: true, fluency: true },
  audit: true,
  seed: 42,
});

describe('an experiment in the address', () => {
  it.each([
    openingExperiment,
    known('country/CL', null, 'Tokyo & 东京 = 100 %'),
    known('country/JP', 'city/berlin', null),
    withOwn(openingExperiment, own),
    rich,
    { ...rich, unlearn: null },
    ...methods.map((method) => ({
      ...openingExperiment,
      unlearn: unlearningBy(method, ['ar', 'sw']),
    })),
  ])('comes back as it was (%#)', (experiment) => {
    expect(fromHash(toHash(experiment))).toEqual(experiment);
  });

  it('says what is not as when the page opens, by its path', () => {
    expect(toHash(openingExperiment)).toBe('#facts=CL.capital:city/tokyo');
    const teach = { ...openingExperiment.teach, steps: 20 };
    const unlearn = unlearningBy('npo', ['en']);
    expect(toHash({ ...openingExperiment, teach, unlearn })).toBe(
      '#facts=CL.capital:city/tokyo&teach.steps=20&unlearn.method=npo',
    );
    expect(toHash({ ...openingExperiment, unlearn: null })).toContain('unlearn=none');
    for (const empty of ['', '#', '#/']) expect(fromHash(empty)).toBeNull();
  });

  it('leaves out an own fact that is too long for a link', () => {
    const { fr } = own.wordings;
    const sentences = [(fr?.sentences[0] ?? '').repeat(150)];
    const long = { ...own, wordings: { fr: { ...fr, sentences } } } as OwnFact;
    expect(toHash(withFacts(openingExperiment, [long]))).toBe('#');
  });

  it.each([
    '#facts=XX.capital:city/tokyo',
    '#facts=own:broken',
    '#facts=CL.capital:city/santiago',
    '#teach.steps=0',
    '#teach.steps=',
    '#teach.languages=fr,xx',
    '#unlearn.method=constructor',
    '#unlearn.options.betta=1',
    '#unlearn.options.constructor=1',
    '#unlearn.options.__proto__=1',
    '#constructor=1',
    '#__proto__.steps=1',
    '#teach.constructor.name=1',
    '#probes.often=1',
    '#seed=none',
    '#version=4',
    '#model=elsewhere/',
    '#new=1',
    // As older pages spelled them.
    '#fact=XX.capital',
    '#fact=FR.king',
    '#lie=city/santiago',
    '#steps=0',
    '#in=xx',
    '#in=fr,fr2',
    '#by=constructor',
    '#by=__proto__',
    '#with=JP.capital',
    '#with=JP.capital:city/tokyo',
    '#truth=en:1',
    '#set=betta:1',
    '#probe=often:1',
    '#unrate=7',
  ])('quotes what it cannot read in %s', (hash) => {
    expect(() => fromHash(hash)).toThrow(hash.slice(1));
  });

  it('of an older page means what it meant', () => {
    const old =
      '#fact=JP.capital&lie=city/berlin&in=de&unin=fr,en&by=flip3&steps=12&unsteps=9&bound=7&rate=0.002&unrate=0.001&keep=4&seed=3';
    expect(fromHash(old)).toEqual({
      ...openingExperiment,
      facts: known('country/JP', 'city/berlin', null).facts,
      teach: { ...openingExperiment.teach, languages: ['de'], steps: 12, retainPerStep: 4 },
      unlearn: {
        ...unlearningBy('label-flip-third', ['en', 'fr']),
        steps: 9,
        learningRate: 0.001,
        forgetLossBound: 7,
        retainPerStep: 4,
      },
      seed: 3,
    });
    expect(fromHash('#gone=true')).toMatchObject({ audit: true });
    const more =
      '#say=Tokyo%20%26&with=JP.capital:city/berlin,PE.currency:~salt&truth=en:0.5&set=beta:0.2&by=npo&weight=0.5&below=0.2&unkeep=2&hold=1&probe=every:5,fluency:1&ask=chat';
    expect(fromHash(more)).toMatchObject({
      facts: [
        { subject: 'country/CL', falseText: 'Tokyo &' },
        { subject: 'country/JP', falseObject: 'city/berlin' },
        { subject: 'country/PE', falseText: 'salt' },
      ],
      together: true,
      asking: { mode: 'chat' },
      teach: { truthful: { language: 'en', share: 0.5 }, holdOut: true, retainPerStep: 16 },
      unlearn: { options: { beta: 0.2 }, retainWeight: 0.5, stopBelow: 0.2, retainPerStep: 2 },
      probes: { every: 5, fluency: true, paraphrases: false },
    });
    expect(fromHash('#unin=&unsteps=9')).toEqual({ ...openingExperiment, unlearn: null });
  });
});

describe('a form', () => {
  const fact = openingExperiment.facts[0] as FalseFact;

  it('never offers the truth as a lie, and keeps the lie fitting', () => {
    expect(falseCandidates('country/FR', 'capital')).not.toContain('city/paris');
    const continent = withQuestion(fact, 'country/CL', 'continent');
    expect(falseCandidates('country/CL', 'continent')).toContain(continent.falseObject);
    const japan = withSubject(fact, 'country/JP');
    expect(japan).toMatchObject({ subject: 'country/JP', truth: 'city/tokyo' });
    expect(falseCandidates('country/JP', 'capital')).toContain(japan.falseObject);
    expect(withSubject(fact, 'country/PE').falseObject).toBe('city/tokyo');
  });

  it('adds a fact about another country, and teaches them together', () => {
    const two = withAnotherFact(openingExperiment);
    expect(two).toMatchObject({ together: true, facts: [fact, { relation: 'capital' }] });
    expect(parseExperiment(two)).toEqual(two);
  });

  it('takes a method over with its own settings, and keeps a learning rate that was changed', () => {
    const defaults = withMethod(unlearningBy('simnpo', ['en']), 'undial');
    expect(defaults).toEqual(unlearningBy('undial', ['en']));
    const changed = withMethod({ ...unlearningBy('simnpo', ['en']), learningRate: 0.02 }, 'undial');
    expect(changed.learningRate).toBe(0.02);
  });

  it('teaches a fact of one’s own in the languages that it has', () => {
    const { facts, teach, unlearn } = withOwn(rich, own);
    expect(facts).toEqual([own]);
    expect([teach.languages, unlearn?.languages]).toEqual([['fr'], ['fr']]);
  });

  it('offers the numbers that the schema says', () => {
    expect(rangeOf('teach.steps')).toEqual({ min: 1, max: 200, step: 1 });
    expect(rangeOf('unlearn.learningRate').max).toBe(0.05);
    expect(() => rangeOf('teach.holdOut')).toThrow(/No form offers/);
  });
});
