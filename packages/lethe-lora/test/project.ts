/** @file An empty project with the packed tarball in it, as a stranger would have it; its peers are those of this repository. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Project {
  folder: string;
  /** Bytes of the tarball, and its files. */
  size: number;
  files: string[];
}

/** Builds and packs the package, and puts it into a new folder with the examples and two models. */
export function makeProject(): Project {
  execFileSync('npx', ['tsx', `${here}build.ts`], { cwd: root, stdio: 'pipe' });
  const folder = mkdtempSync(join(tmpdir(), 'lethe-lora-project-'));
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: here,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as { filename: string; size: number; files: { path: string }[] }[];
  const { filename = '', size = 0, files = [] } = packed ?? {};
  const modules = `${folder}/node_modules`;
  mkdirSync(`${modules}/lethe-lora`, { recursive: true });
  mkdirSync(`${modules}/@huggingface`);
  execFileSync('tar', [
    '-xzf',
    `${folder}/${filename}`,
    '-C',
    `${modules}/lethe-lora`,
    '--strip-components=1',
  ]);
  for (const peer of ['onnxruntime-web', 'onnxruntime-node', '@huggingface/transformers'])
    symlinkSync(`${root}node_modules/${peer}`, `${modules}/${peer}`);
  writeFileSync(`${folder}/package.json`, '{ "type": "module", "private": true }\n');
  mkdirSync(`${folder}/models`);
  symlinkSync(`${root}models/atlas`, `${folder}/models/atlas`);
  symlinkSync(`${root}e2e/models/qwen2-fp32`, `${folder}/models/qwen`);
  cpSync(`${here}examples`, `${folder}/examples`, { recursive: true });
  if (!existsSync(`${modules}/lethe-lora/dist/index.js`)) throw new Error('The tarball is empty.');
  return { folder, size, files: files.map(({ path }) => path) };
}
