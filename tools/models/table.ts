/** @file The table of docs/models.md: one row a family and form, the errors in powers of ten. */
import { isAsked, isTaught, type FixtureResult } from './fixture.ts';

const begin = '<!-- measured by `npm run models` -->';
const end = '<!-- end -->';
const head = [
  '| family | form | asked | taught | loss | tokens | gradients | three steps | nodes |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
];

export interface Row {
  family: string;
  form: string;
  asked: boolean;
  taught: boolean;
  line: string;
}

export function rowOf(result: FixtureResult): Row {
  const { family, form, answer, comparison, reasons } = result;
  const [asked, taught] = [isAsked(result), isTaught(result)];
  const greedy = answer && answer.of > 0 ? `${answer.same} of ${answer.of}` : 'yes';
  const cells = [
    family,
    form,
    answer ? `${greedy}${answer.adapted ? '' : ', without adapters'}` : `no: ${reasons.asked}`,
    comparison ? (taught ? 'yes' : 'off') : `no: ${reasons.taught}`,
    ...(['loss', 'tokenLogProb', 'gradients', 'stepped'] as const).map((kind) =>
      comparison ? comparison[kind].toExponential(0) : '',
    ),
    comparison ? String(comparison.nodes) : '',
  ];
  const line = `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return { family, form, asked, taught, line };
}

/** The rows that a page holds. Throws where it has no table. */
export function readRows(page: string): Row[] {
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)];
  if (start < 0 || stop < start)
    throw new Error(`The page has no table between ${begin} and ${end}.`);
  return page
    .slice(start, stop)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !head.some((each) => isSameLine(each, line)))
    .map((line) => {
      const [family = '', form = '', asked = '', taught = ''] = cellsOf(line);
      const [same = '', of = ''] = /^(\d+) of (\d+)/.exec(asked)?.slice(1) ?? [];
      return {
        family,
        form,
        asked: asked.startsWith('yes') || (same !== '' && same === of),
        taught: taught === 'yes',
        line,
      };
    });
}

/** The page with rows in place of those of the same family and form; the others stay. */
export function withRows(page: string, rows: readonly Row[]): string {
  const key = ({ family, form }: Row): string => `${family} ${form}`;
  const all = new Map([...readRows(page), ...rows].map((row) => [key(row), row]));
  const lines = [...all.values()]
    .sort((a, b) => key(a).localeCompare(key(b), 'en'))
    .map(({ line }) => line);
  const table = ['', ...head, ...lines, '', ''].join('\n');
  return (
    page.slice(0, page.indexOf(begin) + begin.length) +
    '\n' +
    table.slice(0, -1) +
    page.slice(page.indexOf(end))
  );
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** A formatter may widen the cells. */
function isSameLine(a: string, b: string): boolean {
  const plain = (line: string): string => cellsOf(line).join('|').replace(/-+/g, '-');
  return plain(a) === plain(b);
}
