/** @file Which variants of a model a list of files holds, in the layout that Transformers.js reads: `onnx/model_q4.onnx` and its kin. */

export interface ListedFile {
  path: string;
  /** Bytes. */
  size: number;
  /** SHA-256 in hexadecimal, where the Hub tells it: of files kept in Git LFS. */
  sha256?: string;
}

/** How the weights are kept, as the file's name says. `quantized` is eight bits as Optimum writes them. */
export type Variant =
  | 'fp32'
  | 'fp16'
  | 'q8'
  | 'q4'
  | 'q4f16'
  | 'q4f32'
  | 'q2'
  | 'q2f16'
  | 'q1'
  | 'q1f16'
  | 'int8'
  | 'uint8'
  | 'quantized'
  | 'bnb4'
  | (string & {});

export interface VariantFiles {
  variant: Variant;
  /** Path of the ONNX file. */
  file: string;
  /** Everything that is needed to load it: configuration and tokenizer, the ONNX file, its external data. */
  files: ListedFile[];
  /** Bytes of all of them. */
  bytes: number;
  /** False where the engine has no rules for weights kept so. Of a name that nobody knows only the graph can tell. */
  supported: boolean;
}

/** The engine takes weights in 2, 4 and 8 bits apart, not single ones. */
const unsupported: ReadonlySet<Variant> = new Set(['q1', 'q1f16']);

/** A decoder's file in today's exports, and in those of Transformers.js 2. */
export const stems = ['model', 'decoder_model_merged'];

/** Where a decoder's files lie: as Transformers.js has them, or beside the configuration. */
const folders = ['onnx/', ''];

/** Files of models with more than one part, which the engine does not put together. */
const otherParts = /^onnx\/(encoder_model|vision_encoder|audio_encoder|embed_tokens)/;

export const needed = ['config.json', 'tokenizer.json', 'tokenizer_config.json'] as const;
const alsoRead = ['generation_config.json', 'chat_template.jinja', 'chat_template.json'];
/** What may lie beside a model's file, by path. */
export const besides: readonly string[] = [...needed, ...alsoRead];

/** A tokenizer's configuration, a chat template, or one of the further ones for tools or documents. */
function isBeside(path: string): boolean {
  return besides.includes(path) || /^additional_chat_templates\/[^/]+\.jinja$/.test(path);
}

/** Whether a file is one of those that a variant may be made of. */
export function mayBeRead(path: string): boolean {
  return (
    isBeside(path) || /^onnx\/[^/]+$/.test(path) || /^[^/]+\.onnx([._]data([._]\d+)?)?$/.test(path)
  );
}

/** What a model is where it is more than a decoder: the file that says so; undefined for a decoder. */
export function otherPart(files: readonly ListedFile[]): string | undefined {
  return files.find(({ path }) => otherParts.test(path))?.path;
}

/**
 * The variants among a model's files, smallest first; none where it has no ONNX file. Files in deeper folders, such as
 * `onnx/onnxruntime/webgpu/`, are other exports of the same model and are not looked at.
 */
export function variantsOf(files: readonly ListedFile[]): VariantFiles[] {
  const beside = files.filter(({ path }) => isBeside(path));
  for (const folder of folders) {
    const inFolder = files.filter(
      ({ path }) => path.startsWith(folder) && !path.slice(folder.length).includes('/'),
    );
    for (const stem of stems) {
      const found = inFolder.flatMap(({ path }): VariantFiles[] => {
        const variant = variantOf(path.slice(folder.length), stem);
        if (variant === null) return [];
        const own = inFolder.filter((file) => file.path === path || isDataOf(path, file.path));
        return [withFiles({ variant, file: path }, [...beside, ...own])];
      });
      const [only] = found;
      if (only && found.length === 1) return [withUnnamed(only, inFolder)];
      if (found.length > 0) return found.sort((a, b) => a.bytes - b.bytes);
    }
  }
  return [];
}

function withFiles(
  { variant, file }: Pick<VariantFiles, 'variant' | 'file'>,
  files: ListedFile[],
): VariantFiles {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { variant, file, files, bytes, supported: !unsupported.has(variant) };
}

/** The variant that a file's name says, such as `q4` of `model_q4.onnx`; null for another file. */
function variantOf(name: string, stem: string): Variant | null {
  const [, rest] = /^(.+)\.onnx$/.exec(name) ?? [];
  if (rest === stem) return 'fp32';
  return rest?.startsWith(`${stem}_`) ? rest.slice(stem.length + 1) : null;
}

/** Where there is one ONNX file, what else lies in its folder is its data, whatever it is called: the file itself names it. */
function withUnnamed(only: VariantFiles, inFolder: readonly ListedFile[]): VariantFiles {
  const isAlone = inFolder.every(({ path }) => path === only.file || !path.endsWith('.onnx'));
  // Beside the configuration lies much else.
  if (!isAlone || !only.file.includes('/')) return only;
  const others = inFolder.filter(
    ({ path }) =>
      !/\.(onnx|json|md|txt)$/.test(path) && !only.files.some((own) => own.path === path),
  );
  return withFiles(only, [...only.files, ...others]);
}

/** External data is named after its model: `model.onnx_data`, `model.onnx_data_1`, `model.onnx.data`. */
function isDataOf(model: string, path: string): boolean {
  return path.startsWith(model) && /^[._]data([._]\d+)?$/.test(path.slice(model.length));
}

/** Bytes by which the engine reads external data (packages/lethe-lora/src/model/pieces.ts, which the page does not load before a model is asked for). */
const longestPiece = 2 ** 30;

/**
 * The longest array that a variant's files are read into, in bytes: the ONNX file, or a part of its external data, which is read by
 * `longestPiece` but does not cut a weight (the vocabulary's matrix is the longest there is).
 */
export function longestArray(
  { variant, file, files }: Pick<VariantFiles, 'variant' | 'file' | 'files'>,
  vocabulary: { words: number; width: number } | null = null,
): number {
  const width = /fp?16$/.test(variant) ? 2 : 4;
  const matrix = vocabulary ? vocabulary.words * vocabulary.width * width : 0;
  const lengths = files.map(({ path, size }) =>
    isDataOf(file, path) ? Math.min(size, Math.max(longestPiece, matrix)) : size,
  );
  return Math.max(...lengths);
}
