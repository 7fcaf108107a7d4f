import { describe, expect, it } from 'vitest';
import { openingExperiment, type CheckpointMeta } from '../../lab/index.ts';
import { thinned } from './thinning.ts';

function checkpoint(id: string, parent: string | null, rest: Partial<CheckpointMeta> = {}) {
  return {
    id,
    parent,
    name: id,
    createdAt: Number(id.slice(1)),
    experiment: parent === null ? null : openingExperiment,
    phase: parent === null ? null : 'teach',
    ending: parent === null ? null : 'finished',
    ...rest,
  } as CheckpointMeta;
}

const chain = [
  checkpoint('c0', null),
  ...Array.from({ length: 7 }, (_, at) => checkpoint(`c${at + 1}`, `c${at}`)),
];
const nobody = (): boolean => false;

describe('thinning a history', () => {
  it('keeps the untouched model, the end, and every n-th between them', () => {
    expect(thinned(chain, 3, nobody)).toEqual(['c1', 'c2', 'c4', 'c5']);
    expect(thinned(chain, 2, nobody)).toEqual(['c1', 'c3', 'c5']);
  });

  it('keeps what is spared, such as what was named', () => {
    expect(thinned(chain, 100, ({ id }) => id === 'c4')).toEqual(['c1', 'c2', 'c3', 'c5', 'c6']);
  });

  it('keeps every end of a branch, what was stopped, where that began, and the lesson that was unlearned', () => {
    const more = [
      ...chain,
      checkpoint('c8', 'c2', { ending: 'stopped' }),
      checkpoint('c9', 'c4', { phase: 'unlearn' }),
      checkpoint('c10', 'c9', { phase: 'unlearn' }),
    ];
    expect(thinned(more, 100, nobody)).toEqual(['c1', 'c3', 'c5', 'c6', 'c9']);
  });
});
