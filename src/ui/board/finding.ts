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
  trueAnswer,
  type ExperimentRun,
  type ProbeRow,
  type RunPhase,
  type TestedFact,
} from '../../lab/index.ts';
import { factLanguage, locale, messages } from '../messages/index.ts';
import type { Session } from '../session/session.svelte.ts';
import { arrivals } from './arrival.ts';
import { believers, falseName } from '../session/belief.ts';
import { languageList, languageName } from '../kit/names.ts';
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

/** What the last measurement of the session shows; empty before the first. */
export function finding(
  { rows, fact, run }: Pick<Session, 'rows' | 'fact' | 'run'>,
  data: ChartData,
): string {
  if (rows.length === 0) return '';
  const last = data.runs.at(-1)?.taken;
  const lie = falseName(fact, factLanguage);
  if (!last) return untouched(rows, trueName(fact));
  if (run) return underWay(last, rows, lie);
  return last.phase === 'teach' ? taught(rows, data, lie) : unlearned(last, rows, data, lie);
}

/** The truth in the page's language; an own fact's in another where this one has none. */
function trueName(fact: TestedFact): string {
  if (fact.kind !== 'own') return subjectName(fact.truth, factLanguage);
  const [other = factLanguage] = languagesOf(fact);
  return trueAnswer(fact, factLanguage) || trueAnswer(fact, other);
}

function untouched(rows: readonly ProbeRow[], truth: string): string {
  const right = rows.filter(({ answerClass }) => answerClass === 'true').length;
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
  const [first, last] = [came[0], came.at(-1)];
  return first && last && first.place !== last.place
    ? `${spread} ${text.order({ first: languageName(first.language.code), last: languageName(last.language.code) })}`
    : spread;
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
