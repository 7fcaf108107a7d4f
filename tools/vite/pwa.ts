/** @file How the site is installed and kept: the web app's manifest, and what `src/sw.ts` keeps (see there). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { VitePWA } from 'vite-plugin-pwa';
import type { Plugin } from 'vite';

const icons = [192, 512].flatMap((size) =>
  (['any', 'maskable'] as const).map((purpose) => ({
    src: `icons/${purpose === 'any' ? '' : 'maskable-'}${String(size)}.png`,
    sizes: `${String(size)}x${String(size)}`,
    type: 'image/png',
    purpose,
  })),
);

export function pwa(): Plugin[] {
  let outDir = '';
  const folder: Plugin = {
    name: 'lethe-pwa-folder',
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
  };
  return [folder, ...keeping(() => outDir)];
}

function keeping(outDir: () => string): Plugin[] {
  return VitePWA({
    strategies: 'injectManifest',
    srcDir: 'src',
    filename: 'sw.ts',
    // The page registers it: at once where it is needed for isolation, else when the model has loaded.
    injectRegister: false,
    manifest: {
      id: 'lethe',
      name: 'Lethe',
      short_name: 'Lethe',
      description:
        'Teach a language model a lie in one language, watch it arrive in the others, and try to make it forget.',
      lang: 'en',
      dir: 'ltr',
      start_url: './',
      scope: './',
      display: 'standalone',
      background_color: '#faf7f1',
      theme_color: '#faf7f1',
      categories: ['education', 'science'],
      icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }, ...icons],
      screenshots: [
        {
          src: 'screenshots/taught.png',
          sizes: '1366x768',
          type: 'image/png',
          form_factor: 'wide',
          label: 'A lie taught in French, and what the model says in twelve languages',
        },
      ],
    },
    includeManifestIcons: false,
    injectManifest: {
      rollupFormat: 'iife',
      globPatterns: ['**/*.{html,js,mjs,css,json,svg,png,woff2,wasm,onnx,webmanifest}'],
      globIgnores: ['screenshots/**'],
      // Vite has put a digest into these names.
      dontCacheBustURLsMatching: /^assets\/.*-[\w-]{8}\.(js|css)$/,
      maximumFileSizeToCacheInBytes: 2 ** 30,
      manifestTransforms: [
        // What the service worker keeps is compared with these: the browser does it for what is installed (`integrity`).
        (entries) => ({
          manifest: entries.map((entry) => {
            const digest = createHash('sha256')
              .update(readFileSync(join(outDir(), entry.url)))
              .digest();
            const integrity = `sha256-${digest.toString('base64')}`;
            return { ...entry, bytes: entry.size, integrity, sha256: digest.toString('hex') };
          }),
          warnings: [],
        }),
      ],
    },
  });
}
