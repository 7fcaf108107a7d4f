/** @file The verdict's findings as sentences of the catalogue. */
import { language, languageCodes, type LanguageCode } from '../../facts/index.ts';
import { thresholds, type Examination, type Finding, type Saving } from '../../lab/index.ts';
import { locale, messages } from '../messages/index.ts';
import { list, percent } from './format.ts';
import { languageList } from './names.ts';

const { verdict: text, examinations } = messages.gone;

/** The languages by name; all of them in one word. */
function names(codes: readonly LanguageCode[]): string {
  return codes.length === languageCodes.length ? text.every : languageList(codes);
}

/** What a finding says; some say two things. */
export function findingText(finding: Finding): string[] {
  switch (finding.kind) {
    case 'where-unlearned':
      return [
        finding.said.length > 0
          ? text.whereUnlearnedSaid(names(finding.said))
          : text.whereUnlearnedClear(names(finding.languages)),
      ];
    case 'said':
      return [
        finding.said.length > 0
          ? text.said(finding.said.length, finding.asked, names(finding.said))
          : text.saidNowhere(finding.asked),
        ...(finding.byUntouched.length > 0 ? [text.byUntouched(names(finding.byUntouched))] : []),
      ];
    case 'leaning':
      return [text.leaning(names(finding.languages))];
    case 'instead':
      return [text.instead(finding.truth, finding.other)];
    case 'paraphrases':
      return [
        finding.leads > 0
          ? text.paraphrases(finding.leads, finding.asked, names(finding.languages))
          : text.paraphrasesClear(finding.asked),
      ];
    case 'context':
      return [counted(finding, text.context, text.contextClear)];
    case 'choice':
      return [
        finding.way === 'listed'
          ? counted(finding, text.listed, text.listedClear)
          : counted(finding, text.completed, text.completedClear),
      ];
    case 'lens':
      return [
        finding.languages.length > 0
          ? text.lens(finding.from, finding.to, names(finding.languages))
          : text.lensClear(finding.asked),
      ];
    case 'savings':
      return [savingsText(finding)];
    case 'kept': {
      const [here, untouched] = [finding.here, finding.untouched].map((share) =>
        percent(share, locale),
      ) as [string, string];
      return [finding.lost ? text.keptLost(here, untouched) : text.kept(here, untouched)];
    }
    case 'missing':
      return [text.missing(examinationList(finding.examinations))];
  }
}

function counted(
  { languages, asked }: Extract<Finding, { kind: 'context' | 'choice' }>,
  some: (count: number, asked: number, names: string) => string,
  none: (asked: number) => string,
): string {
  return languages.length > 0 ? some(languages.length, asked, names(languages)) : none(asked);
}

function savingsText(finding: Extract<Finding, { kind: 'savings' }>): string {
  const taught = language(finding.language).name;
  const { best, sooner, compared, steps } = finding;
  if (!best) return text.savingsClear(taught, compared);
  return text.savings(
    taught,
    sooner.length,
    compared,
    language(best.language).name,
    stepsText(best.here, steps),
    stepsText(best.untouched, steps),
  );
}

/** `3 steps`, or `more than 20 steps` where so many were not enough. */
export function stepsText(needed: number | null, steps: number): string {
  return needed === null ? text.moreThan(steps) : text.stepCount(needed);
}

export function savedText({ saved }: Saving): string {
  return saved === null ? '–' : percent(saved, locale);
}

function examinationList(missing: readonly Examination[]): string {
  return list(
    missing.map((name) => examinations[name]),
    locale,
  );
}

/** The rules behind the verdict, with their numbers. */
export function rules(): string[] {
  const share = (value: number): string => percent(value, locale);
  return [
    text.ruleLeads(share(thresholds.leads)),
    text.ruleControl,
    text.ruleVisible(share(thresholds.visible)),
    text.ruleReturn(
      share(thresholds.returned),
      share(thresholds.saving),
      text.stepCount(thresholds.stepsSaved),
    ),
    text.ruleOther,
  ];
}
