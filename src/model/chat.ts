/** @file A model's own chat template: which it is, and a conversation written by it. */
import { Template } from '@huggingface/jinja';
import type { ModelFiles } from './files.ts';
import type { TextCoder } from './text.ts';
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

/** Stands for an answer where the template is tried; no template writes it by itself. */
const sample = 'sample-answer';
const trial: ChatMessage = { role: 'user', content: 'sample-question' };

/**
 * Reads the template and tries it. `chat` is null for a model without one, and for one whose template cannot be used: `problem` says why.
 */
export function readChat(
  files: Pick<ModelFiles, 'tokenizerConfig' | 'chatTemplate'>,
  coder: Pick<TextCoder, 'encode' | 'isSpecial'>,
): { chat: Chat | null; problem: string | null } {
  try {
    const source = templateOf(files);
    if (source === null) return { chat: null, problem: null };
    const template = new Template(fixedDate + source);
    const render = (messages: readonly ChatMessage[], withPrompt: boolean): string =>
      template.render({
        ...specialTokens(files.tokenizerConfig),
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
    return {
      chat: {
        format,
        lead: between.trim() === '' ? between : '',
        end: end !== undefined && coder.isSpecial(end) ? end : null,
      },
      problem: null,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      chat: null,
      problem: `The model’s chat template cannot be used (${reason}); it is given plain sentences to continue instead.`,
    };
  }
}

/**
 * The template's source: the repository's `chat_template.jinja`, else `chat_template` of `tokenizer_config.json`, of several named ones
 * that called `default`. Null where there is none.
 */
function templateOf({
  tokenizerConfig,
  chatTemplate,
}: Pick<ModelFiles, 'tokenizerConfig' | 'chatTemplate'>): string | null {
  const given = chatTemplate ?? tokenizerConfig['chat_template'];
  if (given === undefined || given === null) return null;
  if (typeof given === 'string') return given;
  const named = (Array.isArray(given) ? given : []).filter(isNamed);
  const chosen = named.find(({ name }) => name === 'default') ?? named[0];
  if (!chosen) throw new Error('chat_template is neither a text nor a list of named templates');
  return chosen.template;
}

function isNamed(item: unknown): item is { name: string; template: string } {
  const { name, template } = (item ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && typeof template === 'string';
}

/** `bos_token` and the like, as texts. */
function specialTokens(config: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => {
      if (!key.endsWith('_token')) return [];
      const content =
        typeof value === 'object' && value !== null
          ? (value as { content?: unknown }).content
          : value;
      return typeof content === 'string' ? [[key, content]] : [];
    }),
  );
}

/** What a date is written with. */
const date = {
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
} as const;

/**
 * Templates that tell the model today's date tell it this one, so that a run asks the same tomorrow. The library has a clock of its own
 * that values may not replace, but a macro may.
 */
const fixedDate = `{%- macro strftime_now(format) -%}{{ format${Object.entries(date)
  .map(([letter, text]) => ` | replace('%${letter}', '${text}')`)
  .join('')} }}{%- endmacro %}{{ '' }}`;
