/** @file A Vite plugin: puts `src/ui/first-paint.ts` into index.html, with what it says in every language and where that language's catalogue is. */
import { build, type Plugin, type Rolldown } from 'vite';
import { languages } from '../../src/facts/index.ts';
import { readCatalogue } from '../messages/catalogue.ts';

/** The chunk of a language's first catalogue and those that it imports, as addresses in the page. */
function catalogueFiles(locale: string, bundle: Rolldown.OutputBundle): string[] {
  const chunk = Object.values(bundle).find(
    (each) =>
      each.type === 'chunk' && each.facadeModuleId?.endsWith(`virtual:messages/${locale}/first`),
  );
  if (chunk?.type !== 'chunk') throw new Error(`The build made no catalogue of ${locale}.`);
  return [chunk.fileName, ...chunk.imports].map((name) => `./${name}`);
}

async function compiled(entry: string, bundle: Rolldown.OutputBundle | undefined): Promise<string> {
  const greetings = Object.fromEntries(
    languages.map(({ code, direction }) => {
      const { promise } = readCatalogue(code);
      return [code, { promise, direction, files: bundle ? catalogueFiles(code, bundle) : [] }];
    }),
  );
  const output = await build({
    configFile: false,
    logLevel: 'error',
    define: { greetings: JSON.stringify(greetings) },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'firstPaint' } },
  });
  const [chunk] = (output as Rolldown.RolldownOutput[])[0]?.output ?? [];
  if (!chunk) throw new Error(`${entry} was not built.`);
  return chunk.code;
}

export function firstPaint(entry: string): Plugin {
  return {
    name: 'lethe-first-paint',
    transformIndexHtml: {
      order: 'post',
      handler: async (_html, { bundle }) => [
        { tag: 'script', children: await compiled(entry, bundle), injectTo: 'body' },
      ],
    },
  };
}
