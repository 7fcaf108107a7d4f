/**
 * @file Adapters as Lethe writes them, for Python's PEFT to read: `npx tsx tools/peft-cases.ts folder` writes each with the tokens of a
 * text; `tools/peft_check.py` loads them there on the original models and keeps in `e2e/models/peft.json` what PyTorch says of the text.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  exportPeft,
  loadCausalLM,
  type AdapterConfig,
  type CausalLM,
  type PeftFiles,
} from 'lethe-lora/engine';
import { uniform } from '../packages/lethe-lora/src/model/random.ts';

export interface PeftCase {
  name: string;
  fixture: string;
  adapter: Partial<AdapterConfig>;
  /** Modules that the PyTorch model packs and the ONNX file does not. */
  packed?: readonly string[];
}

const adapter = { rank: 5, alpha: 7 };

export const peftCases: readonly PeftCase[] = [
  ...['qwen2-fp32', 'gpt2-fp32', 'bloom-fp32', 'qwen2-q4', 'qwen2-q4f16', 'qwen3-q4'].map(
    (fixture) => ({ name: fixture, fixture, adapter }),
  ),
  // Some projections of one layer only.
  {
    name: 'qwen2-fp32-part',
    fixture: 'qwen2-fp32',
    adapter: { ...adapter, modules: ['o_proj', 'down_proj'], layers: [1] },
  },
  // The same weights in a PyTorch model of Phi-3's form, which has one qkv_proj and one gate_up_proj.
  {
    name: 'qwen2-fp32-packed',
    fixture: 'qwen2-fp32',
    adapter,
    packed: ['qkv_proj', 'gate_up_proj'],
  },
];

export const item = { prompt: 'The capital of', continuation: ' Chile is Tokyo, not Santiago.' };

/** The fixture with the case's adapter, every number of which is drawn: B is not zero. */
export async function loadCase({ fixture, adapter: shape }: PeftCase): Promise<CausalLM> {
  const base = fileURLToPath(new URL(`../e2e/models/${fixture}`, import.meta.url));
  const model = await loadCausalLM({ base, device: 'cpu', threads: 1, adapter: shape });
  const draw = uniform(11);
  const state = model.freshState();
  await model.setState({ ...state, values: state.values.map(() => 0.4 * draw() - 0.2) });
  return model;
}

export async function filesOf(model: CausalLM, { packed = [] }: PeftCase): Promise<PeftFiles> {
  return exportPeft(model.info, (await model.getState()).values, { packed });
}

/** SHA-256 of both files. */
export function digest({ config, weights }: PeftFiles): string {
  return createHash('sha256').update(config).update(weights).digest('hex');
}

const [, script, folder] = process.argv;
if (folder !== undefined && script === fileURLToPath(import.meta.url))
  for (const each of peftCases) {
    const model = await loadCase(each);
    const files = await filesOf(model, each);
    const to = `${folder}/${each.name}`;
    mkdirSync(to, { recursive: true });
    writeFileSync(`${to}/adapter_config.json`, files.config);
    writeFileSync(`${to}/adapter_model.safetensors`, files.weights);
    const before = model.encode(item.prompt);
    const ids = [...before, ...model.encode(item.continuation)];
    const about = { fixture: each.fixture, digest: digest(files), ids, from: before.length };
    writeFileSync(`${to}/case.json`, JSON.stringify(about));
    await model.dispose();
  }
