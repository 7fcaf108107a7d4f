/** @file Makes the micro model of the WebGPU tests: Atlas' form and tokenizer, one narrow layer, random weights. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { atlas } from '../models/recipe/architecture.ts';
import { writeModelFolder } from '../models/recipe/export.ts';
import { random } from '../models/recipe/random.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = here('../.cache/models/micro/');
const draw = random(7);

mkdirSync(folder, { recursive: true });
writeModelFolder(
  folder,
  { ...atlas, width: 32, layers: 1, heads: 2, feedForward: 64 },
  (name, dims) =>
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () =>
      name.includes('norm') ? 1 : 0.2 * draw.normal(),
    ),
);
for (const name of ['tokenizer.json', 'tokenizer_config.json'])
  copyFileSync(here(`../models/atlas/${name}`), folder + name);
