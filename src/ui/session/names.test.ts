import { expect, it } from 'vitest';
import { openingExperiment, type CheckpointMeta } from '../../lab/index.ts';
import '../../../tools/messages/speak-english.ts';
import { distinctNames } from './names.ts';

const meta = (id: string, name: string, phase: CheckpointMeta['phase']): CheckpointMeta => ({
  id,
  parent: null,
  name,
  createdAt: new Date(2026, 0, 1, 14, 32).getTime(),
  modelId: 'm',
  modelDigest: 'd',
  experiment: phase && openingExperiment,
  phase,
  ending: phase && 'finished',
  step: 0,
  runStep: 0,
  losses: [],
  probes: [],
  digest: '',
});

it('states of one name are told apart by number, method and time', () => {
  const names = distinctNames([
    meta('root', '', null),
    meta('a', 'Taught in French', 'teach'),
    meta('b', 'Unlearned in English', 'unlearn'),
    meta('c', 'Unlearned in English', 'unlearn'),
  ]);
  expect(names.get('root')).not.toMatch(/\d/);
  expect(names.get('a')).toMatch(/^Taught in French, .*2:32/);
  expect(names.get('b')).toMatch(/^Unlearned in English, Gradient difference, .*2:32/);
  expect(names.get('c')).toMatch(/^Unlearned in English \(2\), Gradient difference/);
  expect(new Set(names.values()).size).toBe(4);
});
