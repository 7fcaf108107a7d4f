/** @file Points of two measures with the front that no other point beats, drawn with Observable Plot. */
import * as Plot from '@observablehq/plot';
import { locale } from '../messages/index.ts';
import { percent } from '../kit/format.ts';
import { spread } from '../kit/labels.ts';
import { plotStyle, worded } from './matrix.ts';

export interface ScatterPoint {
  name: string;
  x: number;
  y: number;
  isOnFront: boolean;
  /** What is told of it on hover and focus. */
  label: string;
}

export interface Scatter {
  points: readonly ScatterPoint[];
  xTitle: string;
  yTitle: string;
  xPercent: boolean;
  /** Less is better: the axis runs down to the right. */
  reversed: boolean;
}

/** An average character's width at the names' type size. */
const characterWidth = 6.6;
const gap = 15;

export function drawScatter(
  { points, xTitle, yTitle, xPercent, reversed }: Scatter,
  width: number,
): SVGSVGElement {
  const longest = Math.max(0, ...points.map(({ name }) => name.length));
  const right = Math.min(longest * characterWidth + 24, width * 0.5);
  const margin = { top: 28, right, bottom: 44, left: 52 };
  const height = Math.max(340, margin.top + margin.bottom + gap * points.length);
  const yDomain = domain(points.map(({ y }) => y));
  const [low, high] = domain(points.map(({ x }) => x));
  const xDomain = reversed ? ([high, low] as const) : ([low, high] as const);
  const toX = (x: number): number =>
    margin.left +
    ((x - xDomain[0]) / (xDomain[1] - xDomain[0])) * (width - margin.left - margin.right);
  const toY = (y: number): number =>
    height -
    margin.bottom -
    ((y - yDomain[0]) / (yDomain[1] - yDomain[0])) * (height - margin.top - margin.bottom);
  const labelYs = spread(
    points.map(({ y }) => toY(y)),
    gap,
    margin.top,
    height - margin.bottom,
  );
  const labelX = width - margin.right + 14;
  const front = points
    .filter(({ isOnFront }) => isOnFront)
    .sort((a, b) => (reversed ? b.x - a.x : a.x - b.x) || b.y - a.y);
  const plain = points.filter(({ isOnFront }) => !isOnFront);
  /** From each point to its name, which stands in pixels. */
  const leaders: Plot.RenderFunction = (_index, _scales, _values, _dimensions, { document }) => {
    const group = document.createElementNS('http://www.w3.org/2000/svg', 'g');
    group.setAttribute('aria-hidden', 'true');
    points.forEach(({ x, y, isOnFront }, index) => {
      const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      line.setAttribute('d', `M${toX(x) + 7},${toY(y)}L${labelX - 4},${labelYs[index] ?? 0}`);
      line.setAttribute('stroke', isOnFront ? 'var(--rule-strong)' : 'var(--rule)');
      group.append(line);
    });
    return group;
  };
  return Plot.plot({
    width,
    height,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    style: plotStyle,
    x: {
      domain: xDomain,
      label: `\u2066${xTitle} →\u2069`,
      labelAnchor: 'right',
      labelOffset: 36,
      ticks: 5,
      grid: true,
      ...(xPercent && { tickFormat: inPercent }),
    },
    y: {
      domain: yDomain,
      label: `\u2066↑ ${yTitle}\u2069`,
      ticks: 5,
      grid: true,
      tickFormat: inPercent,
    },
    marks: [
      Plot.line(front, {
        x: 'x',
        y: 'y',
        stroke: 'var(--truth-fill)',
        strokeWidth: 1.5,
        curve: 'step-before',
      }),
      leaders,
      Plot.dot(plain, {
        x: 'x',
        y: 'y',
        r: 5,
        fill: 'var(--paper)',
        stroke: 'var(--ink-soft)',
        strokeWidth: 1.5,
        ariaLabel: 'label',
      }),
      Plot.dot(front, {
        x: 'x',
        y: 'y',
        r: 6,
        symbol: 'diamond',
        fill: 'var(--truth-fill)',
        stroke: 'var(--surface)',
        ariaLabel: 'label',
      }),
      ...points.map(({ x, y, name, isOnFront }, index) =>
        Plot.text([{ x, y }], {
          x: 'x',
          y: 'y',
          text: () => worded(name),
          textAnchor: 'start',
          dx: labelX - toX(x),
          dy: (labelYs[index] ?? 0) - toY(y),
          fill: isOnFront ? 'var(--ink)' : 'var(--ink-soft)',
          fontWeight: isOnFront ? 600 : 400,
          fontSize: 12,
        }),
      ),
    ],
  }) as SVGSVGElement;
}

const inPercent = (share: number): string => percent(share, locale);

/** From a little below the least value to a little above the greatest; never empty. */
function domain(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.01, (high - low) * 0.08);
  return [low - room, high + room];
}
