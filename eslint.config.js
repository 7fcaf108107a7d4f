import { readdirSync } from 'node:fs';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/** Who may know whom (docs/architecture.md): a folder of `src` and the folders it may import, each by its index.ts. */
const layers = {
  facts: [],
  hub: ['lethe-lora'],
  lab: ['lethe-lora', 'facts'],
  lessons: ['lab', 'facts'],
  storage: ['lethe-lora', 'lab'],
  worker: ['lethe-lora', 'lab', 'facts', 'storage', 'hub'],
  ui: ['lethe-lora', 'worker', 'lab', 'facts', 'lessons', 'storage', 'hub'],
};

/** The same inside the library, whose files beside these folders may import all of them. */
const libraryLayers = {
  onnx: [],
  passes: ['onnx'],
  runtime: ['onnx'],
  model: ['onnx', 'passes', 'runtime'],
};

/** Rules for each folder of `root`: what it may import, and that by its index.ts. `others`: what no folder there may import. */
const layerRules = (root, folders, others) =>
  Object.entries(folders).map(([layer, all]) => {
    const allowed = all.filter((other) => other !== 'lethe-lora');
    const forbidden = Object.keys(folders).filter(
      (other) => other !== layer && !allowed.includes(other),
    );
    const patterns = [
      {
        regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
        message: `${root}/${layer} may not know this folder (docs/architecture.md).`,
      },
      ...(allowed.length === 0
        ? []
        : [
            {
              regex: `^(\\.\\./)+(${allowed.join('|')})/(?!index\\.ts$)`,
              message: 'Import a folder by its index.ts.',
            },
          ]),
      ...others(all),
    ];
    return {
      files: [`${root}/${layer}/**/*.{ts,svelte}`],
      rules: { 'no-restricted-imports': ['error', { patterns }] },
    };
  });

/** The page knows the library by its entries alone. */
const byEntries = {
  regex: '^(\\.\\./)+packages/',
  message: 'Import lethe-lora by its entries (docs/architecture.md).',
};

/** The library knows nothing of the page that uses it. */
const byItself = {
  regex: '^(\\.\\./)+(src|tools|e2e|bench|models)/|^lethe-lora',
  message: 'packages/lethe-lora may import nothing outside itself.',
};

/** The rooms of the laboratory: each may know those before it. */
const rooms = ['fact', 'experiment', 'run', 'audit', 'sweep'];

/** The wings of the page: each may know those before it, and no screen another one. */
const screens = readdirSync('src/ui').filter((folder) =>
  readdirSync(`src/ui/${folder}`).some((name) => name.endsWith('Screen.svelte')),
);
const wings = [
  ['messages'],
  ['kit'],
  ['address'],
  ['session'],
  ['board'],
  ['microscope', 'class'],
  screens,
  ['frame'],
];

/** A rule that refuses imports from `later` folders beside one's own. */
const notFrom = (later, up, message) => ({
  'no-restricted-syntax': [
    'error',
    ...later.map((folder) => ({
      selector: `:matches(ImportDeclaration, ExportNamedDeclaration)[source.value=/^${up}${folder}\\u002f/]`,
      message: message(folder),
    })),
  ],
});

export default ts.config(
  {
    ignores: ['dist', 'packages/*/dist', '.cache', 'node_modules', 'src/ui/messages/catalogue.ts'],
  },
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['src/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [byEntries] }] },
  },
  ...layerRules('src', layers, (allowed) => [
    byEntries,
    ...(allowed.includes('lethe-lora')
      ? []
      : [{ regex: '^lethe-lora', message: 'This folder may not know the library.' }]),
  ]),
  {
    files: ['packages/lethe-lora/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [byItself] }] },
  },
  // Tests reach for fixtures and tools outside.
  ...layerRules('packages/lethe-lora/src', libraryLayers, () => []),
  ...layerRules('packages/lethe-lora/src', libraryLayers, () => [byItself]).map((rule) => ({
    ...rule,
    ignores: ['**/*.test.ts'],
  })),
  ...rooms.slice(0, -1).map((room, at) => ({
    files: [`src/lab/${room}/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: notFrom(
      rooms.slice(at + 1),
      '(\\.\\.\\u002f)+',
      (later) => `src/lab/${room} comes before ${later} (eslint.config.js).`,
    ),
  })),
  ...wings.flatMap((group, at) =>
    group.map((wing) => ({
      files: [`src/ui/${wing}/*.{ts,svelte}`],
      ignores: ['**/*.test.ts'],
      rules: notFrom(
        [...group.filter((other) => other !== wing), ...wings.slice(at + 1).flat()],
        '\\.\\.\\u002f',
        (later) => `src/ui/${wing} may not know ${later} (eslint.config.js).`,
      ),
    })),
  ),
);
