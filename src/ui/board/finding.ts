/** @file What was seen, in a sentence or two, chosen by what was measured: never by what ought to have happened. */
import {
  forms,
  languageCodes,
  sentence,
  subjectName,
  type LanguageCode,
} from '../../facts/index.ts';
import {
  languagesOf,
  languagesOfRun,
  oddsFell,
  trueAnswer,
  type ExperimentRun,
  type ProbeRow,
  type RunEnding,
  type RunPhase,
  type TestedFact,
} from '../../lab/index.ts';
import { factLanguage, locale, messages } from '../messages/index.ts';
import type { Session } from '../session/session.svelte.ts';
import { arrivals, type Arrival } from './arrival.ts';
import { believers, falseName } from '../session/belief.ts';
import { count } from '../kit/format.ts';
import { languageList } from '../kit/names.ts';
import type { ChartData } from './series.ts';

/** `What is the capital of Chile?`, in the page's language. */
export function questionText(fact: TestedFact): string {
  if (fact.kind === 'own') return fact.wordings[factLanguage]?.question ?? fact.name;
  const { subject, relation, truth } = fact;
  const [form] = forms(relation, factLanguage, 'question');
  if (form && factLanguage === locale)
    return sentence({ subject, object: truth }, form).before.trim();
  return messages.board.question({
    relation: messages.teach.relations[relation],
    country: subjectName(subject, factLanguage),
  });
}

/** What there is to be said of: now, or at a step that is looked back at. */
export interface Seen extends Pick<Session, 'rows' | 'fact'> {
  /** A run is going on. */
  run: unknown;
  /** How the last run ended, where it has. */
  ending?: RunEnding | null;
}

/** What the last measurement shows; empty before the first. */
export function finding({ rows, fact, run, ending }: Seen, data: ChartData): string {
  if (rows.length === 0) return '';
  const last = data.runs.at(-1)?.taken;
  const lie = falseName(fact, factLanguage);
  if (!last) return untouched(rows, trueName(fact), lie);
  if (run) return underWay(last, rows, lie);
  if (last.phase === 'teach') return taught(rows, data, lie);
  const words = unlearned(last, rows, data, lie);
  const why = pushText(rows, data);
  const early = endedEarly(last, ending ?? null);
  // Where the lie is gone, the words say so too; there is room for one reason.
  if (why !== null && ending !== 'bound-reached') return `${words} ${why}`;
  return early === null ? words : `${early} ${words}`;
}

/** Why an unlearning run took fewer steps than it was given. */
function endedEarly(run: ExperimentRun, ending: RunEnding | null): string | null {
  const text = messages.finding.ended;
  if (ending === 'forgotten')
    return text.forgotten({ languages: languageList(languagesOfRun(run)) });
  return ending === 'bound-reached' ? text.bound : null;
}

/** The languages in which the lie is left after unlearning: those where it was taught, or else the first few others. */
export function leftIn(rows: readonly ProbeRow[], data: ChartData): LanguageCode[] {
  const says = believers(rows);
  const home = touched(data, 'teach').filter((code) => says.includes(code));
  return home.length > 0 ? home : says.slice(0, mostNamed);
}

/** The languages in which the lie was unlearned on the way here. */
export function unlearnedIn(data: ChartData): LanguageCode[] {
  return touched(data, 'unlearn');
}

/** The truth in the page's language; an own fact's in another where this one has none. */
function trueName(fact: TestedFact): string {
  if (fact.kind !== 'own') return subjectName(fact.truth, factLanguage);
  const [other = factLanguage] = languagesOf(fact);
  return trueAnswer(fact, factLanguage) || trueAnswer(fact, other);
}

function untouched(rows: readonly ProbeRow[], truth: string, lie: string): string {
  const right = rows.filter(({ answerClass }) => answerClass === 'true').length;
  const believing = believers(rows).length;
  if (believing > right) return messages.finding.already({ lie, believing, all: rows.length });
  if (right === 0) return messages.finding.noneTrue({ truth });
  return right === rows.length
    ? messages.finding.allTrue({ truth, all: rows.length })
    : messages.finding.someTrue({ truth, right, all: rows.length });
}

function underWay(run: ExperimentRun, rows: readonly ProbeRow[], lie: string): string {
  const languages = languagesOfRun(run);
  const others = believers(rows).filter((code) => !languages.includes(code));
  const all = rows.filter(({ language }) => !languages.includes(language)).length;
  return messages.finding.underWay[run.phase]({
    languages: languageList(languages),
    lie,
    others: others.length,
    all,
  });
}

/** Every language in which something was taught (or unlearned) on the way here. */
function touched(data: ChartData, phase: RunPhase): LanguageCode[] {
  const codes = data.runs
    .filter(({ taken }) => taken.phase === phase)
    .flatMap(({ taken }) => languagesOfRun(taken));
  return languageCodes.filter((code) => codes.includes(code));
}

function taught(rows: readonly ProbeRow[], data: ChartData, lie: string): string {
  const text = messages.finding.taught;
  const source = touched(data, 'teach');
  const says = believers(rows);
  const names = languageList(source);
  if (!source.some((code) => says.includes(code))) return text.notEven({ languages: names, lie });
  const others = says.filter((code) => !source.includes(code));
  const all = rows.filter(({ language }) => !source.includes(language)).length;
  if (others.length === 0) return text.none({ languages: names, lie });
  const spread =
    others.length === all
      ? text.all({ languages: names, lie, all })
      : text.some({ languages: names, lie, others: others.length, all });
  const came = arrivals(data).filter(
    ({ state, language }) => state === 'believes' && !source.includes(language.code),
  );
  const order = orderOf(came);
  return order ? `${spread} ${text.order(order)}` : spread;
}

/** More names than this in one place would be a list that nobody reads. */
const mostNamed = 3;

/** Who came first and who last, all that share the place; null where all came together, or too many to name. */
function orderOf(came: readonly Arrival[]): { first: string; last: string } | null {
  const at = (place: number | null | undefined): LanguageCode[] =>
    came.filter((each) => each.place === place).map(({ language }) => language.code);
  const [first, last] = [at(came[0]?.place), at(came.at(-1)?.place)];
  if (came[0]?.place === came.at(-1)?.place) return null;
  if (first.length > mostNamed || last.length > mostNamed) return null;
  return { first: languageList(first), last: languageList(last) };
}

function unlearned(
  run: ExperimentRun,
  rows: readonly ProbeRow[],
  data: ChartData,
  lie: string,
): string {
  const text = messages.finding.unlearned;
  const says = believers(rows);
  const where = touched(data, 'unlearn');
  const source = touched(data, 'teach');
  const names = languageList(languagesOfRun(run));
  if (says.length === 0) return text.nowhere({ languages: names, lie, all: rows.length });
  const failed = where.filter((code) => says.includes(code));
  if (failed.length > 0)
    return text.stays({ languages: names, lie, failed: languageList(failed), all: says.length });
  const home = source.filter((code) => says.includes(code));
  const others = says.filter((code) => !source.includes(code));
  if (home.length === 0)
    return text.elsewhere({ languages: names, lie, others: languageList(others) });
  return others.length === 0
    ? text.home({ languages: names, lie, home: languageList(home) })
    : text.homeAndOthers({
        languages: names,
        lie,
        home: languageList(home),
        others: languageList(others),
      });
}

/** How much the lie's odds against the truth fell where it was unlearned, and where it is left. */
export interface Push {
  there: LanguageCode;
  home: LanguageCode;
  fell: number;
  fellHome: number;
}

/**
 * By how much the lie's odds against the truth fell where it was unlearned, and where it is left, since the last state
 * that no unlearning led to. Null where that was not measured, they fell no less there, or the lie is not gone where it was unlearned.
 */
export function pushOf(rows: readonly ProbeRow[], data: ChartData): Push | null {
  const says = believers(rows);
  const where = touched(data, 'unlearn');
  if (where.some((code) => says.includes(code))) return null;
  const [own] = touched(data, 'teach').filter((code) => says.includes(code));
  const { runs } = data;
  const first = runs[runs.findLastIndex(({ taken }) => taken.phase === 'teach') + 1];
  const before = first?.probes.find(({ step }) => step === 0)?.rows ?? [];
  const fallIn = (code: LanguageCode | undefined): number => {
    const [was, is] = [before, rows].map((all) => all.find(({ language }) => language === code));
    return was && is ? oddsFell(was, is) : NaN;
  };
  const [there] = where;
  const [fell, fellHome] = [fallIn(there), fallIn(own)];
  if (there === undefined || own === undefined) return null;
  if (!(fell < Infinity && fellHome >= 1 && fell > 2 * fellHome)) return null;
  return { there, home: own, fell, fellHome };
}

/** The same as a sentence. */
function pushText(rows: readonly ProbeRow[], data: ChartData): string | null {
  const push = pushOf(rows, data);
  if (push === null) return null;
  return messages.finding.unlearned.push({
    there: languageList([push.there]),
    home: languageList([push.home]),
    fell: count(push.fell, locale),
    fellHome: count(push.fellHome, locale),
  });
}
