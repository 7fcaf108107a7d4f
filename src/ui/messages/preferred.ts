/** @file Which language a visitor reads. */

/** Where the language that was chosen here is remembered. */
export const chosenLanguage = 'lethe/language';

/**
 * The first of these that is among `codes`: what the address asks for (`?lang=ar`), what was chosen here before, the browser's languages
 * in their order; English where none is.
 */
export function preferred(
  codes: readonly string[],
  search: string,
  chosen: string | null,
  browser: readonly string[],
): string {
  const wishes = [new URLSearchParams(search).get('lang'), chosen, ...browser];
  for (const wish of wishes) {
    const code = codes.find((each) => each === wish?.toLowerCase().split('-')[0]);
    if (code) return code;
  }
  return 'en';
}
