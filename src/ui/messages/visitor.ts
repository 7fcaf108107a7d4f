/** @file Which language this visitor reads: what was chosen here before, or what the browser asks for. */
import { language, languageCodes, type LanguageCode } from '../../facts/index.ts';
import { locale, speak } from './index.ts';

const key = 'lethe/language';

/**
 * The first of these that the page has: what the address asks for (`?lang=ar`), what was chosen here before, the browser's languages in
 * their order; English where it has none of them.
 */
export function preferred(
  search: string,
  chosen: string | null,
  browser: readonly string[],
): LanguageCode {
  const wishes = [new URLSearchParams(search).get('lang'), chosen, ...browser];
  for (const wish of wishes) {
    const code = languageCodes.find((each) => each === wish?.toLowerCase().split('-')[0]);
    if (code) return code;
  }
  return 'en';
}

/** Before the page is shown: speaks the visitor's language; English where its catalogue cannot be fetched. */
export async function start(): Promise<void> {
  const wish = preferred(location.search, remembered(), navigator.languages);
  await speak(wish, 'first').catch(() => speak('en', 'first'));
  declare();
}

/** Speaks another language from now on, and remembers that it was chosen. Whoever shows text must be mounted anew. */
export async function choose(code: LanguageCode): Promise<void> {
  await speak(code);
  declare();
  try {
    localStorage.setItem(key, code);
  } catch {
    // Storage is closed to this page: the choice lasts until it is left.
  }
}

/** Tells the document its language and direction: for fonts, hyphens, screen readers and the layout. */
function declare(): void {
  document.documentElement.lang = locale;
  document.documentElement.dir = language(locale).direction;
}

function remembered(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
