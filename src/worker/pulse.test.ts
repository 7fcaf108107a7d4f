import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { patienceFor, Pulse } from './pulse.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A pulse of an engine that answers while `answers` is true; a minute's patience. */
function listening() {
  const told: boolean[] = [];
  const engine = { answers: true, asked: 0 };
  const pulse = new Pulse(
    () => {
      engine.asked++;
      if (engine.answers)
        setTimeout(() => {
          pulse.heard();
        }, 10);
    },
    (isSilent) => told.push(isSilent),
  );
  pulse.patience = 60_000;
  pulse.begin();
  return { pulse, engine, told };
}

describe('the pulse of an engine', () => {
  it('that answers is never told of', () => {
    const { told, engine } = listening();
    vi.advanceTimersByTime(3_600_000);
    expect(told).toEqual([]);
    expect(engine.asked).toBeGreaterThan(100);
  });

  it('that loops without end is told of once, and is asked no further', () => {
    const { told, engine } = listening();
    engine.answers = false;
    vi.advanceTimersByTime(50_000);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(3_600_000);
    expect(told).toEqual([true]);
    expect(engine.asked).toBe(1);
  });

  it('that had only much to do is taken back', () => {
    const { told, engine, pulse } = listening();
    engine.answers = false;
    vi.advanceTimersByTime(100_000);
    pulse.heard();
    engine.answers = true;
    vi.advanceTimersByTime(100_000);
    expect(told).toEqual([true, false]);
  });

  it('that tells of its progress needs no other word', () => {
    const { told, engine, pulse } = listening();
    engine.answers = false;
    for (let layer = 0; layer < 28; layer++) {
      vi.advanceTimersByTime(40_000);
      pulse.heard();
    }
    expect(told).toEqual([]);
  });

  it('counts no time in which the page was frozen, nor a clock that was set', () => {
    const { told, engine } = listening();
    engine.answers = false;
    vi.setSystemTime(Date.now() + 86_400_000);
    vi.advanceTimersByTime(20_000);
    expect(told).toEqual([]);
  });

  it('after its end tells nothing', () => {
    const { told, engine, pulse } = listening();
    engine.answers = false;
    pulse.end();
    vi.advanceTimersByTime(3_600_000);
    expect(told).toEqual([]);
  });
});

it('a step of 0.6 billion parameters takes 80 s under WebAssembly, and is no cause for alarm', () => {
  expect(patienceFor(6e8)).toBeGreaterThan(4 * 80_000);
  // Atlas: a minute and a little, where a step takes half a second.
  expect(patienceFor(6.6e6)).toBeLessThan(70_000);
});
