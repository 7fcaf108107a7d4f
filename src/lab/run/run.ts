/** @file One run: teach or unlearn step by step, probing on the way, until it is done, stopped, or has gone wrong. */
import type { LanguageCode } from '../../facts/index.ts';
import {
  DivergedError,
  isSlow,
  type AdapterState,
  type CausalLM,
  type StepOptions,
} from 'lethe-lora/engine';
import { retainSet, stepExamples, type StepExample } from './batch.ts';
import {
  phaseOf,
  probeInterval,
  type ExperimentRun,
  type Unlearning,
} from '../experiment/experiment.ts';
import { languagesOf } from '../fact/wording.ts';
import { methodRecipes, nextRetainWeight } from '../experiment/methods.ts';
import { distanceMoved } from './metrics/distance.ts';
import { pause } from '../pause.ts';
import { Pace } from './pace.ts';
import { probe } from './probe.ts';
import { subtractTaskVector } from './task-vector.ts';
import type { CheckpointMeta, Probe, ProbeRow, RunEnding } from '../experiment/checkpoint.ts';

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
  /** How much of the step that is being taken is done, from 0 to 1, where it takes long. */
  | { type: 'part'; fraction: number }
  /** One language's row of a probe that is going on, where that takes long. */
  | { type: 'row'; row: ProbeRow; growing: boolean }
  /** The model is asked more seldom than it was set: after so many steps. */
  | { type: 'pace'; every: number }
  | { type: 'probe'; probe: Probe }
  | { type: 'retain-set'; sentences: { text: string; language: LanguageCode }[] }
  | { type: 'saved'; meta: CheckpointMeta }
  | { type: 'ended'; ending: RunEnding; message: string };

/** A teaching loss this many nats above the first one has exploded. */
const explosion = 4;

/** Sentences of the retain set by which a slow model is checked, once at the end. */
const fewRetained = 8;

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
  /** A point to which the run can return, were everything else lost now: its state and what it has done. */
  onMilestone?(state: AdapterState, progress: RunProgress): Promise<void>;
  /** Aborts what is being done: a step or a probe. The run ends as one that was stopped after its last whole step. */
  signal?: AbortSignal;
  /** Asks the first languages first and at a pace that leaves most of the time for learning; else as often as the experiment says. */
  paced?: {
    /** What was asked in the state that the run begins in, and the milliseconds that this took. */
    known: { probe: Probe; milliseconds: number } | null;
    /** The languages in the order in which they are asked. */
    languages: readonly LanguageCode[];
  };
  /** Probes measure probabilities only: no answers and no retain set, where nobody looks at them on the way. */
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
  const retained = retainSet(facts, seed, plan.kept, asking);
  hooks.onEvent({
    type: 'retain-set',
    sentences: retained.map(({ sentence: { before, answer, after }, language }) => ({
      text: before + answer + after,
      language,
    })),
  });
  const codes = languagesOf(fact);
  const progress = snapshot(begun);
  if (begun.runStep === 0) await model.setState(withoutMoments(await model.getState()));
  const origin = (start ?? (begun.runStep === 0 ? await model.getState() : null))?.values ?? null;
  await model.setReference(origin);
  const { paced, signal } = hooks;
  const slow = paced && isSlow(model.info) ? paced : null;
  const pace = new Pace(slow?.known?.milliseconds ?? null);
  const measure = async (isLast = false): Promise<Probe> => {
    const since = performance.now();
    // What only research needs would take minutes of a slow model; a few of the retain set's sentences are asked at the end.
    const sentences = !slow ? retained : isLast ? retained.slice(0, fewRetained) : [];
    const measured = await probe(model, fact, {
      step: progress.runStep,
      withAnswers: hooks.probabilitiesOnly !== true,
      retainSet: hooks.probabilitiesOnly ? [] : sentences,
      others,
      ...(slow
        ? {
            languages: slow.languages.filter((code) => codes.includes(code)),
            onRow: (row: ProbeRow, growing: boolean) => {
              hooks.onEvent({ type: 'row', row, growing });
            },
          }
        : { plan }),
      ...(asking && { asking }),
      ...(signal && { signal }),
      seed,
    });
    if (slow) pace.probed(performance.now() - since);
    if (origin) measured.moved = moved(model, origin, (await model.getState()).values);
    progress.probes.push(measured);
    hooks.onEvent({ type: 'probe', probe: measured });
    return measured;
  };
  const end = (ending: RunEnding, message: string): RunResult => ({ ...progress, ending, message });

  if (progress.probes.length === 0 && slow) {
    // Where nobody has asked, nobody is made to wait for the first step.
    if (slow.known) {
      const { probe: known } = slow.known;
      progress.probes.push(known);
      hooks.onEvent({ type: 'probe', probe: known });
    }
  } else if (progress.probes.length === 0) await measure();
  if (unlearn && methodRecipes[unlearn.method].objective === null) {
    await subtractTaskVector(
      model,
      unlearn.method === 'oracle' ? 0 : (unlearn.options['scale'] ?? 1),
    );
    progress.runStep = 1;
    await measure();
    return end('finished', 'What was taught has been subtracted from the untouched model.');
  }
  let overdue = false;
  let good = { state: await model.getState(), ...snapshot(progress) };
  while (progress.runStep < steps) {
    const step = progress.runStep + 1;
    const since = performance.now();
    let failure: string | null = null;
    try {
      const result = await takeStep(model, taken, step, progress, {
        ...(signal && { signal }),
        onProgress: (fraction) => {
          hooks.onEvent({ type: 'part', fraction });
        },
      });
      pace.step(performance.now() - since);
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
      if (signal?.aborted) return end('stopped', stoppedAfter(progress.runStep, steps));
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
    await pause();
    const stopping = hooks.shouldStop();
    overdue ||= step % every === 0;
    // A slow model that is to stop stops; whoever wants to know asks afterwards.
    const asks = slow ? !stopping && overdue && pace.mayAsk : overdue || stopping;
    const interval = slow ? pace.interval(every, step - begun.runStep) : null;
    if (interval !== null && interval > every) hooks.onEvent({ type: 'pace', every: interval });
    if (asks || step === steps) {
      overdue = false;
      let measured: Probe;
      try {
        measured = await measure(step === steps);
      } catch (error) {
        if (!signal?.aborted) throw error;
        return step === steps
          ? end('finished', `${steps} steps done.`)
          : end('stopped', stoppedAfter(step, steps));
      }
      good = { state: await model.getState(), ...snapshot(progress) };
      if (step < steps) await hooks.onMilestone?.(good.state, snapshot(progress));
      if (unlearn && isForgotten(unlearn, measured))
        return end(
          'forgotten',
          `Stopped by itself after ${step} steps: the false answer is gone in every language it was unlearned in.`,
        );
    }
    if (stopping && step < steps) return end('stopped', stoppedAfter(step, steps));
  }
  return end('finished', `${steps} steps done.`);
}

function stoppedAfter(step: number, steps: number): string {
  return `Stopped after ${step} of ${steps} steps; it can go on from here.`;
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
  control: Pick<StepOptions, 'signal' | 'onProgress'>,
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
      ...control,
      objective: 'cross-entropy',
      learningRate,
    });
    return { ...result, forgetLoss: 0 };
  }
  const retainWeight = progress.retainWeight ?? unlearn.retainWeight;
  const result = await model.trainStep(examples, {
    ...control,
    objective: methodRecipes[unlearn.method].objective ?? 'cross-entropy',
    learningRate,
    retainWeight,
    settings: unlearn.options,
  });
  const { sequenceLogProb } = result;
  const retainLoss = meanLoss(({ role }) => role === 0, sequenceLogProb);
  const next = nextRetainWeight(unlearn, retainWeight, retainLoss);
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
