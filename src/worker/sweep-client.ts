/** @file The page's end of a sweep: a worker that lives as long as it runs. */
import { proxy, type Remote } from 'comlink';
import { runtimeFolder, startWorker } from './client.ts';
import { Supervisor } from './supervisor.ts';
import type { SweepApi, SweepEvent, SweepRequest } from './sweeper.ts';

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
  const supervisor = new Supervisor<Remote<SweepApi>>(() => {
    const { worker, sweeper } = startWorker();
    return { worker, api: sweeper };
  });
  let stop = (): void => undefined;
  const halted = new Promise<SweepEnding>((resolve) => {
    stop = () => {
      resolve('stopped');
    };
  });
  const model = { ...request.model, binaries: runtimeFolder() };
  const run = supervisor
    .call((sweeper) => sweeper.run({ ...request, model }, proxy(onEvent)))
    .then((ran): SweepEnding => (ran ? 'done' : 'elsewhere'));
  return {
    ended: Promise.race([run, halted]).finally(() => {
      supervisor.close();
    }),
    stop: () => {
      stop();
    },
  };
}
