/** @file The line chart's geometry: from data and a size in pixels to paths, labels and rules. */
import { scaleLinear } from 'd3-scale';
import { curveMonotoneX, line } from 'd3-shape';
import type { Language } from '../../facts/index.ts';
import { languagesOfRun, type ExperimentRun } from '../../lab/index.ts';
import { arrivals } from './arrival.ts';
import { shelves, spread } from '../kit/labels.ts';
import type { ChartData, ChartRun, Point, Series } from './series.ts';

/** Distance between labels at the chart's type size, and what stands between a line's end and its label. */
const labelGap = 16;
const leaderRoom = 30;
const shelfHeight = 18;

export interface PlottedLine {
  series: Series;
  path: string;
  /** Where the line ends, and where its label stands (moved so that none covers another). */
  end: { x: number; y: number; probability: number; says: boolean };
  labelY: number;
  /** From the line's end to its label. */
  leader: string;
}

export interface PlottedRule {
  taken: ExperimentRun;
  /** Where the run begins and ends. */
  x: number;
  end: number;
  /** The label's left edge and baseline. */
  labelX: number;
  labelY: number;
  label: string;
}

export interface Plot {
  lines: PlottedLine[];
  rules: PlottedRule[];
  xTicks: { x: number; step: number }[];
  yTicks: { y: number; probability: number }[];
  left: number;
  right: number;
  top: number;
  bottom: number;
  labelX: number;
}

/** The chart's words, and how wide they are. */
export interface ChartWords {
  /** A run's label. */
  run: (taken: ExperimentRun) => string;
  /** A language's name at the end of its line. */
  language: (language: Language) => string;
  /** Pixels that a text takes in the chart's type: no count of letters tells, in twelve languages. */
  measure: (text: string) => number;
}

/** Draws the chart into `width` × `height` pixels. */
export function plot(data: ChartData, width: number, height: number, words: ChartWords): Plot {
  const widest = Math.max(
    ...data.series.map(({ language }) => words.measure(words.language(language))),
  );
  const left = 42;
  const right = Math.max(left + 40, width - widest - leaderRoom - 6);
  const x = scaleLinear([0, data.length], [left, right]);
  const rules = placedRules(data, x, width, words);
  const shelfCount = rules.reduce((most, { shelf }) => Math.max(most, shelf + 1), 1);
  const top = shelfCount * shelfHeight + 14;
  const bottom = Math.max(top + 40, height - 34);
  const y = scaleLinear([0, 1], [bottom, top]);
  const draw = line<Point>(
    (point) => x(point.step),
    (point) => y(point.probability),
  ).curve(curveMonotoneX);

  const order = new Map(arrivals(data).map(({ language }, place) => [language.code, place]));
  const drawn = data.series.flatMap((series) => {
    const last = series.points.at(-1);
    if (!last) return [];
    const path = draw(series.points) ?? '';
    return [{ series, path, end: { ...last, x: x(last.step), y: y(last.probability) } }];
  });
  const labelX = right + leaderRoom;
  // Lines that end together are labelled in the order in which they came.
  const labelYs = spread(
    drawn.map(
      ({ end, series }) => Math.round(end.y) + (order.get(series.language.code) ?? 0) / 100,
    ),
    labelGap,
    top,
    bottom - 4,
  );
  return {
    lines: drawn.map((each, index) => {
      const labelY = labelYs[index] ?? each.end.y;
      return { ...each, labelY, leader: leader(each.end, labelX - 4, labelY) };
    }),
    rules: rules.map(({ shelf, ...rule }) => ({
      ...rule,
      labelY: top - 12 - shelf * shelfHeight,
    })),
    xTicks: x
      .ticks(Math.max(2, Math.floor((right - left) / 60)))
      .filter(Number.isInteger)
      .map((step) => ({ x: x(step), step })),
    yTicks: [0, 0.5, 1].map((probability) => ({ y: y(probability), probability })),
    left,
    right,
    top,
    bottom,
    labelX,
  };
}

/** A leader longer than this would cross the empty part of the chart: while a run goes on, labels stand alone at the edge. */
const longestLeader = 60;

/** A curve that leaves the line's end and meets the label level, so that many from one point part without crossing. */
function leader(from: { x: number; y: number }, toX: number, toY: number): string {
  if (toX - from.x > longestLeader) return '';
  const [start, middle] = [from.x + 6, (from.x + 6 + toX) / 2];
  return `M${String(start)} ${String(from.y)}C${String(middle)} ${String(from.y)} ${String(middle)} ${String(toY)} ${String(toX)} ${String(toY)}`;
}

type ShelvedRule = Omit<PlottedRule, 'labelY'> & { shelf: number };

/** A rule where each run begins; its label is kept inside the picture. */
function placedRules(
  data: ChartData,
  x: (step: number) => number,
  width: number,
  words: ChartWords,
): ShelvedRule[] {
  const labelled = joinedRuns(data.runs).map(({ taken, start, end }) => {
    const label = words.run(taken);
    const labelWidth = words.measure(label);
    return {
      taken,
      label,
      labelWidth,
      x: x(start),
      end: x(end),
      labelX: Math.max(0, Math.min(x(start) + 4, width - labelWidth)),
    };
  });
  const shelf = shelves(
    labelled.map((each) => ({ start: each.labelX, width: each.labelWidth })),
    12,
  );
  return labelled.map(({ labelWidth: _, ...rule }, index) => {
    const own = shelf[index] ?? 0;
    // A label that finds no room is left out: it never takes room from the plot.
    return own < mostShelves ? { ...rule, shelf: own } : { ...rule, label: '', shelf: 0 };
  });
}

const mostShelves = 2;

/** Neighbouring runs of one kind in the same languages, as one. */
function joinedRuns(runs: readonly ChartRun[]): Pick<ChartRun, 'taken' | 'start' | 'end'>[] {
  const kind = ({ taken }: Pick<ChartRun, 'taken'>): string =>
    `${taken.phase} ${languagesOfRun(taken).join(' ')}`;
  const joined: Pick<ChartRun, 'taken' | 'start' | 'end'>[] = [];
  for (const { taken, start, end } of runs) {
    const last = joined.at(-1);
    if (last && kind(last) === kind({ taken })) last.end = end;
    else joined.push({ taken, start, end });
  }
  return joined;
}
