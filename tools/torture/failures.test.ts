/** Every call to storage, files, network and engine failing in turn. */
import { expect, it } from 'vitest';
import { tortureFailures } from './failures.ts';

it('whatever call fails says so in words, and nothing that was called stored is lost', async () => {
  const { count, faults } = await tortureFailures();
  expect(faults).toEqual([]);
  expect(count).toBeGreaterThan(500);
}, 120_000);
