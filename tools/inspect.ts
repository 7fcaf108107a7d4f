/**
 * @file `npm run inspect -- <model folder> [--device cpu|webgpu]`: can this model be asked and taught, and if not, why; its
 * projections, graph sizes, bytes, and milliseconds a step. Where `expected.json` lies in the folder, compares with it and exits
 * with 1 above a relative error of 1e-3.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCausalLM, type CausalLM } from '../src/model/index.ts';
import { moduleTable } from '../src/model/peft-modules.ts';
import { compareWithExpected } from '../src/model/verify.ts';
import { externalWeights, parseModel, type Graph } from '../src/onnx/index.ts';
import {
  adapterLayout,
  arenaLength,
  buildDecodeGraph,
  buildTrainGraph,
  findProjections,
  prepare,
  gradientRules,
  lower,
  MissingGradientError,
  UnsupportedOperatorError,
  type Trainable,
} from '../src/passes/index.ts';
import { chooseDevice, loadBackend } from '../src/runtime/index.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { device: { type: 'string', default: 'cpu' } },
});
const [folder] = positionals;
if (folder === undefined || (flags.device !== 'cpu' && flags.device !== 'webgpu')) {
  console.error('Usage: npm run inspect -- <model folder> [--device cpu|webgpu]');
  process.exit(2);
}
const base = resolve(folder);
const file = join(base, 'onnx/model.onnx');
if (!existsSync(file)) {
  console.error(
    `There is no ${file}: a model folder has config.json, tokenizer.json, onnx/model.onnx.`,
  );
  process.exit(2);
}
const { device } = flags;
const read = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(join(base, name)));
const line = (name: string, value: unknown): void => {
  console.log(`${name.padEnd(22)} ${String(value)}`);
};

/** Operators by how often they occur: `MatMul 24, Add 13 …`. */
function operators(graph: Graph): string {
  const counts = new Map<string, number>();
  for (const { op } of graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([op, count]) => `${op} ${count}`)
    .join(', ');
}

/** Whether a train graph can be built; prints it, or every operator without a rule by name and node. */
function describeTraining(source: Graph, trainable: Trainable): boolean {
  try {
    const { graph } = buildTrainGraph(source, trainable, 'cross-entropy');
    line('taught', `yes; train graph of ${graph.nodes.length} nodes`);
    return true;
  } catch (error) {
    if (!(error instanceof MissingGradientError || error instanceof UnsupportedOperatorError))
      throw error;
    line('taught', `no: ${error.message}`);
    if (error instanceof MissingGradientError)
      for (const node of lower(source, { cache: false }).nodes)
        if (!gradientRules[node.op] && node.outputs[0]?.type?.startsWith('float'))
          line('', `without a rule: ${node.op}, ${node.label}`);
    return false;
  }
}

async function timeSteps(model: CausalLM): Promise<number> {
  const example = { prompt: 'a b c', completion: ' d e f g', role: 0 as const };
  const examples = Array.from({ length: 4 }, () => example);
  const step = () => model.trainStep(examples, { objective: 'cross-entropy', learningRate: 1e-4 });
  await step();
  const times: number[] = [];
  for (let i = 0; i < 9; i++) {
    const since = performance.now();
    await step();
    times.push(performance.now() - since);
  }
  return times.sort((a, b) => a - b)[4] ?? NaN;
}

const bytes = read('onnx/model.onnx');
const external = new Map(
  [...externalWeights(bytes).keys()].map((name) => [name, read(`onnx/${name}`)]),
);
const source = prepare(parseModel(bytes, external), external);
line('model', base);
line('bytes', bytes.length + [...external.values()].reduce((sum, part) => sum + part.length, 0));
line('nodes', `${source.nodes.length}: ${operators(source)}`);

const config = existsSync(join(base, 'config.json')) ? read('config.json') : undefined;
const projections = findProjections(
  source,
  moduleTable(
    config ? (JSON.parse(new TextDecoder().decode(config)) as Record<string, unknown>) : {},
  ),
);
const trainable = { kind: 'adapters', projections, rank: 8, alpha: 16 } as const;
line('projections', projections.length);
for (const { parts } of projections)
  line('', parts.map(({ layer, module }) => `layer ${layer} ${module}`).join(' + '));
line('adapter', `${arenaLength(adapterLayout(projections, 8))} numbers at rank 8`);
let asked = true;
try {
  line('asked', `yes; decode graph of ${buildDecodeGraph(source, trainable).nodes.length} nodes`);
} catch (error) {
  asked = false;
  line('asked', `no: ${(error as Error).message}`);
}
const taught = describeTraining(source, trainable);

let failed = !asked || !taught;
if (asked && taught && existsSync(join(base, 'tokenizer.json'))) {
  const model = await loadCausalLM({ base: base + '/', device });
  line('milliseconds a step', (await timeSteps(model)).toFixed(1) + ' (median of 9, 4 sequences)');
  await model.dispose();
}
if (existsSync(join(base, 'expected.json'))) {
  const result = await compareWithExpected(
    {
      model: bytes,
      expected: read('expected.json'),
      tensors: read('expected.safetensors'),
      adapter: read('adapter_model.safetensors'),
      ...(config && { config }),
    },
    await loadBackend(await chooseDevice({ device })),
  );
  for (const name of ['loss', 'gradients', 'stepped'] as const) {
    line(`error of ${name}`, result[name].toExponential(1));
    failed ||= !(result[name] <= 1e-3);
  }
}
process.exit(failed ? 1 : 0);
