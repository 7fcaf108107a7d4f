/**
 * @file The page's own language: its catalogue, and the locale that its numbers, lists and names are written in.
 *
 * Both are live bindings. `speak` sets them, and whoever shows text reads them when it is shown, not when its module is loaded: the page
 * is mounted anew when its language changes (`App.svelte`).
 */
import type { LanguageCode } from '../../facts/index.ts';
import type { Messages } from './catalogue.ts';

export type { Messages } from './catalogue.ts';

export let locale: LanguageCode = 'en';
export let messages: Messages;

/** An error in the page's own words, in the language that it speaks. Any other error's message is English. */
export class Said extends Error {}

/** One chunk a language, fetched when it is spoken; compiled by `tools/vite/messages.ts`. */
const catalogues: Readonly<Record<LanguageCode, () => Promise<{ default: Messages }>>> = {
  en: () => import('virtual:messages/en'),
  fr: () => import('virtual:messages/fr'),
  es: () => import('virtual:messages/es'),
  pt: () => import('virtual:messages/pt'),
  de: () => import('virtual:messages/de'),
  ru: () => import('virtual:messages/ru'),
  zh: () => import('virtual:messages/zh'),
  ar: () => import('virtual:messages/ar'),
  tr: () => import('virtual:messages/tr'),
  hi: () => import('virtual:messages/hi'),
  id: () => import('virtual:messages/id'),
  sw: () => import('virtual:messages/sw'),
};

/**
 * From now on everything is said in this language.
 *
 * @throws TypeError where its catalogue cannot be fetched; the page then goes on in the language that it had.
 */
export async function speak(code: LanguageCode): Promise<void> {
  const { default: catalogue } = await catalogues[code]();
  messages = catalogue;
  locale = code;
}
