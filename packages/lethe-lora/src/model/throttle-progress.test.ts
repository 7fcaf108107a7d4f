import { expect, it, vi } from 'vitest';
import { throttleProgress } from './throttle-progress.ts';

it('reports the first, then at most ten times a second, and the end in any case', () => {
  const clock = vi.spyOn(performance, 'now');
  try {
    const reported: number[] = [];
    const report = throttleProgress((loaded) => reported.push(loaded));
    for (let loaded = 1; loaded <= 300; loaded++) {
      clock.mockReturnValue(loaded);
      report(loaded, 300);
    }
    expect(reported).toEqual([1, 101, 201, 300]);
  } finally {
    clock.mockRestore();
  }
});
