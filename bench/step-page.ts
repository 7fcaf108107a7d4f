/** @file Runs train graphs in Chromium by ONNX Runtime alone: how many dispatches a step takes there, and how long. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Ort from 'onnxruntime-web';
import { chromium } from 'playwright';
import { chromiumFlags, ensureChromium, noWebgpuFlags, webgpuFlags } from '../tools/chromium.ts';

/** A tensor as it travels to the page. */
export interface Feed {
  type: 'float32' | 'int64';
  dims: readonly number[];
  values: readonly number[];
}

export interface Step {
  model: Uint8Array;
  feeds: Readonly<Record<string, Feed>>;
}

export interface Measured {
  /** `dispatchWorkgroups` calls of one warm step. */
  dispatches: number;
  submits: number;
  /** Each warm run, in milliseconds. */
  milliseconds: number[];
  /** What the graph gave in the first run, in its outputs of at most so many numbers. */
  outputs: Record<string, number[]>;
}

const binaries = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-web')));
const origin = 'http://localhost:5297/';

/** Opens a page with ONNX Runtime on a device; `run` builds sessions of several graphs and runs them by turns. */
export async function openStepPage(device: 'webgpu' | 'wasm', flags: readonly string[] = []) {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...chromiumFlags, ...(device === 'webgpu' ? webgpuFlags : noWebgpuFlags), ...flags],
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(600_000);
  page.on('console', (message) => {
    if (process.env['PAGE_LOG']) console.log(message.text());
  });
  const models = new Map<string, Uint8Array>();
  await page.route('**/*', (route) => {
    const path = new URL(route.request().url()).pathname.slice(1);
    const model = models.get(path);
    if (model) return route.fulfill({ body: Buffer.from(model) });
    if (path === '')
      return route.fulfill({
        contentType: 'text/html',
        body: '<!doctype html><title>step</title>',
      });
    if (path.endsWith('.ico')) return route.fulfill({ status: 404 });
    return route.fulfill({
      contentType: path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript',
      body: readFileSync(join(binaries, path)),
    });
  });
  await page.addInitScript('globalThis.__name = (each) => each');
  await page.goto(origin);
  const run = async (steps: readonly Step[], rounds = 3): Promise<Measured[]> => {
    steps.forEach(({ model }, index) => models.set(`model-${index}`, model));
    return page.evaluate(
      async ({ device, origin, feeds, rounds, log }) => {
        const file = device === 'webgpu' ? 'ort.jspi.min.mjs' : 'ort.wasm.min.mjs';
        const ort = (await import(/* @vite-ignore */ origin + file)) as typeof Ort;
        ort.env.logLevel = log ? 'verbose' : 'error';
        ort.env.wasm.numThreads = 1;
        ort.env.wasm.wasmPaths = origin;
        const counts = { dispatches: 0, submits: 0 };
        const count = (owner: object | undefined, name: string, key: keyof typeof counts): void => {
          if (!owner) return;
          const methods = owner as Record<string, (...all: unknown[]) => unknown>;
          const own = methods[name];
          methods[name] = function (...all: unknown[]) {
            counts[key]++;
            return own?.apply(this, all);
          };
        };
        if (device === 'webgpu') {
          count(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', 'dispatches');
          count(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', 'dispatches');
          count(GPUQueue.prototype, 'submit', 'submits');
        }
        const sessions = [];
        for (const [index] of feeds.entries()) {
          const bytes = await (await fetch(`${origin}model-${index}`)).arrayBuffer();
          sessions.push(
            await ort.InferenceSession.create(new Uint8Array(bytes), {
              executionProviders: [device],
              graphOptimizationLevel: 'all',
              logSeverityLevel: log ? 0 : 3,
              extra: { session: { qdq_matmulnbits_accuracy_level: '1' } },
            }),
          );
        }
        const results = sessions.map(() => ({
          dispatches: 0,
          submits: 0,
          milliseconds: [] as number[],
          outputs: {} as Record<string, number[]>,
        }));
        for (let round = 0; round < rounds + 2; round++)
          for (const [index, session] of sessions.entries()) {
            const input = Object.fromEntries(
              session.inputNames.map((name) => {
                const feed = feeds[index]?.[name];
                if (!feed) throw new Error(`no feed for ${name}`);
                const { type, dims, values } = feed;
                const data =
                  type === 'int64' ? BigInt64Array.from(values, BigInt) : Float32Array.from(values);
                return [name, new ort.Tensor(type as 'float32', data as Float32Array, dims)];
              }),
            );
            [counts.dispatches, counts.submits] = [0, 0];
            const since = performance.now();
            const output = await session.run(input);
            const elapsed = performance.now() - since;
            const result = results[index];
            if (!result) continue;
            if (round === 0)
              for (const [name, tensor] of Object.entries(output))
                if (tensor.size <= 4096)
                  result.outputs[name] = Array.from(tensor.data as Float32Array, Number);
            if (round < 2) continue;
            result.milliseconds.push(elapsed);
            [result.dispatches, result.submits] = [counts.dispatches, counts.submits];
          }
        for (const session of sessions) await session.release();
        return results;
      },
      {
        device,
        origin,
        feeds: steps.map(({ feeds }) => feeds),
        rounds,
        log: Boolean(process.env['PAGE_LOG']),
      },
    );
  };
  return { run, close: () => browser.close() };
}
