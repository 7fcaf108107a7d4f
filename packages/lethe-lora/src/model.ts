/** @file A frozen causal language model: loaded by Transformers.js' words, asked, and the base of adapters. */
import { countParameters, parseModel, readCausalLM, stepMemory, toldMemory } from './engine.ts';
import { ownEntry } from './own-entry.ts';
import { isNode, type CausalLM, type LoadProgress } from './engine.ts';
import type { Adapter } from './adapter.ts';
import { env } from './env.ts';
import { InvalidOptionError, LetheError } from './errors.ts';
import { openSource, type FetchOptions, type ProgressInfo, type Source } from './files.ts';
import {
  generateTexts,
  generateTokens,
  isMessages,
  takenApart,
  type GenerateOptions,
  type Messages,
  type TextInput,
  type TokenIds,
  type TokenInputs,
} from './generate.ts';
import { Host } from './host.ts';
import { checkOptions, word } from './options.ts';

/** How a file's weights are kept, as its name says: `onnx/model_q4.onnx` and its kin. */
export type DataType = keyof typeof suffixes;

/** The end of a file's name by its data type, as in Transformers.js. */
const suffixes = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  q2: '_q2',
  q2f16: '_q2f16',
  bnb4: '_bnb4',
} as const;

const devices = ['auto', 'webgpu', 'wasm', 'cpu'] as const;

/** Options of `from_pretrained`, in Transformers.js' words. */
export interface PretrainedModelOptions {
  /** The file that is loaded; `'fp32'` (`model.onnx`) by default, on every device. */
  dtype?: DataType;
  /** `'auto'` by default: WebGPU where the browser has it, else WebAssembly; in Node the processor. */
  device?: (typeof devices)[number];
  /** Of a repository on the Hub; `'main'` by default. */
  revision?: string;
  progress_callback?: ((progress: ProgressInfo) => void) | null;
  /** Nothing is fetched from the Hub: only what is cached, a folder, or files at hand. */
  local_files_only?: boolean;
  /** Folder of the ONNX files; `'onnx'` by default. */
  subfolder?: string;
  /** Name of the ONNX file without what `dtype` adds; `'model'` by default. */
  model_file_name?: string;
  /** Ends loading; the promise rejects with its reason. */
  signal?: AbortSignal;
}

const known = [
  ...['dtype', 'device', 'revision', 'progress_callback', 'local_files_only', 'subfolder'],
  ...['model_file_name', 'signal'],
];

export function fetchOptions({
  revision = 'main',
  local_files_only = false,
  progress_callback,
  signal,
}: Pick<
  PretrainedModelOptions,
  'revision' | 'local_files_only' | 'progress_callback' | 'signal'
>): FetchOptions {
  const silent = (): void => undefined;
  return {
    revision,
    local_files_only,
    signal,
    progress_callback: progress_callback ?? silent,
  };
}

/** What can be asked: a base model, or one with adapters. */
export abstract class GenerativeModel {
  /** @internal */
  abstract readonly host: Host;
  /** Runs with the adapter that is active, if there is one. @internal */
  abstract ask<T>(work: (model: CausalLM) => Promise<T>): Promise<T>;

  /**
   * Continues a prompt. Given a text or messages it gives what is new, as text; given a list of those it gives a list, computed as one batch. Given
   * tokens (`{ input_ids, attention_mask }` from a tokenizer of Transformers.js) it gives whole sequences, prompt included, as a tensor of the same
   * kind. Options may stand beside the tokens, as in Transformers.js. Greedy unless `do_sample` is set.
   *
   * @example
   * ```js
   * import { AutoModelForCausalLM } from 'lethe-lora';
   *
   * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
   * console.log(await model.generate('The capital of France is', { max_new_tokens: 3 }));
   * const [one, two] = await model.generate(['Berlin is in', 'Tokyo is in'], { max_new_tokens: 3 });
   * await model.dispose();
   * ```
   */
  generate(inputs: string | Messages, options?: GenerateOptions): Promise<string>;
  generate(inputs: readonly TextInput[], options?: GenerateOptions): Promise<string[]>;
  generate<T extends TokenIds>(
    inputs: TokenInputs & { input_ids: T } & GenerateOptions,
    options?: GenerateOptions,
  ): Promise<T>;
  generate(
    inputs: TextInput | readonly TextInput[] | (TokenInputs & GenerateOptions),
    options: GenerateOptions = {},
  ): Promise<unknown> {
    if (typeof inputs === 'string' || isMessages(inputs))
      return this.ask(async (model) => (await generateTexts(model, [inputs], options))[0]);
    if (Array.isArray(inputs))
      return this.ask((model) => generateTexts(model, inputs as TextInput[], options));
    if (!('input_ids' in inputs))
      throw new InvalidOptionError(
        'inputs',
        'generate: give a text, messages, a list of those, or { input_ids } from a tokenizer of Transformers.js.',
      );
    const [tokens, all] = takenApart(inputs, options);
    return this.ask((model) => generateTokens(model, tokens, all, padOf(this.host)));
  }

  /** The model's `config.json`. */
  get config(): Readonly<Record<string, unknown>> {
    return this.host.read.files.config;
  }

  /** Where it runs. */
  get device(): 'webgpu' | 'wasm' | 'cpu' {
    return this.host.read.backend.choice.device;
  }

  /** Numbers of the frozen model. */
  num_parameters(): number {
    const { model, external } = this.host.read.files;
    return countParameters(parseModel(model, external));
  }

  /** Gives up sessions and memory; of a base model with adapters those of all. */
  dispose(): Promise<void> {
    return this.host.dispose();
  }
}

function padOf({ read: { files } }: Host): number {
  for (const key of ['pad_token_id', 'eos_token_id'])
    for (const config of [files.generationConfig, files.config]) {
      const [id] = [ownEntry(config, key)].flat();
      if (typeof id === 'number') return id;
    }
  return 0;
}

/** A frozen causal language model. `AutoModelForCausalLM.from_pretrained` makes it. */
export class CausalLMModel extends GenerativeModel {
  /** @internal */
  constructor(
    /** @internal */
    readonly host: Host,
  ) {
    super();
  }

  /** @internal */
  ask<T>(work: (model: CausalLM) => Promise<T>): Promise<T> {
    return this.host.ask(null as Adapter | null, work);
  }
}

/**
 * Loads models.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM } from 'lethe-lora';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas', {
 *   progress_callback: ({ status, file, progress }) => console.log(status, file, progress),
 * });
 * console.log(model.device, model.num_parameters());
 * await model.dispose();
 * ```
 */
export const AutoModelForCausalLM = {
  /**
   * Loads a decoder in ONNX, in the layout that Transformers.js reads: `config.json`, `tokenizer.json`, `tokenizer_config.json` and
   * `onnx/model….onnx`. Sessions are built when the model is first asked or taught, so attach adapters first. Throws `LetheError` where a
   * file is missing.
   */
  async from_pretrained(
    source: Source,
    options: PretrainedModelOptions = {},
  ): Promise<CausalLMModel> {
    const where = 'from_pretrained';
    checkOptions(where, options, known);
    const dtype = word(where, 'dtype', options.dtype, Object.keys(suffixes) as DataType[], 'fp32');
    const device = word(where, 'device', options.device, devices, 'auto');
    const fetching = fetchOptions(options);
    const base = await openSource(source, fetching);
    const name = typeof base === 'string' ? base : base.name;
    const folder = options.subfolder ?? 'onnx';
    const model = `${options.model_file_name ?? 'model'}${suffixes[dtype]}.onnx`;
    const file = folder === '' ? model : `${folder}/${model}`;
    const { wasmPaths, numThreads } = env.backends.onnx.wasm;
    const onProgress = ({ stage, fraction, loaded, total }: LoadProgress): void => {
      // Of what is fetched, fetching tells.
      if (stage === 'download' && typeof base === 'string')
        fetching.progress_callback({
          ...{ status: 'progress', name, file, progress: 100 * fraction },
          ...(loaded !== undefined && { loaded }),
          ...(total !== undefined && { total }),
        });
    };
    const memory: Host['from']['memory'] = ({ device: chosen }) =>
      isNode ? undefined : stepMemory({ gpu: chosen === 'webgpu', memory: toldMemory() });
    const read = await readCausalLM({
      ...{ base, file, device, onProgress },
      ...(wasmPaths !== undefined && { binaries: wasmPaths }),
      ...(numThreads !== undefined && { threads: numThreads }),
      ...(options.signal && { signal: options.signal }),
    }).catch((error: unknown) => {
      options.signal?.throwIfAborted();
      throw error instanceof LetheError ? error : asFileError(error, name);
    });
    const host = new Host(read, { name, base, memory });
    fetching.progress_callback({ status: 'ready', name });
    return new CausalLMModel(host);
  },
};

function asFileError(error: unknown, name: string): unknown {
  const message = error instanceof Error ? error.message : '';
  if (/needs the file|has no .+\.|is not at |could not be loaded/.test(message))
    return new LetheError(
      'file_not_found',
      `${message} (${name}; another dtype, subfolder or model_file_name names another file.)`,
      error,
    );
  return error;
}
