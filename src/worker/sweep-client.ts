/** @file The page's end of a sweep: a worker that lives as long as it runs. */
import { proxy } from 'comlink';
import { runtimeFolder, startWorker } from './client.ts';
import type { SweepEvent, SweepRequest } from './sweeper.ts';

export type { SweepEvent, SweepRequest } from './sweeper.ts';

/** How a sweep ended: all rows are there, it was stopped, or another tab runs one. */
export type SweepEnding = 'done' | 'stopped' | 'elsewhere';

export interface RunningSweep {
  /** Rejects with an `Error` fit to be shown. */
  ended: Promise<SweepEnding>;
  /** Ends the worker at once and gives its memory back; the experiment that was going on is lost, every row before it is stored. */
  stop(): void;
}

/** Starts a worker for one sweep. */
export function runSweep(
  request: Omit<SweepRequest, 'model'> & {
    model: Omit<SweepRequest['model'], 'binaries'>;
  },
  onEvent: (event: SweepEvent) => void,
): RunningSweep {
  const { worker, sweeper } = startWorker();
  let stop = (): void => undefined;
  const halted = new Promise<SweepEnding>((resolve, reject) => {
    stop = () => {
      resolve('stopped');
    };
    worker.addEventListener('error', (event) => {
      reject(new Error(event.message || 'The worker for sweeps could not be started.'));
    });
  });
  const model = { ...request.model, binaries: runtimeFolder() };
  const run = sweeper
    .run({ ...request, model }, proxy(onEvent))
    .then((ran): SweepEnding => (ran ? 'done' : 'elsewhere'));
  return {
    ended: Promise.race([run, halted]).finally(() => {
      worker.terminate();
    }),
    stop: () => {
      stop();
    },
  };
}
