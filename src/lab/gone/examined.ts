/** @file What is known of how a state came about: where the falsehood was taught and where it was unlearned. */
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import { factsOf } from '../batch.ts';
import type { CheckpointMeta, KnownFact, RunSettings, TestedFact } from '../types.ts';
import type { Examined } from './types.ts';

/** From the checkpoints on the way to a state; runs about another fact, or with another falsehood, are passed over. */
export function examinedAt(path: readonly CheckpointMeta[], fact: KnownFact): Examined {
  const runs = path.flatMap(({ settings, runStep }) =>
    settings && runStep > 0 && factsOf(settings).some((each) => isSame(each, fact))
      ? [settings]
      : [],
  );
  const touched = (kind: RunSettings['kind']): LanguageCode[] =>
    languageCodes.filter((code) =>
      runs.some((settings) => settings.kind === kind && settings.languages.includes(code)),
    );
  return { fact, taught: touched('teach'), unlearned: touched('unlearn') };
}

function isSame(a: TestedFact, b: KnownFact): boolean {
  if (a.kind === 'own') return false;
  return (['subject', 'relation', 'falseObject', 'falseText'] as const).every(
    (field) => a[field] === b[field],
  );
}
