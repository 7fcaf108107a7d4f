/** @file Checkpoints as they were stored before each held its experiment: with the settings of its run, and perhaps an experiment beside them. */
import { experimentVersion, parseExperiment, type Experiment } from './experiment.ts';
import { migrate } from './migrate.ts';

type Json = Record<string, unknown>;

/** A record of any version in the form of this one; what is no record is left as it is. */
export function upgraded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Json;
  if (!('settings' in record)) {
    const { experiment } = record;
    return experiment ? { ...record, experiment: migrate(experiment, experimentVersion) } : record;
  }
  const { settings, experiment, ...rest } = record;
  const run = settings as Json | null;
  return run === null
    ? { ...rest, experiment: null, phase: null }
    : { ...rest, experiment: experimentOf(run, readable(experiment)), phase: run['kind'] };
}

function readable(stored: unknown): Experiment | null {
  try {
    return parseExperiment(stored);
  } catch {
    return null;
  }
}

/** What a run's settings say as an experiment; `stored` says the rest. Where there is none, the model is not named: an empty text. */
function experimentOf(run: Json, stored: Experiment | null): Json {
  const { kind, fact, languages, steps, learningRate, retainPerStep, probeEvery } = run;
  const others = (run['others'] ?? []) as unknown[];
  const holdOut = run['holdOut'] ?? false;
  const phase = { languages, steps, learningRate, retainPerStep };
  const isDefault = probeEvery === Math.max(1, Math.round(Number(steps) / 15));
  const plan = run['plan'] ?? { candidates: 0, paraphrases: false, fluency: false };
  return {
    version: experimentVersion,
    model: stored?.model ?? '',
    adapter: stored?.adapter ?? null,
    asking: run['asking'] ?? { mode: 'plain' },
    facts: [fact, ...others],
    together: others.length > 0,
    teach:
      kind === 'teach'
        ? { ...phase, holdOut, truthful: run['truthful'] ?? null }
        : { ...(stored?.teach ?? { languages }), holdOut },
    unlearn:
      kind === 'teach'
        ? null
        : {
            ...phase,
            method: run['method'],
            options: run['options'] ?? {},
            retainWeight: run['retainWeight'],
            stopBelow: run['stopBelow'],
            forgetLossBound: run['forgetLossBound'],
          },
    probes: {
      every: isDefault ? null : probeEvery,
      kept: run['keptSentences'] ?? 40,
      ...(plan as Json),
    },
    seed: run['seed'],
  };
}
