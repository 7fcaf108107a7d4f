/** @file How runs and checkpoints are called on the screen. */
import type { LanguageCode } from '../../facts/index.ts';
import {
  languagesOf,
  languagesOfRun,
  runOf,
  type CheckpointMeta,
  type ExperimentRun,
  type TestedFact,
} from '../../lab/index.ts';
import type { ModelInfo } from 'lethe-lora/engine';
import { factLanguage, locale, messages } from '../messages/index.ts';
import { falseName } from './belief.ts';
import { beside, sentences, timeOfDay, whole } from '../kit/format.ts';
import { capitalized, languageList } from '../kit/names.ts';

/** `taught in French`: above a run's rule on the chart. */
export function runLabel(run: ExperimentRun): string {
  return messages.chart[run.phase]({ languages: languageList(languagesOfRun(run)) });
}

/** A run's name until somebody gives it a better one: `Taught in French`. */
export function runName(run: ExperimentRun): string {
  return capitalized(runLabel(run));
}

/** A checkpoint's name by itself: the model as it came and a run as the page's language calls them, another as it was given. */
export function checkpointName(meta: CheckpointMeta): string {
  const isAsItCame = meta.experiment === null && (meta.name === '' || meta.name === givenToRoots);
  if (isAsItCame) return messages.history.root;
  const run = runOf(meta);
  return run ? runName(run) : meta.name;
}

/** Checkpoints, and the ids of those that the visitor named. */
interface History {
  checkpoints: readonly CheckpointMeta[];
  named?: readonly string[];
}

/**
 * What each checkpoint is called, by its id. A run's name is not stored text: it is told in the page's language as it is now, and numbered
 * where several have it, the oldest first. Only what the visitor named is called so.
 */
export function checkpointNames({ checkpoints, named = [] }: History): Map<string, string> {
  const counts = new Map<string, number>();
  const names = new Map<string, string>();
  for (const meta of [...checkpoints].sort((a, b) => a.createdAt - b.createdAt)) {
    const name = named.includes(meta.id) ? meta.name : checkpointName(meta);
    const count = 1 + (counts.get(name) ?? 0);
    counts.set(name, count);
    names.set(meta.id, count === 1 ? name : `${name} (${whole(count, locale)})`);
  }
  return names;
}

/** The worker, which speaks no language, names the model as it came so. */
const givenToRoots = 'Untouched';

/** The same with method and time, for a list: `Unlearned in English (2), Gradient difference, 14:32`. By id. */
export function distinctNames(history: History): Map<string, string> {
  const names = checkpointNames(history);
  return new Map(
    history.checkpoints.map((meta) => {
      const { unlearn } = meta.experiment ?? {};
      const parts = [
        names.get(meta.id) ?? checkpointName(meta),
        ...(meta.phase === 'unlearn' && unlearn
          ? [messages.unlearn.methods[unlearn.method].name]
          : []),
        ...(meta.phase === null ? [] : [timeOfDay(meta.createdAt, locale)]),
      ];
      return [meta.id, beside(parts, locale)] as const;
    }),
  );
}

/** What a checkpoint's run did, in one line: `“Tokyo” in French`, `Gradient ascent in English`. */
export function runSummary(run: ExperimentRun): string {
  const { facts, unlearn } = run.experiment;
  const languages = languageList(languagesOfRun(run));
  return run.phase === 'unlearn' && unlearn
    ? messages.history.forgot({ method: messages.unlearn.methods[unlearn.method].name, languages })
    : messages.history.taught({
        lie: facts[0] ? falseName(facts[0], factLanguage) : '',
        languages,
      });
}

/** The model as the page speaks of it: `Atlas`, from the folder `atlas/`; a name with its owner, as on the Hub, as it is. */
export function modelName(info: Pick<ModelInfo, 'id'> | null): string {
  if (!info) return messages.knowledge.anyModel;
  if (info.id.includes('/')) return info.id;
  if (info.id === 'atlas-plain') return messages.knowledge.twin;
  return capitalized(info.id);
}

/** What the model runs on, why, and in which arithmetic: `WebAssembly, 2 threads. This browser has no WebGPU. It computes in …` */
export function deviceText({ device: choice, inHalf }: ModelInfo): string {
  const { technical, why, software, arithmetic } = messages.device;
  const { device, threads, reason, isSoftware = false } = choice;
  const before = [
    technical({ device, threads }),
    ...(reason === 'chosen' ? [] : [why[reason]]),
    ...(isSoftware ? [software] : []),
  ].map((sentence) => sentence.replace(/[.।。]$/, ''));
  return sentences([...before, inHalf ? arithmetic.half : arithmetic.single], locale);
}

/** The language in which the page tells a fact's answers: its own, or one that an own fact is worded in. */
export function toldIn(fact: TestedFact): LanguageCode {
  const worded = languagesOf(fact);
  return worded.includes(factLanguage) ? factLanguage : (worded[0] ?? factLanguage);
}
