/**
 * @file A Vite plugin: `virtual:messages` is the table of the page's languages, one for each folder of catalogues; `virtual:messages/<locale>/first` is what the laboratory says in that locale, compiled to functions, with the names
 * of the languages, and `virtual:messages/<locale>/screens` what the screens say that are loaded when they are opened.
 * `virtual:articles` is the table of the articles and of the languages that each is in, `virtual:messages/<locale>/<article>` one of them.
 */
import { basename } from 'node:path';
import type { Plugin } from 'vite';
import { articles, lateTexts, screens } from '../../src/ui/address/screens.ts';
import {
  articleFile,
  compileCatalogue,
  filesOf,
  localesOf,
  readCatalogue,
  writeType,
} from '../messages/catalogue.ts';
import { languageNames, localeRows } from '../messages/names.ts';

const all = 'virtual:messages';
const prefix = `${all}/`;
const ofArticles = 'virtual:articles';

/** The files of the screens whose texts come with them. */
const ofScreens = new Set<string>([
  ...screens.filter(({ ownTexts }) => ownTexts).map(({ id }) => id),
  ...lateTexts,
]);

/** The page's languages, and how each is fetched. */
function tableOfLocales(): string {
  const rows = localeRows();
  const chunk = (code: string, part: string): string =>
    `${part}: () => import(${JSON.stringify(`${prefix}${code}/${part}`)})`;
  const loaders = rows.map(
    ({ code }) => `${JSON.stringify(code)}: { ${chunk(code, 'first')}, ${chunk(code, 'screens')} }`,
  );
  return `export const locales = ${JSON.stringify(rows)};
export const catalogues = { ${loaders.join(', ')} };
`;
}

/** The articles, and how each is fetched in each language that it is in. */
function tableOfArticles(): string {
  const rows = articles.map((article) => {
    const loaders = localesOf(article).map(
      (code) =>
        `${JSON.stringify(code)}: () => import(${JSON.stringify(`${prefix}${code}/${article}`)})`,
    );
    return `${JSON.stringify(article)}: { ${loaders.join(', ')} }`;
  });
  return `export const articles = { ${rows.join(', ')} };\n`;
}

export function messages(): Plugin {
  return {
    name: 'lethe-messages',
    configResolved: writeType,
    resolveId: (id) =>
      id === all || id === ofArticles || id.startsWith(prefix) ? `\0${id}` : undefined,
    load(id) {
      if (id === `\0${all}`) return tableOfLocales();
      if (id === `\0${ofArticles}`) return tableOfArticles();
      if (!id.startsWith(`\0${prefix}`)) return undefined;
      const [locale = '', part = ''] = id.slice(prefix.length + 1).split('/');
      const files = articles.includes(part)
        ? [articleFile(locale, part)]
        : filesOf(locale).filter(
            (file) => ofScreens.has(basename(file, '.json')) === (part === 'screens'),
          );
      for (const file of files) this.addWatchFile(file);
      if (locale === 'en') writeType();
      const compiled = compileCatalogue(locale, readCatalogue(locale, files));
      if (part === 'screens') return compiled;
      return `${compiled}export const languageNames = ${JSON.stringify(languageNames(locale))};\n`;
    },
  };
}
