/** @file Experiments run by `npm run lab` in several processes; a run that was cut off goes on where it was. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseResults, type Experiment, type ExperimentResult } from '../../../src/lab/index.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Names what results depend on beside the experiment: the model and the engine's sources. */
export function versionOf(modelDigest: string): string {
  const hash = createHash('sha256').update(modelDigest);
  const folders = ['src/facts', 'src/lab', 'packages/lethe-lora/src'];
  for (const folder of folders.map((name) => here(`../../../${name}/`)))
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
      if (/\.(ts|json)$/.test(name) && !name.endsWith('.test.ts'))
        hash.update(name + readFileSync(folder + name, 'utf8'));
  return hash.digest('hex').slice(0, 16);
}

/** The items cut into so many runs of neighbours. */
function slices<T>(items: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, i) =>
    items.slice((i * items.length) / count, ((i + 1) * items.length) / count),
  );
}

const linesOf = (file: string): number =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;

/** Runs the experiments on the model of a folder, with files in `cache`. Throws where a process fails; what was done by then is kept. */
export async function runLab(
  experiments: readonly Experiment[],
  { model, processes, cache }: { model: string; processes: number; cache: string },
): Promise<ExperimentResult[]> {
  mkdirSync(cache, { recursive: true });
  const digest = createHash('sha256').update(JSON.stringify(experiments)).digest('hex').slice(0, 8);
  // Neighbours share a lesson, which one process gives once.
  const parts = slices(experiments, processes).map((lines, index) => {
    const path = `${cache}/${digest}-${index + 1}-of-${processes}`;
    writeFileSync(`${path}.in.jsonl`, lines.map((line) => JSON.stringify(line)).join('\n'));
    return { input: `${path}.in.jsonl`, out: `${path}.jsonl` };
  });
  const done = (): number => parts.reduce((sum, { out }) => sum + linesOf(out), 0);
  const timer = setInterval(() => console.log(`${done()} of ${experiments.length}`), 30_000);
  try {
    await Promise.all(
      parts.map(async ({ input, out }) => {
        const lab = ['--import', 'tsx', here('../../../tools/lab.ts'), input];
        const flags = ['--model', model, '--threads', '1', '--out', out];
        const child = spawn(process.execPath, [...lab, ...flags], { stdio: 'inherit' });
        const [code] = (await once(child, 'exit')) as [number | null];
        if (code !== 0) throw new Error(`The laboratory ended with code ${String(code)}.`);
      }),
    );
  } finally {
    clearInterval(timer);
  }
  return parts.flatMap(({ out }) => parseResults(readFileSync(out, 'utf8')));
}
