import { expect, it } from 'vitest';
import { toCsv } from './csv.ts';

it('quotes what would break a line or a column, and leaves out what was not measured', () => {
  const rows = [
    ['plain', 0.5, null],
    ['a, b', NaN, 'says "no"'],
    ['two\nlines', 1e-9, ''],
  ];
  expect(toCsv({ columns: ['name', 'share', 'note'], rows })).toBe(
    'name,share,note\r\nplain,0.5,\r\n"a, b",,"says ""no"""\r\n"two\nlines",1e-9,\r\n',
  );
});
