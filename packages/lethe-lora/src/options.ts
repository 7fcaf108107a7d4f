/** @file Options by name: what is known passes, everything else is refused by its name. */
import { InvalidOptionError } from './errors.ts';
import { ownEntry } from './own-entry.ts';

/** Options that other libraries have and this one does not, with the values that change nothing, and what to do instead. */
export type Refusals = Readonly<Record<string, { neutral: readonly unknown[]; instead: string }>>;

/**
 * Throws `InvalidOptionError` for a name that is not in `known`. A refused one passes where its value changes nothing. An undefined value is no
 * option.
 */
export function checkOptions(
  where: string,
  given: object,
  known: readonly string[],
  refused: Refusals = {},
): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    const refusal = ownEntry(refused, name);
    if (refusal?.neutral.includes(value)) continue;
    if (refusal)
      throw new InvalidOptionError(
        name,
        `${where}: ${name}=${JSON.stringify(value)} is not supported. ${refusal.instead}`,
      );
    const like = nearest(name, known);
    throw new InvalidOptionError(
      name,
      `${where} has no option "${name}".${like === null ? '' : ` Did you mean "${like}"?`} It takes ${known.join(', ')}.`,
    );
  }
}

/** Other words for the same, as other libraries have them. */
const aliases: Readonly<Record<string, string>> = {
  rank: 'r',
  alpha: 'lora_alpha',
  lr: 'learning_rate',
  batch_size: 'per_device_train_batch_size',
  epochs: 'num_train_epochs',
  steps: 'max_steps',
  max_tokens: 'max_new_tokens',
  dataset: 'train_dataset',
  layers: 'layers_to_transform',
};

function nearest(name: string, known: readonly string[]): string | null {
  const plain = (text: string): string => text.replaceAll('_', '').toLowerCase();
  const same = known.find((each) => plain(each) === plain(name));
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const alias = ownEntry(aliases, snake);
  if (same ?? (alias !== undefined && known.includes(alias))) return same ?? alias ?? null;
  return known.find((each) => plain(each).includes(plain(name))) ?? null;
}

/** A number within bounds, or the usual one where none is given. */
export function number(
  where: string,
  name: string,
  value: unknown,
  usual: number,
  { least = -Infinity, above = -Infinity, whole = false } = {},
): number {
  if (value === undefined) return usual;
  const fits =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= least &&
    value > above &&
    (!whole || Number.isInteger(value));
  if (fits) return value;
  const bound =
    above > -Infinity ? ` above ${above}` : least > -Infinity ? ` of at least ${least}` : '';
  throw new InvalidOptionError(
    name,
    `${where}: ${name}=${JSON.stringify(value)} is not ${whole ? 'a whole number' : 'a number'}${bound}.`,
  );
}

/** One of several words, or the usual one. */
export function word<T extends string>(
  where: string,
  name: string,
  value: unknown,
  words: readonly T[],
  usual: T,
): T {
  if (value === undefined) return usual;
  const found = words.find((each) => each === value);
  if (found !== undefined) return found;
  throw new InvalidOptionError(
    name,
    `${where}: ${name}=${JSON.stringify(value)} is not supported. Use ${words.map((each) => `"${each}"`).join(', ')}.`,
  );
}
