/** @file The article in the language in which it is read: the page's own, or English where it is not in that. */
import { articles } from 'virtual:articles';
import { ownEntry } from '../../own-entry.ts';
import type { LanguageCode } from '../../facts/index.ts';
import type { Articles } from '../messages/catalogue.ts';
import { count, list } from '../kit/format.ts';
import type { Line } from './captions.ts';
import type { FigureId } from './figures.ts';

export interface Story {
  text: Articles['story'];
  /** Its language, BCP 47; it is read from the left. */
  locale: string;
  languageNames: Readonly<Record<LanguageCode, string>>;
}

/** Fetches the article. Rejects where it cannot be fetched. */
export async function loadStory(pageLocale: string): Promise<Story> {
  const own = ownEntry(articles.story, pageLocale);
  const locale = own ? pageLocale : 'en';
  const load = own ?? ownEntry(articles.story, 'en');
  if (!load) throw new TypeError('The article is in no language.');
  const { default: text, languageNames } = await load();
  return { text, locale, languageNames };
}

/** A message of the captions: what it says, or what it says of values. */
type Message = string | ((values: Readonly<Record<string, number | string>>) => string);
type Captions = Readonly<Record<string, Message | Readonly<Record<string, Message>>>>;

/** Factors of any size are rounded; all other numbers are counted. */
const factors = ['fell', 'fellHome'];

/** A line of a figure's caption in the article's language. */
export function captionText(
  { text, locale, languageNames }: Story,
  figure: FigureId,
  { key, values }: Line,
): string {
  const all = text.captions as unknown as Captions;
  const own = all[figure] as Readonly<Record<string, Message>>;
  const message = ownEntry(own, key) ?? (ownEntry(all, key) as Message | undefined);
  if (message === undefined) throw new Error(`The article has no caption ${figure}.${key}.`);
  if (typeof message === 'string') return message;
  const worded = Object.entries(values).map(([name, value]) => {
    if (typeof value !== 'number')
      return [
        name,
        list(
          value.map((code) => languageNames[code]),
          locale,
        ),
      ];
    return [name, factors.includes(name) ? count(value, locale) : value];
  });
  return message(Object.fromEntries(worded) as Record<string, number | string>);
}
