import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { isolationHeaders } from './tools/site-server.ts';
import { libraryAlias } from './tools/vite/library.ts';
import { messages } from './tools/vite/messages.ts';
import { contentSecurityPolicy } from './tools/vite/policy.ts';
import { pwa } from './tools/vite/pwa.ts';
import { siteFiles } from './tools/vite/site-files.ts';
import { workerChunk } from './tools/vite/worker-chunk.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const runtimeBuilds = ['', '.jspi', '.asyncify'].flatMap((build) =>
  ['mjs', 'wasm'].map((kind) => `ort-wasm-simd-threaded${build}.${kind}`),
);

const enginePath = new RegExp(
  `^(${here('packages/lethe-lora/src')}|${here('src')}/(facts|lab|storage))/`,
);

/** The engine's modules only define things: what is not used of them stays out of a bundle. */
const treeshake = { moduleSideEffects: (id: string) => !enginePath.test(id) };

export default defineConfig({
  // Relative addresses: the built site works from any folder of any static host.
  base: './',
  plugins: [
    svelte(),
    messages(),
    contentSecurityPolicy(),
    workerChunk(here('src/worker/client.ts'), here('src/worker/worker.ts')),
    siteFiles([
      { from: here('node_modules/onnxruntime-web/dist'), to: 'ort', files: runtimeBuilds },
      ...['atlas', 'atlas-plain'].map((name) => ({
        from: here(`models/${name}`),
        to: `models/${name}`,
        files: [
          'config.json',
          'generation_config.json',
          'tokenizer.json',
          'tokenizer_config.json',
          'README.md',
          'onnx/model.onnx',
        ],
      })),
      { from: here('docs'), to: 'screenshots', files: ['taught.png'] },
      { from: here('e2e/models'), to: 'fixtures', developmentOnly: true },
    ]),
    pwa(),
  ],
  // The runtime's build without its WebAssembly glue inside: that is served from /ort/, threads included.
  resolve: {
    alias: libraryAlias,
    conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'development|production'],
  },
  // Names and facts are read as JSON, which a browser does faster than the same as code.
  json: { stringify: true },
  // What WebAssembly threads need; a static host gets them from `src/sw.ts`.
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  worker: { format: 'es', rolldownOptions: { treeshake } },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // What the page needs of the engine: it comes first, and the engine itself later.
        codeSplitting: {
          groups: [
            {
              name: 'common',
              test: new RegExp(
                `^${here('.')}(src/own-entry|packages/lethe-lora/src/(own-entry|model/(safetensors|random)|passes/objectives/settings|onnx/tensor))`,
              ),
            },
          ],
        },
        chunkFileNames: ({ facadeModuleId }) => {
          const [, locale, part] =
            /virtual:messages\/(\w+)\/(\w+)/.exec(facadeModuleId ?? '') ?? [];
          if (locale === undefined) return 'assets/[name]-[hash].js';
          return `assets/${part === 'first' ? 'messages' : (part ?? '')}-${locale}-[hash].js`;
        },
      },
      treeshake,
    },
    // Vite's code that preloads the chunks of a dynamic import needs a document, and the worker has none.
    modulePreload: {
      resolveDependencies: (_file, chunks, { hostType }) => (hostType === 'html' ? chunks : []),
    },
  },
  test: {
    setupFiles: ['tools/messages/speak-english.ts'],
    include: [
      'src/**/*.test.ts',
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'models/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    exclude: [...configDefaults.exclude, 'e2e/**'],
    testTimeout: 180_000,
    // The long files are tests of the engine, which compute on one core each.
    maxWorkers: 2,
  },
});
