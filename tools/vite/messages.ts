/**
 * @file A Vite plugin: `virtual:messages/<locale>/first` is what the laboratory says in that locale, compiled to functions, with the names
 * of the languages, and `virtual:messages/<locale>/screens` what the screens say that are loaded when they are opened.
 */
import { basename } from 'node:path';
import type { Plugin } from 'vite';
import { screens } from '../../src/ui/screens/screens.ts';
import { compileCatalogue, filesOf, readCatalogue } from '../messages/catalogue.ts';
import { languageNames } from '../messages/names.ts';

const prefix = 'virtual:messages/';

/** The files of the screens whose texts come with them. */
const ofScreens = new Set<string>(screens.filter(({ ownTexts }) => ownTexts).map(({ id }) => id));

export function messages(): Plugin {
  return {
    name: 'lethe-messages',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined;
      const [locale = '', part] = id.slice(prefix.length + 1).split('/');
      const files = filesOf(locale).filter(
        (file) => ofScreens.has(basename(file, '.json')) === (part === 'screens'),
      );
      for (const file of files) this.addWatchFile(file);
      const compiled = compileCatalogue(locale, readCatalogue(locale, files));
      if (part === 'screens') return compiled;
      return `${compiled}export const languageNames = ${JSON.stringify(languageNames(locale))};\n`;
    },
  };
}
