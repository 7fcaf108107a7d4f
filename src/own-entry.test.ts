/** @file No table is looked into by a name from outside but by `ownEntry`: checked by the compiler's types over the page and the library. */
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ownEntry } from './own-entry.ts';

const root = resolve(import.meta.dirname, '..');

const folders = ['src', 'packages/lethe-lora/src'];

/** The library is a package of its own, and so has its own. */
const ownEntries = folders.map((folder) => `${folder}/own-entry.ts`);

/** What looks where others may not, and what only tests use: a storage that fails at every call in turn. */
const isOwn = (path: string): boolean => [...ownEntries, 'src/failing-storage.ts'].includes(path);

/** Every place that reads or writes a record's entry by a name that is any string, as `file:line: code`. */
function looseLookups(program: ts.Program): string[] {
  const checker = program.getTypeChecker();
  const found: string[] = [];
  for (const file of program.getSourceFiles()) {
    const path = file.fileName.replace(`${root}/`, '');
    if (
      !folders.some((folder) => path.startsWith(`${folder}/`)) ||
      isOwn(path) ||
      path.endsWith('.test.ts')
    )
      continue;
    const visit = (node: ts.Node): void => {
      if (ts.isElementAccessExpression(node)) {
        const record = checker.getTypeAtLocation(node.expression);
        const key = checker.getTypeAtLocation(node.argumentExpression);
        const isAnyName = (key.flags & ts.TypeFlags.String) !== 0;
        if (isAnyName && checker.getIndexInfoOfType(record, ts.IndexKind.String)) {
          const { line } = file.getLineAndCharacterOfPosition(node.getStart());
          found.push(`${path}:${line + 1}: ${node.getText()}`);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

function programOf(files: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(resolve(root, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts.createProgram(files, options);
}

describe('a table that is looked into by a name', () => {
  it('has no entry that it only inherits', () => {
    const table = { relu: 1 };
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', ''])
      expect(ownEntry(table, name)).toBeUndefined();
    expect(ownEntry(table, 'relu')).toBe(1);
  });

  it('is read by the same lines in the page and in the library', () => {
    const [page, library] = ownEntries.map((path) => ts.sys.readFile(resolve(root, path)));
    expect(library).toBe(page);
  });

  it('is nowhere looked into past ownEntry', () => {
    const files = folders.flatMap((folder) => ts.sys.readDirectory(resolve(root, folder), ['.ts']));
    expect(looseLookups(programOf(files))).toEqual([]);
  });
});
