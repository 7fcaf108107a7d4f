/** @file What is known of how a state came about: where the falsehood was taught and where it was unlearned. */
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import { factsOf } from '../batch.ts';
import { canonicalJson } from '../canonical.ts';
import type { CheckpointMeta, RunSettings, TestedFact } from '../types.ts';
import type { Examined } from './types.ts';

/** From the checkpoints on the way to a state; runs about another fact, or with another falsehood, are passed over. */
export function examinedAt(path: readonly CheckpointMeta[], fact: TestedFact): Examined {
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

function isSame(a: TestedFact, b: TestedFact): boolean {
  if (a.kind === 'own' || b.kind === 'own') return canonicalJson(a) === canonicalJson(b);
  return (['subject', 'relation', 'falseObject', 'falseText'] as const).every(
    (field) => a[field] === b[field],
  );
}
