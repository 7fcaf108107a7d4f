/** @file The page's end of the port. */
import { proxy, wrap, type Remote } from 'comlink';
import type { CheckpointMeta, RunEvent } from '../lab/index.ts';
import type { LabApi } from './api.ts';
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

/** The laboratory; its worker starts with the first call. */
export function createLab(): LabClient {
  let started: ReturnType<typeof startWorker> | undefined;
  const lab = (): Remote<LabApi> => (started ??= startWorker()).lab;
  return {
    load: (options, onProgress) =>
      lab().load({ binaries: runtimeFolder(), ...options }, proxy(onProgress)),
    inspect: (looked) => lab().inspect(looked),
    probe: (fact, asking) => lab().probe(fact, asking),
    survey: (asked, onAnswers) => lab().survey(asked, proxy(onAnswers)),
    stopSurvey: () => lab().stopSurvey(),
    run: (run, onEvent, name) => inOrder(onEvent, (listen) => lab().run(run, listen, name)),
    resume: (id, onEvent) => inOrder(onEvent, (listen) => lab().resume(id, listen)),
    stop: () => lab().stop(),
    checkout: (id) => lab().checkout(id),
    history: () => lab().history(),
    rename: (id, name) => lab().rename(id, name),
    remove: (...ids) => lab().remove(...ids),
    exportCheckpoint: (id) => lab().exportCheckpoint(id),
    importCheckpoint: (file) => lab().importCheckpoint(file),
    saveUnsaved: () => lab().saveUnsaved(),
    check: () => lab().check(),
    memory: (batch, time) => lab().memory(batch, time),
    examine: (examined, onEvent) => lab().examine(examined, proxy(onEvent)),
    exportAdapter: (packed) => lab().exportAdapter(packed),
    importAdapter: (files, name) => lab().importAdapter(files, name),
    mergedModel: () => lab().mergedModel(),
    close: () => started?.worker.terminate(),
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
