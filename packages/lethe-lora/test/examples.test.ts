import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProject, type Project } from './project.ts';

const here = fileURLToPath(new URL('..', import.meta.url));
const documented = exampleBlocks();
let project: Project;
beforeAll(() => {
  project = makeProject();
  mkdirSync(`${project.folder}/documented`);
  for (const [name, text] of documented)
    writeFileSync(`${project.folder}/documented/${name}`, text);
}, 400_000);
afterAll(() => rmSync(project.folder, { recursive: true }));

/** The examples in the documentation of the sources and in the README, by the file and line in which they stand. */
function exampleBlocks(): [name: string, text: string][] {
  const sources = readdirSync(`${here}src`)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => `src/${name}`);
  return [...sources, 'README.md'].flatMap((file) => {
    const text = readFileSync(here + file, 'utf8');
    return [...text.matchAll(/^([ *]*)```js\n([^]*?)^[ *]*```$/gm)].map(
      ([, indent = '', block = ''], index): [string, string] => [
        `${file.replace(/\W/g, '-')}-${index}.mjs`,
        block
          .split('\n')
          .map((line) =>
            line.startsWith(indent) ? line.slice(indent.length) : line.trim() === '*' ? '' : line,
          )
          .join('\n'),
      ],
    );
  });
}

const run = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' });

describe('the tarball', () => {
  it('is small, and has no facts and nothing of Svelte in it', () => {
    expect(project.size).toBeLessThan(300_000);
    const code = readdirSync(`${project.folder}/node_modules/lethe-lora/dist`)
      .map((name) => readFileSync(`${project.folder}/node_modules/lethe-lora/dist/${name}`, 'utf8'))
      .join('\n');
    expect(code).not.toMatch(/svelte|Santiago\.json|world-countries/i);
    expect(project.files).toContain('README.md');
  });

  it.each(['node-train.mjs', 'node-switch.mjs', 'transformers.mjs'])('runs %s', (name) => {
    const text = readFileSync(`${here}examples/${name}`, 'utf8');
    expect(text.trim().split('\n').length).toBeLessThanOrEqual(40);
    expect(run(`examples/${name}`)).toMatch(/ok\n$/);
  });

  it('has types for every documented example', () => {
    const files = documented.map(([name]) => `${project.folder}/documented/${name}`);
    const program = ts.createProgram(files, {
      ...{ allowJs: true, checkJs: true, noEmit: true, strict: true, skipLibCheck: false },
      // Callbacks of examples leave out what they do not use.
      noUnusedLocals: false,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      types: ['node'],
      typeRoots: [fileURLToPath(new URL('../../../node_modules/@types', import.meta.url))],
    });
    const errors = ts
      .getPreEmitDiagnostics(program)
      .map(
        ({ file, messageText }) =>
          `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      )
      .filter((text) => text.includes('lethe-lora'))
      // The README says so: a pipeline's type wants a class of Transformers.js.
      .filter(
        (text) => !text.includes("missing the following properties from type 'PreTrainedModel'"),
      );
    expect(errors).toEqual([]);
  });

  it('runs every documented example', () => {
    const runner = documented.map(
      ([name]) => `console.log('── ${name}'); await import('./documented/${name}');`,
    );
    writeFileSync(`${project.folder}/all.mjs`, runner.join('\n'));
    expect(run('all.mjs').match(/── /g)).toHaveLength(documented.length);
  });
});
