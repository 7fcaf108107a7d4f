/** @file A model with adapters, in PEFT's words: one base, whose weights are held once, and any number of adapters. */
import {
  arenaLength,
  exportPeft,
  freshState,
  importPeft,
  modelName,
  readPeftConfig,
  type AdapterState,
  type CausalLM,
} from './engine.ts';
import {
  laid,
  layoutOf,
  linear,
  newAdapter,
  shapeOf,
  union,
  type Adapter,
  type Shape,
} from './adapter.ts';
import { InvalidOptionError, LetheError } from './errors.ts';
import { readFiles, writeFiles, type Source } from './files.ts';
import type { Host } from './host.ts';
import { LoraConfig, type LoraConfigOptions } from './lora-config.ts';
import { CausalLMModel, fetchOptions, GenerativeModel } from './model.ts';
import { checkOptions, word } from './options.ts';

/** Options of loading an adapter. */
export interface LoadAdapterOptions {
  /** `'default'` by default. */
  adapter_name?: string;
  /** Of a repository on the Hub; `'main'` by default. */
  revision?: string;
  local_files_only?: boolean;
  signal?: AbortSignal;
}

/** Files by path, such as `adapter_model.safetensors`. */
export type SavedFiles = Record<string, Uint8Array<ArrayBuffer>>;

const loading = ['adapter_name', 'revision', 'local_files_only', 'signal'];
const adapterFiles = ['adapter_config.json', 'adapter_model.safetensors'];
const combinations = ['cat', 'linear'] as const;

/**
 * A base model with adapters, one of which is active. `getPeftModel` and `PeftModel.from_pretrained` make it.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel, LoraConfig } from 'lethe-lora';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const peft = getPeftModel(model, new LoraConfig({ r: 8, target_modules: ['q_proj', 'v_proj'] }));
 * peft.print_trainable_parameters();
 * peft.add_adapter('other', new LoraConfig({ r: 4 }));
 * peft.set_adapter('other');
 * console.log(peft.active_adapter, Object.keys(peft.peft_config)); // other [ 'default', 'other' ]
 * await peft.dispose();
 * ```
 */
export class PeftModel extends GenerativeModel {
  readonly #adapters = new Map<string, Adapter>();
  #active: string | null = null;
  #enabled = true;

  /** @internal */
  constructor(
    /** The frozen model. */
    readonly base_model: CausalLMModel,
  ) {
    super();
    const { whyNot } = base_model.host;
    if (whyNot)
      throw new LetheError(
        'not_supported',
        `Adapters go nowhere in this model: ${whyNot.message}`,
        whyNot,
      );
  }

  /** @internal */
  get host(): Host {
    return this.base_model.host;
  }

  /**
   * A base model with an adapter as PEFT saves it, from a folder, the Hub or files at hand. Throws `LetheError` (`invalid_adapter`) where it
   * belongs to another model or uses what the engine lacks.
   *
   * @example
   * ```js
   * import { AutoModelForCausalLM, PeftModel } from 'lethe-lora';
   *
   * const model = await AutoModelForCausalLM.from_pretrained('./models/qwen');
   * const peft = await PeftModel.from_pretrained(model, './models/qwen'); // adapter_config.json, adapter_model.safetensors
   * console.log(peft.peft_config.default.r); // 4
   * await peft.dispose();
   * ```
   */
  static async from_pretrained(
    model: CausalLMModel,
    adapter: Source,
    options: LoadAdapterOptions = {},
  ): Promise<PeftModel> {
    const peft = new PeftModel(checkedBase(model, 'PeftModel.from_pretrained'));
    const name = await peft.load_adapter(adapter, options);
    peft.set_adapter(name);
    return peft;
  }

  /** The configuration of each adapter, by name. */
  get peft_config(): Readonly<Record<string, LoraConfig>> {
    return Object.fromEntries([...this.#adapters].map(([name, { config }]) => [name, config]));
  }

  /** The adapter that is on; null where there is none. */
  get active_adapter(): string | null {
    return this.#active;
  }

  /** @internal */
  ask<T>(work: (model: CausalLM) => Promise<T>): Promise<T> {
    return this.host.ask(this.#enabled ? this.#activeOrNull() : null, work);
  }

  /** The active adapter; throws where there is none. @internal */
  active(): Adapter {
    const adapter = this.#activeOrNull();
    if (!adapter) throw new LetheError('adapter_name', 'No adapter is active: use set_adapter.');
    return adapter;
  }

  #activeOrNull(): Adapter | null {
    return this.#active === null ? null : this.#named(this.#active);
  }

  #named(name: string): Adapter {
    const adapter = this.#adapters.get(name);
    if (adapter) return adapter;
    const there = [...this.#adapters.keys()].map((each) => `"${each}"`).join(', ') || 'none';
    throw new LetheError('adapter_name', `There is no adapter "${name}"; there are: ${there}.`);
  }

  #add(adapter: Adapter): void {
    if (this.#adapters.has(adapter.name))
      throw new LetheError(
        'adapter_name',
        `There is an adapter "${adapter.name}" already: delete_adapter it first, or use another adapter_name.`,
      );
    this.#adapters.set(adapter.name, adapter);
    this.host.adapters.add(adapter);
    this.#active ??= adapter.name;
  }

  /** Adds a new adapter, which changes nothing yet; `set_adapter` makes it active. */
  add_adapter(adapter_name: string, config: LoraConfig | LoraConfigOptions): void {
    const checked = config instanceof LoraConfig ? config : new LoraConfig(config);
    this.#add(newAdapter(this.host.projections, adapter_name, checked));
  }

  /** Adds an adapter as PEFT saves it, and gives its name; `set_adapter` makes it active, unless it is the first one. */
  async load_adapter(adapter: Source, options: LoadAdapterOptions = {}): Promise<string> {
    checkOptions('load_adapter', options, loading);
    const name = options.adapter_name ?? 'default';
    const [config, weights] = await readFiles(adapter, adapterFiles, fetchOptions(options));
    const files = { config: config ?? new Uint8Array(), weights: weights ?? new Uint8Array() };
    this.#add(this.#imported(name, files));
    return name;
  }

  #imported(
    name: string,
    files: { config: Uint8Array<ArrayBuffer>; weights: Uint8Array<ArrayBuffer> },
  ): Adapter {
    try {
      const { rank, alpha, ranks } = readPeftConfig(files.config);
      const { shape, state, absent } = this.#importedWith(files, rank, alpha, ranks);
      const whole = this.#layout(shape);
      const used = whole.filter(({ name: each }) => !absent.has(each.replace(/\.lora_[AB]$/, '')));
      const config = configOf(shape, used, whole);
      const own = shapeOf(config);
      const layout = this.#layout(own);
      const names = new Set(layout.map(({ name: each }) => each));
      const source = {
        shape,
        layout: whole.filter(({ name: each }) => names.has(each)),
        values: state.values,
      };
      const values = laid([{ adapter: source, weight: 1 }], { layout, shape: own });
      const zeros = (): Float32Array<ArrayBuffer> => new Float32Array(values.length);
      const numbers: AdapterState = { values, moment1: zeros(), moment2: zeros(), step: 0 };
      return { name, config, shape: own, layout, state: numbers };
    } catch (error) {
      if (error instanceof LetheError) throw error;
      throw new LetheError('invalid_adapter', (error as Error).message, error);
    }
  }

  /** Reads files into a layout of all modules, of the rank that the configuration names, or of the largest that it names for a module. */
  #importedWith(
    files: { config: Uint8Array<ArrayBuffer>; weights: Uint8Array<ArrayBuffer> },
    rank: number,
    alpha: number,
    ranks: readonly { value: number }[],
  ): { shape: Shape; state: AdapterState; absent: Set<string> } {
    const attempt = (r: number): { shape: Shape; state: AdapterState; absent: Set<string> } => {
      const shape = { rank: r, alpha: (alpha / rank) * r, modules: [], layers: [], seed: 0 };
      const layout = this.#layout(shape);
      const adapted = { adapter: shape, layout };
      const fresh = freshState({ ...adapted, adapterParameters: arenaLength(layout) });
      const { state, absent } = importPeft(adapted, files, fresh);
      return { shape, state, absent: new Set(absent) };
    };
    const most = Math.max(rank, ...ranks.map(({ value }) => value));
    try {
      return attempt(rank);
    } catch (error) {
      if (most === rank) throw error;
      return attempt(most);
    }
  }

  #layout(shape: Shape): Adapter['layout'] {
    return layoutOf(this.host.projections, shape);
  }

  /** Makes an adapter active. The next call uses it: its numbers, a few megabytes, are put where the last one's were. */
  set_adapter(adapter_name: string): void {
    this.#named(adapter_name);
    this.#active = adapter_name;
  }

  /** Removes an adapter. Where it was active, the first that is left becomes active. */
  async delete_adapter(adapter_name: string): Promise<void> {
    const adapter = this.#named(adapter_name);
    this.#adapters.delete(adapter_name);
    this.host.adapters.delete(adapter);
    if (this.#active === adapter_name) this.#active = [...this.#adapters.keys()][0] ?? null;
    await this.host.forget(adapter);
  }

  /**
   * Runs `work` with the adapter off, and turns it on again. PEFT's is a context manager.
   *
   * @example
   * ```js
   * import { AutoModelForCausalLM, getPeftModel, LoraConfig } from 'lethe-lora';
   *
   * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
   * const peft = getPeftModel(model, new LoraConfig({ r: 4 }));
   * const plain = await peft.disable_adapter(() => peft.generate('Berlin is in', { max_new_tokens: 2 }));
   * console.log(plain);
   * await peft.dispose();
   * ```
   */
  async disable_adapter<T>(work: () => Promise<T>): Promise<T> {
    if (typeof work !== 'function')
      throw new InvalidOptionError(
        'work',
        'disable_adapter takes a function, and the adapter is off while its promise is pending. disable_adapter_layers() turns it off for good.',
      );
    const before = this.#enabled;
    this.#enabled = false;
    try {
      return await work();
    } finally {
      this.#enabled = before;
    }
  }

  /** Turns adapters off until `enable_adapter_layers`. */
  disable_adapter_layers(): void {
    this.#enabled = false;
  }

  /** Turns adapters on again. */
  enable_adapter_layers(): void {
    this.#enabled = true;
  }

  /**
   * Adds an adapter that is a weighted sum of others. `'cat'` (the default here) is exact, and its rank is the sum of theirs; `'linear'` is PEFT's
   * rough one, for adapters of one rank. PEFT's other ways (its default `svd`, `ties`, `dare_…`) are refused.
   *
   * @example
   * ```js
   * import { AutoModelForCausalLM, PeftModel } from 'lethe-lora';
   *
   * const model = await AutoModelForCausalLM.from_pretrained('./models/qwen');
   * const peft = await PeftModel.from_pretrained(model, './models/qwen', { adapter_name: 'a' });
   * await peft.load_adapter('./models/qwen', { adapter_name: 'b' });
   * await peft.add_weighted_adapter(['a', 'b'], [0.7, 0.3], 'mixed');
   * peft.set_adapter('mixed');
   * await peft.dispose();
   * ```
   */
  async add_weighted_adapter(
    adapters: readonly string[],
    weights: readonly number[],
    adapter_name: string,
    combination_type: (typeof combinations)[number] = 'cat',
  ): Promise<void> {
    const where = 'add_weighted_adapter';
    word(where, 'combination_type', combination_type, combinations, 'cat');
    if (
      adapters.length === 0 ||
      adapters.length !== weights.length ||
      !weights.every(Number.isFinite)
    )
      throw new InvalidOptionError(
        'weights',
        `${where}: give one number for each adapter; there are ${adapters.length} adapters and ${weights.length} weights.`,
      );
    await this.host.sync();
    const parts = adapters.map((each, index) => {
      const { shape, layout, state } = this.#named(each);
      return { adapter: { shape, layout, values: state.values }, weight: weights[index] ?? 0 };
    });
    const shapes = parts.map(({ adapter }) => adapter.shape);
    const ranks = shapes.map(({ rank }) => rank);
    if (combination_type === 'linear' && new Set(ranks).size > 1)
      throw new LetheError(
        'invalid_adapter',
        `${where}: linear needs adapters of one rank, and these have ${ranks.join(', ')}. Use "cat".`,
      );
    const rank = combination_type === 'cat' ? ranks.reduce((sum, each) => sum + each) : ranks[0];
    const { modules, layers } = union(shapes);
    const config = new LoraConfig({
      ...(rank !== undefined && { r: rank, lora_alpha: rank }),
      target_modules: modules.length > 0 ? modules : 'all-linear',
      layers_to_transform: layers.length > 0 ? layers : null,
    });
    const mixed = newAdapter(this.host.projections, adapter_name, config);
    const values = (combination_type === 'cat' ? laid : linear)(parts, mixed);
    this.#add({ ...mixed, state: { ...mixed.state, values } });
  }

  /** Trainable numbers of the active adapter, and all numbers with it. */
  get_nb_trainable_parameters(): [trainable: number, all: number] {
    const trainable = arenaLength(this.active().layout);
    return [trainable, this.num_parameters() + trainable];
  }

  /** Prints how many numbers are trained, in PEFT's words. */
  print_trainable_parameters(): void {
    const [trainable, all] = this.get_nb_trainable_parameters();
    const of = (count: number): string => count.toLocaleString('en-US');
    console.log(
      `trainable params: ${of(trainable)} || all params: ${of(all)} || trainable%: ${((100 * trainable) / all).toFixed(4)}`,
    );
  }

  /**
   * Adapters as PEFT's files. Gives them by path, `default` at the top and others in folders of their names, and writes them into a folder where
   * one is named (Node).
   *
   * @example
   * ```js
   * import { AutoModelForCausalLM, getPeftModel, LoraConfig } from 'lethe-lora';
   *
   * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
   * const peft = getPeftModel(model, new LoraConfig({ r: 4 }));
   * const files = await peft.save_pretrained('./my-adapter');
   * console.log(Object.keys(files)); // [ 'adapter_config.json', 'adapter_model.safetensors' ]
   * await peft.dispose();
   * ```
   */
  async save_pretrained(
    save_directory?: string | null,
    options: { selected_adapters?: readonly string[] } = {},
  ): Promise<SavedFiles> {
    checkOptions('save_pretrained', options, ['selected_adapters']);
    await this.host.sync();
    const { read, from } = this.host;
    const files: SavedFiles = {};
    for (const name of options.selected_adapters ?? this.#adapters.keys()) {
      const { shape, layout, state } = this.#named(name);
      const adapted = { adapter: shape, layout };
      const baseModel = modelName(read.files, from.base);
      const { config, weights } = exportPeft(adapted, state.values, { baseModel });
      const folder = name === 'default' ? '' : `${name}/`;
      files[`${folder}adapter_config.json`] = config;
      files[`${folder}adapter_model.safetensors`] = weights;
    }
    if (save_directory != null) await writeFiles(save_directory, files);
    return files;
  }

  /**
   * The base model with the active adapter merged in, as ONNX files by path, which any ONNX Runtime runs; written into a folder where one is named
   * (Node). The adapters are unloaded.
   *
   * @example
   * ```js
   * import { AutoModelForCausalLM, getPeftModel, LoraConfig } from 'lethe-lora';
   *
   * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
   * const peft = getPeftModel(model, new LoraConfig({ r: 4 }));
   * const files = await peft.merge_and_unload();
   * console.log(Object.keys(files)); // [ 'model.onnx' ]
   * await model.dispose();
   * ```
   */
  async merge_and_unload(save_directory?: string | null): Promise<SavedFiles> {
    this.active();
    const merged = await this.host.ask(this.active(), (model) => model.mergedModel());
    const files: SavedFiles = Object.fromEntries(
      await Promise.all(
        merged.map(
          async ({ name, parts }) =>
            [name, new Uint8Array(await new Blob(parts).arrayBuffer())] as const,
        ),
      ),
    );
    if (save_directory != null) await writeFiles(save_directory, files);
    for (const name of [...this.#adapters.keys()]) await this.delete_adapter(name);
    return files;
  }
}

/** The configuration of an adapter that sits on some of a layout's modules. */
function configOf(shape: Shape, used: Adapter['layout'], whole: Adapter['layout']): LoraConfig {
  // Names are paths that end in the module and `.lora_A` or `.lora_B`.
  const moduleOf = ({ name }: { name: string }): string => name.split('.').at(-2) ?? '';
  const layerOf = ({ name }: { name: string }): number => Number(/\.(\d+)\./.exec(name)?.[1] ?? -1);
  const [modules, layers] = [[...new Set(used.map(moduleOf))], [...new Set(used.map(layerOf))]];
  const isAll = layers.includes(-1) || layers.length === new Set(whole.map(layerOf)).size;
  return new LoraConfig({
    r: shape.rank,
    lora_alpha: shape.alpha,
    target_modules: modules.length === new Set(whole.map(moduleOf)).size ? 'all-linear' : modules,
    layers_to_transform: isAll ? null : layers,
  });
}

function checkedBase(model: unknown, where: string): CausalLMModel {
  if (model instanceof CausalLMModel) return model;
  throw new InvalidOptionError(
    'model',
    `${where}: the model is not one of AutoModelForCausalLM.from_pretrained of lethe-lora. A model that Transformers.js loaded has given its weights to ONNX Runtime, which does not give them back.`,
  );
}

/**
 * Puts a new adapter on a model; nothing is built before it is asked or taught. Throws `LetheError` where the model has no such module.
 *
 * @example
 * ```js
 * import { AutoModelForCausalLM, getPeftModel, LoraConfig } from 'lethe-lora';
 *
 * const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
 * const peft = getPeftModel(model, new LoraConfig({ r: 8, lora_alpha: 16 }));
 * peft.print_trainable_parameters();
 * await peft.dispose();
 * ```
 */
export function getPeftModel(
  model: CausalLMModel,
  config: LoraConfig | LoraConfigOptions = {},
  adapter_name = 'default',
): PeftModel {
  const peft = new PeftModel(checkedBase(model, 'getPeftModel'));
  peft.add_adapter(adapter_name, config);
  return peft;
}
