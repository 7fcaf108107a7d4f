/** @file Runs an experiment: its facts are taught to the untouched model, unlearned, and asked for on the way. */
import type { AdapterState, CausalLM, Device, ModelInfo } from '../model/index.ts';
import { digestOf } from './canonical.ts';
import { byModel, runKey, settled, type Experiment, type ExperimentRun } from './experiment.ts';
import { examine, verdict, type Examined, type GoneReport, type Verdict } from './gone/index.ts';
import { probabilities } from './metrics/belief.ts';
import { costOf, type Cost } from './metrics/cost.ts';
import { perplexity } from './metrics/perplexity.ts';
import { nothingDone, run } from './run.ts';
import type { Probe, ProbeRow, RunEnding, TestedFact } from './types.ts';

/** A language's row with its probabilities written out. */
export type ResultRow = ProbeRow & {
  probabilities: { false: number; true: number; other: number };
};

export interface ResultProbe extends Omit<Probe, 'rows' | 'others' | 'keptLoss'> {
  rows: ResultRow[];
  others?: ResultRow[][];
  /** Of the kept sentences; null where it was not measured. */
  perplexity: number | null;
}

export interface Phase {
  ending: RunEnding;
  steps: number;
  losses: number[];
  probes: ResultProbe[];
  cost: Cost;
}

export interface FactResult {
  fact: TestedFact;
  /** The facts that were taught together with it. */
  others?: TestedFact[];
  taught: Phase;
  unlearned: Phase | null;
  /** Whether `fact` is really gone, where the experiment asks for it. */
  gone?: GoneReport & Verdict;
}

/** One line of results. It holds no time, so that the same experiment on the same device gives the same line. */
export interface ExperimentResult {
  key: string;
  experiment: Experiment;
  model: { id: string; digest: string };
  device: Device;
  results: FactResult[];
}

/** Names an experiment on a model and a device: equal keys mean equal results, whatever version it was written in. */
export function experimentKey(
  experiment: Experiment,
  info: Pick<ModelInfo, 'digest' | 'device' | 'chat'>,
): Promise<string> {
  const { model: _folder, version: _version, ...rest } = settled(experiment, info);
  return digestOf({ experiment: rest, model: info.digest, device: info.device.device });
}

/** Runs experiments on one model. What the last one taught is taught once where the next one begins with the same. */
export function experimentRunner(
  model: CausalLM,
): (experiment: Experiment) => Promise<ExperimentResult> {
  const taught = new Map<string, { phase: Phase; state: AdapterState }>();
  const teachOnce = async (run: ExperimentRun) => {
    const key = runKey(run);
    const known = taught.get(key);
    if (known) return known;
    await model.setState(model.freshState());
    const phase = await perform(model, run);
    const lesson = { phase, state: await model.getState() };
    // A sweep varies the unlearning fastest: a few lessons are enough.
    if (taught.size >= 8) taught.delete(taught.keys().next().value ?? '');
    taught.set(key, lesson);
    return lesson;
  };
  return async (given) => {
    const experiment = settled(given, model.info);
    const results: FactResult[] = [];
    for (const own of byModel(experiment)) {
      const { phase, state } = await teachOnce({ experiment: own, phase: 'teach' });
      await model.setState(state);
      const { facts, asking, teach, unlearn } = own;
      const [fact, ...others] = facts as [TestedFact, ...TestedFact[]];
      const unlearned = unlearn && (await perform(model, { experiment: own, phase: 'unlearn' }));
      results.push({
        fact,
        ...(others.length > 0 && { others }),
        taught: phase,
        unlearned,
        ...(own.gone && {
          gone: await examined(model, {
            fact,
            ...(asking && { asking }),
            taught: teach.languages,
            unlearned: unlearn?.languages ?? [],
          }),
        }),
      });
    }
    const { id, digest, device } = model.info;
    return {
      key: await experimentKey(experiment, model.info),
      experiment,
      model: { id, digest },
      device: device.device,
      results,
    };
  };
}

/** Everything that was measured of the state in the end, and what it comes to. */
async function examined(model: CausalLM, about: Examined): Promise<GoneReport & Verdict> {
  const report = await examine(model, about);
  return { ...report, ...verdict(report) };
}

async function perform(model: CausalLM, taken: ExperimentRun): Promise<Phase> {
  const { ending, runStep, losses, probes } = await run(model, taken, nothingDone, {
    onEvent: () => undefined,
    shouldStop: () => false,
  });
  return { ending, steps: runStep, losses, probes: probes.map(reported), cost: costOf(probes) };
}

function reported({ keptLoss, rows, others, ...rest }: Probe): ResultProbe {
  return {
    ...rest,
    perplexity: keptLoss === undefined ? null : perplexity(keptLoss),
    rows: rows.map(withProbabilities),
    ...(others && { others: others.map((each) => each.map(withProbabilities)) }),
  };
}

function withProbabilities(row: ProbeRow): ResultRow {
  return { ...row, probabilities: probabilities(row.logProbFalse, row.logProbTrue) };
}
