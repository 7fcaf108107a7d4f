import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { beforeAll, expect, it, vi } from 'vitest';
// eslint-disable-next-line no-restricted-imports -- for tests only, and no part of the passes' face
import { forgetShapes } from '../passes/forget-shapes.ts';
import type { differentiate } from '../passes/index.ts';
import { chooseDevice, loadBackend, type Backend } from '../runtime/index.ts';
import { compareWithExpected } from './verify.ts';

let forgotten = 0;

vi.mock('../passes/differentiate.ts', async (original) => {
  const passes = await original<{ differentiate: typeof differentiate }>();
  return {
    ...passes,
    differentiate: (...[graph, ...rest]: Parameters<typeof passes.differentiate>) => {
      const remember = forgetShapes(graph);
      forgotten++;
      const gradients = passes.differentiate(graph, ...rest);
      remember();
      return gradients;
    },
  };
});

const folder = new URL('../../../../e2e/models/', import.meta.url);
const names = readdirSync(folder).filter((name) =>
  existsSync(new URL(`${name}/expected.json`, folder)),
);

let backend: Backend;

beforeAll(async () => {
  backend = await loadBackend(await chooseDevice({ device: 'cpu' }));
});

it.each(names)('differentiates %s without any shape', async (name) => {
  const read = (path: string): Uint8Array<ArrayBuffer> =>
    new Uint8Array(readFileSync(new URL(`${name}/${path}`, folder)));
  const before = forgotten;
  const result = await compareWithExpected(
    {
      model: read('onnx/model.onnx'),
      expected: read('expected.json'),
      tensors: read('expected.safetensors'),
      adapter: read('adapter_model.safetensors'),
      config: read('config.json'),
    },
    backend,
  );
  expect(forgotten).toBeGreaterThan(before);
  // Half precision and integer kernels round differently; the tolerances of `fixtures.test.ts`.
  expect(result.gradients).toBeLessThan(/f16|fp16|q8/.test(name) ? 1e-2 : 1e-3);
});
