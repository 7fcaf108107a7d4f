/** @file Loads ONNX Runtime for a device: its native build in Node, one of its WebAssembly builds in a browser. */
import type * as Ort from 'onnxruntime-web';
import { isNode, type DeviceChoice } from './device.ts';

export type { Ort };
export type Tensor = Ort.Tensor;

/** The runtime's library with its environment set, loaded once a page. */
export interface Backend {
  ort: typeof Ort;
  choice: DeviceChoice;
}

/**
 * Imports the build that a device needs. `binaries` is the URL of the folder that holds ONNX Runtime's WebAssembly files (with a
 * slash at its end); it is not used in Node.
 */
export async function loadBackend(choice: DeviceChoice, binaries?: string): Promise<Backend> {
  if (isNode) {
    // Spelt so that a bundler for the browser does not follow it.
    const native = 'onnxruntime-node';
    const module = (await import(/* @vite-ignore */ native)) as typeof Ort & {
      default?: typeof Ort;
    };
    return { ort: module.default ?? module, choice };
  }
  const ort = await importBuild(choice);
  ort.env.logLevel = 'error';
  ort.env.wasm.numThreads = Math.max(1, choice.threads);
  if (binaries) ort.env.wasm.wasmPaths = binaries;
  return { ort, choice };
}

async function importBuild({ device }: DeviceChoice): Promise<typeof Ort> {
  if (device === 'wasm') return (await import('onnxruntime-web/wasm')) as unknown as typeof Ort;
  // JavaScript promise integration makes a smaller and faster build than the asyncify transform.
  return 'Suspending' in WebAssembly
    ? ((await import('onnxruntime-web/jspi')) as unknown as typeof Ort)
    : ((await import('onnxruntime-web/webgpu')) as unknown as typeof Ort);
}
