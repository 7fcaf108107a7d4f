import { describe, expect, it, vi } from 'vitest';
import { releasing, watchGpu } from './gpu-watch.ts';

class Device extends EventTarget {
  lose!: (info: { reason: string; message: string }) => void;
  readonly lost = new Promise((resolve) => {
    this.lose = resolve;
  });
}

/** An adapter whose devices a test can lose, and what was told of them. */
async function watched(): Promise<{ device: Device; told: string[] }> {
  const told: string[] = [];
  const device = new Device();
  const adapters = { prototype: { requestDevice: () => Promise.resolve(device) } };
  watchGpu((detail) => told.push(detail), adapters as never);
  await adapters.prototype.requestDevice();
  return { device, told };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

describe('a device', () => {
  it('that is lost is told, once', async () => {
    const { device, told } = await watched();
    device.lose({ reason: 'unknown', message: 'The process crashed.' });
    await turn();
    device.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new Error('late') }));
    expect(told).toEqual(['unknown: The process crashed.']);
  });

  it('with an error that nobody caught is told: its numbers mean nothing', async () => {
    const { device, told } = await watched();
    device.dispatchEvent(
      Object.assign(new Event('uncapturederror'), { error: new RangeError('binding too large') }),
    );
    expect(told).toEqual(['RangeError: binding too large']);
  });

  it('that the runtime gives up with its last session is not lost; one that is lost then is', async () => {
    const given = await watched();
    const lost = await watched();
    await releasing(async () => {
      given.device.lose({ reason: 'destroyed', message: '' });
      lost.device.lose({ reason: 'unknown', message: 'gone' });
      await turn();
    });
    expect(given.told).toEqual([]);
    expect(lost.told).toEqual(['unknown: gone']);
  });

  it('that something else destroys is lost', async () => {
    const { device, told } = await watched();
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 60_000);
    device.lose({ reason: 'destroyed', message: '' });
    await turn();
    expect(told).toHaveLength(1);
    vi.restoreAllMocks();
  });
});
