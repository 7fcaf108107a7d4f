/**
 * @file Makes the session of tests that only look at what Atlas has learned: the untouched model, taught in French, and unlearned in English,
 * each once. The laboratory itself does it, with ONNX Runtime in Node; the page opens the file as any visitor's.
 */
import 'fake-indexeddb/auto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ExperimentRun } from '../src/lab/index.ts';
import { sessionParts, writeSession } from '../src/storage/index.ts';
import { fromHash } from '../src/ui/address/experiment-link.ts';
import { Laboratory } from '../src/worker/laboratory.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
// Node 20 has none; without locks each call runs at once.
Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
const quiet = (): void => undefined;

// As few steps as English needs to say it too, and few probes: what tests look at is what is there afterwards.
const experiment = fromHash('#steps=20&probe=every:4,kept:8');
if (!experiment) throw new Error('The link is empty.');
const plain = { ...experiment, asking: { mode: 'plain' } } as const;

const laboratory = new Laboratory();
await laboratory.load(
  // In Node there is the processor alone, whatever is asked for.
  { source: { kind: 'folder', base: here('../models/atlas/') }, device: 'auto' },
  quiet,
);
const runs: [ExperimentRun, string][] = [
  [{ experiment: plain, phase: 'teach' }, 'Taught in French'],
  [{ experiment: plain, phase: 'unlearn' }, 'Unlearned in English'],
];
for (const [run, name] of runs) await laboratory.run(run, quiet, name);

const { file } = await writeSession(sessionParts().filter(({ kind }) => kind === 'checkpoints'));
mkdirSync(here('../.cache/models'), { recursive: true });
writeFileSync(here('../.cache/models/taught.zip'), new Uint8Array(await file.arrayBuffer()));
process.exit(0);
