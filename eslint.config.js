import { readdirSync } from 'node:fs';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/** Who may know whom (docs/architecture.md): a folder of `src` and the folders it may import, each by its index.ts. */
const layers = {
  onnx: [],
  passes: ['onnx'],
  runtime: ['onnx'],
  facts: [],
  model: ['onnx', 'passes', 'runtime'],
  hub: ['model'],
  lab: ['model', 'facts'],
  lessons: ['lab', 'facts'],
  storage: ['lab', 'model'],
  worker: ['lab', 'model', 'facts', 'storage', 'hub'],
  ui: ['worker', 'lab', 'facts', 'lessons', 'storage', 'model', 'hub'],
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
    // The library reaches into the app's folders by one file, until the engine moves to it; its examples know only the package.
    files: ['packages/*/src/**/*.ts'],
    ignores: ['packages/*/src/engine.ts', '**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(\\.\\./){2,}', message: 'Import the engine by engine.ts.' }] },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  ...Object.entries(layers).map(([layer, allowed]) => {
    const forbidden = Object.keys(layers).filter(
      (other) => other !== layer && !allowed.includes(other),
    );
    const patterns = [
      {
        regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
        message: `src/${layer} may not know this folder (docs/architecture.md).`,
      },
      {
        regex: `^(\\.\\./)+(${allowed.join('|')})/(?!index\\.ts$)`,
        message: 'Import a folder by its index.ts.',
      },
    ];
    return {
      files: [`src/${layer}/**/*.{ts,svelte}`],
      rules: {
        'no-restricted-imports': ['error', { patterns: patterns.slice(0, allowed.length ? 2 : 1) }],
      },
    };
  }),
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
