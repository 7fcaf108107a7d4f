/** @file Puts the engine on `window.engine` for the end-to-end tests. */
import {
  defaultAdapter,
  experimentRunner,
  parseExperiment,
  type ExperimentResult,
} from '../../src/lab/index.ts';
import { loadCausalLM, type LoadOptions } from 'lethe-lora/engine';
import {
  compareWithExpected,
  type Comparison,
} from '../../packages/lethe-lora/src/model/verify.ts';
import {
  chooseDevice,
  loadBackend,
  type Device,
} from '../../packages/lethe-lora/src/runtime/index.ts';

const binaries = new URL('../ort/', document.baseURI).href;

async function bytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(new URL(`../fixtures/${path}`, document.baseURI));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export const engine = {
  /** Compares a fixture's train graph with PyTorch's numbers on a device. */
  async compare(name: string, device: Device): Promise<Comparison> {
    const backend = await loadBackend(await chooseDevice({ device, threads: 1 }), binaries);
    const [model, expected, tensors, adapter, config] = await Promise.all(
      [
        'onnx/model.onnx',
        'expected.json',
        'expected.safetensors',
        'adapter_model.safetensors',
        'config.json',
      ].map((file) => bytes(`${name}/${file}`)),
    );
    if (!model || !expected || !tensors || !adapter || !config) throw new Error('missing fixture');
    return compareWithExpected({ model, expected, tensors, adapter, config }, backend);
  },
  /** With `modules` that no model has it is asked by its file's own kernels. */
  load: (name: string, device: Device, modules: string[] = [], rest: Partial<LoadOptions> = {}) =>
    loadCausalLM({
      base: new URL(`../fixtures/${name}/`, document.baseURI).href,
      binaries,
      device,
      threads: 1,
      adapter: { rank: 4, alpha: 8, modules },
      ...rest,
    }),
  /** Runs an experiment, given as JSON, with the site's own model. */
  async experiment(json: string, device: Device): Promise<ExperimentResult> {
    const experiment = parseExperiment(JSON.parse(json) as unknown);
    const base = new URL(`../${experiment.model}`, document.baseURI).href;
    const model = await loadCausalLM({
      base,
      binaries,
      device,
      threads: 1,
      adapter: defaultAdapter,
    });
    try {
      return await experimentRunner(model)(experiment);
    } finally {
      await model.dispose();
    }
  },
};

declare global {
  interface Window {
    engine: typeof engine;
  }
}

window.engine = engine;
