/** @file A Vite plugin: `virtual:messages/<locale>` is that locale's catalogue, compiled to functions. */
import type { Plugin } from 'vite';
import { compileCatalogue, filesOf, readCatalogue } from '../messages/catalogue.ts';

const prefix = 'virtual:messages/';

export function messages(): Plugin {
  return {
    name: 'lethe-messages',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined;
      const locale = id.slice(prefix.length + 1);
      for (const file of filesOf(locale)) this.addWatchFile(file);
      return compileCatalogue(locale, readCatalogue(locale));
    },
  };
}
