/** @file How runs and checkpoints are called on the screen. */
import { language, type LanguageCode } from '../../facts/index.ts';
import {
  languagesOf,
  type CheckpointMeta,
  type RunSettings,
  type TestedFact,
} from '../../lab/index.ts';
import type { ModelInfo } from '../../model/index.ts';
import { locale, messages } from '../messages/index.ts';
import { falseName } from './board.ts';
import { list } from './format.ts';

/** `French and Hindi`. */
export function languageList(codes: readonly LanguageCode[]): string {
  return list(
    codes.map((code) => language(code).name),
    locale,
  );
}

/** `taught in French`: above a run's rule on the chart. */
export function runLabel(settings: RunSettings): string {
  return messages.chart[settings.kind](languageList(settings.languages));
}

/** What a checkpoint's run did, in one line: `“Tokyo” in French`, `Gradient ascent in English`. */
export function runSummary(settings: RunSettings): string {
  const languages = languageList(settings.languages);
  return settings.kind === 'teach'
    ? messages.history.taught(falseName(settings.fact, locale), languages)
    : messages.history.forgot(messages.unlearn.methods[settings.method].name, languages);
}

/** The model as the page speaks of it: `Atlas`, from the folder `atlas/`; a name with its owner, as on the Hub, as it is. */
export function modelName(info: ModelInfo | null): string {
  if (!info) return messages.knowledge.anyModel;
  if (info.id.includes('/')) return info.id;
  const [first = ''] = info.id;
  return first.toLocaleUpperCase(locale) + info.id.slice(first.length);
}

/** A file name that every system takes: `lethe-taught-french.lethe`. */
export function fileName(meta: CheckpointMeta): string {
  const plain = meta.name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .toLocaleLowerCase();
  return `lethe-${plain || meta.id.slice(0, 8)}.lethe`;
}

/** The language in which the page tells a fact's answers: its own, or one that an own fact is worded in. */
export function toldIn(fact: TestedFact): LanguageCode {
  const worded = languagesOf(fact);
  return worded.includes(locale) ? locale : (worded[0] ?? locale);
}
