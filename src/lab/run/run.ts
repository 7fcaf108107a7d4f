/** @file One run: teach or unlearn step by step, probing on the way, until it is done, stopped, or has gone wrong. */
import type { LanguageCode } from '../../facts/index.ts';
import { DivergedError, type AdapterState, type CausalLM } from '../../model/index.ts';
import { retainSet, stepExamples, type StepExample } from './batch.ts';
import {
  phaseOf,
  probeInterval,
  type ExperimentRun,
  type Unlearning,
} from '../experiment/experiment.ts';
import { methodRecipes, nextRetainWeight } from '../experiment/methods.ts';
import { distanceMoved } from './metrics/distance.ts';
import { pause } from '../pause.ts';
import { probe } from './probe.ts';
import { subtractTaskVector } from './task-vector.ts';
import type { CheckpointMeta, Probe, RunEnding } from '../experiment/checkpoint.ts';

export type RunEvent =
  | { type: 'started'; id: string }
  | {
      type: 'step';
      step: number;
      steps: number;
      loss: number;
      gradientNorm: number;
      millisecondsPerStep: number;
    }
  | { type: 'probe'; probe: Probe }
  | { type: 'retain-set'; sentences: { text: string; language: LanguageCode }[] }
  | { type: 'saved'; meta: CheckpointMeta }
  | { type: 'ended'; ending: RunEnding; message: string };

/** A teaching loss this many nats above the first one has exploded. */
const explosion = 4;

/** What a run has done so far; a stopped one goes on from it. */
export interface RunProgress {
  runStep: number;
  losses: number[];
  probes: Probe[];
  /** The retain weight as it is by now, where the method changes it. */
  retainWeight?: number;
}

export interface RunHooks {
  onEvent(event: RunEvent): void;
  /** Asked after every step. */
  shouldStop(): boolean;
  /** Aborted when it should stop: a long step is then given up on the way. */
  signal?: AbortSignal;
  /** A point to which the run can return, were everything else lost now: its state and what it has done. */
  onMilestone?(state: AdapterState, progress: RunProgress): Promise<void>;
  /** Probes measure probabilities only: no answers and no kept sentences, where nobody looks at them on the way. */
  probabilitiesOnly?: boolean;
}

export interface RunResult extends RunProgress {
  ending: RunEnding;
  message: string;
}

/**
 * Runs from the model's present adapter (which a resumed run has loaded from its checkpoint) and leaves the model in the state to
 * save: the last one, or the last good one where the run diverged. Everything random depends on the seed and the step, so that a
 * resumed run takes exactly the steps of an uninterrupted one. For that a method that compares with a reference needs `start` too, the
 * state the whole run began from; without it the distance moved is not measured.
 */
export async function run(
  model: CausalLM,
  taken: ExperimentRun,
  begun: RunProgress,
  hooks: RunHooks,
  start?: AdapterState,
): Promise<RunResult> {
  const { experiment, phase } = taken;
  const { facts, seed, probes: plan } = experiment;
  const [fact, ...others] = facts;
  if (!fact) throw new Error('A run needs a fact.');
  const asking = experiment.asking ?? undefined;
  const unlearn = phase === 'unlearn' ? experiment.unlearn : null;
  const { steps } = phaseOf(taken);
  const every = probeInterval(taken);
  const kept = retainSet(facts, seed, plan.kept, asking);
  hooks.onEvent({
    type: 'retain-set',
    sentences: kept.map(({ sentence: { before, answer, after }, language }) => ({
      text: before + answer + after,
      language,
    })),
  });
  const progress = snapshot(begun);
  if (begun.runStep === 0) await model.setState(withoutMoments(await model.getState()));
  const origin = (start ?? (begun.runStep === 0 ? await model.getState() : null))?.values ?? null;
  await model.setReference(origin);
  const measure = async (): Promise<Probe> => {
    const measured = await probe(model, fact, {
      step: progress.runStep,
      withAnswers: hooks.probabilitiesOnly !== true,
      kept: hooks.probabilitiesOnly ? [] : kept,
      plan,
      others,
      ...(asking && { asking }),
      seed,
    });
    if (origin) measured.moved = moved(model, origin, (await model.getState()).values);
    progress.probes.push(measured);
    hooks.onEvent({ type: 'probe', probe: measured });
    return measured;
  };
  const end = (ending: RunEnding, message: string): RunResult => ({ ...progress, ending, message });

  if (progress.probes.length === 0) await measure();
  if (unlearn && methodRecipes[unlearn.method].objective === null) {
    await subtractTaskVector(model, unlearn.options['scale'] ?? 1);
    progress.runStep = 1;
    await measure();
    return end('finished', 'What was taught has been subtracted from the untouched model.');
  }
  let good = { state: await model.getState(), ...snapshot(progress) };
  while (progress.runStep < steps) {
    const step = progress.runStep + 1;
    const since = performance.now();
    let failure: string | null = null;
    let isGivenUp = false;
    try {
      const result = await takeStep(model, taken, step, progress, hooks.signal);
      progress.runStep = step;
      progress.losses.push(result.loss);
      hooks.onEvent({
        type: 'step',
        step,
        steps,
        loss: result.loss,
        gradientNorm: result.gradientNorm,
        millisecondsPerStep: performance.now() - since,
      });
      const first = progress.losses[0] ?? 0;
      if (!unlearn && result.loss > first + explosion)
        failure = `The loss rose from ${first.toFixed(2)} to ${result.loss.toFixed(2)}`;
      else if (unlearn && isPastBound(unlearn, result.forgetLoss)) {
        await measure();
        return end(
          'bound-reached',
          `Stopped at its bound: in every language the sentences to forget now cost ${result.forgetLoss.toFixed(1)} nats a token; going further would only break the model.`,
        );
      }
    } catch (error) {
      if (hooks.signal?.aborted) isGivenUp = true;
      else if (!(error instanceof DivergedError)) throw error;
      else failure = `The loss became ${error.loss}`;
    }
    if (failure !== null) {
      await model.setState(good.state);
      Object.assign(progress, snapshot(good));
      return end(
        'diverged',
        `${failure}: back at step ${good.runStep}, the last good one. Try a smaller learning rate.`,
      );
    }
    await pause();
    const stopping = isGivenUp || hooks.shouldStop();
    const isDue = !isGivenUp && (step % every === 0 || step === steps || stopping);
    // The state before the step that was given up may have been measured already.
    const last = progress.probes[progress.probes.length - 1];
    if (isDue || (isGivenUp && last?.step !== progress.runStep)) {
      const measured = await measure();
      good = { state: await model.getState(), ...snapshot(progress) };
      if (step < steps) await hooks.onMilestone?.(good.state, snapshot(progress));
      if (unlearn && isForgotten(unlearn, measured))
        return end(
          'forgotten',
          `Stopped by itself after ${step} steps: the falsehood is gone in every language it was unlearned in.`,
        );
    }
    if (stopping && progress.runStep < steps)
      return end(
        'stopped',
        `Stopped after ${progress.runStep} of ${steps} steps; it can go on from here.`,
      );
  }
  return end('finished', `${steps} steps done.`);
}

/** A run begins with an optimiser of its own: what AdamW remembers of teaching would slow the first steps of unlearning. */
function withoutMoments({ values }: AdapterState): AdapterState {
  const zeros = (): Float32Array<ArrayBuffer> => new Float32Array(values.length);
  return { values, moment1: zeros(), moment2: zeros(), step: 0 };
}

function snapshot({ losses, probes, ...rest }: RunProgress): RunProgress {
  const { runStep, retainWeight } = rest;
  return {
    runStep,
    losses: [...losses],
    probes: [...probes],
    ...(retainWeight !== undefined && { retainWeight }),
  };
}

function moved({ info }: CausalLM, from: Float32Array, to: Float32Array): number {
  const { rank, alpha } = info.adapter;
  return distanceMoved(info.layout, alpha / rank, from, to);
}

interface Step {
  loss: number;
  gradientNorm: number;
  /**
   * Mean cross-entropy of the sentences to be forgotten before the step, nats a token, in the language where they are forgotten least: what
   * is gone in one may still be believed in another. 0 where there are none.
   */
  forgetLoss: number;
}

/** One optimiser step; PDU's retain weight goes on in `progress`. */
async function takeStep(
  model: CausalLM,
  taken: ExperimentRun,
  step: number,
  progress: RunProgress,
  signal?: AbortSignal,
): Promise<Step> {
  const examples = stepExamples(taken, step);
  const meanLoss = (counted: (example: StepExample) => boolean, logProbs: Float32Array): number => {
    let sum = 0;
    let tokens = 0;
    examples.forEach((example, index) => {
      if (!counted(example)) return;
      sum -= logProbs[index] ?? 0;
      tokens += model.encode(example.completion).length + (example.open ? 0 : 1);
    });
    return tokens === 0 ? 0 : sum / tokens;
  };
  const { learningRate } = phaseOf(taken);
  const unlearn = taken.phase === 'unlearn' ? taken.experiment.unlearn : null;
  if (!unlearn) {
    const result = await model.trainStep(examples, {
      objective: 'cross-entropy',
      learningRate,
      ...(signal && { signal }),
    });
    return { ...result, forgetLoss: 0 };
  }
  const retainWeight = progress.retainWeight ?? unlearn.retainWeight;
  const result = await model.trainStep(examples, {
    objective: methodRecipes[unlearn.method].objective ?? 'cross-entropy',
    learningRate,
    retainWeight,
    settings: unlearn.options,
    ...(signal && { signal }),
  });
  const { sequenceLogProb } = result;
  const keptLoss = meanLoss(({ role }) => role === 0, sequenceLogProb);
  const next = nextRetainWeight(unlearn, retainWeight, keptLoss);
  if (next !== retainWeight) progress.retainWeight = next;
  const forgotten = examples.filter(({ role }) => role === 1).map(({ language }) => language);
  const losses = [...new Set(forgotten)].map((code) =>
    meanLoss(({ role, language }) => role === 1 && language === code, sequenceLogProb),
  );
  return { ...result, forgetLoss: losses.length === 0 ? 0 : Math.min(...losses) };
}

/** A method that can fall without end is stopped by the loss of what it forgets; the others come to rest by themselves. */
function isPastBound({ method, forgetLossBound }: Unlearning, forgetLoss: number): boolean {
  return methodRecipes[method].unbounded && forgetLoss > forgetLossBound;
}

function isForgotten({ languages, stopBelow }: Unlearning, { rows, others = [] }: Probe): boolean {
  return [...rows, ...others.flat()]
    .filter(({ language }) => languages.includes(language))
    .every((row) => Math.exp(row.logProbFalse) <= stopBelow);
}

/** The state a run starts from when nothing has been done. */
export const nothingDone: RunProgress = { runStep: 0, losses: [], probes: [] };
