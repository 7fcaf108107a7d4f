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

it('lets no spreadsheet run what a model answered', () => {
  const answers = [
    '=HYPERLINK("http://evil.example","click")',
    "+1+cmd|'/C calc'!A0",
    '-2+3',
    '@SUM(1)',
    '\t=1',
    '\r=1',
    '＝1+1',
  ];
  const lines = toCsv({ columns: ['a'], rows: answers.map((text) => [text, 1]) })
    .replace(/^a\r\n/, '')
    .split(/,1\r\n/)
    .filter((line) => line !== '');
  expect(lines).toHaveLength(answers.length);
  for (const line of lines) expect(line).toMatch(/^"?'/);
  expect(toCsv({ columns: ['=a'], rows: [] })).toBe("'=a\r\n");
});

it('leaves numbers, also written ones, and what only looks similar as they are', () => {
  const rows = [[-0.5, '-0.5', '+3', '-1e-7', 'a=b', ' – no', "'quoted"]];
  expect(toCsv({ columns: [], rows })).toBe("\r\n-0.5,-0.5,+3,-1e-7,a=b, – no,'quoted\r\n");
});
