/** @file The spread matrix as it is drawn, told and saved. */
import { type LanguageCode } from '../../facts/index.ts';
import { mean, type SpreadCell } from '../../lab/index.ts';
import type { DataTable } from '../kit/export.ts';
import { locale, messages, type Messages } from '../messages/index.ts';
import { percent, whole } from '../kit/format.ts';
import { clustered, type Clustering } from './groups.ts';
import type { Matrix } from './matrix.ts';
import { languageTitle } from '../kit/names.ts';

const text = (): Messages['research']['spread'] => messages.research.spread;

const nameOf = (code: string): string => languageTitle(code as LanguageCode);

export const cellKey = ({ taught, asked }: Pick<SpreadCell, 'taught' | 'asked'>): string =>
  `${taught}.${asked}`;

export function cellLabel({ taught, asked, after, runs }: SpreadCell): string {
  return after === null
    ? text().cellEmpty({ taught: nameOf(taught), asked: nameOf(asked) })
    : text().cell({
        taught: nameOf(taught),
        asked: nameOf(asked),
        share: percent(after, locale),
        runs: runs.length,
      });
}

export function spreadMatrix(
  cells: readonly SpreadCell[],
  by: Clustering,
  href: (key: string) => string,
): Matrix {
  const bands = (codes: readonly LanguageCode[]) =>
    clustered(codes, by).map(({ id, languages }) => ({ name: text().groups[id], keys: languages }));
  return {
    rows: bands(cells.map(({ taught }) => taught)),
    columns: bands(cells.map(({ asked }) => asked)),
    cells: cells.map((cell) => ({
      row: cell.taught,
      column: cell.asked,
      value: cell.after,
      lines: cell.after === null ? ['·'] : [whole(100 * cell.after, locale)],
      label: cellLabel(cell),
      href: href(cellKey(cell)),
      framed: cell.taught === cell.asked,
    })),
    name: nameOf,
    rowTitle: text().taught,
    columnTitle: text().asked,
    rowHeight: 34,
    slanted: true,
  };
}

/** The matrix as it stands on the screen. */
export function spreadTable(cells: readonly SpreadCell[]): DataTable {
  const asked = [...new Set(cells.map((cell) => cell.asked))];
  const taught = [...new Set(cells.map((cell) => cell.taught))];
  return {
    columns: [text().columns.taught, ...asked.map(nameOf)],
    rows: taught.map((code) => [
      nameOf(code),
      ...asked.map((each) => {
        const after = cells.find((cell) => cell.taught === code && cell.asked === each)?.after;
        return typeof after === 'number' ? percent(after, locale) : null;
      }),
    ]),
  };
}

/** One line a cell, numbers as they were measured. */
export function spreadData(cells: readonly SpreadCell[]): DataTable {
  const { columns } = text();
  return {
    columns: [
      columns.taught,
      columns.asked,
      columns.before,
      columns.after,
      columns.says,
      columns.lessons,
    ],
    rows: cells.map(({ taught, asked, before, after, says, runs }) => [
      taught,
      asked,
      before,
      after,
      says,
      runs.length,
    ]),
  };
}

/** In the language taught and in the others, on average; null before anything was measured. */
export function spreadSummary(cells: readonly SpreadCell[]): string | null {
  const shares = (own: boolean): number[] =>
    cells.flatMap(({ taught, asked, after }) =>
      after !== null && (taught === asked) === own ? [after] : [],
    );
  const [own, others] = [mean(shares(true)), mean(shares(false))];
  return own === null || others === null
    ? null
    : text().summary({ own: percent(own, locale), others: percent(others, locale) });
}
