/** @file The worker's entry: the laboratory behind a message port. The engine's code arrives while the page is already drawn. */
import { expose } from 'comlink';

const early: MessageEvent[] = [];
const hold = (event: MessageEvent): void => {
  early.push(event);
};
addEventListener('message', hold);

const { Laboratory } = await import('./laboratory.ts');

removeEventListener('message', hold);
expose(new Laboratory());
for (const { data, ports } of early)
  dispatchEvent(new MessageEvent('message', { data: data as unknown, ports: [...ports] }));
