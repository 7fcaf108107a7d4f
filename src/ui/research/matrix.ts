/** @file A matrix of cells with numbers in them, drawn with Observable Plot. */
import * as Plot from '@observablehq/plot';
import { direction } from '../messages/index.ts';

export interface MatrixCell {
  row: string;
  column: string;
  /** 0 to 1, for the ground; null where nothing was measured. */
  value: number | null;
  /** Lines written in the cell. */
  lines: readonly string[];
  /** What is told of it on hover and focus. */
  label: string;
  /** Where it leads. */
  href: string | null;
  /** Drawn with a frame. */
  framed?: boolean;
}

/** A cluster of rows or columns. */
export interface Band {
  name: string;
  keys: readonly string[];
}

export interface Matrix {
  rows: readonly Band[];
  columns: readonly Band[];
  cells: readonly MatrixCell[];
  /** What a key is called on the axes. */
  name: (key: string) => string;
  rowTitle: string;
  columnTitle: string;
  /** Pixels of a row, and whether the names of columns are slanted to fit. */
  rowHeight: number;
  slanted: boolean;
}

/** Pixels before the first column, where the rows' names stand, and behind the last. */
const before = 116;
const behind = 12;
const bottom = 6;

/** A matrix is a table: where the page is read from the right, so is it. */
export function isMirrored(): boolean {
  return direction() === 'rtl';
}

/**
 * A drawing itself is from left to right, so that anchors mean the same in every language and in a saved file; what is written in it
 * keeps the page's direction: without this, `0 %` at the end of an Arabic line would come apart.
 */
export function worded(text: string): string {
  return isMirrored() ? `\u2067${text}\u2069` : text;
}

/** Every cluster begins with a gap in which its name stands. */
function withGaps(bands: readonly Band[]): {
  domain: string[];
  heads: { key: string; name: string }[];
} {
  const named = bands.length > 1 || bands.some(({ name }) => name !== '');
  if (!named) return { domain: bands.flatMap(({ keys }) => keys), heads: [] };
  const heads = bands.map(({ name }, index) => ({ key: `gap ${String(index)}`, name }));
  return {
    domain: bands.flatMap(({ keys }, index) => [heads[index]?.key ?? '', ...keys]),
    heads,
  };
}

/** The ground of a cell, from the page's tokens, so that it follows light and dark. */
export function heat(value: number | null): string {
  return value === null
    ? 'transparent'
    : `color-mix(in oklab, var(--heat) ${(100 * value).toFixed(1)}%, var(--cool))`;
}

export function drawMatrix(matrix: Matrix, width: number): SVGSVGElement {
  const { cells, name, rowHeight, slanted } = matrix;
  const rows = withGaps(matrix.rows);
  // Between columns a gap keeps clusters apart; their names stand above the first of each.
  const columns = matrix.columns.flatMap(({ keys }, index) =>
    index === 0 ? keys : [`gap ${String(index)}`, ...keys],
  );
  const isNamed = matrix.columns.some((band) => band.name !== '');
  const top = (slanted ? 70 : 46) + (isNamed ? 20 : 0);
  const step = (width - before - behind) / columns.length;
  const mirrored = isMirrored();
  const onward = mirrored ? -1 : 1;
  const anchor = mirrored ? 'end' : 'start';
  const corner = { dx: onward * (4 - before), textAnchor: anchor, lineAnchor: 'bottom' } as const;
  const heads = matrix.columns.flatMap(({ name: text, keys: [key] }) =>
    text !== '' && key !== undefined ? [{ key, text }] : [],
  );
  const most = Math.max(...cells.map(({ lines }) => lines.length), 1);
  const lineHeight = 15;
  const texts = Array.from({ length: most }, (_, index) =>
    Plot.text(
      cells.filter(({ lines }) => lines[index] !== undefined),
      {
        x: 'column',
        y: 'row',
        text: (cell: MatrixCell) => worded(cell.lines[index] ?? ''),
        fill: index === 0 ? 'var(--ink)' : 'var(--ink-soft)',
        fontWeight: index === 0 && most > 1 ? 600 : 400,
        fontSize: index === 0 ? 12 : 11,
        dy: (index - (most - 1) / 2) * lineHeight,
        pointerEvents: 'none',
      },
    ),
  );
  return Plot.plot({
    width,
    height: top + bottom + rows.domain.length * rowHeight,
    marginLeft: mirrored ? behind : before,
    marginRight: mirrored ? before : behind,
    marginTop: top,
    marginBottom: bottom,
    style: plotStyle,
    x: { type: 'band', domain: columns, padding: 0.06, axis: null, reverse: mirrored },
    y: { type: 'band', domain: rows.domain, padding: 0.06, axis: null },
    color: { type: 'identity' },
    marks: [
      Plot.axisX(
        matrix.columns.flatMap(({ keys }) => keys),
        {
          anchor: 'top',
          tickSize: 0,
          tickFormat: name,
          fontSize: 12,
          label: null,
          ...(slanted
            ? { tickRotate: -40 * onward, textAnchor: anchor, dx: -4 * onward }
            : { lineWidth: 9 }),
        },
      ),
      Plot.axisY(
        matrix.rows.flatMap(({ keys }) => keys),
        {
          anchor: mirrored ? 'right' : 'left',
          tickSize: 0,
          tickFormat: name,
          fontSize: 12,
          label: null,
          lineWidth: 9,
        },
      ),
      Plot.text(heads, {
        x: 'key',
        text: 'text',
        frameAnchor: 'top',
        textAnchor: anchor,
        dx: (-onward * step) / 2,
        dy: 14 - top,
        lineAnchor: 'bottom',
        fill: 'var(--ink-soft)',
        fontWeight: 600,
        fontSize: 12,
      }),
      Plot.text(rows.heads, {
        y: 'key',
        text: 'name',
        frameAnchor: mirrored ? 'right' : 'left',
        textAnchor: anchor,
        dx: onward * (4 - before),
        fill: 'var(--ink-soft)',
        fontWeight: 600,
        fontSize: 12,
      }),
      Plot.text([worded(`${matrix.rowTitle} ↓`)], {
        ...corner,
        frameAnchor: mirrored ? 'top-right' : 'top-left',
        dy: -6,
        fill: 'var(--ink-faint)',
        fontSize: 12,
      }),
      Plot.text([worded(`${matrix.columnTitle} ${mirrored ? '←' : '→'}`)], {
        ...corner,
        frameAnchor: mirrored ? 'top-right' : 'top-left',
        dy: -24,
        fill: 'var(--ink-faint)',
        fontSize: 12,
      }),
      Plot.cell(cells, {
        x: 'column',
        y: 'row',
        fill: (cell: MatrixCell) => heat(cell.value),
        stroke: (cell: MatrixCell) => (cell.framed ? 'var(--ink)' : 'var(--rule)'),
        strokeWidth: 1.25,
        rx: 3,
        href: 'href',
        ariaLabel: 'label',
      }),
      ...texts,
    ],
  }) as SVGSVGElement;
}

/** The page's type, in all drawings. */
export const plotStyle = {
  background: 'transparent',
  color: 'var(--ink-soft)',
  fontFamily: 'var(--font-text)',
  fontSize: '12px',
  overflow: 'visible',
} as const;
