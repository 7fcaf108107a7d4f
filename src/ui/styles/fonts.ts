/** @file The fonts of scripts that a system may lack (`fonts.css`), here before their sentences are. */

/** A letter of each. */
const letters = { 'Lethe Arabic': 'ع', 'Lethe Devanagari': 'ह', 'Lethe Chinese': '中' };

/**
 * Finds them in the system or fetches them. A sentence that is laid out before its font is here costs tens of milliseconds, in which the
 * browser asks the system for each of its characters.
 */
export function fetchFonts(): void {
  for (const [family, letter] of Object.entries(letters))
    for (const weight of [400, 600])
      // Each in a task of its own: to ask a system for a dozen names takes a moment.
      setTimeout(() => {
        document.fonts
          .load(`${String(weight)} 1em "${family}"`, letter)
          // Offline, before it was kept: then the sentence is in whatever letters the system has.
          .catch(() => undefined);
      });
}
