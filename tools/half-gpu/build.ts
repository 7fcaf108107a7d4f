/**
 * @file A Chromium that computes in half precision on any machine: Debian's, with Mesa's lavapipe in SwiftShader's place. It is built in
 * `.cache`, from the packages chromium, mesa-vulkan-drivers, libvulkan-dev and gcc.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';

const built = resolve(import.meta.dirname, '../../.cache/half-gpu');
const source = join(import.meta.dirname, 'forward.c');
/** Where Debian's package keeps the browser. */
const browser = '/usr/lib/chromium';
const loaders = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((folder) => `/usr/lib/${folder}/libvulkan.so.1`)
  .filter(existsSync);

/** The browser, where it has been built; else undefined. */
export function findHalfGpu(): string | undefined {
  const path = join(built, 'chromium');
  return existsSync(path) ? path : undefined;
}

/** What is lacking to build it, in words; null where nothing is. */
function lacking(): string | null {
  if (!existsSync(join(browser, 'chromium'))) return 'Debian’s chromium';
  if (!existsSync('/usr/include/vulkan/vulkan.h') || loaders.length === 0) return 'libvulkan-dev';
  const drivers = existsSync('/usr/share/vulkan/icd.d')
    ? readdirSync('/usr/share/vulkan/icd.d')
    : [];
  if (!drivers.some((name) => name.startsWith('lvp_'))) return 'mesa-vulkan-drivers';
  return spawnSync('which', ['gcc']).status === 0 ? null : 'gcc';
}

/** Builds it where it can be built and is not yet, or is older than its parts. Gives what it did, in a sentence. */
export function ensureHalfGpu(): string {
  const missing = lacking();
  if (missing !== null)
    return `Half precision is not tested: ${missing} is not installed (docs/scripts.md).`;
  const own = findHalfGpu();
  const newest = Math.max(
    ...[source, join(browser, 'chromium')].map((path) => statSync(path).mtimeMs),
  );
  if (own !== undefined && statSync(join(built, 'libvk_swiftshader.so')).mtimeMs > newest)
    return 'The browser with half precision is there.';
  rmSync(built, { recursive: true, force: true });
  mkdirSync(built, { recursive: true });
  const replaced = ['chromium', 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'];
  for (const name of readdirSync(browser))
    if (!replaced.includes(name)) symlinkSync(join(browser, name), join(built, name));
  // The page itself is drawn by the real one.
  copyFileSync(join(browser, 'libvk_swiftshader.so'), join(built, 'libvk_drawing.so'));
  writeFileSync(
    join(built, 'vk_swiftshader_icd.json'),
    JSON.stringify({
      file_format_version: '1.0.0',
      ICD: { library_path: './libvk_drawing.so', api_version: '1.0.5' },
    }),
  );
  const define = `-DVULKAN_LOADER="${String(loaders[0])}"`;
  const library = join(built, 'libvk_swiftshader.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', define, '-o', library, source, '-ldl'], {
    stdio: 'inherit',
  });
  // A copy: it looks for its libraries beside itself. Last, because it is what is looked for.
  copyFileSync(join(browser, 'chromium'), join(built, 'chromium'));
  return 'The browser with half precision was built.';
}

/** Flags that give its WebGPU, beside those of any Chromium without a screen. */
export const halfGpuFlags = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-unsafe-swiftshader',
  '--use-angle=swiftshader',
];
