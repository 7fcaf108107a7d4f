import { describe, expect, it } from 'vitest';
import {
  defaultTeach,
  experimentAt,
  experimentOfRuns,
  parseExperiment,
  parseRunSettings,
  teachSettingsOf,
  unlearnSettingsOf,
  type CheckpointMeta,
  type Experiment,
  type RunSettings,
} from './index.ts';

const given: Experiment = parseExperiment({
  version: 4,
  model: 'models/atlas/',
  adapter: { rank: 4 },
  asking: { mode: 'plain' },
  facts: [
    { subject: 'country/FR', relation: 'capital', falseObject: 'city/tokyo' },
    { subject: 'country/PE', relation: 'currency', falseText: 'acorns' },
  ],
  together: true,
  teach: { languages: ['fr', 'de'], steps: 7, truthful: { language: 'en', share: 0.25 } },
  unlearn: {
    method: 'npo',
    options: { beta: 0.2 },
    languages: ['en'],
    steps: 9,
    learningRate: 2e-3,
  },
  probes: { every: 3, kept: 12, candidates: 4, fluency: false },
  seed: 5,
});

/** Both runs of an experiment, as they are stored: read back from what was written. */
function runsOf(experiment: Experiment): RunSettings[] {
  const runs = [
    teachSettingsOf(experiment, experiment.facts),
    unlearnSettingsOf(experiment, experiment.facts),
  ];
  return runs.flatMap((run) =>
    run ? [parseRunSettings(JSON.parse(JSON.stringify(run)) as unknown)] : [],
  );
}

describe('the experiment of a checkpoint', () => {
  it('is the one whose runs led there', () => {
    expect(experimentOfRuns(runsOf(given), given)).toEqual({
      experiment: given,
      whole: true,
    });
    const [lesson] = runsOf(given);
    if (!lesson) throw new Error('there is no lesson');
    expect(experimentOfRuns([lesson], given)).toEqual({
      experiment: { ...given, unlearn: null },
      whole: true,
    });
  });

  it('asks as seldom as a run of its length is asked by itself, where both runs were', () => {
    const usual = { ...given, probes: { ...given.probes, every: null } };
    expect(experimentOfRuns(runsOf(usual), given)?.experiment).toEqual(usual);
  });

  it('is the last part of the way where there was more than one experiment says', () => {
    const [lesson, unlearning] = runsOf(given);
    if (!lesson || !unlearning) throw new Error('there are no runs');
    const twice = experimentOfRuns([lesson, unlearning, unlearning], given);
    expect(twice).toEqual({ experiment: given, whole: false });
    // Another seed in unlearning: an experiment has one for both.
    const reseeded = experimentOfRuns([lesson, { ...unlearning, seed: 6 }], given);
    expect(reseeded?.whole).toBe(false);
    expect(reseeded?.experiment.seed).toBe(6);
  });

  it('carries a fact of one’s own, and how the model was asked', () => {
    const own = parseExperiment({
      version: 4,
      facts: [
        {
          kind: 'own',
          name: 'A city that moved',
          wordings: {
            en: {
              sentences: [],
              question: 'Where is it?',
              falseAnswers: ['Nairobi'],
              trueAnswers: ['Lisbon'],
            },
          },
        },
      ],
      asking: { mode: 'chat' },
      teach: { languages: ['en'] },
    });
    expect(experimentOfRuns(runsOf(own), own)).toEqual({ experiment: own, whole: true });
  });

  it('is none where a fact was unlearned that nobody taught', () => {
    const [lesson, unlearning] = runsOf(given);
    if (!lesson || !unlearning) throw new Error('there are no runs');
    expect(experimentOfRuns([unlearning], given)).toBeNull();
    expect(experimentOfRuns([], given)).toBeNull();
    const { others: _, ...alone } = unlearning;
    expect(experimentOfRuns([lesson, alone], given)).toBeNull();
  });
});

/** A checkpoint of which only what matters here is given. */
function checkpoint(part: Partial<CheckpointMeta>): CheckpointMeta {
  return {
    id: 'a',
    parent: null,
    name: '',
    createdAt: 0,
    modelId: '',
    modelDigest: '',
    settings: null,
    ending: null,
    step: 0,
    runStep: 0,
    losses: [],
    probes: [],
    digest: '',
    ...part,
  };
}

describe('a stored checkpoint', () => {
  const root = checkpoint({});

  it('of an older Lethe, without experiment, has the one that its settings come to', () => {
    // As runs were stored before wordings were held out and more was measured.
    const settings = parseRunSettings({
      ...defaultTeach,
      fact: {
        subject: 'country/FR',
        relation: 'capital',
        truth: 'city/paris',
        falseObject: 'city/tokyo',
        falseText: null,
      },
      languages: ['fr'],
    });
    const made = experimentAt([root, checkpoint({ settings })], {
      model: 'models/atlas/',
      adapter: null,
    });
    expect(made?.whole).toBe(true);
    expect(made?.experiment.teach).toMatchObject({ languages: ['fr'], steps: 30, holdOut: false });
    expect(made?.experiment.probes).toMatchObject({ every: null, paraphrases: false, kept: 40 });
  });

  it('has its experiment brought up to date, whatever its version was', () => {
    const [settings] = runsOf(given);
    if (!settings) throw new Error('there is no lesson');
    const {
      together: _,
      adapter: ___,
      asking: ____,
      teach,
      ...rest
    } = { ...given, facts: given.facts.slice(0, 1) };
    const { truthful: __, ...taught } = teach;
    const stored = { ...rest, teach: taught, version: 2, seed: 8 };
    const made = experimentAt([root, checkpoint({ settings, experiment: stored })], {
      model: 'elsewhere/',
      adapter: null,
    });
    expect(made?.experiment).toMatchObject({ version: given.version, seed: 8, model: given.model });
  });

  it('whose experiment cannot be read has the one that its settings come to', () => {
    const [settings] = runsOf(given);
    if (!settings) throw new Error('there is no lesson');
    const broken = checkpoint({ settings, experiment: { version: 99 } });
    expect(experimentAt([root, broken], given)?.experiment.teach).toEqual(given.teach);
  });
});
