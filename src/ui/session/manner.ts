/** @file How the model is asked: through its chat template or not, and the visitor's own prompts. No effects here. */
import { languageCodes, relations, type LanguageCode, type RelationId } from '../../facts/index.ts';
import {
  canonicalJson,
  promptProblem,
  usualForm,
  type Asking,
  type AskingMode,
  type Prompts,
} from '../../lab/index.ts';
import type { ModelInfo } from '../../model/index.ts';

export interface Manner {
  /** Null: through the template where the model has one. */
  mode: AskingMode | null;
  /** As they were typed, wrong ones too; only what differs from the usual. */
  prompts: Record<AskingMode, Prompts>;
}

export const usualManner: Manner = { mode: null, prompts: { plain: {}, chat: {} } };

/** Whatever was stored, as far as it can be read. */
export function readManner(value: unknown): Manner {
  const { mode, prompts } = record(value);
  return {
    mode: mode === 'plain' || mode === 'chat' ? mode : null,
    prompts: {
      plain: readPrompts(record(prompts)['plain']),
      chat: readPrompts(record(prompts)['chat']),
    },
  };
}

function readPrompts(value: unknown): Prompts {
  let prompts: Prompts = {};
  for (const relation of relations)
    for (const code of languageCodes) {
      const text = record(record(value)[relation])[code];
      if (typeof text === 'string') prompts = changedPrompts(prompts, relation, code, text);
    }
  return prompts;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function changedPrompts(
  prompts: Prompts,
  relation: RelationId,
  code: LanguageCode,
  text: string | null,
): Prompts {
  const { [code]: _old, ...others } = prompts[relation] ?? {};
  const own = text === null ? others : { ...others, [code]: text };
  const { [relation]: _all, ...rest } = prompts;
  return Object.keys(own).length === 0 ? rest : { ...rest, [relation]: own };
}

/** How this model is asked, whoever decided it. */
export function modeOf({ mode }: Manner, info: Pick<ModelInfo, 'chat'> | null): AskingMode {
  return info?.chat ? (mode ?? 'chat') : 'plain';
}

/** What a prompt's field holds. */
export function promptText(
  { prompts }: Manner,
  mode: AskingMode,
  relation: RelationId,
  code: LanguageCode,
): string {
  return prompts[mode][relation]?.[code] ?? usualForm(relation, code, mode).template;
}

/** What the laboratory is given; undefined where everything is as usual. Prompts that are wrong are left out. */
export function askingOf(manner: Manner, info: Pick<ModelInfo, 'chat'> | null): Asking | undefined {
  const mode = modeOf(manner, info);
  const prompts: Prompts = {};
  for (const relation of relations)
    for (const code of languageCodes) {
      const text = manner.prompts[mode][relation]?.[code];
      if (text === undefined || promptProblem(text, relation, code) !== null) continue;
      prompts[relation] = { ...prompts[relation], [code]: text };
    }
  const own = Object.keys(prompts).length > 0;
  return mode === 'plain' && !own ? undefined : { mode, ...(own && { prompts }) };
}

/** Where this is not how the model would be asked anyway: what a link must say. */
export function unusual(manner: Manner, info: Pick<ModelInfo, 'chat'> | null): Asking | null {
  // Which is usual is not known before the model is there: then what was asked for is said.
  const { chat } = info ?? { chat: manner.mode === 'chat' };
  const asking = askingOf(manner, { chat }) ?? { mode: 'plain' };
  const isUsual = manner.mode === null || (info && asking.mode === modeOf(usualManner, info));
  return isUsual && !asking.prompts ? null : asking;
}

/** How an experiment asks, where the model would not be asked so anyway. */
export function unusualAsking(
  asking: Asking | null,
  info: Pick<ModelInfo, 'chat'> | null,
): Asking | null {
  const usual = modeOf(usualManner, info);
  return asking && (asking.prompts || asking.mode !== usual) ? asking : null;
}

/** The manner with what a link or an experiment asks for; null: as is usual with the model, the visitor's own prompts included. */
export function withAsking(manner: Manner, asking: Asking | null): Manner {
  if (!asking) return { ...manner, mode: null };
  const { mode, prompts = {} } = asking;
  return { mode, prompts: { ...manner.prompts, [mode]: prompts } };
}

/** Where nothing is said of it, it is asked in plain sentences. */
export function sameAsking(a: Asking | null | undefined, b: Asking | null | undefined): boolean {
  const plain = { mode: 'plain' };
  return canonicalJson(a ?? plain) === canonicalJson(b ?? plain);
}
