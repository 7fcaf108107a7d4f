/**
 * @file The worker's entry: a laboratory and a sweeper behind a message port; the page uses one of them in a worker. The engine's code
 * arrives while the page is already drawn.
 */
import { expose } from 'comlink';

const early: MessageEvent[] = [];
const hold = (event: MessageEvent): void => {
  early.push(event);
};
addEventListener('message', hold);

const [{ Laboratory }, { Sweeper }] = await Promise.all([
  import('./laboratory.ts'),
  import('./sweeper.ts'),
]);

removeEventListener('message', hold);
expose({ lab: new Laboratory(), sweeper: new Sweeper() });
for (const { data, ports } of early)
  dispatchEvent(new MessageEvent('message', { data: data as unknown, ports: [...ports] }));
