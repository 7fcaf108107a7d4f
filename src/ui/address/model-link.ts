/** @file The address's query: which model, with which adapter, on which device, and how shown. A link to a model is such a query. */
import { openingExperiment } from '../../lab/index.ts';
import type { ModelSource } from '../../worker/index.ts';
import type { AdapterConfig } from 'lethe-lora/engine';
import { readLayers, writeLayers } from './layers.ts';

/** A model of the Hub that a link names. */
export interface WantedModel {
  id: string;
  /** Null: the best for the device. */
  variant: string | null;
  revision: string | null;
}

export interface Query {
  /** The model's folder as the address has it. */
  model: string;
  /** Absolute URL of the model's folder, ending in `/`. */
  modelBase: string;
  /** A model of the Hub that is to be loaded instead. */
  wanted: WantedModel | null;
  /** What differs from the model's default adapter; undefined where nothing does. */
  adapter: Partial<AdapterConfig> | undefined;
  /** Another server that speaks the Hub's paths, ending in `/`; null for the Hub itself. */
  hub: string | null;
  device: 'auto' | 'webgpu' | 'wasm';
  /** Threads of WebAssembly, or null for the default number. */
  threads: number | null;
  /** Begins in projector mode. */
  projector: boolean;
  /** Parts of the address that name no folder of files: the usual one is used instead. */
  unusable: string[];
}

/** The absolute URL, ending in `/`, of a model's folder as an address or an experiment has it: relative to the page. */
export function modelFolder(model: string, pageUrl: string): string {
  const page = new URL(pageUrl);
  page.search = '';
  page.hash = '';
  return new URL(model.endsWith('/') ? model : `${model}/`, page).href;
}

/**
 * The same for a folder that somebody else named, in a link or a file: null where that is no address of files on a server, or one with a
 * name and a password in it.
 */
export function namedFolder(model: string, pageUrl: string): string | null {
  try {
    const folder = modelFolder(model, pageUrl);
    const { protocol, username, password } = new URL(folder);
    return /^https?:$/.test(protocol) && username === '' && password === '' ? folder : null;
  } catch {
    return null;
  }
}

const embedded = openingExperiment.model;

/**
 * Reads `?model=` (a folder's URL, relative to the page), `?hub-model=` with `&variant=` and `&revision=`, the adapter's
 * `?rank=`, `?alpha=`, `?modules=` and `?layers=`, `?hub=`, `?device=`, `?threads=` and `?projector`.
 */
export function readQuery(search: string, pageUrl: string): Query {
  const parameters = new URLSearchParams(search);
  const unusable: string[] = [];
  const folder = (name: string): string | null => {
    const text = parameters.get(name);
    const found = text ? namedFolder(text, pageUrl) : null;
    if (text && found === null) unusable.push(`${name}=${text}`);
    return found;
  };
  const base = folder('model');
  const model = (base !== null && parameters.get('model')) || embedded;
  const id = parameters.get('hub-model');
  const device = parameters.get('device');
  const threads = Number(parameters.get('threads') ?? NaN);
  return {
    model,
    modelBase: base ?? modelFolder(embedded, pageUrl),
    wanted: id
      ? { id, variant: parameters.get('variant'), revision: parameters.get('revision') }
      : null,
    adapter: readAdapter(parameters),
    hub: folder('hub'),
    device: device === 'webgpu' || device === 'wasm' ? device : 'auto',
    threads: Number.isInteger(threads) && threads > 0 ? Math.min(threads, 16) : null,
    projector: parameters.has('projector'),
    unusable,
  };
}

const adapterKeys = ['rank', 'alpha', 'modules', 'layers'];

/** Highest layer that an address may name. */
const lastLayer = 999;

function readAdapter(parameters: URLSearchParams): Partial<AdapterConfig> | undefined {
  if (!adapterKeys.some((key) => parameters.has(key))) return undefined;
  const [rank, alpha] = ['rank', 'alpha'].map((key) => Number(parameters.get(key) ?? NaN));
  const modules = parameters.get('modules');
  const layers = readLayers(parameters.get('layers') ?? '', lastLayer);
  return {
    ...(Number.isInteger(rank) && Number(rank) > 0 && { rank: Math.min(256, Number(rank)) }),
    ...(Number(alpha) > 0 && { alpha: Number(alpha) }),
    ...(modules !== null && { modules: modules.split(',').filter((name) => name !== '') }),
    ...(parameters.has('layers') && layers !== null && { layers }),
  };
}

function writeAdapter(parameters: URLSearchParams, adapter: Partial<AdapterConfig>): void {
  const { rank, alpha, modules, layers } = adapter;
  if (rank !== undefined) parameters.set('rank', String(rank));
  if (alpha !== undefined) parameters.set('alpha', String(alpha));
  if (modules) parameters.set('modules', modules.join(','));
  if (layers) parameters.set('layers', writeLayers(layers).replaceAll(' ', ''));
}

/** The model that comes with the page. */
export function embeddedModel(pageUrl: string): ModelSource {
  return { kind: 'folder', base: modelFolder(embedded, pageUrl) };
}

/** Its twin, which was trained language by language: it comes from the same site when it is chosen. */
export function twinModel(pageUrl: string): ModelSource {
  return { kind: 'folder', base: modelFolder('models/atlas-plain/', pageUrl) };
}

/**
 * The query of a link to a model and its adapter, everything else as it is. Files of this computer cannot be linked: then the query names
 * no model.
 */
export function withModel(
  search: string,
  source: ModelSource,
  pageUrl: string,
  adapter: Partial<AdapterConfig> = {},
): string {
  const parameters = new URLSearchParams(search);
  for (const name of ['model', 'hub-model', 'variant', 'revision', ...adapterKeys])
    parameters.delete(name);
  if (source.kind === 'folder' && source.base !== modelFolder(embedded, pageUrl)) {
    const here = modelFolder('.', pageUrl);
    parameters.set(
      'model',
      source.base.startsWith(here) ? source.base.slice(here.length) : source.base,
    );
  }
  if (source.kind === 'hub') {
    parameters.set('hub-model', source.id);
    parameters.set('variant', source.variant);
    if (source.revision !== undefined && source.revision !== 'main')
      parameters.set('revision', source.revision);
  }
  writeAdapter(parameters, adapter);
  // These may stand in a query as they are, and read better so.
  const text = parameters
    .toString()
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',');
  return text === '' ? '' : `?${text}`;
}
