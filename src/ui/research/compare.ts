/** @file Two checkpoints side by side: what each says, and what each cost. */
import { languages, type Language } from '../../facts/index.ts';
import {
  costOf,
  perplexity,
  phaseOf,
  runOf,
  sameFact,
  type CheckpointMeta,
  type Probe,
  type ProbeRow,
  type TestedFact,
} from '../../lab/index.ts';
import { locale, messages, type Messages } from '../messages/index.ts';
import { decimal, percent } from '../kit/format.ts';
import { languageList } from '../kit/names.ts';

/** What a state says about a fact, and when that was measured. */
export interface Measured {
  fact: TestedFact;
  probe: Probe;
}

/**
 * What a checkpoint says: its own last probe; where it has none (the untouched model, or another fact is asked for), the first probe of a
 * run that began there. Null where nobody measured it.
 */
export function measuredAt(
  meta: CheckpointMeta,
  all: readonly CheckpointMeta[],
  about: TestedFact | null,
): Measured | null {
  const own = meta.probes.at(-1);
  const isWanted = (fact: TestedFact): boolean => !about || sameFact(about, fact);
  const fact = meta.experiment?.facts[0];
  if (fact && own && isWanted(fact)) return { fact, probe: own };
  for (const { parent, experiment, probes } of all) {
    const [first] = probes;
    const other = parent === meta.id ? experiment?.facts[0] : undefined;
    if (other && first?.step === 0 && isWanted(other)) return { fact: other, probe: first };
  }
  return null;
}

export interface CompareRow {
  language: Language;
  first: ProbeRow | null;
  second: ProbeRow | null;
  /** Share of the lie in the second less that in the first; null where one is missing. */
  change: number | null;
}

export function compareRows(first: Measured | null, second: Measured | null): CompareRow[] {
  const row = (measured: Measured | null, code: string): ProbeRow | null =>
    measured?.probe.rows.find(({ language }) => language === code) ?? null;
  return languages.map((language) => {
    const [a, b] = [row(first, language.code), row(second, language.code)];
    return { language, first: a, second: b, change: a && b ? b.falseShare - a.falseShare : null };
  });
}

export type SettingKey = keyof Messages['research']['compare']['rows'];

export const settingKeys = [
  'run',
  'languages',
  'method',
  'steps',
  'ending',
  'learningRate',
  'retainPerStep',
  'seed',
  'loss',
  'kept',
  'retainedDrop',
  'perplexity',
  'moved',
] as const satisfies readonly SettingKey[];

/** How a checkpoint came about and what it cost, worded; null where that was not measured or does not apply. */
export function settingsOf(
  meta: CheckpointMeta,
  measured: Measured | null,
): Record<SettingKey, string | null> {
  const { ending, runStep, losses, probes } = meta;
  const run = runOf(meta);
  const settings = run && phaseOf(run);
  const text = messages.research.compare;
  const cost = costOf(probes);
  const last = losses.at(-1);
  const kept = measured?.probe.retained ?? null;
  const nats = measured?.probe.retainLoss;
  return {
    run: run && text[run.phase],
    languages: settings && languageList(settings.languages),
    method:
      settings && 'method' in settings ? messages.unlearn.methods[settings.method].name : null,
    steps: settings && String(runStep),
    ending: ending && (messages.history.endings[ending] || text.finished),
    learningRate: settings && String(settings.learningRate),
    retainPerStep: settings && String(settings.retainPerStep),
    seed: run && String(run.experiment.seed),
    loss: last === undefined ? null : decimal(last, locale, 3),
    kept: kept === null ? null : percent(kept, locale),
    retainedDrop: cost.retainedDrop === null ? null : percent(cost.retainedDrop, locale),
    perplexity: nats === undefined ? null : decimal(perplexity(nats), locale),
    moved: cost.moved === null ? null : decimal(cost.moved, locale),
  };
}
