/** @file Child processes as workers. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { NamedTask } from './index.ts';
import type { Worker } from './schedule.ts';

const entry = fileURLToPath(new URL('worker.ts', import.meta.url));

export interface Pool {
  workers: Worker<NamedTask>[];
  close(): void;
}

/** Starts so many children, each with the model of that folder; they end with their parent. */
export function openPool(count: number, folder: string): Pool {
  const children = Array.from({ length: count }, () => fork(entry, [folder]));
  return {
    workers: children.map((child) => (task) => send(child, task)),
    close: () => children.forEach((child) => child.disconnect()),
  };
}

function send(child: ChildProcess, task: NamedTask): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const what = `${task.measure} ${JSON.stringify(task.task).slice(0, 120)}`;
    const ended = (code: number | null, signal: string | null): void =>
      reject(new Error(`A worker ended (${signal ?? `code ${String(code)}`}) during ${what}.`));
    child.once('exit', ended);
    child.once('message', (answer: { result?: unknown; error?: string }) => {
      child.off('exit', ended);
      if (answer.error === undefined) resolve(answer.result);
      else reject(new Error(`${answer.error} (during ${what})`));
    });
    if (!child.connected) ended(child.exitCode, child.signalCode);
    else child.send(task);
  });
}
