/** @file How the model is asked: through its chat template or not, and the visitor's own prompts. No effects here. */
import { languageCodes, relations, type LanguageCode, type RelationId } from '../../facts/index.ts';
import {
  canonicalJson,
  promptProblem,
  defaultForm,
  type Asking,
  type AskingMode,
  type Prompts,
} from '../../lab/index.ts';
import type { ModelInfo } from 'lethe-lora/engine';

export interface AskingPreference {
  /** Null: through the chat template where the model has one. */
  mode: AskingMode | null;
  /** As they were typed, wrong ones too; only those that differ from the defaults. */
  prompts: Record<AskingMode, Prompts>;
}

export const defaultPreference: AskingPreference = { mode: null, prompts: { plain: {}, chat: {} } };

/** Whatever was stored, as far as it can be read. */
export function readPreference(value: unknown): AskingPreference {
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
export function modeOf(
  { mode }: AskingPreference,
  info: Pick<ModelInfo, 'chat'> | null,
): AskingMode {
  return info?.chat ? (mode ?? 'chat') : 'plain';
}

/** What a prompt's field holds. */
export function promptText(
  { prompts }: AskingPreference,
  mode: AskingMode,
  relation: RelationId,
  code: LanguageCode,
): string {
  return prompts[mode][relation]?.[code] ?? defaultForm(relation, code, mode).template;
}

/** The preference as the worker takes it, without wrong prompts; undefined where everything is at its default. */
export function askingOf(
  preference: AskingPreference,
  info: Pick<ModelInfo, 'chat'> | null,
): Asking | undefined {
  const mode = modeOf(preference, info);
  const prompts: Prompts = {};
  for (const relation of relations)
    for (const code of languageCodes) {
      const text = preference.prompts[mode][relation]?.[code];
      if (text === undefined || promptProblem(text, relation, code) !== null) continue;
      prompts[relation] = { ...prompts[relation], [code]: text };
    }
  const own = Object.keys(prompts).length > 0;
  return mode === 'plain' && !own ? undefined : { mode, ...(own && { prompts }) };
}

/** The preference as a link spells it; null where the model would be asked so anyway. */
export function chosenAsking(
  preference: AskingPreference,
  info: Pick<ModelInfo, 'chat'> | null,
): Asking | null {
  // The default is known only when the model is loaded. Until then, the link says what was chosen.
  const { chat } = info ?? { chat: preference.mode === 'chat' };
  const asking = askingOf(preference, { chat }) ?? { mode: 'plain' };
  const isDefault =
    preference.mode === null || (info && asking.mode === modeOf(defaultPreference, info));
  return isDefault && !asking.prompts ? null : asking;
}

/** How an experiment asks; null where the model would be asked so anyway. */
export function nonDefaultAsking(
  asking: Asking | null,
  info: Pick<ModelInfo, 'chat'> | null,
): Asking | null {
  const mode = modeOf(defaultPreference, info);
  return asking && (asking.prompts || asking.mode !== mode) ? asking : null;
}

/** The preference changed to what a link or an experiment asks for; null: the model's default, with the visitor's own prompts. */
export function withAsking(preference: AskingPreference, asking: Asking | null): AskingPreference {
  if (!asking) return { ...preference, mode: null };
  const { mode, prompts = {} } = asking;
  return { mode, prompts: { ...preference.prompts, [mode]: prompts } };
}

/** Nothing given means plain sentences. */
export function sameAsking(a: Asking | null | undefined, b: Asking | null | undefined): boolean {
  const plain = { mode: 'plain' };
  return canonicalJson(a ?? plain) === canonicalJson(b ?? plain);
}
