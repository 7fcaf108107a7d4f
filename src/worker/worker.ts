/**
 * @file The worker's entry: a laboratory and a sweeper behind a message port; the page uses one of them in a worker. The engine's code
 * arrives while the page is already drawn.
 */
import { expose } from 'comlink';
import { completeCrypto } from '../insecure-context.ts';
import { areYouThere, engineSays, sayToPage } from './engine-word.ts';

completeCrypto();

const early: MessageEvent[] = [];
const hold = (event: MessageEvent): void => {
  early.push(event);
};
addEventListener('message', hold);

/** The engine's code. Where it cannot be had (after an update of the site, say) the page is told, and this worker waits to be ended. */
async function engine(): Promise<{ lab: object; sweeper: object }> {
  try {
    const [{ Laboratory }, { Sweeper }, { watchGpu }] = await Promise.all([
      import('./laboratory.ts'),
      import('./sweeper.ts'),
      import('lethe-lora/engine'),
    ]);
    watchGpu((detail) => {
      sayToPage({ engine: 'gpu-lost', detail });
    });
    return { lab: new Laboratory(), sweeper: new Sweeper() };
  } catch (error) {
    sayToPage({ engine: 'not-started', detail: String(error) });
    return new Promise(() => undefined);
  }
}

const api = await engine();
removeEventListener('message', hold);
expose(api);
addEventListener('message', ({ data }: MessageEvent) => {
  const asked: { engine: string } | null = engineSays(data);
  if (asked?.engine === areYouThere.engine) sayToPage({ engine: 'here' });
});
sayToPage({ engine: 'started' });
for (const { data, ports } of early)
  dispatchEvent(new MessageEvent('message', { data: data as unknown, ports: [...ports] }));
