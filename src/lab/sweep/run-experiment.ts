/** @file Runs an experiment: its facts are taught to the untouched model, unlearned, and asked for on the way. */
import type { AdapterState, CausalLM, ModelInfo } from 'lethe-lora/engine';
import { digestOf } from '../canonical.ts';
import {
  byModel,
  runKey,
  settled,
  type Experiment,
  type ExperimentRun,
} from '../experiment/experiment.ts';
import { examine, verdict, type Examined, type AuditReport, type Verdict } from '../audit/index.ts';
import { probabilities } from '../run/metrics/belief.ts';
import { costOf } from '../run/metrics/cost.ts';
import { perplexity } from '../run/metrics/perplexity.ts';
import type { ExperimentResult, FactResult, Phase, ResultProbe, ResultRow } from './result.ts';
import { nothingDone, run } from '../run/run.ts';
import type { Probe, ProbeRow } from '../experiment/checkpoint.ts';
import type { TestedFact } from '../fact/fact.ts';

/** Names an experiment on a model and a device: equal keys mean equal results, whatever version it was written in. */
export function experimentKey(
  experiment: Experiment,
  info: Pick<ModelInfo, 'digest' | 'device' | 'chat'>,
): Promise<string> {
  const { model: _folder, version: _version, audit, ...rest } = settled(experiment, info);
  // Up to version 4 the audit was called `gone`.
  const named = { ...rest, ...(audit !== undefined && { gone: audit }) };
  return digestOf({ experiment: named, model: info.digest, device: info.device.device });
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
        ...(own.audit && {
          audit: await examined(
            model,
            {
              fact,
              ...(asking && { asking }),
              taught: teach.languages,
              unlearned: unlearn?.languages ?? [],
            },
            unlearn && state,
          ),
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
async function examined(
  model: CausalLM,
  about: Examined,
  taught: AdapterState | null,
): Promise<AuditReport & Verdict> {
  const report = await examine(model, about, undefined, undefined, taught);
  return { ...report, ...verdict(report) };
}

async function perform(model: CausalLM, taken: ExperimentRun): Promise<Phase> {
  const { ending, runStep, losses, probes } = await run(model, taken, nothingDone, {
    onEvent: () => undefined,
    shouldStop: () => false,
  });
  return { ending, steps: runStep, losses, probes: probes.map(reported), cost: costOf(probes) };
}

function reported({ retainLoss, rows, others, ...rest }: Probe): ResultProbe {
  return {
    ...rest,
    perplexity: retainLoss === undefined ? null : perplexity(retainLoss),
    rows: rows.map(withProbabilities),
    ...(others && { others: others.map((each) => each.map(withProbabilities)) }),
  };
}

function withProbabilities(row: ProbeRow): ResultRow {
  return { ...row, probabilities: probabilities(row.logProbFalse, row.logProbTrue) };
}
