/** @file Which of the site's large files this browser needs to work without a network. */
import type { Device } from '../../model/index.ts';
import type { SiteFile } from './protocol.ts';

/**
 * Atlas, every font, and two builds of the runtime at most: the one that the device uses and, last, the one that the page falls back to
 * where the graphics card fails. `hasPromiseIntegration`: this browser takes the smaller build for WebGPU.
 */
export function neededFiles(
  files: readonly SiteFile[],
  device: Device,
  hasPromiseIntegration: boolean,
): SiteFile[] {
  const forGpu = hasPromiseIntegration ? '.jspi' : '.asyncify';
  const builds = device === 'webgpu' ? [forGpu, ''] : [''];
  const ofBuild = (build: string): SiteFile[] =>
    files.filter(({ path }) =>
      ['mjs', 'wasm'].some((kind) => path === `ort/ort-wasm-simd-threaded${build}.${kind}`),
    );
  return [...files.filter(({ path }) => !path.startsWith('ort/')), ...builds.flatMap(ofBuild)];
}
