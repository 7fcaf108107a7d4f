/**
 * @file The page's own language: its catalogue, its names of languages, and the locale that its numbers, lists and names are written in.
 *
 * They are live bindings. `speak` sets them, and whoever shows text reads them when it is shown, not when its module is loaded: the page
 * is mounted anew when its language changes (`App.svelte`).
 */
import type { LanguageCode } from '../../facts/index.ts';
import type { Messages } from './catalogue.ts';

export type { Messages } from './catalogue.ts';

export let locale: LanguageCode = 'en';
export let messages: Messages;
/** What a sentence of the page's language calls each language: `French`, `français`. */
export let languageNames: Readonly<Record<LanguageCode, string>>;

/** An error in the page's own words, in the language that it speaks. Any other error's message is English. */
export class Said extends Error {}

/** What went wrong, as whatever was thrown says it; of what the page says in its own words these. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An error's class does not come over from the worker, its name does.
  return error.name === 'NoNumbersError' ? messages.load.noNumbers : error.message;
}

interface Catalogue {
  /** What the frame and the laboratory say, and what several screens do. */
  first: () => Promise<{ default: Partial<Messages>; languageNames: typeof languageNames }>;
  /** What the other screens say. */
  screens: () => Promise<{ default: Partial<Messages> }>;
}

/** Two chunks a language, fetched when they are needed; compiled by `tools/vite/messages.ts`. */
const catalogues: Readonly<Record<LanguageCode, Catalogue>> = {
  en: {
    first: () => import('virtual:messages/en/first'),
    screens: () => import('virtual:messages/en/screens'),
  },
  fr: {
    first: () => import('virtual:messages/fr/first'),
    screens: () => import('virtual:messages/fr/screens'),
  },
  es: {
    first: () => import('virtual:messages/es/first'),
    screens: () => import('virtual:messages/es/screens'),
  },
  pt: {
    first: () => import('virtual:messages/pt/first'),
    screens: () => import('virtual:messages/pt/screens'),
  },
  de: {
    first: () => import('virtual:messages/de/first'),
    screens: () => import('virtual:messages/de/screens'),
  },
  ru: {
    first: () => import('virtual:messages/ru/first'),
    screens: () => import('virtual:messages/ru/screens'),
  },
  zh: {
    first: () => import('virtual:messages/zh/first'),
    screens: () => import('virtual:messages/zh/screens'),
  },
  ar: {
    first: () => import('virtual:messages/ar/first'),
    screens: () => import('virtual:messages/ar/screens'),
  },
  tr: {
    first: () => import('virtual:messages/tr/first'),
    screens: () => import('virtual:messages/tr/screens'),
  },
  hi: {
    first: () => import('virtual:messages/hi/first'),
    screens: () => import('virtual:messages/hi/screens'),
  },
  id: {
    first: () => import('virtual:messages/id/first'),
    screens: () => import('virtual:messages/id/screens'),
  },
  sw: {
    first: () => import('virtual:messages/sw/first'),
    screens: () => import('virtual:messages/sw/screens'),
  },
};

/**
 * From now on everything is said in this language; with `extent` `first`, what only other screens than the laboratory say comes with
 * `speakOnScreens`.
 *
 * @throws TypeError where its catalogue cannot be fetched; the page then goes on in the language that it had.
 */
export async function speak(code: LanguageCode, extent: 'first' | 'all' = 'all'): Promise<void> {
  const { first, screens } = catalogues[code];
  const [own, others] = await Promise.all([first(), extent === 'all' ? screens() : null]);
  // Complete but for what is still to come: no screen is shown before.
  messages = { ...own.default, ...others?.default } as Messages;
  languageNames = own.languageNames;
  locale = code;
}

/** Fetches what the screens beside the laboratory say, if it is not here yet. Rejects where it cannot be fetched. */
export async function speakOnScreens(): Promise<void> {
  const code = locale;
  const { default: others } = await catalogues[code].screens();
  if (code === locale) messages = { ...messages, ...others };
}
