/** @file Looking back: every probe is kept, so that board, order of arrival and finding can stand at any measured step. */
import type { ProbeRow } from '../../lab/index.ts';
import type { ChartData, ChartRun } from './series.ts';

/** Steps on the common axis at which something was measured, in order. */
export function measuredSteps({ runs }: ChartData): number[] {
  const steps = runs.flatMap(({ start, probes }) => probes.map(({ step }) => start + step));
  return [...new Set(steps)].sort((a, b) => a - b);
}

/** The measured step that is nearest. */
export function nearestStep(steps: readonly number[], step: number): number {
  return steps.reduce(
    (best, each) => (Math.abs(each - step) < Math.abs(best - step) ? each : best),
    steps[0] ?? 0,
  );
}

/** The measured step before or after another; itself where there is none. */
export function neighbour(steps: readonly number[], step: number, by: 1 | -1): number {
  const at = steps.indexOf(nearestStep(steps, step));
  return steps[Math.min(steps.length - 1, Math.max(0, at + by))] ?? step;
}

/** The data as they were at a step; the axis stays as long. A run that begins there has not begun. */
export function upTo(data: ChartData, step: number): ChartData {
  const runs = data.runs
    .filter(({ start }) => start < step)
    .map((run) => ({
      ...run,
      end: Math.min(run.end, step),
      probes: run.probes.filter((probe) => run.start + probe.step <= step),
    }));
  const series = data.series.map((each) => ({
    ...each,
    points: each.points.filter((point) => point.step <= step),
  }));
  return { ...data, runs, series };
}

/** What each language said at a step: of a probe without answers the probabilities, with the answers of the one before. */
export function rowsAt({ runs }: ChartData, step: number): ProbeRow[] {
  const probes = runs.flatMap((run) =>
    run.probes.filter((probe) => run.start + probe.step <= step),
  );
  return probes.reduce<ProbeRow[]>(
    (before, probe) =>
      probe.rows.map((row) => {
        const old = before.find(({ language }) => language === row.language);
        return row.answer === null && old
          ? { ...row, answer: old.answer, answerClass: old.answerClass, said: old.said ?? null }
          : row;
      }),
    [],
  );
}

/** The run that was going on at a step, or had just ended; null where none had begun. */
export function runAt({ runs }: ChartData, step: number): ChartRun | null {
  return runs.findLast(({ start }) => start < step) ?? null;
}
