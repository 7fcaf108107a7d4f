/** @file Which language this visitor reads: what was chosen here before, or what the browser asks for. */
import { direction, locale, locales, speak } from './index.ts';
import { chosenLanguage, preferred } from './preferred.ts';

/** Before the page is shown: speaks the visitor's language; English where its catalogue cannot be fetched. */
export async function start(): Promise<void> {
  const wish = preferred(
    locales.map(({ code }) => code),
    location.search,
    remembered(),
    navigator.languages,
  );
  await speak(wish, 'first').catch(() => speak('en', 'first'));
  declare();
}

/** Speaks another language from now on, and remembers that it was chosen. Whoever shows text must be mounted anew. */
export async function choose(code: string): Promise<void> {
  await speak(code);
  declare();
  try {
    localStorage.setItem(chosenLanguage, code);
  } catch {
    // Storage is closed to this page: the choice lasts until it is left.
  }
}

/** Tells the document its language and direction: for fonts, hyphens, screen readers and the layout. */
function declare(): void {
  document.documentElement.lang = locale;
  document.documentElement.dir = direction();
}

function remembered(): string | null {
  try {
    return localStorage.getItem(chosenLanguage);
  } catch {
    return null;
  }
}
