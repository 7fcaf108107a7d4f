/** @file Texts from outside as an error quotes them. */

/** Longer ones would bury what is said of them. */
const longest = 160;

/** The beginning of a text; all of it where it is short. */
export function shorten(text: string, most = longest): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
