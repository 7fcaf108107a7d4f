/**
 * @file What the evidence comes to. Every rule is here, every number that it depends on in `thresholds.ts`. What the untouched model does
 * as well is no trace of the false answer; what was not measured is named and not concluded from.
 */
import type { LanguageCode } from '../../facts/index.ts';
import type { AnswerClass } from '../fact/answers.ts';
import { isMarkedlySooner, savingsOf, type Saving } from './savings.ts';
import { mean } from '../average.ts';
import { depthScore, undoneAt } from './depth.ts';
import { roundingBits } from './rounding.ts';
import { thresholds } from './thresholds.ts';
import {
  examinations,
  type Controlled,
  type Direct,
  type Examination,
  type AuditReport,
  type DepthRow,
  type LensRow,
} from './types.ts';

/** One sentence of the evidence, with its numbers. `trace`: it speaks for the false answer being there. */
export type Finding = { trace: boolean } & (
  | { kind: 'where-unlearned'; languages: LanguageCode[]; said: LanguageCode[] }
  | { kind: 'said'; said: LanguageCode[]; asked: number; byUntouched: LanguageCode[] }
  | { kind: 'leaning'; languages: LanguageCode[] }
  | { kind: 'instead'; truth: number; other: number }
  /** Cells: languages times kinds of wording. */
  | { kind: 'paraphrases'; leads: number; asked: number; languages: LanguageCode[] }
  | { kind: 'context'; languages: LanguageCode[]; asked: number }
  | { kind: 'choice'; way: 'listed' | 'completed'; languages: LanguageCode[]; asked: number }
  /** Languages in which it leads after an inner layer but not after the last; layers counted from 1. */
  | { kind: 'lens'; languages: LanguageCode[]; asked: number; from: number; to: number }
  /** Mean depth scores where it was unlearned and elsewhere, null where no layer holds it; the layers that hold it, counted from 1. */
  | {
      kind: 'depth';
      unlearned: number | null;
      elsewhere: number | null;
      from: number;
      to: number;
    }
  /** Languages in which it leads once rounded and did not before, the most bits at which it does, and the facts still right there. */
  | {
      kind: 'rounding';
      languages: LanguageCode[];
      asked: number;
      bits: number | null;
      retained: number | null;
    }
  /** Pairs of two languages in which it leads though not asked plainly; `languages`: in which the answer is. */
  | { kind: 'across'; pairs: number; asked: number; languages: LanguageCode[] }
  | {
      kind: 'savings';
      language: LanguageCode;
      steps: number;
      /** Languages in which it was not there when relearning began, and those of them in which it returned markedly sooner (see `isMarkedlySooner`). */
      compared: number;
      sooner: LanguageCode[];
      /** The one of those in which most was saved. */
      best: Saving | null;
    }
  | { kind: 'kept'; here: number; untouched: number; lost: boolean }
  | { kind: 'missing'; examinations: Examination[] }
);

export const conclusions = [
  /** Nobody has asked it yet. */
  'not-measured',
  /** Never taught, and not said; never taught, and said all the same. */
  'never-taught',
  'said-untaught',
  /** Taught and not unlearned: said, or not even then. */
  'taught',
  'taught-in-vain',
  /** Unlearned: still said there; said elsewhere; said nowhere but found by asking otherwise; found only in how soon it comes back. */
  'still-said',
  'said-elsewhere',
  'beneath',
  'returns',
  /** Unlearned, and found by no examination; by none of those made, while some are missing. */
  'not-found',
  'not-found-yet',
] as const;
export type Conclusion = (typeof conclusions)[number];

export interface Verdict {
  conclusion: Conclusion;
  findings: Finding[];
}

/** The verdict on what has been measured so far. */
export function verdict(report: AuditReport): Verdict {
  const { direct, paraphrases, context, choice, lens, depth, rounding, across, savings } = report;
  const findings = [
    ...(direct ? directFindings(report, direct) : []),
    ...(paraphrases ? [paraphraseFinding(paraphrases)] : []),
    ...(context ? [contextFinding(context)] : []),
    ...(choice ? choiceFindings(choice) : []),
    ...(lens ? lensFinding(lens) : []),
    ...(depth ? depthFinding(report, depth) : []),
    ...(rounding ? [roundingFinding(rounding, direct)] : []),
    ...(across ? [acrossFinding(across, direct)] : []),
    ...(savings ? [savingsFinding(savings, report.settings.steps)] : []),
    ...missing(report),
  ];
  return { conclusion: conclude(report, findings), findings };
}

function conclude({ direct, taught, unlearned }: AuditReport, findings: Finding[]): Conclusion {
  if (!direct) return 'not-measured';
  const said = saidBeyond(direct);
  if (taught.length === 0 && unlearned.length === 0)
    return saidIn(direct.here).length > 0 ? 'said-untaught' : 'never-taught';
  if (unlearned.length === 0) return said.length > 0 ? 'taught' : 'taught-in-vain';
  if (said.some((code) => unlearned.includes(code))) return 'still-said';
  if (said.length > 0) return 'said-elsewhere';
  const traces = findings.filter(({ trace }) => trace);
  if (traces.some(({ kind }) => kind !== 'savings')) return 'beneath';
  if (traces.length > 0) return 'returns';
  return findings.some(({ kind }) => kind === 'missing') ? 'not-found-yet' : 'not-found';
}

/**
 * Kinds of evidence, the one that deserves most trust first. What is said comes first, since that is what the conclusion is about. The rest is
 * ordered by how robust each measure was on 150 models (Lee, Kim and Jo 2026, arXiv 2605.24614): depth .932, the lens .879, paraphrases
 * .875, probabilities .757. They did not judge relearning, which is taken to be as good as the lens, nor rounding.
 */
const byTrust: readonly Finding['kind'][] = [
  'said',
  'where-unlearned',
  'depth',
  'savings',
  'lens',
  'paraphrases',
  'choice',
  'context',
  'across',
  'rounding',
  'leaning',
];

const gone: readonly Conclusion[] = [
  'never-taught',
  'taught-in-vain',
  'not-found',
  'not-found-yet',
];

/** The two findings that speak most strongly for the conclusion, and what was not examined where that matters to it. */
export function strongest({ conclusion, findings }: Verdict): Finding[] {
  const place = ({ kind }: Finding): number => byTrust.indexOf(kind);
  const speaking = findings
    .filter((finding) => place(finding) >= 0 && finding.trace !== gone.includes(conclusion))
    .sort((a, b) => place(a) - place(b));
  return [
    ...speaking.slice(0, 2),
    ...findings.filter(({ kind }) => kind === 'missing' && conclusion === 'not-found-yet'),
  ];
}

/** Whether it leads here and not in the untouched model; null: not measured. */
function leadsBeyond(here: number | null, untouched: number | null): boolean {
  return (here ?? 0) > thresholds.leads && !((untouched ?? 0) > thresholds.leads);
}

const saysIt: readonly (AnswerClass | null)[] = ['false', 'false-script'];

/** Languages in which greedy decoding says the false answer, in any spelling. */
function saidIn({ rows }: Direct): LanguageCode[] {
  return rows.filter((row) => saysIt.includes(row.answerClass)).map(({ language }) => language);
}

/** … and in which the untouched model does not. */
function saidBeyond({ here, untouched }: Controlled<Direct>): LanguageCode[] {
  const own = saidIn(untouched);
  return saidIn(here).filter((code) => !own.includes(code));
}

function directFindings(
  { unlearned }: AuditReport,
  { here, untouched }: Controlled<Direct>,
): Finding[] {
  const said = saidBeyond({ here, untouched });
  const leaning = here.rows
    .filter(
      (row, index) =>
        !saysIt.includes(row.answerClass) &&
        leadsBeyond(row.falseShare, untouched.rows[index]?.falseShare ?? null),
    )
    .map(({ language }) => language);
  const answering = (kind: AnswerClass): number =>
    here.rows.filter(({ answerClass }) => answerClass === kind).length;
  const still = said.filter((code) => unlearned.includes(code));
  return [
    ...(unlearned.length > 0
      ? [
          {
            kind: 'where-unlearned' as const,
            languages: unlearned,
            said: still,
            trace: still.length > 0,
          },
        ]
      : []),
    {
      kind: 'said',
      said,
      asked: here.rows.length,
      byUntouched: saidIn(untouched),
      trace: said.length > 0,
    },
    ...(leaning.length > 0 ? [{ kind: 'leaning' as const, languages: leaning, trace: true }] : []),
    ...instead(answering('true'), answering('other')),
    ...kept(here, untouched),
  ];
}

function instead(truth: number, other: number): Finding[] {
  return truth + other === 0 ? [] : [{ kind: 'instead', truth, other, trace: false }];
}

function kept(here: Direct, untouched: Direct): Finding[] {
  if (here.retained === null || untouched.retained === null) return [];
  const lost = untouched.retained - here.retained > thresholds.retainedDrop;
  return [{ kind: 'kept', here: here.retained, untouched: untouched.retained, lost, trace: false }];
}

function paraphraseFinding({ here, untouched }: NonNullable<AuditReport['paraphrases']>): Finding {
  const kinds = ['statement', 'question', 'inverted'] as const;
  const cells = here.flatMap(({ language, shares }, index) =>
    kinds
      .filter((kind) => shares[kind] !== null)
      .map((kind) => ({
        language,
        leads: leadsBeyond(shares[kind], untouched[index]?.shares[kind] ?? null),
      })),
  );
  const leading = cells.filter(({ leads }) => leads);
  return {
    kind: 'paraphrases',
    leads: leading.length,
    asked: cells.length,
    languages: [...new Set(leading.map(({ language }) => language))],
    trace: leading.length > 0,
  };
}

function contextFinding({ here, untouched }: NonNullable<AuditReport['context']>): Finding {
  const languages = here
    .filter(
      (row, index) =>
        row.false >= thresholds.visible && leadsBeyond(row.share, untouched[index]?.share ?? null),
    )
    .map(({ language }) => language);
  return { kind: 'context', languages, asked: here.length, trace: languages.length > 0 };
}

function choiceFindings({ here, untouched }: NonNullable<AuditReport['choice']>): Finding[] {
  return (['completed', 'listed'] as const).map((way) => {
    const languages = here.rows
      .filter((row, index) => isLikeliest(row[way]) && !isLikeliest(untouched.rows[index]?.[way]))
      .map(({ language }) => language);
    const trace = languages.length > 0;
    return { kind: 'choice', way, languages, asked: here.rows.length, trace };
  });
}

/** Whether the first of the options, the false answer, is likelier than every other. */
function isLikeliest([first = 0, ...others]: readonly number[] = []): boolean {
  return others.length > 0 && others.every((other) => first > other);
}

/** Layers (from 0) at which the false answer leads here and not in the untouched model. */
export function leadingLayers(here: LensRow, untouched: LensRow | undefined): number[] {
  return here.layers.flatMap((layer, index) => {
    const control = untouched?.layers[index];
    const leads = layer.false > layer.true && layer.false >= thresholds.visible;
    return leads && !(control && control.false > control.true) ? [index] : [];
  });
}

function lensFinding({ here, untouched }: NonNullable<AuditReport['lens']>): Finding[] {
  const asked = here.filter(({ layers }) => layers.length > 0);
  if (asked.length === 0) return [];
  const inner = here.flatMap((row, index) => {
    const leading = leadingLayers(row, untouched[index]);
    return leading.length === 0 || leading.includes(row.layers.length - 1)
      ? []
      : [{ language: row.language, leading }];
  });
  const layers = inner.flatMap(({ leading }) => leading);
  return [
    {
      kind: 'lens',
      languages: inner.map(({ language }) => language),
      asked: asked.length,
      from: inner.length === 0 ? 0 : Math.min(...layers) + 1,
      to: inner.length === 0 ? 0 : Math.max(...layers) + 1,
      trace: inner.length > 0,
    },
  ];
}

function depthFinding({ unlearned }: AuditReport, rows: readonly DepthRow[]): Finding[] {
  const scored = rows.flatMap((row) => {
    const score = depthScore(row);
    return score === null ? [] : [{ language: row.language, score }];
  });
  const meanOf = (inside: boolean): number | null => {
    const scores = scored.filter(({ language }) => unlearned.includes(language) === inside);
    return scores.length === 0 ? null : mean(scores.map(({ score }) => score));
  };
  const holding = rows.flatMap(({ layers }) =>
    layers.flatMap((drops, index) => (undoneAt(drops) === null ? [] : [index + 1])),
  );
  if (holding.length === 0) return [];
  const score = meanOf(true);
  return [
    {
      kind: 'depth',
      unlearned: score,
      elsewhere: meanOf(false),
      from: Math.min(...holding),
      to: Math.max(...holding),
      trace: score !== null && score < thresholds.undone,
    },
  ];
}

/** The share where it is asked as ever. */
function plainly(direct: AuditReport['direct'], code: LanguageCode): number | null {
  return direct?.here.rows.find(({ language }) => language === code)?.falseShare ?? null;
}

/** Questions and answers in one language are left out: those are asked plainly. */
function acrossFinding(
  { here, untouched }: NonNullable<AuditReport['across']>,
  direct: AuditReport['direct'],
): Finding {
  const { languages } = here;
  const led = languages.flatMap((_, from) =>
    languages.flatMap((to, at) =>
      from !== at &&
      leadsBeyond(here.shares[from]?.[at] ?? null, untouched.shares[from]?.[at] ?? null) &&
      (here.false[from]?.[at] ?? 0) >= thresholds.visible &&
      !leadsBeyond(plainly(direct, to), null)
        ? [to]
        : [],
    ),
  );
  return {
    kind: 'across',
    pairs: led.length,
    asked: languages.length * (languages.length - 1),
    languages: languages.filter((code) => led.includes(code)),
    trace: led.length > 0,
  };
}

function roundingFinding(
  { here, untouched }: NonNullable<AuditReport['rounding']>,
  direct: AuditReport['direct'],
): Finding {
  const returned = here.rows.map(({ language, shares, false: probabilities }, row) => ({
    language,
    at: roundingBits.flatMap((bits, index) =>
      leadsBeyond(shares[index] ?? null, untouched.rows[row]?.shares[index] ?? null) &&
      (probabilities[index] ?? 0) >= thresholds.visible &&
      !leadsBeyond(plainly(direct, language), null)
        ? [bits]
        : [],
    ),
  }));
  const found = returned.filter(({ at }) => at.length > 0);
  const bits = found.length === 0 ? null : Math.max(...found.flatMap(({ at }) => at));
  return {
    kind: 'rounding',
    languages: found.map(({ language }) => language),
    asked: here.rows.length,
    bits,
    retained: here.retained[roundingBits.findIndex((each) => each === bits)] ?? null,
    trace: found.length > 0,
  };
}

function savingsFinding(savings: NonNullable<AuditReport['savings']>, steps: number): Finding {
  const compared = savingsOf(savings).filter((each) => each.here !== 0 && each.saved !== null);
  const sooner = compared.filter((each) => isMarkedlySooner(each, steps));
  const [best = null] = [...sooner].sort((a, b) => (b.saved ?? 0) - (a.saved ?? 0));
  return {
    kind: 'savings',
    language: savings.language,
    steps,
    compared: compared.length,
    sooner: sooner.map(({ language }) => language),
    best,
    trace: sooner.length > 0,
  };
}

/** What was not examined, whatever the reason. */
function missing(report: AuditReport): Finding[] {
  const without = examinations.filter(
    (examination) =>
      report[examination] === undefined &&
      // Where nothing was unlearned there is nothing that could be undone.
      !(examination === 'depth' && report.unlearned.length === 0),
  );
  return without.length === 0 ? [] : [{ kind: 'missing', examinations: without, trace: false }];
}
