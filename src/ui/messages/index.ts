/**
 * @file The page's own language: its catalogue, its names of languages, and the locale that its numbers, lists and names are written in.
 *
 * They are live bindings. `speak` sets them, and whoever shows text reads them when it is shown, not when its module is loaded: the page
 * is mounted anew when its language changes (`App.svelte`).
 */
import { ownEntry } from '../../own-entry.ts';
import { catalogues, locales } from 'virtual:messages';
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import type { Messages } from './catalogue.ts';

export { locales } from 'virtual:messages';
export type { Messages } from './catalogue.ts';

/** The page's language, a folder of catalogues: BCP 47. The model need not know it. */
export let locale = 'en';
/** The language in which the page names countries, cities and answers: its own, or English where the facts do not have that. */
export let factLanguage: LanguageCode = 'en';
export let messages: Messages;
/** What a sentence of the page's language calls each language: `French`, `français`. */
export let languageNames: Readonly<Record<LanguageCode, string>>;

/** The direction in which the page is read. */
export function direction(): 'ltr' | 'rtl' {
  return locales.find(({ code }) => code === locale)?.direction ?? 'ltr';
}

/** An error whose message is in the page's language. Any other error's message is English. */
export class LocalizedError extends Error {}

/** What went wrong, as whatever was thrown says it; of what the page says in its own words these. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An error's class does not come over from the worker, its name does.
  if (error.name === 'NoNumbersError') return messages.load.noNumbers;
  if (error.name === 'BreakdownError') return breakdownText(error);
  const [, trouble = ''] = /^StorageError\/(\w+)$/.exec(error.name) ?? [];
  const { troubles } = messages.unsaved;
  return Object.hasOwn(troubles, trouble)
    ? troubles[trouble as keyof typeof troubles]
    : error.message;
}

/** Why the engine was lost for good. */
function breakdownText(error: Error & { breakdown?: unknown }): string {
  const { engine } = messages;
  switch (error.breakdown) {
    case 'not-started':
      return engine.notStarted;
    case 'slow':
      return engine.slow;
    case 'memory':
      return engine.memory;
    case 'gpu-lost':
      return engine.gpuLost;
    default:
      return engine.crashed;
  }
}

/**
 * From now on everything is said in this language; with `extent` `first`, what only other screens than the laboratory say comes with
 * `speakOnScreens`.
 *
 * @throws TypeError where its catalogue cannot be fetched; the page then goes on in the language that it had.
 */
export async function speak(code: string, extent: 'first' | 'all' = 'all'): Promise<void> {
  const { first, screens } = catalogueOf(code);
  const [own, others] = await Promise.all([first(), extent === 'all' ? screens() : null]);
  // Complete but for what is still to come: no screen is shown before.
  messages = { ...own.default, ...others?.default } as Messages;
  languageNames = own.languageNames;
  locale = code;
  factLanguage = languageCodes.find((each) => each === code) ?? 'en';
}

/** What the frame and the laboratory say (`first`), and what the other screens say, each a chunk that is fetched when it is needed. */
function catalogueOf(code: string) {
  const catalogue = ownEntry(catalogues, code);
  if (!catalogue) throw new TypeError(`The page has no catalogue of ${code}.`);
  return catalogue;
}

/** Fetches what the screens beside the laboratory say, if it is not here yet. Rejects where it cannot be fetched. */
export async function speakOnScreens(): Promise<void> {
  const code = locale;
  const { default: others } = await catalogueOf(code).screens();
  if (code === locale) messages = { ...messages, ...others };
}

/** What is opened over the laboratory, with what it says. */
export async function withLateTexts<T>(open: () => Promise<T>): Promise<T> {
  const [opened] = await Promise.all([open(), speakOnScreens()]);
  return opened;
}
