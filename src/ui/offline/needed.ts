/** @file Which of the site's large files this browser needs to work without a network. */
import type { Device } from 'lethe-lora/engine';
import type { SiteFile } from './protocol.ts';

/**
 * Atlas; of its twin and of the fonts what the page has fetched (`fetched` tells by path), since not everybody needs them; and two builds of the runtime at
 * most: the one that the device uses and, last, the one that the page falls back to where the graphics card fails. `hasPromiseIntegration`: this browser takes the smaller build for WebGPU.
 */
export function neededFiles(
  files: readonly SiteFile[],
  device: Device,
  hasPromiseIntegration: boolean,
  fetched: (path: string) => boolean,
): SiteFile[] {
  const forGpu = hasPromiseIntegration ? '.jspi' : '.asyncify';
  const builds = device === 'webgpu' ? [forGpu, ''] : [''];
  const ofBuild = (build: string): SiteFile[] =>
    files.filter(({ path }) =>
      ['mjs', 'wasm'].some((kind) => path === `ort/ort-wasm-simd-threaded${build}.${kind}`),
    );
  const others = files.filter(
    ({ path }) =>
      !path.startsWith('ort/') && (!/\.woff2$|^models\/atlas-plain\//.test(path) || fetched(path)),
  );
  return [...others, ...builds.flatMap(ofBuild)];
}
