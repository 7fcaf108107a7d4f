/**
 * @file `npm run fonts`: cuts the characters that the page and its facts say in Chinese out of Noto Sans SC, for machines that have none of
 * their own (`src/ui/styles/fonts.css`). A whole font is larger than the model, and the cutter is in no browser: so the piece is kept in the
 * repository, and `tools/fonts.test.ts` says when a text has outgrown it. Needs two packages that nothing else does:
 *
 *     npm install --no-save subset-font@2 @fontsource/noto-sans-sc@5 && npm run fonts
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(`../src/${path}`, import.meta.url));
const folder = at('ui/styles/fonts');

/** Chinese characters and the marks that are written with them, each once, in the order of their code points. */
export function spoken(): string[] {
  const catalogue = at('ui/messages/zh');
  const files = [
    at('facts/data/names.zh.json'),
    at('facts/languages/zh.ts'),
    ...readdirSync(catalogue).map((name) => `${catalogue}/${name}`),
  ];
  const text = files.map((file) => readFileSync(file, 'utf8')).join('');
  return [...new Set(text.match(/[\u2e80-\u9fff\uff00-\uffef]/gu))].sort();
}

/** The characters that the font in the repository was cut for. */
export function drawn(): string[] {
  return [...readFileSync(`${folder}/chinese.txt`, 'utf8').trim()];
}

type Cut = (font: Buffer, text: string, options: { targetFormat: 'woff2' }) => Promise<Buffer>;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const require = createRequire(import.meta.url);
  // Named so that nobody looks for them where they are not installed.
  const [cutter, whole] = [
    'subset-font',
    '@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-400-normal.woff2',
  ];
  const { default: cut } = (await import(cutter)) as { default: Cut };
  const characters = spoken().join('');
  const font = await cut(readFileSync(require.resolve(whole)), characters, {
    targetFormat: 'woff2',
  });
  writeFileSync(`${folder}/chinese.woff2`, font);
  writeFileSync(`${folder}/chinese.txt`, `${characters}\n`);
  console.log(`${String(characters.length)} characters in ${String(font.length)} bytes`);
}
