import { expect, it, vi } from 'vitest';
import { seldom } from './seldom.ts';

it('tells the first, then at most ten times a second, and the end in any case', () => {
  const clock = vi.spyOn(performance, 'now');
  try {
    const told: number[] = [];
    const tell = seldom((loaded) => told.push(loaded));
    for (let loaded = 1; loaded <= 300; loaded++) {
      clock.mockReturnValue(loaded);
      tell(loaded, 300);
    }
    expect(told).toEqual([1, 101, 201, 300]);
  } finally {
    clock.mockRestore();
  }
});
