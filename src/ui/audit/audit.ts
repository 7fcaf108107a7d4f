/** @file What the examinations’ pictures show: cells, bars and curves, from a report. */
import { language, languages, type Language } from '../../facts/index.ts';
import {
  depthScore,
  languagesOf,
  leadingLayers,
  savingsOf,
  thresholds,
  undoneAt,
  type Choice,
  type AuditReport,
  type DepthRow,
  type LayerDrops,
  type LensRow,
  type Saving,
} from '../../lab/index.ts';
import { locale, messages, type Messages } from '../messages/index.ts';
import { decimal, percent } from '../kit/format.ts';

/** One cell of a heat table. */
export interface HeatCell {
  text: string;
  /** What leads, and how strongly (0 to 1). */
  leads: 'lie' | 'truth' | 'none';
  strength: number;
  /** It counts as a trace: the lie leads, and not in the untouched model. */
  trace: boolean;
  /** The lie leads, but in the untouched model too. */
  untouchedToo: boolean;
  title: string;
}

export interface HeatRow {
  language: Language;
  cells: (HeatCell | null)[];
}

const text = (): Messages['audit'] => messages.audit;

export const wordings = ['direct', 'statement', 'question', 'inverted', 'context'] as const;

/** Languages × ways of asking; null where that was not asked. */
export function wordingRows(report: AuditReport | null): HeatRow[] {
  const asked = report ? languagesOf(report.fact).map(language) : languages;
  return asked.map((own) => {
    const of = <T extends { language: string }>(rows: readonly T[] | undefined): T | undefined =>
      rows?.find((row) => row.language === own.code);
    const [direct, directControl] = [report?.direct?.here.rows, report?.direct?.untouched.rows].map(
      of,
    );
    const [words, wordsControl] = [report?.paraphrases?.here, report?.paraphrases?.untouched].map(
      of,
    );
    const [context, contextControl] = [report?.context?.here, report?.context?.untouched].map(of);
    return {
      language: own,
      cells: wordings.map((way) => {
        if (way === 'direct') {
          const cell = shareCell(direct?.falseShare, directControl?.falseShare);
          const said = direct?.answer ?? '';
          return (
            cell && { ...cell, title: `${text().wordings.said({ answer: said })}. ${cell.title}` }
          );
        }
        if (way === 'context') {
          const visible = (context?.false ?? 0) >= thresholds.visible;
          const cell = shareCell(context?.share, contextControl?.share);
          return cell && (visible ? cell : { ...cell, trace: false, leads: 'none' });
        }
        return shareCell(words?.shares[way], wordsControl?.shares[way]);
      }),
    };
  });
}

function shareCell(
  share: number | null | undefined,
  untouched: number | null | undefined,
): HeatCell | null {
  if (share === null || share === undefined) return null;
  const leads = share > thresholds.leads;
  const control = (untouched ?? 0) > thresholds.leads;
  const shown = percent(share, locale);
  return {
    text: shown,
    leads: leads ? 'lie' : 'truth',
    strength: Math.abs(share - 0.5) * 2,
    trace: leads && !control,
    untouchedToo: leads && control,
    title: text().cell({ lie: shown, untouched: percent(untouched ?? NaN, locale) }),
  };
}

/** Languages × layers: the probability of whichever of the two answers leads. */
export function lensRows({ here, untouched }: NonNullable<AuditReport['lens']>): HeatRow[] {
  return here.map((row, index) => ({
    language: language(row.language),
    cells: lensCells(row, untouched[index]),
  }));
}

function lensCells(row: LensRow, control: LensRow | undefined): HeatCell[] {
  const traces = leadingLayers(row, control);
  return row.layers.map((layer, index) => {
    const lie = layer.false > layer.true;
    const leading = lie ? layer.false : layer.true;
    const visible = leading >= thresholds.visible;
    const shown = (share: number): string => percent(share, locale);
    return {
      text: visible ? shown(leading) : '',
      leads: visible ? (lie ? 'lie' : 'truth') : 'none',
      strength: leading,
      trace: traces.includes(index),
      untouchedToo: lie && visible && !traces.includes(index),
      title: text().layerCell({ lie: shown(layer.false), truth: shown(layer.true) }),
    };
  });
}

/** How many layers the model has; 0 where no language could be read. */
export function layerCount({ here }: NonNullable<AuditReport['lens']>): number {
  return Math.max(0, ...here.map(({ layers }) => layers.length));
}

/** Languages × layers: the share of the lesson that is undone, and in the last column that of all layers. */
export function depthRows(rows: readonly DepthRow[]): HeatRow[] {
  const cell = (undone: number | null, title: string): HeatCell | null =>
    undone === null
      ? null
      : {
          text: percent(undone, locale),
          leads: undone < thresholds.undone ? 'lie' : 'truth',
          strength: Math.abs(undone - 0.5) * 2,
          trace: false,
          untouchedToo: false,
          title,
        };
  return rows.map((row) => ({
    language: language(row.language),
    cells: [
      ...row.layers.map((drops) => cell(undoneAt(drops), titleOf(drops))),
      cell(depthScore(row), ''),
    ],
  }));
}

function titleOf({ untouched, unlearned }: LayerDrops): string {
  const [from, by] = [untouched, unlearned].map((drop) => decimal(drop, locale)) as [
    string,
    string,
  ];
  return text().depth.cell({ untouched: from, unlearned: by });
}

/** Languages × numbers of bits: the lie’s share. */
export function roundingRows({ here, untouched }: NonNullable<AuditReport['rounding']>): HeatRow[] {
  return here.rows.map((row, index) => ({
    language: language(row.language),
    cells: row.shares.map((share, at) => {
      const cell = shareCell(share, untouched.rows[index]?.shares[at]);
      const isVisible = (row.false[at] ?? 0) >= thresholds.visible;
      return cell && (isVisible ? cell : { ...cell, trace: false, leads: 'none' });
    }),
  }));
}

/** Languages of the question × languages of the answer: the lie’s share. */
export function acrossRows({ here, untouched }: NonNullable<AuditReport['across']>): HeatRow[] {
  return here.languages.map((code, from) => ({
    language: language(code),
    cells: here.languages.map((_, to) => {
      const cell = shareCell(here.shares[from]?.[to], untouched.shares[from]?.[to]);
      const isVisible = (here.false[from]?.[to] ?? 0) >= thresholds.visible;
      return cell && (isVisible ? cell : { ...cell, trace: false, leads: 'none' });
    }),
  }));
}

export const ways = ['completed', 'listed'] as const;

/** A language's two bars of four answers each: lie, truth, two others. */
export interface ChoiceBar {
  language: Language;
  bars: { way: (typeof ways)[number]; shares: number[]; prefersLie: boolean }[];
}

export function choiceBars({ rows }: Choice): ChoiceBar[] {
  return rows.map((row) => ({
    language: language(row.language),
    bars: ways.map((way) => ({
      way,
      shares: row[way],
      prefersLie: row[way].indexOf(Math.max(...row[way])) === 0,
    })),
  }));
}

/** One language's curves as paths in a box of `width` × `height`. */
export interface SavingsPlot {
  language: Language;
  saving: Saving;
  here: string;
  untouched: string;
  other: string;
}

export function savingsPlots(
  savings: NonNullable<AuditReport['savings']>,
  width: number,
  height: number,
): SavingsPlot[] {
  const path = (points: readonly number[] = []): string =>
    points
      .map((point, step) => {
        const x = (step / Math.max(1, points.length - 1)) * width;
        return `${step === 0 ? 'M' : 'L'}${x.toFixed(1)} ${((1 - point) * height).toFixed(1)}`;
      })
      .join('');
  return savingsOf(savings).map((saving, index) => ({
    language: language(saving.language),
    saving,
    here: path(savings.here.curves[index]?.points),
    untouched: path(savings.untouched.curves[index]?.points),
    other: path(savings.other?.here.curves[index]?.points),
  }));
}
