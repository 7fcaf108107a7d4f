/** @file The page's end of the port. */
import { proxy, wrap, type Remote } from 'comlink';
import type { CheckpointMeta, LabApi, RunEvent } from '../lab/index.ts';
import type { SweepApi } from './sweeper.ts';

/** The laboratory in its worker, with the calls of `LabApi`; callbacks are carried over. */
export interface LabClient extends LabApi {
  /** Ends the worker; a run in progress is lost back to its last checkpoint. */
  close(): void;
}

/** A new worker and both its ends: the page uses one of them. */
export function startWorker(): {
  worker: Worker;
  lab: Remote<LabApi>;
  sweeper: Remote<SweepApi>;
} {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  // Comlink follows a path of names, which its types do not know.
  const ends = wrap(worker) as unknown as { lab: Remote<LabApi>; sweeper: Remote<SweepApi> };
  return { worker, lab: ends.lab, sweeper: ends.sweeper };
}

/** Starts the worker. */
export function createLab(): LabClient {
  const { worker, lab: remote } = startWorker();
  return {
    load: (options, onProgress) =>
      remote.load({ binaries: runtimeFolder(), ...options }, proxy(onProgress)),
    probe: (fact, asking) => remote.probe(fact, asking),
    survey: (asked, onAnswers) => remote.survey(asked, proxy(onAnswers)),
    stopSurvey: () => remote.stopSurvey(),
    complete: (prompt, maxNewTokens) => remote.complete(prompt, maxNewTokens),
    run: (settings, onEvent, made) =>
      inOrder(onEvent, (listen) => remote.run(settings, listen, made)),
    resume: (id, onEvent) => inOrder(onEvent, (listen) => remote.resume(id, listen)),
    stop: () => remote.stop(),
    checkout: (id) => remote.checkout(id),
    history: () => remote.history(),
    rename: (id, name) => remote.rename(id, name),
    remove: (id) => remote.remove(id),
    exportCheckpoint: (id) => remote.exportCheckpoint(id),
    importCheckpoint: (file) => remote.importCheckpoint(file),
    saveUnsaved: () => remote.saveUnsaved(),
    memory: (batch, time) => remote.memory(batch, time),
    examine: (examined, onEvent) => remote.examine(examined, proxy(onEvent)),
    exportAdapter: (packed) => remote.exportAdapter(packed),
    importAdapter: (files, name) => remote.importAdapter(files, name),
    mergedModel: () => remote.mergedModel(),
    close: () => worker.terminate(),
  };
}

/**
 * Events come through a port of their own and may arrive after the call's result: it is held back until the last of them,
 * `ended`, is here. A call that fails sends none.
 */
async function inOrder(
  onEvent: (event: RunEvent) => void,
  call: (listen: (event: RunEvent) => void) => Promise<CheckpointMeta>,
): Promise<CheckpointMeta> {
  let arrived = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const meta = await call(
    proxy((event) => {
      onEvent(event);
      if (event.type === 'ended') arrived();
    }),
  );
  await ended;
  return meta;
}

/** ONNX Runtime's WebAssembly files are part of the site. */
export function runtimeFolder(): string {
  return new URL('ort/', document.baseURI).href;
}
