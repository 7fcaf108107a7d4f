/** @file Finding an option by what a person types. */

export interface Option {
  value: string;
  label: string;
}

/** Lower case, without accents: `Côte d’Ivoire` is found by `cote d'iv`. */
export function searchKey(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[’ʼ]/g, "'")
    .toLocaleLowerCase();
}

/** Options whose label contains the query: those that begin with it first, then those with a word that does. */
export function search<T extends Option>(options: readonly T[], query: string): T[] {
  const wanted = searchKey(query.trim());
  if (wanted === '') return [...options];
  const rank = (label: string): number => {
    const at = searchKey(label).indexOf(wanted);
    if (at < 0) return 3;
    if (at === 0) return 0;
    return /[\p{L}\p{N}]/u.test(searchKey(label).charAt(at - 1)) ? 2 : 1;
  };
  return options
    .map((option) => ({ option, rank: rank(option.label) }))
    .filter((found) => found.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .map(({ option }) => option);
}

/** Options in the alphabetical order of a language. */
export function sorted<T extends Option>(options: readonly T[], locale: string): T[] {
  const { compare } = new Intl.Collator(locale);
  return [...options].sort((a, b) => compare(a.label, b.label));
}
