/** @file Lines by step with their names at their ends, drawn with Observable Plot. */
import * as Plot from '@observablehq/plot';
import { locale } from '../messages/index.ts';
import { percent, whole } from '../kit/format.ts';
import { spread } from '../kit/labels.ts';
import { plotStyle, worded } from './matrix.ts';

export interface Curve {
  name: string;
  points: readonly { step: number; value: number }[];
  /** What is told of it on hover and focus. */
  label: string;
}

export interface CurvePlot {
  curves: readonly Curve[];
  /** Upper end of the axis; the greatest value where it is left out. */
  most?: number;
  stepTitle: string;
  valueTitle: string;
  percent: boolean;
}

const height = 240;
const margin = { top: 26, right: 150, bottom: 34, left: 44 };

/** Dashes tell lines apart where colour does not. */
const dashes = ['none', '7 4', '2 4', '10 3 2 3', '5 2', '1 3'] as const;

export function drawCurves(
  { curves, most, stepTitle, valueTitle, percent: isShare }: CurvePlot,
  width: number,
): SVGSVGElement {
  const all = curves.flatMap(({ points }) => points);
  const upper = most ?? Math.max(1e-9, ...all.map(({ value }) => value));
  const last = Math.max(1, ...all.map(({ step }) => step));
  const toY = (value: number): number =>
    height - margin.bottom - (value / upper) * (height - margin.top - margin.bottom);
  const ends = curves.flatMap(({ name, points }) => {
    const end = points.at(-1);
    return end ? [{ name, step: end.step, value: end.value }] : [];
  });
  const placed = spread(
    ends.map(({ value }) => toY(value)),
    15,
    margin.top,
    height - margin.bottom,
  );
  return Plot.plot({
    width,
    height,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    style: plotStyle,
    x: {
      domain: [0, last],
      label: `\u2066${stepTitle} →\u2069`,
      labelAnchor: 'right',
      ticks: 6,
      tickFormat: (step: number) => whole(step, locale),
    },
    y: {
      domain: [0, upper],
      label: `\u2066↑ ${valueTitle}\u2069`,
      grid: true,
      ticks: 4,
      ...(isShare && { tickFormat: (share: number) => percent(share, locale) }),
    },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--rule-strong)' }),
      ...curves.flatMap(({ points, label }, index) => [
        Plot.line(points, {
          x: 'step',
          y: 'value',
          stroke: 'var(--lie-fill)',
          strokeWidth: 2,
          strokeDasharray: dashes[index % dashes.length] ?? 'none',
          ariaLabel: () => label,
        }),
        Plot.dot(points.slice(-1), {
          x: 'step',
          y: 'value',
          r: 3.5,
          fill: 'var(--lie-fill)',
          stroke: 'var(--surface)',
          ariaLabel: () => label,
        }),
      ]),
      ...ends.map(({ name, step, value }, index) =>
        Plot.text([{ step, value }], {
          x: 'step',
          y: 'value',
          text: () => worded(name),
          textAnchor: 'start',
          dx: 9,
          dy: (placed[index] ?? 0) - toY(value),
          fill: 'var(--ink)',
          fontSize: 12,
        }),
      ),
    ],
  }) as SVGSVGElement;
}
