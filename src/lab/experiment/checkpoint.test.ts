import { describe, expect, it } from 'vitest';
import {
  experimentAt,
  parseCheckpointMeta,
  parseExperiment,
  type CheckpointMeta,
  type Experiment,
  type RunPhase,
} from '../index.ts';

const given: Experiment = parseExperiment({
  version: 5,
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

/** A checkpoint of which only what matters here is given. */
function checkpoint(experiment: Experiment | null, phase: RunPhase | null): CheckpointMeta {
  return {
    id: 'a',
    parent: experiment === null ? null : 'b',
    name: '',
    createdAt: 0,
    modelId: '',
    modelDigest: '',
    experiment,
    phase,
    ending: null,
    step: 0,
    runStep: 0,
    losses: [],
    probes: [],
    digest: '',
  };
}

const root = checkpoint(null, null);
const lesson = checkpoint({ ...given, unlearn: null }, 'teach');
const unlearned = checkpoint(given, 'unlearn');

describe('the experiment of a checkpoint', () => {
  it('is the one whose runs led there', () => {
    expect(experimentAt([root, lesson, unlearned], given)).toEqual({
      experiment: given,
      whole: true,
    });
    expect(experimentAt([root, lesson], given)).toEqual({
      experiment: { ...given, unlearn: null },
      whole: true,
    });
  });

  it('is the last part of the way where there was more than one experiment says', () => {
    expect(experimentAt([root, lesson, unlearned, unlearned], given)).toEqual({
      experiment: given,
      whole: false,
    });
    // Another seed in unlearning: an experiment has one for both.
    const reseeded = checkpoint({ ...given, seed: 6 }, 'unlearn');
    expect(experimentAt([root, lesson, reseeded], given)).toMatchObject({
      experiment: { seed: 6 },
      whole: false,
    });
    // The state that it began in is deleted, or came from a file.
    expect(experimentAt([lesson, unlearned], given)?.whole).toBe(false);
  });

  it('tells the lesson that was given, whatever was set up when it was unlearned', () => {
    const teach = { ...given.teach, steps: 90 };
    const changed = checkpoint({ ...given, teach }, 'unlearn');
    expect(experimentAt([root, lesson, changed], given)).toEqual({
      experiment: given,
      whole: true,
    });
  });

  it('is none where a fact was unlearned that nobody taught', () => {
    expect(experimentAt([root, unlearned], given)).toBeNull();
    expect(experimentAt([root], given)).toBeNull();
    const alone = { ...given, facts: given.facts.slice(0, 1), together: false };
    expect(experimentAt([root, lesson, checkpoint(alone, 'unlearn')], given)).toBeNull();
  });
});

describe('a stored checkpoint', () => {
  const record = { ...lesson, experiment: given };

  it.each([
    [{ createdAt: 9e15 }, /field createdAt/],
    [{ phase: 'sung' }, /field phase/],
    [
      { experiment: { ...given, facts: [{ ...given.facts[0], subject: 'country/ZZ' }] } },
      /subject/,
    ],
    [{ experiment: { ...given, sead: 3 } }, /sead/],
  ])('is refused by the name of the field (%#)', (change, message) => {
    expect(() => parseCheckpointMeta({ ...record, ...change })).toThrow(message);
  });

  it('whose numbers JSON could not hold is read all the same', () => {
    const probes = [{ step: 0, rows: [], retained: null, moved: null }];
    const read = parseCheckpointMeta({ ...record, losses: [1, null], probes });
    expect(read.losses).toEqual([1, NaN]);
    expect(read.probes[0]?.moved).toBeNaN();
  });

  /** As runs were stored before a checkpoint held its experiment. */
  const settings = {
    kind: 'teach',
    fact: given.facts[0],
    languages: ['fr'],
    steps: 30,
    learningRate: 2e-3,
    retainPerStep: 16,
    seed: 1,
    probeEvery: 2,
  };
  const { experiment: _, phase: __, ...rest } = lesson;

  it('of an older Lethe has the experiment that its settings come to', () => {
    const old = parseCheckpointMeta({ ...rest, settings });
    expect(old).toMatchObject({ phase: 'teach', experiment: { seed: 1, unlearn: null } });
    expect(old.experiment?.teach).toMatchObject({ languages: ['fr'], steps: 30, holdOut: false });
    expect(old.experiment?.probes).toMatchObject({ every: null, paraphrases: false, kept: 40 });
    // Its settings did not name the model.
    const at = experimentAt([root, old], { model: 'here/', adapter: { rank: 2 } });
    expect(at).toMatchObject({ experiment: { model: 'here/', adapter: { rank: 2 } }, whole: true });
    expect(parseCheckpointMeta({ ...rest, parent: null, settings: null })).toMatchObject({
      experiment: null,
      phase: null,
    });
  });

  it('of an older Lethe takes from the experiment beside its settings what these do not say', () => {
    const { together: _together, adapter: _adapter, asking: _asking, ...stored } = given;
    const { truthful: _truthful, ...teach } = given.teach;
    const experiment = { ...stored, facts: stored.facts.slice(0, 1), teach, version: 2, seed: 8 };
    const unlearn = { ...settings, kind: 'unlearn', ...given.unlearn, probeEvery: 5 };
    const old = parseCheckpointMeta({ ...rest, settings: unlearn, experiment });
    expect(old).toMatchObject({
      phase: 'unlearn',
      experiment: { model: given.model, seed: 1, unlearn: given.unlearn, probes: { every: 5 } },
    });
    expect(old.experiment?.teach).toMatchObject({ steps: 7, languages: ['fr', 'de'] });
  });

  it('of an older Lethe has the loss of the retain set under its old name', () => {
    const probe = { step: 0, rows: [], retained: 0.5 };
    const stored = { ...lesson, probes: [{ ...probe, keptLoss: 2 }] };
    expect(parseCheckpointMeta(stored).probes).toEqual([{ ...probe, retainLoss: 2 }]);
  });
});
