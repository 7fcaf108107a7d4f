/** @file The page's end of the port. */
import { wrap, type Remote } from 'comlink';
import type { LabApi } from './api.ts';
import { LabEngine, type Restart } from './engine.ts';
import { Supervisor } from './supervisor.ts';
import type { SweepApi } from './sweeper.ts';

/** The laboratory in its worker, with the calls of `LabApi`; callbacks are carried over. */
export interface LabClient extends LabApi {
  /** Told when the engine was lost and another one has taken its place, in the state that was stored last. */
  onRestart(listener: (restart: Restart) => void): void;
  /** Told when the engine was lost and could not be started anew. */
  onGone(listener: (error: unknown) => void): void;
  /** Told when the engine gives no answer for longer than anything that it does may take, and when it speaks again. */
  onSilence(listener: (isSilent: boolean) => void): void;
  /** Throws an engine away that gives no answer, and starts another one. */
  startAnew(): void;
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

/** The laboratory; its worker starts with the first call, and anew where it is lost. */
export function createLab(): LabClient {
  const supervisor = new Supervisor<Remote<LabApi>>(
    () => {
      const { worker, lab } = startWorker();
      // A call of its methods only: what is awaited must not be the proxy itself, which has a method `then`.
      return { worker, api: lab };
    },
    (error) => {
      engine.lost(error);
    },
  );
  const engine = new LabEngine(supervisor);
  return {
    load: (options, onProgress) =>
      engine.load({ binaries: runtimeFolder(), ...options }, onProgress),
    inspect: (looked) => engine.ask((lab) => lab.inspect(looked)),
    leftover: (asked, since) => engine.ask((lab) => lab.leftover(asked, since)),
    dissect: (run) => engine.ask((lab) => lab.dissect(run)),
    probe: (fact, asking, languages, onRow) =>
      engine.ask((lab) => lab.probe(fact, asking, languages, onRow && engine.hears(onRow))),
    stopAsking: () => engine.act((lab) => lab.stopAsking()),
    survey: (asked, onAnswers) => engine.ask((lab) => lab.survey(asked, engine.hears(onAnswers))),
    stopSurvey: () => engine.act((lab) => lab.stopSurvey()),
    run: (run, onEvent, name) => engine.run((lab, listen) => lab.run(run, listen, name), onEvent),
    resume: (id, onEvent) => engine.run((lab, listen) => lab.resume(id, listen), onEvent),
    stop: () => engine.act((lab) => lab.stop()),
    checkout: (id) => engine.go((lab) => lab.checkout(id)),
    history: () => engine.history(),
    rename: (id, name) => engine.act((lab) => lab.rename(id, name)),
    remove: (...ids) => engine.act((lab) => lab.remove(...ids)),
    exportCheckpoint: (id) => engine.ask((lab) => lab.exportCheckpoint(id)),
    importCheckpoint: (file) => engine.act((lab) => lab.importCheckpoint(file)),
    saveUnsaved: () => engine.act((lab) => lab.saveUnsaved()),
    check: () => engine.ask((lab) => lab.check()),
    plan: (run) => engine.ask((lab) => lab.plan(run)),
    memory: (batch, time) => engine.ask((lab) => lab.memory(batch, time)),
    examine: (examined, taught, onEvent) =>
      engine.act((lab) => lab.examine(examined, taught, engine.hears(onEvent))),
    exportAdapter: (packed) => engine.ask((lab) => lab.exportAdapter(packed)),
    importAdapter: (files, name) => engine.go((lab) => lab.importAdapter(files, name)),
    mergedModel: () => engine.ask((lab) => lab.mergedModel()),
    onRestart: (listener) => {
      engine.onRestart = listener;
    },
    onGone: (listener) => {
      engine.onGone = listener;
    },
    onSilence: (listener) => {
      supervisor.onSilence = listener;
    },
    startAnew: () => {
      supervisor.giveUp();
    },
    close: () => {
      supervisor.close();
    },
  };
}

/** ONNX Runtime's WebAssembly files are part of the site. */
export function runtimeFolder(): string {
  return new URL('ort/', document.baseURI).href;
}
