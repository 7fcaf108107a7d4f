/**
 * @file `npx tsx tools/large-file.ts [--port N] [--gigabytes N]`: a model whose weights lie in one file of more than 2 GB in the browser's
 * private file system, loaded and asked in Chromium. The weights are a fixture's, far apart; its answers must be the fixture's. Needs
 * `npm run build` and as much room on the disk as the file is long.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { openHarnessPage } from './harness-page.ts';

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '5198' },
    gigabytes: { type: 'string', default: '2.6' },
  },
});
const size = Math.floor((Number(flags.gigabytes) * 1e9) / 4096) * 4096;
const fixture = 'e2e/models/qwen2-fp32/';

const model = fromBinary(ModelProtoSchema, readFileSync(`${fixture}onnx/model.onnx`));
const large = (model.graph?.initializer ?? []).filter(({ rawData }) => rawData.length >= 1024);
const weights: { offset: number; base64: string }[] = [];
large.forEach((tensor, i) => {
  const last = size - tensor.rawData.length;
  const offset = i === large.length - 1 ? last : Math.floor((i * size) / large.length);
  weights.push({ offset, base64: Buffer.from(tensor.rawData).toString('base64') });
  const entries = { location: 'model.onnx_data', offset, length: tensor.rawData.length };
  tensor.externalData = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value: String(value) }),
  );
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  tensor.rawData = new Uint8Array(0);
});
const onnx = Buffer.from(toBinary(ModelProtoSchema, model)).toString('base64');

const { page, close } = await openHarnessPage({
  device: 'wasm',
  port: flags.port,
  folder: 'e2e/models',
});
try {
  const result = await page.evaluate(
    async ({ onnx, weights, size }) => {
      const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
        Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const root = await navigator.storage.getDirectory();
      const handle = await root.getFileHandle('model.onnx_data', { create: true });
      const writable = await handle.createWritable();
      await writable.truncate(size);
      for (const { offset, base64 } of weights)
        await writable.write({ type: 'write', position: offset, data: bytesOf(base64) });
      await writable.close();
      const arrays: number[] = [];
      const Plain = Uint8Array;
      globalThis.Uint8Array = new Proxy(Plain, {
        construct(target, given: [number]) {
          if (typeof given[0] === 'number' && given[0] > 1e8) arrays.push(given[0]);
          return new target(...given);
        },
      });
      const asked = async (source: Parameters<typeof window.engine.open>[0] | null) => {
        const since = performance.now();
        const model = source
          ? await window.engine.open(source, 'wasm')
          : await window.engine.load('qwen2-fp32', 'wasm');
        const scores = await model.score([{ prompt: 'abc', continuation: 'xyz' }]);
        const [said] = await model.generate(['abc'], { maxNewTokens: 8 });
        await model.dispose();
        const seconds = Math.round((performance.now() - since) / 1000);
        return { logProb: scores[0]?.logProb, text: said?.text, seconds };
      };
      const whole = await asked(null);
      const pieces = await asked({
        name: 'large',
        open: async (path) => {
          if (path === 'onnx/model.onnx') return new Blob([bytesOf(onnx)]);
          if (path === 'onnx/model.onnx_data') return handle.getFile();
          const response = await fetch(`../fixtures/qwen2-fp32/${path}`);
          return response.ok ? response.blob() : undefined;
        },
      });
      await root.removeEntry('model.onnx_data');
      return { whole, pieces, arrays };
    },
    { onnx, weights, size },
  );
  console.log(`one file of ${size} bytes, ${weights.length} weights`);
  console.log('arrays of more than 100 MB', result.arrays.join(', '));
  console.log('the fixture  ', JSON.stringify(result.whole));
  console.log('from the file', JSON.stringify(result.pieces));
  const same =
    result.whole.logProb === result.pieces.logProb && result.whole.text === result.pieces.text;
  console.log(same ? 'the same' : 'NOT the same');
  if (!same) process.exitCode = 1;
} finally {
  await close();
}
