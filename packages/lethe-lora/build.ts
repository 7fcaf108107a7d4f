/** @file Builds the package into `dist`: two ES modules with what they share, and the types of the public layer. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { build, type Plugin } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = `${root}.cache/lethe-lora-types`;
const entries = { index: `${here}src/index.ts`, unlearn: `${here}src/unlearn.ts` };

/** Imports that only Node may follow: bundlers for browsers must not read their names. */
const onlyInNode: Plugin = {
  name: 'only-in-node',
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle))
      if (chunk.type === 'chunk')
        chunk.code = chunk.code.replaceAll(
          /(?:\/\* (?:@vite-ignore|webpackIgnore: true) \*\/\s*)+(`(?:onnxruntime-node|node:fs\/promises)`)/g,
          '/* @vite-ignore */ /* webpackIgnore: true */ [$1][0]',
        );
  },
};

await build({
  configFile: false,
  root: here,
  logLevel: 'warn',
  plugins: [onlyInNode],
  json: { stringify: true },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    minify: false,
    lib: { entry: entries, formats: ['es'] },
    rolldownOptions: {
      external: /^onnxruntime-(web|node)(\/|$)/,
      // The engine's modules only define things.
      treeshake: { moduleSideEffects: false },
      output: {
        chunkFileNames: '[name]-[hash].js',
        // Classes keep their names, which errors and consoles show.
        minify: {
          compress: true,
          mangle: { keepNames: true },
          codegen: { removeWhitespace: true },
        },
      },
    },
  },
});

/** Types of all files that the entries reach; only those of the public layer are kept, and none may speak of the engine. */
function writeTypes(): void {
  rmSync(cache, { recursive: true, force: true });
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) =>
    readFileSync(path, 'utf8'),
  ) as {
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
  for (const name of reached(folder)) {
    const text = declaration(`${folder}/${name}`);
    writeFileSync(`${here}dist/${name}`, text);
  }
}

/** A file's types without imports that only internal ones used. Throws where a public one speaks of the engine. */
function declaration(path: string): string {
  const text = readFileSync(path, 'utf8');
  const importing = /^import (?:type )?\{([^}]*)\} from '(\.[^']+)\.ts';\n/gm;
  const body = text.replaceAll(importing, '');
  return text
    .replaceAll(importing, (_, list: string, from: string) => {
      const names = list.split(',').map((each) => each.trim().replace(/^type /, ''));
      const used = names.filter(
        (name) => name !== '' && new RegExp(`\\b${name}\\b`).test(code(body)),
      );
      if (used.length === 0) return '';
      if (/engine|host|adapter$/.test(from))
        throw new Error(
          `${path} shows ${used.join(', ')} of ${from}: mark it @internal, or give it a type of its own.`,
        );
      return `import { ${used.join(', ')} } from '${from}.js';\n`;
    })
    .replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'");
}

/** Without comments, which may name anything. */
const code = (text: string): string => text.replaceAll(/\/\*[^]*?\*\//g, '');

/** The declarations that the entries reach through imports that stay. */
function reached(folder: string): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, next = ''] of declaration(`${folder}/${name}`).matchAll(
      /from '\.\/([\w-]+)\.js'/g,
    ))
      visit(`${next}.d.ts`);
  };
  for (const name of Object.keys(entries)) visit(`${name}.d.ts`);
  return [...found];
}

writeTypes();
