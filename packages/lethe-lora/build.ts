/** @file Builds the package into `dist`: two ES modules with what they share, and the types of the public layer. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { build } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = `${root}.cache/lethe-lora-types`;
const entries = { index: `${here}src/index.ts`, unlearn: `${here}src/unlearn.ts` };

await build({
  configFile: false,
  root: here,
  logLevel: 'warn',
  json: { stringify: true },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    minify: true,
    lib: { entry: entries, formats: ['es'] },
    rolldownOptions: {
      external: /^onnxruntime-(web|node)(\/|$)/,
      // The engine's modules only define things.
      treeshake: { moduleSideEffects: false },
      output: { chunkFileNames: '[name]-[hash].js' },
    },
  },
});

/** Types of all files that the entries reach; only those of the public layer are kept, and none may speak of the engine. */
function writeTypes(): void {
  rmSync(cache, { recursive: true, force: true });
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => readFileSync(path, 'utf8')) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram(Object.values(entries), {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    allowImportingTsExtensions: true,
    rootDir: root,
    outDir: cache,
  });
  program.emit();
  const folder = `${cache}/packages/lethe-lora/src`;
  mkdirSync(`${here}dist`, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name === 'engine.d.ts') continue;
    const text = readFileSync(`${folder}/${name}`, 'utf8').replaceAll(
      /(from '\.\/[\w-]+)\.ts'/g,
      "$1.js'",
    );
    writeFileSync(`${here}dist/${name}`, text);
  }
}

writeTypes();
