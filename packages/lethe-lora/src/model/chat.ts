/** @file A model's own chat template: which it is, and a conversation written by it. */
import { ownEntry } from '../own-entry.ts';
import type { ModelFiles } from './files.ts';
import { compileTemplate, TemplateLimitError } from './template.ts';
import type { TextCoder } from './text.ts';
import { namedTokens } from './tokenizer-file.ts';
import type { ChatMessage } from './types.ts';

/** A template that was tried and works. */
export interface Chat {
  /** The conversation up to where the answer begins, special tokens included. Throws when the template refuses it. */
  format(messages: readonly ChatMessage[]): string;
  /** White space that the template writes before an answer; tokenizers join it to the answer's first word. */
  lead: string;
  /** Token that ends the model's turn; null where the template writes none that is a special token. */
  end: number | null;
}

export interface ChatReading {
  /** Null for a model without a template, and for one whose template cannot be used. */
  chat: Chat | null;
  /** Why it cannot be used. */
  problem: string | null;
  /** Names of further templates, for tools or documents, which are not used. */
  unused: string[];
}

type TemplateFiles = Pick<ModelFiles, 'tokenizerConfig' | 'templates'>;

/** Stands for an answer where the template is tried; no template writes it by itself. */
const sample = 'sample-answer';
const trial: ChatMessage = { role: 'user', content: 'sample-question' };

/** Finds the template and tries it. */
export function readChat(
  files: TemplateFiles,
  coder: Pick<TextCoder, 'encode' | 'isSpecial'>,
): ChatReading {
  const unused: string[] = [];
  try {
    const { source, others } = templateOf(files);
    unused.push(...others);
    if (source === null) return { chat: null, problem: null, unused };
    const template = compileTemplate(source);
    const render = (messages: readonly ChatMessage[], withPrompt: boolean): string =>
      template({
        // As Transformers: what is not given is none, not undefined.
        tools: null,
        documents: null,
        ...namedTokens(files.tokenizerConfig),
        strftime_now: fixedDate,
        // Models that can think aloud answer at once.
        enable_thinking: false,
        messages: messages.map((message) => ({ ...message })),
        add_generation_prompt: withPrompt,
      });
    const format = (messages: readonly ChatMessage[]): string => render(messages, true);
    const before = format([trial]);
    if (!before.includes(trial.content)) throw new Error('it leaves the question out');
    const whole = render([trial, { role: 'assistant', content: sample }], false);
    const at = whole.lastIndexOf(sample);
    if (at < 0) throw new Error('it leaves the answer out');
    const between = whole.startsWith(before) ? whole.slice(before.length, at) : '';
    // The first special token after an answer ends the turn; white space before it does not count.
    const [end] = coder.encode(whole.slice(at + sample.length).trimStart());
    const chat = {
      format,
      lead: between.trim() === '' ? between : '',
      end: end !== undefined && coder.isSpecial(end) ? end : null,
    };
    return { chat, problem: null, unused };
  } catch (error) {
    const { message } = error as Error;
    // A template may say what it likes of itself, as long as it likes.
    const reason = error instanceof TemplateLimitError ? error.reason : message.slice(0, 200);
    const problem = `The model’s chat template cannot be used (${reason}); it is given plain sentences to continue instead.`;
    return { chat: null, problem, unused };
  }
}

/**
 * The source of the template that is used, null where there is none, and the names of the others. As in Transformers, files of their own go
 * before `chat_template` of `tokenizer_config.json`, and of several named ones the default is meant.
 */
function templateOf({ tokenizerConfig, templates }: TemplateFiles): {
  source: string | null;
  others: string[];
} {
  const named = new Map<string, string>();
  addTemplates(named, legacyTemplate(templates['chat_template.json']));
  addTemplates(named, tokenizerConfig['chat_template']);
  for (const [path, template] of Object.entries(templates)) {
    const [, name] = /^additional_chat_templates\/(.+)\.jinja$/.exec(path) ?? [];
    if (name !== undefined) named.set(name, template);
  }
  addTemplates(named, templates['chat_template.jinja']);
  const [only] = named.size === 1 ? named.keys() : [];
  const chosen = named.has('default') ? 'default' : only;
  const others = [...named.keys()].filter((name) => name !== chosen);
  if (chosen === undefined && others.length > 0)
    throw new Error(`it has several, ${others.join(', ')}, and none of them is the default`);
  return { source: chosen === undefined ? null : (named.get(chosen) ?? null), others };
}

/** What `chat_template.json` holds, in which models that see images once kept their template. */
function legacyTemplate(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as { chat_template?: unknown }).chat_template;
  } catch (cause) {
    throw new Error('chat_template.json is not JSON', { cause });
  }
}

/** Adds a template, which is the default, or a list of named ones. */
function addTemplates(named: Map<string, string>, given: unknown): void {
  if (given === undefined || given === null) return;
  const list = typeof given === 'string' ? [{ name: 'default', template: given }] : given;
  const templates = (Array.isArray(list) ? list : []).filter(isNamed);
  if (templates.length === 0)
    throw new Error('chat_template is neither a text nor a list of named templates');
  for (const { name, template } of templates) named.set(name, template);
}

function isNamed(item: unknown): item is { name: string; template: string } {
  const { name, template } = (item ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && typeof template === 'string';
}

/** What a date is written with. */
const date: Readonly<Record<string, string>> = {
  d: '26',
  m: '07',
  b: 'Jul',
  B: 'July',
  Y: '2024',
  y: '24',
  A: 'Friday',
  a: 'Fri',
  H: '12',
  M: '00',
  S: '00',
};

/** Templates that tell the model today's date tell it this one, so that a run asks the same tomorrow. */
function fixedDate(format: unknown): string {
  return String(format).replaceAll(
    /%(\w)/g,
    (code, letter: string) => ownEntry(date, letter) ?? code,
  );
}
