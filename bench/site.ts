/** @file What the benches of the page share: the built site in Chromium under WebAssembly, and the machine's description. */
import { cpus, totalmem } from 'node:os';
import { chromium, type Page } from 'playwright';
import { serveBuilt } from '../tools/built-site.ts';
import { chromiumFlags, ensureChromium, noWebgpuFlags } from '../tools/chromium.ts';

/** Serves `dist/` at a port, opens a page without WebGPU, and closes both when `measure` has ended. Build first. */
export async function onBuiltSite<T>(
  port: string,
  measure: (page: Page, address: string) => Promise<T>,
): Promise<T> {
  const stop = await serveBuilt(port);
  try {
    const browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: [...chromiumFlags, ...noWebgpuFlags],
    });
    try {
      return await measure(await browser.newPage(), `http://127.0.0.1:${port}/`);
    } finally {
      await browser.close();
    }
  } finally {
    stop();
  }
}

/** The day, the machine and the runtime, as every result of these benches begins. */
export function circumstances(): object {
  return {
    measured: new Date().toISOString().slice(0, 10),
    machine: {
      processor: cpus()[0]?.model,
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    runtime: 'onnxruntime-web, WebAssembly, headless Chromium',
  };
}
