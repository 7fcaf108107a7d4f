/** @file Reads what `npm run lab` wrote, and what the page keeps of its own sweeps: a result a line, each checked. */
import * as v from 'valibot';
import { languageCodes } from '../facts/index.ts';
import { parseExperiment } from './experiment.ts';
import type { ExperimentResult } from './run-experiment.ts';
import { check, measured, natural } from './check.ts';
import { testedFact } from './fact.ts';

const optional = v.nullable(v.number());

const row = v.looseObject({
  language: v.picklist(languageCodes),
  logProbFalse: measured,
  logProbTrue: measured,
  falseShare: measured,
  answer: v.nullable(v.string()),
  answerClass: v.nullable(v.picklist(['true', 'false', 'false-script', 'other'])),
  probabilities: v.looseObject({ false: measured, true: measured, other: measured }),
});

const phase = v.looseObject({
  ending: v.picklist(['finished', 'stopped', 'bound-reached', 'forgotten', 'diverged']),
  steps: natural,
  losses: v.array(measured),
  probes: v.array(
    v.looseObject({
      step: natural,
      rows: v.array(row),
      retained: optional,
      perplexity: optional,
      moved: v.exactOptional(v.number()),
    }),
  ),
  cost: v.looseObject({
    keptLost: optional,
    perplexity: v.nullable(v.looseObject({ before: v.number(), after: v.number() })),
    moved: optional,
  }),
});

const result = v.looseObject({
  key: v.pipe(v.string(), v.minLength(1)),
  experiment: v.unknown(),
  model: v.looseObject({ id: v.string(), digest: v.string() }),
  device: v.picklist(['webgpu', 'wasm', 'cpu']),
  results: v.array(
    v.looseObject({ fact: testedFact, taught: phase, unlearned: v.nullable(phase) }),
  ),
});

/** A value as a result, its experiment brought up to date; throws with the name of the first field that is wrong. */
export function parseResult(value: unknown): ExperimentResult {
  const read = check(result, value, 'This is not a result');
  return { ...read, experiment: parseExperiment(read.experiment) } as ExperimentResult;
}

/** Reads one result a line, empty lines passed over. Throws with the number of the first bad line and the field. */
export function parseResults(text: string): ExperimentResult[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [parseResult(JSON.parse(line) as unknown)];
    } catch (error) {
      throw new Error(`Line ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
}
