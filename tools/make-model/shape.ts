/** @file The decoders that `make-model` writes: their kinds, their sizes, and the sizes of published ones. */

/** How a decoder's layers are built, as its `model_type` in config.json says. */
export type Kind = 'llama' | 'qwen3' | 'gemma3_text';

/** How its weights are kept: 4 bits are blocks of 32 with one scale each. The last part is the type of the activations. */
export type Precision = 'fp32' | 'fp16' | 'q4' | 'q4f16';

export const precisions: readonly Precision[] = ['fp32', 'fp16', 'q4', 'q4f16'];

/** The file's name in the Hub's layout. */
export const fileOf: Readonly<Record<Precision, string>> = {
  fp32: 'model.onnx',
  fp16: 'model_fp16.onnx',
  q4: 'model_q4.onnx',
  q4f16: 'model_q4f16.onnx',
};

export interface DecoderShape {
  kind: Kind;
  layers: number;
  /** Width of the residual stream. */
  width: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  /** Width of the gated feed-forward layer. */
  mlp: number;
  vocabulary: number;
  /** Longest sequence: rows of the rotary tables. */
  positions: number;
  ropeTheta: number;
  epsilon: number;
  /** How many tokens the layers of a Gemma3 look back at, but for every sixth. */
  window?: number;
}

/** What the kinds have in common with the published decoders of their family. */
export const kinds: Readonly<
  Record<Kind, Pick<DecoderShape, 'ropeTheta' | 'epsilon' | 'positions' | 'window'>>
> = {
  llama: { ropeTheta: 1e5, epsilon: 1e-5, positions: 2048 },
  qwen3: { ropeTheta: 1e6, epsilon: 1e-6, positions: 4096 },
  gemma3_text: { ropeTheta: 1e6, epsilon: 1e-6, positions: 4096, window: 512 },
};

/** In a Gemma3, each layer of this number (counted from one) looks at all tokens. */
const globalEvery = 6;

export function isLocal(shape: DecoderShape, layer: number): boolean {
  return shape.window !== undefined && (layer + 1) % globalEvery !== 0;
}

/** Rotary base of the layers that look at a window. */
export const localRopeTheta = 1e4;

/** The same sizes in another kind of layer. */
export function ofKind(shape: DecoderShape, kind: Kind): DecoderShape {
  const { layers, width, heads, kvHeads, headSize, mlp, vocabulary } = shape;
  return { kind, ...kinds[kind], layers, width, heads, kvHeads, headSize, mlp, vocabulary };
}

function preset(kind: Kind, sizes: string): DecoderShape {
  const [layers, width, heads, kvHeads, headSize, mlp, vocabulary] = sizes.split(' ').map(Number);
  return {
    kind,
    ...kinds[kind],
    layers,
    width,
    heads,
    kvHeads,
    headSize,
    mlp,
    vocabulary,
  } as DecoderShape;
}

/** Layers, width, heads, heads of keys and values, size of a head, width of the feed-forward layer, words. */
export const presets: Readonly<Record<string, DecoderShape>> = {
  'qwen3-0.6b': preset('qwen3', '28 1024 16 8 128 3072 151936'),
  'smollm2-135m': preset('llama', '30 576 9 3 64 1536 49152'),
  'gemma3-270m': preset('gemma3_text', '18 640 4 1 256 2048 262144'),
  'qwen3-small': preset('qwen3', '4 256 4 2 64 768 8192'),
  'llama-small': preset('llama', '4 256 4 2 64 768 8192'),
  'gemma3-small': preset('gemma3_text', '6 256 2 1 128 768 8192'),
  'qwen3-tiny': preset('qwen3', '2 64 4 2 32 128 8192'),
  'llama-tiny': preset('llama', '2 64 4 2 16 128 8192'),
  'gemma3-tiny': preset('gemma3_text', '2 64 2 1 64 128 8192'),
};

/** Throws, and says what to change, where no file of such a shape can be written. */
export function checkShape(shape: DecoderShape): void {
  const { width, heads, kvHeads, headSize, mlp } = shape;
  for (const [name, size] of Object.entries({ width, mlp, 'heads · head size': heads * headSize }))
    if (size % 32 !== 0)
      throw new Error(
        `${name} is ${size}; 4-bit weights come in blocks of 32, so take a multiple.`,
      );
  if (heads % kvHeads !== 0)
    throw new Error(`${heads} heads cannot share ${kvHeads} heads of keys and values evenly.`);
  if (headSize % 2 !== 0)
    throw new Error(`A head of ${headSize} has no halves to rotate: take an even size.`);
}

/** Parameters: a tied head counts once. */
export function parameterCount(shape: DecoderShape): number {
  const { kind, layers, width, heads, kvHeads, headSize, mlp, vocabulary } = shape;
  const attention = width * headSize * (2 * heads + 2 * kvHeads);
  const norms = kind === 'gemma3_text' ? 4 : 2;
  const headNorms = kind === 'llama' ? 0 : 2 * headSize;
  return (
    vocabulary * width + layers * (attention + 3 * width * mlp + norms * width + headNorms) + width
  );
}
