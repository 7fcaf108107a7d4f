/** The engine's modules on a page of their own, for the tests that run it in a browser. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { libraryAlias } from '../../tools/vite/library.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  publicDir: false,
  resolve: {
    alias: libraryAlias,
    conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'development|production'],
  },
  worker: { format: 'es' },
  build: {
    outDir: here('../../.cache/harness'),
    emptyOutDir: true,
    target: 'es2022',
    minify: false,
    chunkSizeWarningLimit: 4000,
  },
});
