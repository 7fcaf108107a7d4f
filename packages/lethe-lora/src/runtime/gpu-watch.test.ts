import { describe, expect, it } from 'vitest';
import { building, givenUp, watchGpu } from './gpu-watch.ts';

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

  it('that is destroyed is lost while a session is built or there, else the runtime gave it up', async () => {
    const destroyed = { reason: 'destroyed', message: '' };
    const before = await watched();
    before.device.lose(destroyed);
    await turn();
    const during = await watched();
    await building(async () => {
      during.device.lose(destroyed);
      await turn();
    });
    const after = await watched();
    givenUp();
    after.device.lose(destroyed);
    await turn();
    await building(() => Promise.reject(new Error('refused'))).catch(() => undefined);
    const failed = await watched();
    failed.device.lose(destroyed);
    await turn();
    expect([before, during, after, failed].map(({ told }) => told.length)).toEqual([0, 1, 0, 0]);
  });
});
