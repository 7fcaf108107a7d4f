/** @file The library by its source, for Vite; `paths` in tsconfig.json say the same to all else. No build comes before a start or a test. */
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../packages/lethe-lora/src', import.meta.url));

/** Where Vite finds the entries of `lethe-lora`. */
export const libraryAlias = [
  { find: /^lethe-lora$/, replacement: `${source}/index.ts` },
  { find: /^lethe-lora\/(\w+)$/, replacement: `${source}/$1.ts` },
];
