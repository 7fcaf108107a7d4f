/** @file Methods compared, as they are drawn, told and saved. */
import { ownEntry } from '../../own-entry.ts';
import { methodSettings, paretoFront, type MethodPoint } from '../../lab/index.ts';
import type { CsvValue, DataTable } from '../kit/export.ts';
import { locale, messages, type Messages } from '../messages/index.ts';
import { beside, decimal, percent, withDigits } from '../kit/format.ts';
import { languageList } from '../kit/names.ts';
import type { Scatter } from './scatter.ts';

const text = (): Messages['research']['methods'] => messages.research.methods;

/** By what keeping is measured. */
export const axes = ['kept', 'fluency', 'moved'] as const;
export type Axis = (typeof axes)[number];

const exact = (value: number): string =>
  new Intl.NumberFormat(withDigits(locale), { maximumSignificantDigits: 3 }).format(value);

/** A point's place on an axis; null where its results did not measure it. */
export function valueOn(axis: Axis, point: MethodPoint): number | null {
  if (axis === 'kept') return point.retained;
  if (axis === 'moved') return point.moved;
  return point.perplexityRatio === null ? null : 1 / point.perplexityRatio;
}

/** The points that no other one beats on an axis and in forgetting. */
export function frontOn(axis: Axis, points: readonly MethodPoint[]): ReadonlySet<string> {
  const sign = axis === 'moved' ? -1 : 1;
  const placed = points.flatMap((point) => {
    const value = valueOn(axis, point);
    return value === null ? [] : [{ point, value: sign * value }];
  });
  const front = paretoFront(
    placed,
    ({ value }) => value,
    ({ point }) => point.forgotten,
  );
  return new Set(front.map(({ point }) => point.id));
}

/** The rate, and whatever else is not at its default. */
export function settingName({ method, settings }: MethodPoint): string {
  const defaults = methodSettings(method);
  const options = Object.entries(settings.options ?? {}).filter(
    ([name, value]) => ownEntry(defaults, name) !== value,
  );
  return beside(
    [
      text().rate({ rate: exact(settings.learningRate) }),
      ...options.map(([name, value]) => text().option({ name, value: exact(value) })),
    ],
    locale,
  );
}

/** The method, and in what its points differ: rate, other settings, languages. */
function nameAmong(points: readonly MethodPoint[], point: MethodPoint): string {
  const alike = points.filter(({ method }) => method === point.method);
  const told = [
    ({ settings }: MethodPoint) => exact(settings.learningRate),
    ({ settings }: MethodPoint) => languageList(settings.languages),
  ].filter((of) => new Set(alike.map(of)).size > 1);
  if (told.length === 0 && new Set(alike.map(settingName)).size > 1) told.push(settingName);
  const { name } = messages.unlearn.methods[point.method];
  return beside([name, ...told.map((of) => of(point))], locale);
}

export function scatterOf(points: readonly MethodPoint[], axis: Axis): Scatter {
  const front = frontOn(axis, points);
  return {
    points: points.flatMap((point) => {
      const x = valueOn(axis, point);
      if (x === null || !Number.isFinite(point.forgotten)) return [];
      const label = text().point({
        name: messages.unlearn.methods[point.method].name,
        setting: settingName(point),
        forgotten: percent(point.forgotten, locale),
        axis: text().axes[axis],
        value: axis === 'kept' ? percent(x, locale) : decimal(x, locale, 3),
      });
      const isOnFront = front.has(point.id);
      return [
        {
          name: nameAmong(points, point),
          x,
          y: point.forgotten,
          isOnFront,
          label: isOnFront ? text().onFront({ label }) : label,
        },
      ];
    }),
    xTitle: text().axes[axis],
    yTitle: text().forgotten,
    xPercent: axis === 'kept',
    reversed: axis === 'moved',
  };
}

/** A line a point; `worded`: for the eye. */
export function methodsTable(
  points: readonly MethodPoint[],
  axis: Axis,
  worded: boolean,
): DataTable {
  const front = frontOn(axis, points);
  const share = (value: number | null): CsvValue =>
    value !== null && worded ? percent(value, locale) : value;
  const number = (value: number | null): CsvValue =>
    value !== null && worded ? decimal(value, locale) : value;
  return {
    columns: Object.values(text().columns),
    rows: points.map((point) => {
      const { method, settings } = point;
      return [
        worded ? messages.unlearn.methods[method].name : method,
        settingName(point),
        worded ? languageList(settings.languages) : settings.languages.join(' '),
        share(point.forgotten),
        share(point.forgottenHere),
        share(point.forgottenElsewhere),
        share(point.retained),
        number(point.perplexityRatio),
        number(point.moved),
        worded ? exact(point.steps) : point.steps,
        point.runs,
        front.has(point.id) ? text().yes : text().no,
      ];
    }),
  };
}
