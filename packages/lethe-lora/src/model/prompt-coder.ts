/** @file Prompts as tokens: plain texts, or conversations as the model's chat template writes them; and what comes after them. */
import { readChat, type Chat } from './chat.ts';
import { contextLength } from './describe.ts';
import type { ModelFiles } from './files.ts';
import type { LabelledSequence } from './sequences.ts';
import { readTextCoder, type TextCoder } from './text.ts';
import type { ChatMessage, Prompt } from './types.ts';

export class PromptCoder {
  readonly coder: TextCoder;
  /** Tokens that the model reads at once. */
  readonly context: number;
  /** Why its chat template is not used, where it has one that fails. */
  readonly chatProblem: string | null;
  /** Names of chat templates that are not used. */
  readonly unusedTemplates: readonly string[];
  private readonly chat: Chat | null;

  constructor(files: ModelFiles) {
    const coder = readTextCoder(files);
    const { chat, problem, unused } = readChat(files, coder);
    // A turn's end stops generation too, where the configuration forgot it: what follows would be the other's turn.
    const end = chat?.end ?? null;
    this.coder =
      end === null || coder.eos.includes(end) ? coder : { ...coder, eos: [...coder.eos, end] };
    this.chat = chat;
    this.chatProblem = problem;
    this.unusedTemplates = unused;
    this.context = contextLength(files) ?? Infinity;
  }

  /** Whether prompts may be conversations. */
  get hasChat(): boolean {
    return this.chat !== null;
  }

  /** A conversation as the template writes it, up to where its answer begins; throws where there is no template. */
  format(messages: readonly ChatMessage[]): string {
    if (!this.chat) throw new Error('This model has no chat template that can be used.');
    return this.chat.format(messages);
  }

  /** Tokens of a prompt, with what the tokenizer puts at the beginning of a text. Throws where that leaves nothing. */
  begin(prompt: Prompt): number[] {
    const tokens = this.coder.encode(this.textOf(prompt));
    // A template writes its own beginning of the sequence.
    if (typeof prompt !== 'string') return tokens;
    const { start, empty } = this.coder;
    const all = [...start, ...tokens];
    if (all.length > 0) return all;
    // As Transformers generates where it is given nothing.
    if (empty !== null) return [empty];
    throw new Error('This model has no beginning-of-sequence token: a prompt may not be empty.');
  }

  /** A prompt as one text. */
  private textOf(prompt: Prompt): string {
    if (typeof prompt === 'string') return prompt;
    const { messages, begun } = prompt;
    const lead = begun === '' ? '' : (this.chat?.lead ?? '');
    return this.format(messages) + lead + begun.trimStart();
  }

  /** Tokens of what comes after a prompt. The first words of an answer stand where the template puts them. */
  goOn(prompt: Prompt, text: string): number[] {
    const isFirst = typeof prompt !== 'string' && prompt.begun === '';
    const more = isFirst ? (this.chat?.lead ?? '') + text.trimStart() : text;
    return this.coder.goOn(() => this.textOf(prompt), more);
  }

  /** A prompt and what comes after it, which is labelled; with the token that ends the text, or the model's turn, where it is to end. */
  continued(prompt: Prompt, text: string, ends = false): LabelledSequence {
    const before = this.begin(prompt);
    const end = (typeof prompt === 'string' ? null : this.chat?.end) ?? this.coder.end;
    const last = ends && end !== null ? [end] : [];
    return { ids: [...before, ...this.goOn(prompt, text), ...last], from: before.length };
  }

  /** Throws where a sequence, with so many tokens to come, is longer than what the model reads. */
  refuseLong(sequences: readonly (readonly number[])[], more = 0): void {
    const longest = sequences.find(({ length }) => length + more > this.context);
    if (longest)
      throw new Error(
        `A text of ${longest.length} tokens is too long for this model, which reads ${this.context} at most. It begins “${this.coder.decode(longest.slice(0, 16))}”: make it shorter, or choose another model.`,
      );
  }
}
