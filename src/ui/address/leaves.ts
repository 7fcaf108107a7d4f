/**
 * @file A record in the address, leaf by leaf by its path: `teach.steps=20&unlearn.method=npo`. What a link leaves unsaid is as in the
 * record that it is compared with. Values are data: a name that the schema does not have is refused, wherever it may lead in JavaScript.
 */
import { shorten } from '../../shorten.ts';
import { ownEntry } from '../../own-entry.ts';
import type * as v from 'valibot';

/** One leaf of a link, and the part of the link that it comes from, which an error quotes. */
export interface Leaf {
  path: string;
  text: string;
  part: string;
}

/** How a value is spelled that is no number, word or list of words. */
export interface Spelling {
  /** Null where it is too long for a link. */
  write: (value: never) => string | null;
  /** Throws where it cannot be read. */
  read: (text: string) => unknown;
}
export type Spellings = Readonly<Record<string, Spelling>>;

type Json = Readonly<Record<string, unknown>>;

/** Null, spelled. */
const none = 'none';

/** The leaves of `value` that differ from those of `defaults`, in the record's order. */
export function spelled(
  value: object,
  defaults: object,
  spellings: Spellings,
): [path: string, text: string][] {
  const known = new Map(leavesOf(defaults, spellings));
  return leavesOf(value, spellings).filter(([path, text]) => known.get(path) !== text);
}

export function leavesOf(value: unknown, spellings: Spellings, path = ''): [string, string][] {
  const spelling = ownEntry(spellings, path);
  if (spelling && value !== null) {
    const text = spelling.write(value as never);
    return text === null ? [] : [[path, text]];
  }
  if (value === null) return [[path, none]];
  if (Array.isArray(value)) return [[path, value.map(escaped).join(',')]];
  if (typeof value !== 'object') return [[path, escaped(value)]];
  return Object.entries(value).flatMap(([key, own]) =>
    leavesOf(own, spellings, path === '' ? key : `${path}.${key}`),
  );
}

/** Slashes and colons may stand in an address as they are, and read better so. */
function escaped(value: unknown): string {
  return encodeURIComponent(String(value)).replaceAll('%2F', '/').replaceAll('%3A', ':');
}

/** `defaults` with the leaves put in, to be checked by its schema. Throws an `Error` that quotes a leaf which that schema does not have. */
export function withLeaves(
  defaults: object,
  leaves: readonly Leaf[],
  schema: v.GenericSchema,
  spellings: Spellings,
): unknown {
  return leaves.reduce<unknown>((record, { path, text, part }) => {
    const keys = path.split('.');
    const leaf = schemaAt(schema, keys);
    if (!leaf) throw new Error(shorten(part));
    const spelling = ownEntry(spellings, path);
    try {
      return withValue(record, keys, spelling ? spelling.read(text) : valueOf(text, leaf));
    } catch (cause) {
      throw new Error(shorten(part), { cause });
    }
  }, defaults);
}

/** The leaf that a check's complaint about a field is about. */
export function leafOf(leaves: readonly Leaf[], field: string | null): Leaf | undefined {
  return leaves.find(
    ({ path }) =>
      field !== null &&
      (field === path || field.startsWith(`${path}.`) || path.startsWith(`${field}.`)),
  );
}

/** A record with the value at a path. */
export function withValue(
  record: unknown,
  [key = '', ...rest]: readonly string[],
  value: unknown,
): Json {
  const own = (typeof record === 'object' && record !== null ? record : {}) as Json;
  const before = ownEntry(own, key) ?? null;
  return { ...own, [key]: rest.length === 0 ? value : withValue(before, rest, value) };
}

/** A text as a leaf's schema may take it; whether it does is checked with the whole. */
function valueOf(text: string, leaf: Schema): unknown {
  if (text === none && leaf.isNullable) return null;
  switch (leaf.schema.type) {
    case 'number':
      return text === '' ? text : Number(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array': {
      const item = unwrapped((leaf.schema as v.ArraySchema<v.GenericSchema, undefined>).item);
      return text === '' ? [] : text.split(',').map((part) => valueOf(part, item));
    }
    default:
      return decodeURIComponent(text);
  }
}

/** A schema without what wraps it. */
interface Schema {
  schema: v.GenericSchema;
  isNullable: boolean;
}

function unwrapped(schema: v.GenericSchema, isNullable = false): Schema {
  return 'wrapped' in schema
    ? unwrapped(schema.wrapped as v.GenericSchema, isNullable || schema.type === 'nullable')
    : { schema, isNullable };
}

/** The schema of a field; null where there is none of this path. */
export function schemaAt(schema: v.GenericSchema, keys: readonly string[]): Schema | null {
  const own = unwrapped(schema);
  const [key, ...rest] = keys;
  if (key === undefined) return own;
  if ('entries' in own.schema) {
    const entries = own.schema.entries as Readonly<Record<string, v.GenericSchema>>;
    const field = ownEntry(entries, key);
    return field ? schemaAt(field, rest) : null;
  }
  // Which names a record may have, its own checks tell; those of JavaScript's objects are never among them.
  return own.schema.type === 'record' && !(key in {})
    ? schemaAt((own.schema as unknown as { value: v.GenericSchema }).value, rest)
    : null;
}
