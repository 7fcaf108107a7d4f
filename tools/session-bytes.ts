/**
 * @file `npx tsx tools/session-bytes.ts [--device webgpu|wasm] [--harness folder] [--port N]`: bytes that the sessions of one model hold in
 * Chromium, as they are built one after the other. On WebGPU every buffer that is made and not destroyed, on WebAssembly the heap. Needs
 * `npm run build` and the harness of the end-to-end tests, which it builds where it is missing.
 */
import { parseArgs } from 'node:util';
import { openHarnessPage } from './harness-page.ts';

const { values: flags } = parseArgs({
  options: {
    device: { type: 'string', default: 'webgpu' },
    harness: { type: 'string', default: '.cache/harness' },
    port: { type: 'string', default: '5198' },
    model: { type: 'string', default: 'qwen2-fp32' },
    folder: { type: 'string', default: 'e2e/models' },
  },
});
const device = flags.device === 'wasm' ? 'wasm' : 'webgpu';
const { page, close } = await openHarnessPage({
  ...flags,
  device,
  before: () => {
    const scope = globalThis as unknown as { held: () => number };
    let buffers = 0;
    const heaps: WebAssembly.Memory[] = [];
    scope.held = () => buffers || heaps.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    const Memory = WebAssembly.Memory;
    WebAssembly.Memory = new Proxy(Memory, {
      construct(target, [descriptor]: [WebAssembly.MemoryDescriptor]) {
        const memory = new target(descriptor);
        heaps.push(memory);
        return memory;
      },
    });
    if (!('GPUDevice' in globalThis)) return;
    const make = GPUDevice.prototype.createBuffer;
    GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
      const buffer = make.call(this, descriptor);
      buffers += descriptor.size;
      const destroy = buffer.destroy.bind(buffer);
      let isHeld = true;
      buffer.destroy = () => {
        if (isHeld) buffers -= descriptor.size;
        isHeld = false;
        return destroy();
      };
      return buffer;
    };
  },
});
try {
  const held = await page.evaluate(
    async ([name, on]) => {
      const { held } = globalThis as unknown as { held: () => number };
      const bytes: Record<string, number> = {};
      const model = await window.engine.load(name, on);
      bytes['asked: decode and score'] = held();
      const example = { prompt: 'a', completion: 'b', role: 0 as const };
      for (const objective of ['cross-entropy', 'gradient-ascent'] as const) {
        const since = performance.now();
        await model.trainStep([example], { objective, learningRate: 1e-3 });
        const seconds = ((performance.now() - since) / 1000).toFixed(1);
        bytes[`a step of ${objective} (${seconds} s)`] = held();
      }
      return bytes;
    },
    [flags.model, device] as const,
  );
  for (const [after, bytes] of Object.entries(held)) console.log(after.padEnd(48), bytes);
} finally {
  await close();
}
