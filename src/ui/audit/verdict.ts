/** @file The verdict's findings as sentences of the catalogue. */
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import {
  roundingBits,
  thresholds,
  type Examination,
  type Finding,
  type Saving,
} from '../../lab/index.ts';
import { locale, messages, type Messages } from '../messages/index.ts';
import { decimal, list, percent } from '../kit/format.ts';
import { languageList, languageName } from '../kit/names.ts';

const text = (): Messages['audit']['verdict'] => messages.audit.verdict;

/** The languages by name; all of them in one word. */
function names(codes: readonly LanguageCode[]): string {
  return codes.length === languageCodes.length ? text().every : languageList(codes);
}

/** What a finding says; some say two things. */
export function findingText(finding: Finding): string[] {
  switch (finding.kind) {
    case 'where-unlearned':
      return [
        finding.said.length > 0
          ? text().whereUnlearnedSaid({ said: names(finding.said) })
          : text().whereUnlearnedClear({ names: names(finding.languages) }),
      ];
    case 'said':
      return [
        finding.said.length > 0
          ? text().said({
              count: finding.said.length,
              asked: finding.asked,
              names: names(finding.said),
            })
          : text().saidNowhere({ asked: finding.asked }),
        ...(finding.byUntouched.length > 0
          ? [text().byUntouched({ names: names(finding.byUntouched) })]
          : []),
      ];
    case 'leaning':
      return [text().leaning({ names: names(finding.languages) })];
    case 'instead':
      return [text().instead({ truth: finding.truth, other: finding.other })];
    case 'paraphrases':
      return [
        finding.leads > 0
          ? text().paraphrases({
              leads: finding.leads,
              asked: finding.asked,
              names: names(finding.languages),
            })
          : text().paraphrasesClear({ asked: finding.asked }),
      ];
    case 'context':
      return [counted(finding, text().context, text().contextClear)];
    case 'choice':
      return [
        finding.way === 'listed'
          ? counted(finding, text().listed, text().listedClear)
          : counted(finding, text().completed, text().completedClear),
      ];
    case 'lens':
      return [
        finding.languages.length > 0
          ? text().lens({ from: finding.from, to: finding.to, names: names(finding.languages) })
          : text().lensClear({ asked: finding.asked }),
      ];
    case 'depth':
      return depthText(finding);
    case 'rounding':
      return roundingText(finding);
    case 'across':
      return [
        finding.pairs > 0
          ? text().across({
              pairs: finding.pairs,
              asked: finding.asked,
              names: names(finding.languages),
            })
          : text().acrossClear({ asked: finding.asked }),
      ];
    case 'savings':
      return [savingsText(finding)];
    case 'kept': {
      const [here, untouched] = [finding.here, finding.untouched].map((share) =>
        percent(share, locale),
      ) as [string, string];
      return [
        finding.lost ? text().retainedDrop({ here, untouched }) : text().kept({ here, untouched }),
      ];
    }
    case 'missing':
      return [text().missing({ names: examinationList(finding.examinations) })];
  }
}

function counted(
  { languages, asked }: Extract<Finding, { kind: 'context' | 'choice' }>,
  some: Messages['audit']['verdict']['context'],
  none: Messages['audit']['verdict']['contextClear'],
): string {
  return languages.length > 0
    ? some({ count: languages.length, asked, names: names(languages) })
    : none({ asked });
}

function depthText({
  unlearned,
  elsewhere,
  from,
  to,
}: Extract<Finding, { kind: 'depth' }>): string[] {
  const shares = [unlearned, elsewhere].map((score) => score && percent(score, locale));
  const [here, others] = shares;
  if (typeof here === 'string' && typeof others === 'string')
    return [text().depth({ from, to, unlearned: here, elsewhere: others })];
  return shares
    .filter((share) => typeof share === 'string')
    .map((share) => text().depthOnly({ from, to, share }));
}

function roundingText({
  languages,
  asked,
  bits,
  retained,
}: Extract<Finding, { kind: 'rounding' }>): string[] {
  if (bits === null) return [text().roundingClear({ most: Math.max(...roundingBits), asked })];
  return [
    text().rounding({ bits, count: languages.length, asked, names: names(languages) }),
    ...(retained === null ? [] : [text().roundingKept({ retained: percent(retained, locale) })]),
  ];
}

function savingsText(finding: Extract<Finding, { kind: 'savings' }>): string {
  const taught = languageName(finding.language);
  const { best, sooner, compared, steps } = finding;
  if (!best) return text().savingsClear({ language: taught, compared });
  return text().savings({
    language: taught,
    sooner: sooner.length,
    compared,
    best: languageName(best.language),
    here: stepsText(best.here, steps),
    untouched: stepsText(best.untouched, steps),
  });
}

/** `3 steps`, or `more than 20 steps` where so many were not enough. */
export function stepsText(needed: number | null, steps: number): string {
  return needed === null ? text().moreThan({ count: steps }) : text().stepCount({ count: needed });
}

export function savedText({ saved }: Saving): string {
  return saved === null ? '–' : percent(saved, locale);
}

function examinationList(missing: readonly Examination[]): string {
  return list(
    missing.map((name) => messages.audit.examinations[name]),
    locale,
  );
}

/** The rules behind the verdict, with their numbers. */
export function rules(): string[] {
  const share = (value: number): string => percent(value, locale);
  return [
    text().ruleLeads({ share: share(thresholds.leads) }),
    text().ruleControl,
    text().ruleVisible({ share: share(thresholds.visible) }),
    text().ruleDepth({
      least: decimal(thresholds.encodes, locale),
      share: share(thresholds.undone),
    }),
    text().ruleReturn({
      returned: share(thresholds.returned),
      saving: share(thresholds.saving),
      least: text().stepCount({ count: thresholds.stepsSaved }),
    }),
    text().ruleOther,
  ];
}
