/**
 * The train graph on ONNX Runtime's WebGPU provider in Node, against PyTorch. It needs a Vulkan loader (libvulkan1) and a driver;
 * Chromium's SwiftShader will do. Runs in a process of its own, since a missing driver ends the process. Where there is no Vulkan
 * it is skipped; the same comparison runs in Chromium in e2e/engine.webgpu.spec.ts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const loader = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
  .map((folder) => `${folder}/libvulkan.so.1`)
  .find(existsSync);
const driver =
  process.env['VK_ICD_FILENAMES'] ??
  ['/usr/lib/chromium/vk_swiftshader_icd.json'].find(existsSync) ??
  '';
const root = fileURLToPath(new URL('../../../../', import.meta.url));

describe.skipIf(!loader || driver === '')('Node on the WebGPU provider', () => {
  it('trains qwen2-fp32 as in PyTorch', () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'tools/inspect.ts', 'e2e/models/qwen2-fp32', '--device', 'webgpu'],
      { cwd: root, encoding: 'utf8', env: { ...process.env, VK_ICD_FILENAMES: driver } },
    );
    const error = (of: string): number =>
      Number(new RegExp(`error of ${of} +(\\S+)`).exec(stdout)?.[1] ?? NaN);
    expect(status, stdout).toBe(0);
    expect(error('loss')).toBeLessThan(1e-5);
    expect(error('gradients')).toBeLessThan(1e-4);
    expect(error('stepped')).toBeLessThan(4e-4);
  });
});
