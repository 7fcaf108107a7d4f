/**
 * @file The catalogues of what the page says: `src/ui/messages/<locale>/*.json`, one file a screen, in ICU MessageFormat.
 *
 * They are compiled to functions when the site is built (`tools/vite/messages.ts`), so that nothing is parsed in the page; their type is
 * generated from the English one (`writeType`), and every other is checked against it (`problems`).
 */
import MessageFormat from '@messageformat/core';
import compileModule from '@messageformat/core/lib/compile-module.js';
import { parse, type Content, type Token } from '@messageformat/parser';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { articles } from '../../src/ui/address/screens.ts';

export const folder = fileURLToPath(new URL('../../src/ui/messages', import.meta.url));

/** A catalogue or a part of one: messages by key, lists of them, and groups. */
export type Tree = string | readonly Tree[] | { readonly [key: string]: Tree };

/** The names of a message's arguments with their TypeScript types. */
export type Arguments = ReadonlyMap<string, string>;

/** The page's languages: the folders of catalogues. */
export function locales(): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The files of one locale that every locale has. */
export function filesOf(locale: string): string[] {
  return readdirSync(join(folder, locale))
    .filter((name) => name.endsWith('.json') && !articles.includes(name.slice(0, -5)))
    .sort()
    .map((name) => join(folder, locale, name));
}

/** The file of an article, and the locales that have it. */
export function articleFile(locale: string, article: string): string {
  return join(folder, locale, `${article}.json`);
}

export function localesOf(article: string): string[] {
  return locales().filter((locale) => existsSync(articleFile(locale, article)));
}

/** An article as one locale has it. */
export function readArticle(locale: string, article: string): Record<string, Tree> {
  return readCatalogue(locale, [articleFile(locale, article)]);
}

/**
 * The catalogue of one locale, or what some of its files hold of it. Each file has groups of its own at its top.
 *
 * @throws Error with the file's name where it is no JSON, or where two files have a group of the same name.
 */
export function readCatalogue(
  locale: string,
  files: readonly string[] = filesOf(locale),
): Record<string, Tree> {
  const whole: Record<string, Tree> = {};
  for (const file of files) {
    let part: Record<string, Tree>;
    try {
      part = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Tree>;
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`);
    }
    for (const [key, value] of Object.entries(part)) {
      if (key in whole) throw new Error(`${file}: "${key}" is in another file too`);
      whole[key] = value;
    }
  }
  return whole;
}

/** Every message with its path: `gone.verdict.said`, `numbers.paragraphs.0`. */
export function* messagesOf(tree: Tree, path: string[] = []): Generator<[string, string]> {
  if (typeof tree === 'string') yield [path.join('.'), tree];
  else for (const [key, value] of Object.entries(tree)) yield* messagesOf(value, [...path, key]);
}

/**
 * Names of languages, one or a list, in the case that Russian has after “на”: `{languages, prepositional}` makes `французский и хинди`
 * `французском и хинди`. Its own text is put into the compiled module, so it may use nothing from outside.
 */
export function prepositional(names: unknown): string {
  return String(names).replace(/([сц]к)ий(?![а-яё])/g, '$1ом');
}

const formatters = { ru: { prepositional } } as Readonly<
  Record<string, Readonly<Record<string, (value: unknown) => string>>>
>;

/** Whether a locale's messages are read strictly: the parser's strict mode knows no formatter but its own. */
function strictIn(locale: string): boolean {
  return !(locale in formatters);
}

/**
 * What a message must be given.
 *
 * @throws Error of the parser, with the column, where the message is no ICU MessageFormat or names a plural form that the locale lacks.
 */
export function argumentsOf(locale: string, message: string): Arguments {
  const { cardinal, ordinal } = pluralKeys(locale);
  const found = new Map<string, string>();
  const visit = (tokens: readonly Token[]): void => {
    for (const token of tokens) {
      if (token.type === 'content' || token.type === 'octothorpe') continue;
      if (token.type === 'argument') found.set(token.arg, 'string');
      else if (token.type === 'select') {
        const keys = token.cases.map(({ key }) => key).filter((key) => key !== 'other');
        found.set(token.arg, [...keys.map((key) => `'${key}'`), 'string & {}'].join(' | '));
      } else if (token.type === 'function' && token.key !== 'number') {
        if (!formatters[locale]?.[token.key]) throw new Error(`no formatter "${token.key}"`);
        found.set(token.arg, 'string');
      } else found.set(token.arg, 'number');
      if ('cases' in token) for (const { tokens: inner } of token.cases) visit(inner);
    }
  };
  visit(parse(message, { cardinal, ordinal, strict: strictIn(locale) }));
  return found;
}

type PluralKey = Intl.LDMLPluralRule;

function pluralKeys(locale: string): { cardinal: PluralKey[]; ordinal: PluralKey[] } {
  const keys = (type: Intl.PluralRulesOptions['type']): PluralKey[] =>
    new Intl.PluralRules(locale, { type }).resolvedOptions().pluralCategories;
  return { cardinal: keys('cardinal'), ordinal: keys('ordinal') };
}

/**
 * A catalogue as the source of an ES module whose default export has the same shape: a message without arguments is a string, one with
 * arguments a function of an object that names them.
 */
export function compileCatalogue(locale: string, catalogue: Tree): string {
  const formatter = new MessageFormat(locale, {
    strict: strictIn(locale),
    customFormatters: { ...formatters[locale] },
  });
  const functions: Record<string, string> = {};
  const shape = (tree: Tree, path: string): string => {
    if (typeof tree === 'string') {
      if (named(path, () => argumentsOf(locale, tree)).size === 0)
        return JSON.stringify(formatter.compile(tree)({}));
      functions[path] = tree;
      return `compiled[${JSON.stringify(path)}]`;
    }
    const parts = Object.entries(tree).map(([key, value]) => {
      const source = shape(value, `${path}.${key}`);
      return Array.isArray(tree) ? source : `${JSON.stringify(key)}: ${source}`;
    });
    return Array.isArray(tree) ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`;
  };
  const whole = shape(catalogue, locale);
  const module = compileModule(formatter, functions)
    .replace('export default', 'const compiled =')
    // The digits 0 to 9, as everywhere on the page (src/ui/kit/format.ts): browsers do not agree on those of Arabic.
    .replaceAll(/(number|strictNumber)\("([\w-]+)",/gi, '$1("$2-u-nu-latn",');
  return `${module};\nexport default ${whole};\n`;
}

/** The result; an error is thrown on with the message's path. */
function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The types of the catalogue and of the articles as TypeScript, generated from the English ones. */
export function declareCatalogue(catalogue: Tree, own: Readonly<Record<string, Tree>>): string {
  const type = (tree: Tree, indent: string): string => {
    if (typeof tree === 'string') {
      const args = [...argumentsOf('en', tree)].map(([name, kind]) => `${name}: ${kind}`);
      return args.length === 0 ? 'string' : `(values: { ${args.join('; ')} }) => string`;
    }
    if (Array.isArray(tree))
      return `readonly (${type((tree as readonly Tree[])[0] ?? '', indent)})[]`;
    const inner = `${indent}  `;
    const lines = Object.entries(tree).map(
      ([key, value]) =>
        `${inner}readonly ${/^\w+$/.test(key) ? key : `'${key}'`}: ${type(value, inner)};\n`,
    );
    return `{\n${lines.join('')}${indent}}`;
  };
  return `/** @file Generated from the English catalogue (tools/messages): what every catalogue has, and what its messages take. */
export interface Messages ${type(catalogue, '')}

export interface Articles ${type(own, '')}
`;
}

/** Writes the catalogue's type, which is not in the repository, where it is not what it should be. */
export function writeType(): void {
  const file = join(folder, 'catalogue.ts');
  const own = articles.map((article) => [article, readArticle('en', article)] as const);
  const type = declareCatalogue(readCatalogue('en'), Object.fromEntries(own));
  if (!existsSync(file) || readFileSync(file, 'utf8') !== type) writeFileSync(file, type);
}

/** What is wrong with a locale's catalogue, measured by the English one; empty where nothing is. */
export function problems(locale: string, catalogue: Tree, english: Tree): string[] {
  const found: string[] = [];
  const own = new Map(messagesOf(catalogue));
  const wanted = new Map(messagesOf(english));
  for (const path of wanted.keys()) if (!own.has(path)) found.push(`${path}: is missing`);
  for (const [path, message] of own) {
    const original = wanted.get(path);
    if (original === undefined) {
      found.push(`${path}: English has no such message`);
      continue;
    }
    for (const fault of faults(locale, message, original)) found.push(`${path}: ${fault}`);
  }
  return found;
}

function* faults(locale: string, message: string, original: string): Generator<string> {
  if (original !== '' && message.trim() === '') yield 'is empty';
  // `'` quotes before a brace in MessageFormat, and is never the right mark of typography.
  if (/'/.test(message.replace(/'[{}][^']*'/g, ''))) yield 'has a straight apostrophe: write ’';
  if (message.includes('"')) yield 'has straight quotation marks';
  let args: Arguments;
  try {
    args = argumentsOf(locale, message);
  } catch (error) {
    yield (error as Error).message;
    return;
  }
  const expected = argumentsOf('en', original);
  for (const [name, kind] of args) {
    if (!expected.has(name)) yield `{${name}} is not given to this message`;
    else if (kind !== 'string' && (kind === 'number') !== (expected.get(name) === 'number'))
      yield `{${name}} is not of the kind that English takes`;
    else if (kind === 'string' && expected.get(name) === 'number')
      yield `{${name}} is a number: write {${name}, number}`;
  }
  for (const name of expected.keys()) if (!args.has(name)) yield `{${name}} is missing`;
  yield* missingPlurals(locale, message);
}

/** Forms that are only for numbers in compact notation, which no message here has. */
const compactOnly: Readonly<Record<string, PluralKey>> = { es: 'many', fr: 'many', pt: 'many' };

function* missingPlurals(locale: string, message: string): Generator<string> {
  const keys = pluralKeys(locale);
  const tokens: Token[] = parse(message, { ...keys, strict: strictIn(locale) });
  for (let token = tokens.pop(); token; token = tokens.pop()) {
    if (!('cases' in token)) continue;
    tokens.push(...token.cases.flatMap(({ tokens: inner }) => inner));
    if (token.type === 'select') continue;
    const present = token.cases.map(({ key }) => key);
    for (const key of token.type === 'plural' ? keys.cardinal : keys.ordinal)
      if (!present.includes(key) && key !== compactOnly[locale])
        yield `{${token.arg}} lacks the form "${key}"`;
  }
}

/** The letters of a message, without its arguments and markup: what a reader would read. */
export function plainText(locale: string, message: string): string {
  const content = (tokens: readonly Token[]): string =>
    tokens
      .map((token) =>
        token.type === 'content'
          ? (token as Content).value
          : 'cases' in token
            ? token.cases.map(({ tokens: inner }) => content(inner)).join(' ')
            : '',
      )
      .join('');
  return content(parse(message, { ...pluralKeys(locale), strict: strictIn(locale) }));
}
