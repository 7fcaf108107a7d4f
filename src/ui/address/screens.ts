/** @file The page's screens, in the order of the navigation: a row says all that is to be known of one. */

interface Row {
  /** Its name in the address (`#/name`, and perhaps a query), of its texts, and its key everywhere. The laboratory is at every other hash. */
  id: string;
  /** Its name in older addresses. */
  formerly?: string;
  /** The module in `src/ui` that draws it. */
  component: string;
  /** Screens that belong together are one entry of the navigation, with a line of their own below it. */
  together?: 'workshop';
  /** It is no entry of the navigation of its own: one comes to it from elsewhere, and this entry is marked then. */
  under?: 'lessons';
  /** What it says is in a file of the catalogue of its own, which comes with it; else that is there from the beginning. */
  ownTexts: boolean;
}

export const screens = [
  { id: 'lab', component: 'laboratory/LaboratoryScreen', ownTexts: false },
  { id: 'lessons', component: 'lessons/LessonsScreen', ownTexts: true },
  // An article, in some languages only (`articles`).
  { id: 'story', component: 'story/StoryScreen', under: 'lessons', ownTexts: false },
  { id: 'audit', formerly: 'gone', component: 'audit/AuditScreen', ownTexts: true },
  { id: 'research', component: 'research/ResearchScreen', ownTexts: true },
  // The laboratory says some of its texts too.
  { id: 'facts', component: 'facts/FactsScreen', together: 'workshop', ownTexts: false },
  { id: 'models', component: 'models/ModelsScreen', together: 'workshop', ownTexts: true },
  { id: 'storage', component: 'storage/StorageScreen', together: 'workshop', ownTexts: true },
] as const satisfies readonly Row[];

/** Files of the catalogue that come with the first screen or sheet that is opened. */
export const lateTexts: readonly string[] = ['microscope', 'table', 'class', 'terms', 'sheets'];

/** Files of the catalogue that need not be in every language: long texts, each with a chunk of its own. */
export const articles: readonly string[] = ['story'];

export type Screen = (typeof screens)[number]['id'];

/** An entry of the navigation: a screen, or several that belong together under a name of their own. */
export type Entry =
  | { id: Screen; screens: readonly Screen[] }
  | { id: NonNullable<Row['together']>; screens: readonly Screen[] };

/** The entries, in the order of their first screens. */
export const entries: readonly Entry[] = (screens as readonly (Row & { id: Screen })[])
  .filter(({ under }) => under === undefined)
  .reduce<Entry[]>((found, { id, together }) => {
    const last = found.at(-1);
    if (together === undefined || last?.id !== together)
      return [...found, { id: together ?? id, screens: [id] }];
    return [...found.slice(0, -1), { ...last, screens: [...last.screens, id] }];
  }, []);

/** The entry that is marked on a screen. */
export function entryOf(screen: Screen): Entry | undefined {
  const rows: readonly (Row & { id: Screen })[] = screens;
  const at = rows.find(({ id }) => id === screen)?.under ?? screen;
  return entries.find((entry) => entry.screens.includes(at));
}

/** The screen that a hash names; the laboratory where it names none. */
export function screenOf(hash: string): Screen {
  const name = /^#\/([^?/]+)/.exec(hash)?.[1];
  if (name === undefined) return 'lab';
  const rows: readonly (Row & { id: Screen })[] = screens;
  return rows.find(({ id, formerly }) => id === name || formerly === name)?.id ?? 'lab';
}

/** The query behind a screen's name: `#/research?view=spread`. */
export function queryOf(hash: string): URLSearchParams {
  return new URLSearchParams(hash.includes('?') ? hash.slice(hash.indexOf('?') + 1) : '');
}

/** Steps that a link asks for, for shorter runs; anything else than a whole number of steps is not heard. */
export function stepsIn(query: URLSearchParams): number | null {
  const number = Number(query.get('steps') ?? NaN);
  return Number.isInteger(number) && number > 0 ? number : null;
}
