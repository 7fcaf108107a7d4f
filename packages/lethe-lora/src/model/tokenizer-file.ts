/**
 * @file A `tokenizer.json` completed as Transformers (Python) completes it when it loads one, and spelt so that `@huggingface/tokenizers`
 * splits texts as the Rust library does.
 */
import { ownEntry } from '../own-entry.ts';

type Json = Readonly<Record<string, unknown>>;

interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

/** The tokenizer's special tokens by their names in `tokenizer_config.json`, in the order in which Transformers adds them. */
const names = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((name) => `${name}_token`);

/**
 * The file as the library reads it best: tokens that only `tokenizer_config.json` names are added and are special, and parts that the
 * library splits otherwise than the Rust one are replaced by parts with the same meaning.
 */
export function completeTokenizer(tokenizer: object, config: Json): object {
  const file = tokenizer as Json;
  return {
    // The library wants each of these named.
    ...{ normalizer: null, post_processor: null, decoder: null },
    ...file,
    added_tokens: addedTokens(file, config),
    pre_tokenizer: preTokenizer(file['pre_tokenizer']),
  };
}

/** The text of a special token, which may be written as a record with flags. */
export function tokenText(value: unknown): string | undefined {
  const content = isRecord(value) ? value['content'] : value;
  return typeof content === 'string' && content !== '' ? content : undefined;
}

/**
 * The special tokens that `tokenizer_config.json` names, text by name: `bos_token` and its kin, the model's own (`image_token`), and those
 * of `extra_special_tokens`. Chat templates may use them.
 */
export function namedTokens(config: Json): Record<string, string> {
  const extra = config['extra_special_tokens'];
  const own = Object.keys(config).filter((key) => key.endsWith('_token') && !names.includes(key));
  const all = [
    ...[...names, ...own].map((name) => [name, ownEntry(config, name)] as const),
    ...(isRecord(extra) ? Object.entries(extra) : []),
  ];
  return Object.fromEntries(
    all.flatMap(([name, value]) => {
      const text = tokenText(value);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function addedTokens(file: Json, config: Json): AddedToken[] {
  const listed = Array.isArray(file['added_tokens']) ? file['added_tokens'].filter(isRecord) : [];
  const tokens = new Map(
    listed.map((token) => [token['content'], token as Json & AddedToken] as const),
  );
  const { ids, size } = vocabulary(file['model']);
  const add = (content: string, flags: Json): void => {
    const last = Math.max(-1, ...[...tokens.values()].map((token) => token.id));
    const id = ids.get(content) ?? (last >= size ? last + 1 : size);
    const none = { single_word: false, lstrip: false, rstrip: false, normalized: false };
    tokens.set(content, { ...none, ...flags, id, content, special: flags['special'] === true });
  };
  const makeSpecial = (content: string, flags: Json = {}): void => {
    const token = tokens.get(content);
    if (token) tokens.set(content, { ...token, special: true });
    else add(content, { ...flags, special: true });
  };
  const decoder = config['added_tokens_decoder'];
  for (const [, token] of Object.entries(isRecord(decoder) ? decoder : {}).sort(byNumber)) {
    const content = tokenText(token);
    if (content === undefined || !isRecord(token)) continue;
    if (token['special'] === true) makeSpecial(content, token);
    else if (!tokens.has(content)) add(content, token);
  }
  for (const [name, content] of Object.entries(namedTokens(config)))
    makeSpecial(content, recordOf(ownEntry(config, name)));
  const extra = config['extra_special_tokens'] ?? config['additional_special_tokens'];
  for (const token of Array.isArray(extra) ? (extra as unknown[]) : []) {
    const content = tokenText(token);
    if (content !== undefined && !tokens.has(content)) makeSpecial(content, recordOf(token));
  }
  return [...tokens.values()];
}

function recordOf(token: unknown): Json {
  return isRecord(token) ? token : {};
}

function byNumber([a]: [string, unknown], [b]: [string, unknown]): number {
  return Number(a) - Number(b);
}

/** The model's tokens by text, and how many there are. */
function vocabulary(model: unknown): { ids: Pick<Map<string, number>, 'get'>; size: number } {
  const vocab = isRecord(model) ? model['vocab'] : undefined;
  // Unigram lists pairs of a token and its score.
  if (Array.isArray(vocab)) {
    const pairs = vocab as readonly [string, number][];
    return { ids: new Map(pairs.map(([token], id) => [token, id])), size: pairs.length };
  }
  const record = (isRecord(vocab) ? vocab : {}) as Readonly<Record<string, number>>;
  const get = (token: string): number | undefined => ownEntry(record, token);
  return { ids: { get }, size: Object.keys(record).length };
}

/** GPT-2's split, which the library spells with JavaScript's white space; that is not Unicode's. */
const byteLevelSplit =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const punctuation = '[\\p{P}\\x21-\\x2F\\x3A-\\x40\\x5B-\\x60\\x7B-\\x7E]';

function preTokenizer(part: unknown): unknown {
  if (!isRecord(part)) return null;
  switch (part['type']) {
    case 'Sequence': {
      const parts = Array.isArray(part['pretokenizers']) ? part['pretokenizers'] : [];
      return { ...part, pretokenizers: parts.map(preTokenizer) };
    }
    case 'ByteLevel': {
      if (part['use_regex'] === false) return part;
      // A space at the beginning comes before the split.
      const prefix = { type: 'Replace', pattern: { Regex: '\\A(?=[^ ])' }, content: ' ' };
      return {
        type: 'Sequence',
        pretokenizers: [
          ...(part['add_prefix_space'] === true ? [prefix] : []),
          split(byteLevelSplit, 'Isolated'),
          { ...part, add_prefix_space: false, use_regex: false },
        ],
      };
    }
    case 'Digits':
      return split('\\p{N}', part['individual_digits'] === true ? 'Isolated' : 'Contiguous');
    case 'Punctuation':
      return split(punctuation, part['behavior'] ?? 'Isolated');
    case 'Whitespace':
      // Here the Rust library takes joiners of characters for parts of a word.
      return {
        ...split('[\\w\\u200C\\u200D]+|[^\\w\\s\\u200C\\u200D]+', 'Removed'),
        invert: true,
      };
    case 'Split': {
      const { Regex: regex, String: text } = part['pattern'] as Json;
      const pattern = typeof regex === 'string' ? regex : escaped(String(text));
      if (part['invert'] !== true) return split(pattern, part['behavior']);
      return part['behavior'] === 'Isolated' ? split(pattern, 'Isolated') : part;
    }
    default:
      return part;
  }
}

/**
 * Splits at a pattern. The library knows matches that stand alone or are removed; what belongs to its neighbour is found as one match of
 * both.
 */
function split(pattern: string, behavior: unknown): Json {
  const spell = (regex: string, more: Json = {}): Json => ({
    type: 'Split',
    pattern: { Regex: regex },
    behavior: 'Isolated',
    invert: false,
    ...more,
  });
  const other = `(?:(?!${pattern})[\\s\\S])+`;
  switch (behavior) {
    case 'Removed':
      return spell(pattern, { behavior });
    case 'Contiguous':
      return spell(`(?:${pattern})+`);
    case 'MergedWithPrevious':
      return spell(`${other}(?:${pattern})|(?:${pattern})|${other}`, { invert: true });
    case 'MergedWithNext':
      return spell(`(?:${pattern})${other}|(?:${pattern})|${other}`, { invert: true });
    default:
      return spell(pattern);
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The special tokens that a `tokenizer.json` lists. */
export function specialTokens({
  tokenizer,
}: {
  tokenizer: object;
}): { id: number; content: string }[] {
  const { added_tokens: added } = tokenizer as { added_tokens?: unknown };
  return (Array.isArray(added) ? added : []).filter(
    (token): token is { id: number; content: string } => {
      const { id, content, special } = (token ?? {}) as Record<string, unknown>;
      return typeof id === 'number' && typeof content === 'string' && special === true;
    },
  );
}
