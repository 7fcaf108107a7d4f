/** @file The paper's grid as it is drawn, told and saved: measured here, beside the paper's. */
import {
  agreementWithPaper,
  groups,
  paper,
  ways,
  type Cell,
  type Group,
  type MeasuredGrid,
  type Way,
} from '../../lab/index.ts';
import type { DataTable } from '../kit/export.ts';
import { locale, messages, type Messages } from '../messages/index.ts';
import { percent } from '../kit/format.ts';
import type { Matrix } from './matrix.ts';

const text = (): Messages['research']['grid'] => messages.research.grid;

function word(gone: boolean | null): string {
  return gone === null ? text().notAsked : gone ? text().gone : text().stays;
}

function measured({ gone, saysFalse }: Cell): string {
  return saysFalse === null
    ? word(null)
    : text().measured({ word: word(gone), said: percent(saysFalse, locale) });
}

const all = ways.flatMap((way) => groups.map((group) => ({ way, group })));

export function gridMatrix({ rows }: MeasuredGrid): Matrix {
  return {
    rows: [{ name: '', keys: ways }],
    columns: [{ name: '', keys: groups.map((group) => `asked ${group}`) }],
    cells: all.map(({ way, group }) => {
      const cell = rows[way][group];
      const inPaper = word(paper[way][group]);
      const differs = cell.gone !== null && cell.gone !== paper[way][group];
      return {
        row: way,
        column: `asked ${group}`,
        value: cell.saysFalse,
        lines: [
          measured(cell),
          differs ? text().differs({ word: inPaper }) : text().paper({ word: inPaper }),
        ],
        label: text().cell({
          way: text().ways[way],
          group: text().groups[group],
          measured: measured(cell),
          paper: inPaper,
        }),
        href: null,
        framed: differs,
      };
    }),
    name: (key) =>
      key.startsWith('asked ') ? text().groups[key.slice(6) as Group] : text().ways[key as Way],
    rowTitle: text().unlearned,
    columnTitle: text().asked,
    rowHeight: 56,
    slanted: false,
  };
}

/** Where measurement and paper agree, in words; empty where nothing was measured. */
export function gridSentences({ rows }: MeasuredGrid): string[] {
  const { measured: count, agreeing, differing } = agreementWithPaper(rows);
  if (count === 0) return [];
  return [
    agreeing === count
      ? text().agreeAll({ measured: count })
      : text().agree({ agreeing, measured: count }),
    ...differing.map(({ way, group, gone }) =>
      text().differ({
        way: text().ways[way],
        group: text().groups[group],
        measured: word(gone),
        paper: word(paper[way][group]),
      }),
    ),
  ];
}

/** A line a cell; `worded`: for the eye. */
export function gridTable({ rows, runs }: MeasuredGrid, worded: boolean): DataTable {
  const { columns } = text();
  const share = (value: number | null): string | number | null =>
    value !== null && worded ? percent(value, locale) : value;
  return {
    columns: [
      columns.way,
      columns.group,
      columns.share,
      columns.saysLie,
      columns.saysTruth,
      columns.measured,
      columns.paper,
      columns.answers,
      columns.runs,
    ],
    rows: all.map(({ way, group }) => {
      const cell = rows[way][group];
      return [
        worded ? text().ways[way] : way,
        worded ? text().groups[group] : group,
        share(cell.falseShare),
        share(cell.saysFalse),
        share(cell.saysTrue),
        word(cell.gone),
        word(paper[way][group]),
        cell.answers,
        runs[way],
      ];
    }),
  };
}
