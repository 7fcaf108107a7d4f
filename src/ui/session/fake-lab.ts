/** @file For tests: a laboratory whose calls wait until the test answers them, in whatever order it likes. */
import { languages } from '../../facts/index.ts';
import {
  nothingDone,
  openingExperiment,
  type CheckpointMeta,
  type Probe,
  type ProbeRow,
} from '../../lab/index.ts';
import type { ModelInfo } from 'lethe-lora/engine';
import type { LabApi } from '../../worker/index.ts';
import { readQuery } from '../address/model-link.ts';
import { Lab } from './lab.ts';

/** A call that the page made and that nobody has answered yet. */
export interface Call<N extends keyof LabApi> {
  name: N;
  args: Parameters<LabApi[N]>;
  /** What the page does with the answer has happened when it resolves. */
  answer(value: Awaited<ReturnType<LabApi[N]>>): Promise<void>;
  fail(error: Error): Promise<void>;
}

type AnyCall = Call<keyof LabApi>;

/** Resolves when everything that could go on without another answer has done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

export class FakeLab {
  readonly api: LabApi;
  readonly #calls: AnyCall[] = [];

  constructor() {
    const call = (name: keyof LabApi, args: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const end = (answer: () => void) => (): Promise<void> => {
          this.#calls.splice(this.#calls.indexOf(pending), 1);
          answer();
          return settled();
        };
        const pending = {
          name,
          args,
          answer: (value: unknown) => end(() => resolve(value))(),
          fail: (error: Error) => end(() => reject(error))(),
        } as unknown as AnyCall;
        this.#calls.push(pending);
      });
    this.api = new Proxy({} as LabApi, {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          call(name as keyof LabApi, args),
    });
  }

  /** Names of the calls that are unanswered, oldest first. */
  get waiting(): (keyof LabApi)[] {
    return this.#calls.map(({ name }) => name);
  }

  /** The oldest unanswered call of that name. */
  call<N extends keyof LabApi>(name: N): Call<N> {
    const found = this.#calls.find((each) => each.name === name);
    if (!found) throw new Error(`No ${name} is waiting; there are: ${this.waiting.join(', ')}.`);
    return found as unknown as Call<N>;
  }
}

export const info: ModelInfo = {
  id: 'fake',
  parameters: 1000,
  adapter: { rank: 1, alpha: 1, modules: [], layers: [], seed: 1 },
  adapterParameters: 10,
  layout: [],
  projections: [],
  textShares: {},
  inHalf: false,
  digest: 'digest',
  device: { device: 'wasm', threads: 1, reason: 'chosen' },
  perToken: 1,
  perRead: 0,
  readBack: 0,
  can: { adapt: 'yes', score: 'yes', teach: 'yes', lens: 'yes', merge: 'yes' },
  chat: false,
};

/** What every language says, English first; null where only probabilities were measured. */
export function probeOf(answer: string | null, step = 0, falseShare = 0.7): Probe {
  const rows = languages.map(({ code }): ProbeRow => ({
    language: code,
    logProbFalse: Math.log(falseShare),
    logProbTrue: Math.log(1 - falseShare),
    falseShare,
    answer,
    answerClass: answer === null ? null : answer === 'Tokyo' ? 'false' : 'true',
  }));
  return { step, retained: null, rows };
}

export function checkpointOf(
  id: string,
  parent: string | null = null,
  rest: Partial<CheckpointMeta> = {},
): CheckpointMeta {
  const { runStep, losses, probes } = nothingDone;
  return {
    id,
    parent,
    name: id,
    createdAt: 1,
    modelId: info.id,
    modelDigest: info.digest,
    experiment: null,
    phase: null,
    ending: null,
    step: 0,
    runStep,
    losses,
    probes,
    digest: id,
    ...rest,
  };
}

export const root = checkpointOf('root');
/** The checkpoint after the opening experiment's lesson. */
export const taught = checkpointOf('taught', 'root', {
  experiment: openingExperiment,
  phase: 'teach',
  ending: 'finished',
  runStep: 30,
  probes: [probeOf('Tokyo', 30)],
});

/** The history as the laboratory tells it. */
export function historyOf(
  checkpoints: CheckpointMeta[],
  unsaved: string[] = [],
): Awaited<ReturnType<LabApi['history']>> {
  return { checkpoints, unsaved, damaged: [], named: [], trouble: null };
}

/** The page's state on a fake laboratory, with a model loaded that has answered once. */
export async function readyLab(): Promise<{ lab: Lab; fake: FakeLab }> {
  const fake = new FakeLab();
  const lab = new Lab(fake.api, readQuery('', document.baseURI));
  void lab.load('auto');
  await fake.call('load').answer({ info, current: root });
  await fake.call('probe').answer(probeOf('Santiago'));
  await fake.call('history').answer(historyOf([root]));
  await fake.call('check').answer(info.can);
  return { lab, fake };
}
