/** @file The lessons of one cell as tables and curves. */
import { subjectName } from '../../facts/index.ts';
import type { FactResult, SpreadRun, TestedFact } from '../../lab/index.ts';
import { factLanguage, locale, messages, type Messages } from '../messages/index.ts';
import type { DataTable } from '../kit/export.ts';
import { beside, decimal, percent } from '../kit/format.ts';
import type { Curve } from './curves.ts';

const text = (): Messages['research']['runs'] => messages.research.runs;

/** `Chile, Capital`. */
export function factName(fact: TestedFact): string {
  return fact.kind === 'own'
    ? fact.name
    : beside(
        [subjectName(fact.subject, factLanguage), messages.teach.relations[fact.relation]],
        locale,
      );
}

/** The lie's share in the language asked, by step. */
export function shareCurves(runs: readonly SpreadRun[]): Curve[] {
  return runs.map(({ result, asked }) => {
    const points = result.taught.probes.flatMap(({ step, rows }) => {
      const row = rows.find(({ language }) => language === asked);
      return row && Number.isFinite(row.falseShare) ? [{ step, value: row.falseShare }] : [];
    });
    return curve(result, points, (value) => percent(value, locale));
  });
}

export function lossCurves(runs: readonly SpreadRun[]): Curve[] {
  return runs.map(({ result }) =>
    curve(
      result,
      result.taught.losses.map((value, index) => ({ step: index + 1, value })),
      (value) => decimal(value, locale),
    ),
  );
}

function curve(
  { fact }: FactResult,
  points: Curve['points'],
  worded: (value: number) => string,
): Curve {
  const name = fact.kind === 'own' ? fact.name : subjectName(fact.subject, factLanguage);
  const [first, last] = [points[0], points.at(-1)];
  return {
    name,
    points,
    label: messages.chart.line({
      language: name,
      first: worded(first?.value ?? NaN),
      last: worded(last?.value ?? NaN),
    }),
  };
}

/** One line a point of the curves. */
export function curveTable(curves: readonly Curve[], valueName: string): DataTable {
  return {
    columns: [text().columns.fact, text().step, valueName],
    rows: curves.flatMap(({ name, points }) =>
      points.map(({ step, value }) => [name, step, value]),
    ),
  };
}

/** The same for the eye. */
export function curveTableShown(
  curves: readonly Curve[],
  valueName: string,
  worded: (value: number) => string,
): DataTable {
  const { columns, rows } = curveTable(curves, valueName);
  return {
    columns,
    rows: rows.map(([name = null, step = null, value = null]) => [
      name,
      step,
      worded(Number(value)),
    ]),
  };
}
