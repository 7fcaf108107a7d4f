import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

/** Steps after which a run probes, and the share of its time that this took. */
function simulated(perStep: number, perProbe: number, known: number | null): [number[], number] {
  const pace = new Pace(known);
  const probes: number[] = [];
  for (let step = 1; step <= 30; step++) {
    pace.step(perStep);
    if (step % 5 !== 0 || !pace.mayAsk) continue;
    pace.probed(perProbe);
    probes.push(step);
  }
  const asked = probes.length * perProbe;
  return [probes, asked / (asked + 30 * perStep)];
}

describe('the pace of a run', () => {
  it('leaves quick probes where the experiment has them', () => {
    expect(simulated(100, 2500, 2500)[0]).toEqual([5, 10, 15, 20, 25, 30]);
    expect(simulated(100, 2500, null)[0]).toEqual([5, 10, 15, 20, 25, 30]);
  });

  it('puts slow probes off, so that they take a third of the time at most', () => {
    const [probes, share] = simulated(5_000, 45_000, 45_000);
    expect(probes).toEqual([20]);
    expect(share).toBeLessThanOrEqual(1 / 3);
    expect(simulated(20_000, 45_000, 45_000)[0]).toEqual([5, 10, 15, 20, 25, 30]);
  });

  it('says how many steps lie between probes', () => {
    const pace = new Pace(40_000);
    expect(pace.interval(5, 0)).toBeNull();
    pace.step(8_000);
    expect(pace.interval(5, 1)).toBe(10);
    pace.probed(1_000);
    expect(pace.interval(5, 1)).toBe(5);
  });
});
