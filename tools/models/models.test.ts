/** The fixtures of the tests, as `npm run models` runs them; and what docs/models.md and the page's list say of them. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recommended } from '../../src/hub/index.ts';
import {
  chooseDevice,
  loadBackend,
  type Backend,
} from '../../packages/lethe-lora/src/runtime/index.ts';
import { checkFixture, isAsked, isTaught, lineOf } from './fixture.ts';
import { readRows, rowOf, withRows } from './table.ts';

const root = join(import.meta.dirname, '../..');
const fixtures = join(root, 'e2e/models');
const names = readdirSync(fixtures).filter((name) =>
  existsSync(join(fixtures, name, 'expected.json')),
);
const page = readFileSync(join(root, 'docs/models.md'), 'utf8');
const rows = readRows(page);

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend(await chooseDevice({ device: 'cpu' }));
});

describe('npm run models', () => {
  it.each(names)(
    '%s is asked and taught as in PyTorch, and docs/models.md says so',
    async (name) => {
      const result = await checkFixture(join(fixtures, name), backend);
      expect(isAsked(result) && isTaught(result), lineOf(result)).toBe(true);
      const { family, form } = result;
      expect(rows.find((row) => row.family === family && row.form === form)).toMatchObject({
        asked: true,
        taught: true,
      });
    },
  );

  describe('of a fixture that is not right', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lethe-fixture-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const changed = (change: (copy: string) => void): string => {
      const copy = join(folder, 'gpt2.opt-q4');
      cpSync(join(fixtures, 'gpt2.opt-q4f16'), copy, { recursive: true });
      change(copy);
      return copy;
    };
    const rewrite = (path: string, change: (text: string) => string): void =>
      writeFileSync(path, change(readFileSync(path, 'utf8')));

    it('says why it can be neither asked nor taught', async () => {
      const copy = changed((path) => writeFileSync(join(path, 'onnx/model.onnx'), 'no model'));
      const result = await checkFixture(copy, backend);
      expect(result).toMatchObject({ answer: null, comparison: null });
      expect(rowOf(result)).toMatchObject({ asked: false, taught: false });
      expect(lineOf(result)).toMatch(/^WRONG .*NOT ASKED: .+NOT TAUGHT: .+/);
    });

    it('says what is off', async () => {
      const copy = changed((path) =>
        rewrite(join(path, 'expected.json'), (text) =>
          text
            .replace(/"margins": \[[\d.e-]+/, '"margins": [9')
            .replace(/"new": \[\d+/, '"new": [0')
            .replace(/"loss(es\w+)": \[\d\.\d/, '"loss$1": [9.9'),
        ),
      );
      const result = await checkFixture(copy, backend);
      expect(result.answer?.same).toBe(0);
      expect(isAsked(result)).toBe(false);
      expect(isTaught(result)).toBe(false);
    });
  });
});

describe('docs/models.md', () => {
  it('keeps the rows of fixtures that were not run', () => {
    const [first] = rows;
    if (!first) throw new Error('There is no row.');
    const line = '| zzz | opt | no: it is \\| odd | off | | | | | |';
    const added = { family: 'zzz', form: 'opt', asked: false, taught: false, line };
    const next = readRows(withRows(page, [added]));
    expect(next).toHaveLength(rows.length + 1);
    expect(next.at(-1)).toEqual(added);
    expect(readRows(withRows(page, [{ ...first, line: first.line }]))).toEqual(rows);
  });

  it('bears out what the page’s list says of each architecture', () => {
    for (const { id, family, measured } of recommended) {
      const own = rows.filter((row) => row.family === family);
      const found =
        own.length === 0
          ? null
          : own.every(({ taught }) => taught)
            ? 'taught'
            : own.every(({ asked }) => asked)
              ? 'asked'
              : null;
      expect(measured, id).toBe(found);
    }
  });
});
