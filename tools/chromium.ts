/** @file Finds a Chromium for the end-to-end tests, and installs one where there is none and it may. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright';

function which(name: string): string | undefined {
  const result = spawnSync('which', [name], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

function playwrightsOwn(): string | undefined {
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}

/** The path of a Chromium: `$CHROMIUM_PATH`, Playwright's own, or the system's; undefined where there is none. */
export function findChromium(): string | undefined {
  const given = process.env['CHROMIUM_PATH'];
  if (given) {
    if (!existsSync(given)) throw new Error(`CHROMIUM_PATH names ${given}, which does not exist.`);
    return given;
  }
  return (
    playwrightsOwn() ??
    ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
      .map(which)
      .find(Boolean)
  );
}

/** As `findChromium`, but installs one where there is none, and says what it does. */
export function ensureChromium(): string {
  const found = findChromium();
  if (found) return found;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && which('apt-get')) {
    console.log('No Chromium was found: installing Debian’s with apt-get.');
    execFileSync('apt-get', ['update', '-q'], { stdio: 'inherit' });
    execFileSync('apt-get', ['install', '-y', '-q', 'chromium'], { stdio: 'inherit' });
  } else {
    console.log(
      'No Chromium was found: installing Playwright’s with npx playwright install chromium.',
    );
    execFileSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'inherit' });
  }
  const installed = findChromium();
  if (!installed) throw new Error('Chromium could not be installed: set CHROMIUM_PATH to one.');
  return installed;
}

/** Lists under the address bar that Chromium draws as pages of their own, for every window anew: 0.7 s of a core each, though nobody sees them. */
const unseen = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];

/** Chromium goes by the last such flag. */
const without = (...features: string[]): string =>
  `--disable-features=${[...unseen, ...features].join(',')}`;

/** Flags for a quiet Chromium without a screen, whose WebGPU is emulated on the processor. */
export const chromiumFlags = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  without(),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Flags that give WebGPU through SwiftShader on any machine. */
export const webgpuFlags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Flags that take WebGPU away, for the tests of the WebAssembly path. */
export const noWebgpuFlags = [without('WebGPU', 'WebGPUService'), '--disable-gpu'];

/**
 * For pages that live for seconds: V8 compiles a WebAssembly function for the second time, slowly and well, after about eight times as
 * much of it has run as usual. A page that is opened anew costs a second of a core less; a run of a dozen steps takes as long as ever.
 */
export const shortLivedFlags = ['--js-flags=--wasm-tiering-budget=100000000'];
