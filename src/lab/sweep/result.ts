/** @file What an experiment gave: a line of `npm run lab`'s output, and what the page keeps of its own sweeps. */
import * as v from 'valibot';
import { check, measured, natural, perhapsMeasured, renamed } from '../check.ts';
import { modelMetrics, probeRow, runEnding } from '../experiment/checkpoint.ts';
import { parseExperiment } from '../experiment/experiment.ts';
import { testedFact } from '../fact/fact.ts';
import { cost } from '../run/metrics/cost.ts';
import { auditResult } from '../audit/index.ts';

/** A language's row with its probabilities written out. */
const row = v.object({
  ...probeRow.entries,
  probabilities: v.object({ false: measured, true: measured, other: measured }),
});

const probe = v.object({
  step: natural,
  rows: v.array(row),
  others: v.exactOptional(v.array(v.array(row))),
  ...modelMetrics,
  /** Of the retain sentences; null where it was not measured. */
  perplexity: perhapsMeasured,
});

const phase = v.object({
  ending: runEnding,
  steps: natural,
  losses: v.array(measured),
  probes: v.array(probe),
  cost,
});

const factResult = renamed(
  { gone: 'audit' },
  v.object({
    fact: testedFact,
    /** The facts that were taught together with it. */
    others: v.exactOptional(v.array(testedFact)),
    taught: phase,
    unlearned: v.nullable(phase),
    /** The audit of the final state, where the experiment asks for one. */
    audit: v.exactOptional(auditResult),
  }),
);

/** It holds no time, so that the same experiment on the same device gives the same line. */
const result = v.object({
  key: v.pipe(v.string(), v.minLength(1)),
  /** Brought up to date where an older version wrote it. */
  experiment: v.pipe(v.unknown(), v.transform(parseExperiment)),
  model: v.object({ id: v.string(), digest: v.string() }),
  device: v.picklist(['webgpu', 'wasm', 'cpu']),
  results: v.array(factResult),
});

export type ResultRow = v.InferOutput<typeof row>;
export type ResultProbe = v.InferOutput<typeof probe>;
export type Phase = v.InferOutput<typeof phase>;
export type FactResult = v.InferOutput<typeof factResult>;
export type ExperimentResult = v.InferOutput<typeof result>;

/** A value as a result; throws with the name of the first field that is wrong. */
export function parseResult(value: unknown): ExperimentResult {
  return check(result, value, 'This is not a result');
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
