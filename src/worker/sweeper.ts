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
import { loadCausalLM, whyNot, type CausalLM, type LoadProgress } from 'lethe-lora/engine';
import { StorageError, SweepStore, type SweepRecord, type Trouble } from '../storage/index.ts';
import { memoryOn, openSource } from './source.ts';
import { ifFree } from './locks.ts';

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
  /** The row of the experiment at place `at`. */
  | { type: 'row'; at: number; result: ExperimentResult }
  /** Of this sweep the browser does not store everything: it is here as long as the page. */
  | { type: 'unstored'; id: string; trouble: Trouble };

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
    return ifFree(lockName, () => perform(request, onEvent)).then(({ done }) => done);
  }
}

async function perform(request: SweepRequest, onEvent: (event: SweepEvent) => void): Promise<void> {
  const { model: named, sweep: asked } = request;
  const store = new SweepStore();
  if ('id' in asked) {
    const record = await store.read(asked.id);
    await onModel(named, record.plan.adapter, onEvent, async (model) =>
      goOn(store, model, record, await finishedRows(store, record, model), onEvent),
    );
  } else {
    const { draft } = asked;
    await onModel(named, draft.adapter, onEvent, async (model) => {
      const record = await begun(store, model, draft, named.name, onEvent);
      await goOn(store, model, record, [], onEvent);
    });
  }
}

/** Stores something; what the browser does not store is said, and the sweep goes on. */
async function keep(
  id: string,
  write: () => Promise<void>,
  onEvent: (event: SweepEvent) => void,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    onEvent({ type: 'unstored', id, trouble: error.trouble });
  }
}

/** Keys of the experiments whose rows are stored; a row that is damaged is made again. */
async function finishedRows(
  store: SweepStore,
  { id, experiments }: SweepRecord,
  model: CausalLM,
): Promise<string[]> {
  const { rows } = await store.rows(id);
  return Promise.all(
    rows.flatMap(({ at }) => {
      const experiment = experiments[at];
      return experiment ? [experimentKey(experiment, model.info)] : [];
    }),
  );
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
  await keep(record.id, () => store.write(record), onEvent);
  return record;
}

async function goOn(
  store: SweepStore,
  model: CausalLM,
  record: SweepRecord,
  finished: readonly string[],
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
  onEvent({ type: 'began', record, done: finished.length });
  const run = experimentRunner(model);
  await sweep(experiments, new Set(finished), {
    keyOf: (experiment) => experimentKey(experiment, model.info),
    perform: async (experiment) => {
      const result = await run(experiment);
      const at = experiments.indexOf(experiment);
      await keep(record.id, () => store.writeRow({ sweep: record.id, at, result }), onEvent);
      onEvent({ type: 'row', at, result });
      return result;
    },
    onLine: () => undefined,
  });
}
