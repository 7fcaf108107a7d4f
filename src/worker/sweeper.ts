/** @file A sweep as its own worker runs it: a model of its own, so that the state in use on the page is never touched. */
import {
  defaultAdapter,
  experimentKey,
  experimentRunner,
  experimentsOf,
  knownFalseFacts,
  sweep,
  type PlanDraft,
  type ExperimentResult,
  type Plan,
  type TestedFact,
} from '../lab/index.ts';
import type { ModelSource } from './api.ts';
import { loadCausalLM, whyNot, type CausalLM, type LoadProgress } from '../model/index.ts';
import { SweepStore, type SweepRecord } from '../storage/index.ts';
import { memoryOn, openSource } from './source.ts';

export interface SweepRequest {
  model: {
    /** As experiments name it, and where it is loaded from. */
    name: string;
    source: ModelSource;
    binaries: string;
    device: 'webgpu' | 'wasm';
    threads?: number;
  };
  /** What is to be run: a new sweep, or a stored one that goes on. */
  sweep: { draft: PlanDraft } | { id: string };
}

export type SweepEvent =
  | { type: 'loading'; progress: LoadProgress }
  /** Facts are being chosen; so many were asked for by now. */
  | { type: 'choosing'; asked: number }
  | { type: 'began'; record: SweepRecord; done: number }
  /** The row of the experiment at place `at` is stored. */
  | { type: 'row'; at: number; result: ExperimentResult };

export interface SweepApi {
  /**
   * Runs what is left of a sweep, row by row. Resolves with false, having done nothing, where another tab runs one. Rejects with an
   * `Error` fit to be shown. What was stored by then stays; the experiment that was going on is begun anew the next time.
   */
  run(request: SweepRequest, onEvent: (event: SweepEvent) => void): Promise<boolean>;
}

const lockName = 'lethe-sweep';

export class Sweeper implements SweepApi {
  run(request: SweepRequest, onEvent: (event: SweepEvent) => void): Promise<boolean> {
    return navigator.locks.request(lockName, { ifAvailable: true }, async (lock) => {
      if (!lock) return false;
      await perform(request, onEvent);
      return true;
    });
  }
}

async function perform(request: SweepRequest, onEvent: (event: SweepEvent) => void): Promise<void> {
  const { model: named, sweep: asked } = request;
  const store = await SweepStore.open();
  try {
    if ('id' in asked) {
      const record = await store.read(asked.id);
      await onModel(named, record.plan.adapter, onEvent, (model) =>
        goOn(store, model, record, onEvent),
      );
    } else {
      const { draft } = asked;
      await onModel(named, draft.adapter, onEvent, async (model) => {
        const record = await begun(store, model, draft, named.name, onEvent);
        await goOn(store, model, record, onEvent);
      });
    }
  } finally {
    store.close();
  }
}

/** Loads the model with the adapter that a plan asks for, and gives it up when the work is done. */
async function onModel(
  { source, binaries, device, threads }: SweepRequest['model'],
  adapter: Plan['adapter'],
  onEvent: (event: SweepEvent) => void,
  work: (model: CausalLM) => Promise<void>,
): Promise<void> {
  const model = await loadCausalLM({
    ...(await openSource(source)),
    binaries,
    device,
    ...(threads !== undefined && { threads }),
    adapter: { ...defaultAdapter, ...adapter },
    memory: memoryOn,
    onProgress: (progress) => {
      onEvent({ type: 'loading', progress });
    },
  });
  try {
    const reason = whyNot((await model.check()).teach);
    if (reason !== null) throw new Error(`This model cannot be taught. ${reason}`);
    await work(model);
  } finally {
    await model.dispose();
  }
}

async function begun(
  store: SweepStore,
  model: CausalLM,
  draft: PlanDraft,
  modelName: string,
  onEvent: (event: SweepEvent) => void,
): Promise<SweepRecord> {
  const facts: readonly TestedFact[] =
    typeof draft.facts === 'number'
      ? await knownFalseFacts(model, draft.facts, (asked) => {
          onEvent({ type: 'choosing', asked });
        })
      : draft.facts;
  const plan = { ...draft, facts } as Plan;
  const { id, digest, device } = model.info;
  const record: SweepRecord = {
    id: crypto.randomUUID(),
    createdAt: Date.now(),
    plan,
    experiments: experimentsOf(plan, modelName),
    model: { id, digest },
    device: device.device,
  };
  await store.write(record);
  return record;
}

async function goOn(
  store: SweepStore,
  model: CausalLM,
  record: SweepRecord,
  onEvent: (event: SweepEvent) => void,
): Promise<void> {
  const { digest, device } = model.info;
  if (digest !== record.model.digest)
    throw new Error('The model is not the one that this sweep began with: start a new sweep.');
  if (device.device !== record.device)
    throw new Error(
      `This sweep began on ${record.device}, which is not to be had now: rows of two devices do not mix.`,
    );
  const { experiments } = record;
  const keyOf = (experiment: (typeof experiments)[number]): Promise<string> =>
    experimentKey(experiment, model.info);
  const rows = await store.rows(record.id);
  const finished = await Promise.all(
    rows.flatMap(({ at }) => {
      const experiment = experiments[at];
      return experiment ? [keyOf(experiment)] : [];
    }),
  );
  onEvent({ type: 'began', record, done: rows.length });
  const run = experimentRunner(model);
  await sweep(experiments, new Set(finished), {
    keyOf,
    perform: async (experiment) => {
      const result = await run(experiment);
      const at = experiments.indexOf(experiment);
      await store.writeRow({ sweep: record.id, at, result });
      onEvent({ type: 'row', at, result });
      return result;
    },
    onLine: () => undefined,
  });
}
