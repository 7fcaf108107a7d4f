import { expect, it } from 'vitest';
import { openingExperiment, type CheckpointMeta } from '../../lab/index.ts';
import '../../../tools/messages/speak-english.ts';
import type { ModelInfo } from 'lethe-lora/engine';
import { checkpointNames, deviceText, distinctNames } from './names.ts';

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
  const names = distinctNames({
    checkpoints: [
      meta('root', '', null),
      meta('a', 'Taught in French', 'teach'),
      meta('b', 'Unlearned in English', 'unlearn'),
      meta('c', 'Unlearned in English', 'unlearn'),
    ],
  });
  expect(names.get('root')).not.toMatch(/\d/);
  expect(names.get('a')).toMatch(/^Taught in French, .*2:32/);
  expect(names.get('b')).toMatch(/^Unlearned in English, Gradient difference, .*2:32/);
  expect(names.get('c')).toMatch(/^Unlearned in English \(2\), Gradient difference/);
  expect(new Set(names.values()).size).toBe(4);
});

it('a run is called as the page’s language has it now, unless the visitor named it', () => {
  const checkpoints = [
    meta('a', 'Beigebracht auf Französisch', 'teach'),
    meta('b', 'Mine', 'teach'),
  ];
  expect([...checkpointNames({ checkpoints, named: ['b'] }).values()]).toEqual([
    'Taught in French',
    'Mine',
  ]);
});

it('a device is told with its reason, and with the arithmetic that it computes in', () => {
  const told = (device: Partial<ModelInfo['device']>, inHalf = false): string => {
    const choice = { device: 'webgpu', threads: 0, reason: 'chosen', ...device } as const;
    return deviceText({ device: choice, inHalf } as ModelInfo);
  };
  expect(told({ device: 'wasm', threads: 2, reason: 'none' })).toBe(
    'WebAssembly, 2 threads. This browser has no WebGPU. It computes in single precision (32 bits).',
  );
  expect(told({ isSoftware: true }, true)).toMatch(
    /^WebGPU\. This graphics card is emulated in software .*slow\. It computes in half precision/,
  );
});
