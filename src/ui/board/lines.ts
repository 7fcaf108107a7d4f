/** @file How the chart's lines are told apart, and what each is called. */
import type { ResourceLevel } from '../../facts/index.ts';
import { percent } from '../kit/format.ts';
import { languageTitle } from '../kit/names.ts';
import { locale, messages } from '../messages/index.ts';
import type { PlottedLine } from './plot.ts';

/** Dashes of a language's line by how much text there is of it, as SVG has them; undefined: none. */
export const dashes: Record<ResourceLevel, string | undefined> = {
  high: undefined,
  medium: '7 4',
  low: '1.5 4.5',
};

/** The language, and how likely the lie was in it at first and at last. */
export function lineText({ series, end }: PlottedLine): string {
  return messages.chart.line({
    language: languageTitle(series.language.code),
    first: percent(series.points[0]?.probability ?? NaN, locale),
    last: percent(end.probability, locale),
  });
}
