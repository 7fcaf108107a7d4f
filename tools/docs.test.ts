/** @file The documents: sentences that can be read aloud, and nothing named that is not there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const longestSentence = 30;
const longestReadme = 80;

/** The text of a document: no code block (mermaid included), table, picture, comment or address. */
function prose(markdown: string): string[] {
  return markdown
    .replace(/^(```+)[\s\S]*?^\1$/gm, '')
    .replace(/<!--[\s\S]*?-->|!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/^\s*\|.*$/gm, '')
    .replace(/`[^`]*`/g, 'code')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .split(/\n\s*\n|\n(?=\s*(?:[-*>#]|\d+\.)\s)/);
}

/** Sentences of more than `most` words, each with their number. */
function longSentences(markdown: string, most: number): string[] {
  return prose(markdown)
    .flatMap((block) => block.replace(/\s+/g, ' ').split(/(?<=[.!?…][)”_*]*) (?=\S)/))
    .flatMap((sentence) => {
      const words = sentence.split(' ').filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
      return words > most ? [`${words} words: ${sentence}`] : [];
    });
}

/** What GitHub calls a document's headings in an address. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Relative links and pictures of a document that lead nowhere. */
function deadLinks(markdown: string, path: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, address = '']) => address)
    .filter((address) => !/^\w+:/.test(address))
    .filter((address) => {
      const [name = '', anchor] = address.split('#');
      const target = name === '' ? path : join(dirname(path), name);
      if (!existsSync(join(root, target))) return true;
      const text = name === '' ? markdown : target.endsWith('.md') ? read(target) : '';
      return anchor !== undefined && !anchors(text).includes(anchor);
    });
}

/** Files and folders of the repository that a document names and that are not there. */
function missingPaths(markdown: string): string[] {
  const named = /(?:`|npx tsx )((?:src|tools|models|e2e|bench|docs|public)\/[\w./-]*)(?=[`\s])/g;
  return [...markdown.matchAll(named)]
    .map(([, path = '']) => path)
    .filter((path) => !existsSync(join(root, path)));
}

function missingScripts(markdown: string, scripts: readonly string[]): string[] {
  return [...markdown.matchAll(/npm run ([\w:-]+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !scripts.includes(name));
}

describe.each(documents)('%s', (path) => {
  const markdown = read(path);

  it(`has no sentence of more than ${longestSentence} words`, () => {
    expect(longSentences(markdown, longestSentence)).toEqual([]);
  });

  it('links to, names and runs only what is there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(deadLinks(markdown, path)).toEqual([]);
    expect(missingPaths(markdown)).toEqual([]);
    expect(missingScripts(markdown, Object.keys(scripts))).toEqual([]);
  });
});

it(`README.md has at most ${longestReadme} lines`, () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(longestReadme);
});

it('every document and every picture of docs is shown or linked somewhere', () => {
  const shown = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\(([^)\s#]+)/g)].map(([, to = '']) => join(dirname(path), to)),
  );
  const others = readdirSync(join(root, 'docs')).map((name) => `docs/${name}`);
  expect(others.filter((path) => !shown.includes(path))).toEqual([]);
});

describe('the checks themselves', () => {
  it('count words by sentence and list item, and pass over code, tables and addresses', () => {
    const text = 'One two `three four`. Five [six](a/b.md)!\n\n- seven eight\n- nine\n';
    const table = '| a b c d e f g | h |\n\n```sh\na b c d e f g\n```\n';
    expect(longSentences(text + table, 2)).toEqual(['3 words: One two code.']);
    expect(longSentences(text + table, 1).map((found) => found.split(':')[0])).toEqual([
      '3 words',
      '2 words',
      '2 words',
    ]);
  });

  it('find links, paths and scripts that are not there', () => {
    const links = '# A b\n[a](#a-b) [b](#c) [c](none.md) [d](engine.md#no) [e](https://a.b)';
    expect(deadLinks(links, 'docs/guide.md')).toEqual(['#c', 'none.md', 'engine.md#no']);
    expect(missingPaths('`src/none.ts` `src/main.ts` `npx tsx tools/none.ts a`')).toEqual([
      'src/none.ts',
      'tools/none.ts',
    ]);
    expect(missingScripts('npm run none, npm run lint', ['lint'])).toEqual(['none']);
  });
});
