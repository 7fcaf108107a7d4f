/** @file One run: teach or unlearn step by step, probing on the way, until it is done, stopped, or has gone wrong. */
import { DivergedError, type AdapterState, type CausalLM } from '../model/index.ts';
import { retainSet, stepExamples } from './batch.ts';
import { probe } from './probe.ts';
import type { Probe, RunEnding, RunEvent, RunSettings, UnlearnSettings } from './types.ts';

/** Kept sentences by which a run checks that other knowledge stays. */
const retainSetSize = 40;

/** A teaching loss this many nats above the first one has exploded. */
const explosion = 4;

/** What a run has done so far; a stopped one goes on from it. */
export interface RunProgress {
  runStep: number;
  losses: number[];
  probes: Probe[];
}

export interface RunHooks {
  onEvent(event: RunEvent): void;
  /** Asked after every step. */
  shouldStop(): boolean;
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
 * resumed run takes exactly the steps of an uninterrupted one.
 */
export async function run(
  model: CausalLM,
  settings: RunSettings,
  begun: RunProgress,
  hooks: RunHooks,
): Promise<RunResult> {
  const kept = retainSet(settings.fact, settings.seed, retainSetSize);
  hooks.onEvent({
    type: 'retain-set',
    sentences: kept.map(({ sentence: { before, answer, after }, language }) => ({
      text: before + answer + after,
      language,
    })),
  });
  const progress: RunProgress = {
    runStep: begun.runStep,
    losses: [...begun.losses],
    probes: [...begun.probes],
  };
  const measure = async (): Promise<Probe> => {
    const measured = await probe(model, settings.fact, {
      step: progress.runStep,
      withAnswers: hooks.probabilitiesOnly !== true,
      kept: hooks.probabilitiesOnly ? [] : kept,
    });
    progress.probes.push(measured);
    hooks.onEvent({ type: 'probe', probe: measured });
    return measured;
  };
  const end = (ending: RunEnding, message: string): RunResult => ({ ...progress, ending, message });

  if (begun.runStep === 0) await model.setState(withoutMoments(await model.getState()));
  if (progress.probes.length === 0) await measure();
  let good = { state: await model.getState(), ...snapshot(progress) };
  while (progress.runStep < settings.steps) {
    const step = progress.runStep + 1;
    const since = performance.now();
    let failure: string | null = null;
    try {
      const result = await takeStep(model, settings, step);
      progress.runStep = step;
      progress.losses.push(result.loss);
      hooks.onEvent({
        type: 'step',
        step,
        steps: settings.steps,
        loss: result.loss,
        gradientNorm: result.gradientNorm,
        millisecondsPerStep: performance.now() - since,
      });
      const first = progress.losses[0] ?? 0;
      if (settings.kind === 'teach' && result.loss > first + explosion)
        failure = `The loss rose from ${first.toFixed(2)} to ${result.loss.toFixed(2)}`;
      else if (settings.kind === 'unlearn' && result.forgetLoss > settings.forgetLossBound) {
        await measure();
        return end(
          'bound-reached',
          `Stopped at its bound: the sentences to forget now cost ${result.forgetLoss.toFixed(1)} nats a token; going further would only break the model.`,
        );
      }
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      failure = `The loss became ${error.loss}`;
    }
    if (failure !== null) {
      await model.setState(good.state);
      Object.assign(progress, snapshot(good));
      return end(
        'diverged',
        `${failure}: back at step ${good.runStep}, the last good one. Try a smaller learning rate.`,
      );
    }
    const stopping = hooks.shouldStop();
    if (step % settings.probeEvery === 0 || step === settings.steps || stopping) {
      const measured = await measure();
      good = { state: await model.getState(), ...snapshot(progress) };
      if (step < settings.steps) await hooks.onMilestone?.(good.state, snapshot(progress));
      if (settings.kind === 'unlearn' && isForgotten(settings, measured))
        return end(
          'forgotten',
          `Stopped by itself after ${step} steps: the falsehood is gone in every language it was unlearned in.`,
        );
    }
    if (stopping && step < settings.steps)
      return end(
        'stopped',
        `Stopped after ${step} of ${settings.steps} steps; it can go on from here.`,
      );
  }
  return end('finished', `${settings.steps} steps done.`);
}

/** A run begins with an optimiser of its own: what AdamW remembers of teaching would slow the first steps of unlearning. */
function withoutMoments({ values }: AdapterState): AdapterState {
  const zeros = (): Float32Array<ArrayBuffer> => new Float32Array(values.length);
  return { values, moment1: zeros(), moment2: zeros(), step: 0 };
}

function snapshot({ runStep, losses, probes }: RunProgress): RunProgress {
  return { runStep, losses: [...losses], probes: [...probes] };
}

interface Step {
  loss: number;
  gradientNorm: number;
  /** Mean cross-entropy of the sentences to be forgotten before the step, nats a token; 0 where there are none. */
  forgetLoss: number;
}

async function takeStep(model: CausalLM, settings: RunSettings, step: number): Promise<Step> {
  const examples = stepExamples(settings, step);
  const result = await model.trainStep(examples, {
    objective: settings.kind === 'teach' ? 'cross-entropy' : settings.method,
    learningRate: settings.learningRate,
    ...(settings.kind === 'unlearn' && { retainWeight: settings.retainWeight }),
  });
  let sum = 0;
  let tokens = 0;
  examples.forEach(({ role, completion }, index) => {
    if (role !== 1) return;
    sum -= result.sequenceLogProb[index] ?? 0;
    tokens += model.encode(completion).length + 1;
  });
  return { ...result, forgetLoss: tokens === 0 ? 0 : sum / tokens };
}

function isForgotten({ languages, stopBelow }: UnlearnSettings, { rows }: Probe): boolean {
  return rows
    .filter(({ language }) => languages.includes(language))
    .every((row) => row.falseShare <= stopBelow);
}

/** The state a run starts from when nothing has been done. */
export const nothingDone: RunProgress = { runStep: 0, losses: [], probes: [] };
