/** @file Which variants of a model a list of files holds, in the layout that Transformers.js reads: `onnx/model_q4.onnx` and its kin. */

export interface ListedFile {
  path: string;
  /** Bytes. */
  size: number;
}

/** How the weights are kept. `quantized` is eight bits as Optimum writes them. */
export type Variant =
  'fp32' | 'fp16' | 'q4' | 'q4f16' | 'int8' | 'uint8' | 'quantized' | 'bnb4' | (string & {});

export interface VariantFiles {
  variant: Variant;
  /** Path of the ONNX file. */
  file: string;
  /** Everything that is needed to load it: configuration and tokenizer, the ONNX file, its external data. */
  files: ListedFile[];
  /** Bytes of all of them. */
  bytes: number;
  /** Whether the engine has rules for weights kept so. */
  supported: boolean;
}

const known: Readonly<Record<string, Variant>> = {
  '': 'fp32',
  _fp16: 'fp16',
  _q4: 'q4',
  _q4f16: 'q4f16',
  _int8: 'int8',
  _uint8: 'uint8',
  _quantized: 'quantized',
};

/** A decoder's file in today's exports, and in those of Transformers.js 2. */
const stems = ['model', 'decoder_model_merged'];

/** Files of models with more than one part, which the engine does not put together. */
const otherParts = /^onnx\/(encoder_model|vision_encoder|audio_encoder|embed_tokens)/;

export const needed = ['config.json', 'tokenizer.json', 'tokenizer_config.json'] as const;
const alsoRead = ['generation_config.json', 'chat_template.jinja', 'chat_template.json'];
const templates = /^additional_chat_templates\/[^/]+\.jinja$/;

/** What a model is where it is more than a decoder: the file that says so; undefined for a decoder. */
export function otherPart(files: readonly ListedFile[]): string | undefined {
  return files.find(({ path }) => otherParts.test(path))?.path;
}

/** The variants among a model's files, smallest first; none where it has no ONNX file. */
export function variantsOf(files: readonly ListedFile[]): VariantFiles[] {
  const beside = files.filter(
    ({ path }) => [...needed, ...alsoRead].some((name) => name === path) || templates.test(path),
  );
  for (const stem of stems) {
    const found = files.flatMap(({ path }): VariantFiles[] => {
      const suffix = new RegExp(`^onnx/${stem}(_\\w+)?\\.onnx$`).exec(path)?.[1] ?? '';
      if (!path.startsWith(`onnx/${stem}`) || path !== `onnx/${stem}${suffix}.onnx`) return [];
      const own = files.filter((file) => file.path === path || isDataOf(path, file.path));
      const all = [...beside, ...own];
      return [
        {
          variant: known[suffix] ?? suffix.slice(1),
          file: path,
          files: all,
          bytes: all.reduce((sum, { size }) => sum + size, 0),
          supported: suffix in known,
        },
      ];
    });
    const [only] = found;
    if (only && found.length === 1) return [withUnnamed(only, files)];
    if (found.length > 0) return found.sort((a, b) => a.bytes - b.bytes);
  }
  return [];
}

/** Where there is one ONNX file, what else lies in its folder is its data, whatever it is called: the file itself names it. */
function withUnnamed(only: VariantFiles, files: readonly ListedFile[]): VariantFiles {
  const isOther = ({ path }: ListedFile): boolean =>
    path.startsWith('onnx/') &&
    !/\.(onnx|json|md|txt)$/.test(path) &&
    !only.files.some((own) => own.path === path);
  const others = files.some(({ path }) => path.endsWith('.onnx') && path !== only.file)
    ? []
    : files.filter(isOther);
  return {
    ...only,
    files: [...only.files, ...others],
    bytes: others.reduce((sum, { size }) => sum + size, only.bytes),
  };
}

/** External data is named after its model: `model.onnx_data`, `model.onnx_data_1`, `model.onnx.data`. */
function isDataOf(model: string, path: string): boolean {
  return path.startsWith(model) && /^[._]data(_\d+)?$/.test(path.slice(model.length));
}

/** Bytes by which the engine reads external data (src/model/pieces.ts, which the page does not load before a model is asked for). */
const longestPiece = 2 ** 30;

/**
 * The longest array that a variant's files are read into, in bytes: the ONNX file, or a part of its external data, which is read by
 * `longestPiece` but does not cut a weight (the vocabulary's matrix is the longest there is).
 */
export function longestArray(
  { variant, file, files }: Pick<VariantFiles, 'variant' | 'file' | 'files'>,
  vocabulary: { words: number; width: number } | null = null,
): number {
  const width = variant === 'fp16' || variant === 'q4f16' ? 2 : 4;
  const matrix = vocabulary ? vocabulary.words * vocabulary.width * width : 0;
  const lengths = files.map(({ path, size }) =>
    isDataOf(file, path) ? Math.min(size, Math.max(longestPiece, matrix)) : size,
  );
  return Math.max(...lengths);
}
