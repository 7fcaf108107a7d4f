/** @file Data sets in TRL's forms, as the examples that the engine learns from. */
import type { Prompt, TrainingExample } from './engine.ts';
import { LetheError } from './errors.ts';
import type { Messages } from './generate.ts';

/** A row to learn from. The loss counts the completion's tokens, the assistant's turns, or all of a text. */
export type SFTExample =
  | { prompt: string; completion: string }
  | { prompt: Messages; completion: Messages }
  | { messages: Messages }
  | { text: string };

/** A row of preferences. */
export type PreferenceExample =
  | { prompt: string; chosen: string; rejected: string }
  | { prompt: Messages; chosen: Messages; rejected: Messages };

/** Rows that belong together, such as a pair: they go into one batch. @internal */
export type Group = readonly TrainingExample[];

/** Rows of a data set as the engine reads them. Throws `LetheError` (`invalid_dataset`) that names the row. @internal */
export function readDataset<Row>(
  where: string,
  rows: unknown,
  read: (row: Record<string, unknown>) => Group | null,
  forms: string,
): Group[] {
  const isList = rows != null && typeof rows === 'object' && Symbol.iterator in rows;
  const list = isList ? [...(rows as Iterable<Row>)] : [];
  if (list.length === 0)
    throw new LetheError('invalid_dataset', `${where} is no list with rows in it.`);
  return list.map((row, index) => {
    const group =
      typeof row === 'object' && row !== null ? read(row as Record<string, unknown>) : null;
    if (group) return group;
    throw new LetheError(
      'invalid_dataset',
      `${where}[${index}] is ${JSON.stringify(row).slice(0, 120)}; a row is ${forms}.`,
    );
  });
}

export const sftForms =
  '{ prompt, completion }, { messages } with an assistant’s turn, or { text }, with words in it';
export const preferenceForms = '{ prompt, chosen, rejected }, all texts or all messages';

/** Reads a row of `SFTExample`; null where it is none. `role` is the engine's word for what is done with it. @internal */
export function readSft(row: Record<string, unknown>, role: 0 | 1 | 2 = 0): Group | null {
  const { prompt, completion, messages, text } = row;
  if (typeof text === 'string' && text !== '') return [{ prompt: '', completion: text, role }];
  if (isMessages(messages)) return turns(messages, role);
  const one = continued(prompt, completion, role);
  return one && [one];
}

/** A preferred completion behind the one that it is preferred to, as the engine wants them. @internal */
export function readPreference(row: Record<string, unknown>): Group | null {
  const { prompt, chosen, rejected } = row;
  const [bad, good] = [continued(prompt, rejected, 1), continued(prompt, chosen, 2)];
  return bad && good && [bad, good];
}

/** Each of the assistant's turns, after all that was said before it. */
function turns(messages: Messages, role: TrainingExample['role']): Group | null {
  const found = messages.flatMap(({ role: who, content }, at) =>
    who === 'assistant'
      ? [{ prompt: conversation(messages.slice(0, at)), completion: content, role }]
      : [],
  );
  return found.length > 0 ? found : null;
}

const conversation = (messages: Messages): Prompt => ({ messages, begun: '' });

function continued(
  prompt: unknown,
  completion: unknown,
  role: TrainingExample['role'],
): TrainingExample | null {
  if (typeof prompt === 'string' && typeof completion === 'string' && completion !== '')
    return { prompt, completion, role };
  if (!isMessages(prompt)) return null;
  const text = typeof completion === 'string' ? completion : answerOf(completion);
  return text === null || text === ''
    ? null
    : { prompt: conversation(prompt), completion: text, role };
}

function answerOf(completion: unknown): string | null {
  const [only] = isMessages(completion) && completion.length === 1 ? completion : [];
  return only?.role === 'assistant' ? only.content : null;
}

function isMessages(value: unknown): value is Messages {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (each: unknown) =>
        typeof each === 'object' &&
        each !== null &&
        'content' in each &&
        typeof each.content === 'string' &&
        'role' in each &&
        ['system', 'user', 'assistant'].includes(each.role as string),
    )
  );
}
