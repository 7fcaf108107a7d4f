/** @file The model that is in use, with its adapter: where it comes from, what experiments call it, and the address that names it. */
import type { Experiment } from '../../lab/index.ts';
import type { ModelSource } from '../../worker/index.ts';
import type { AdapterConfig, ModelInfo } from 'lethe-lora/engine';
import {
  embeddedModel,
  namedFolder,
  twinModel,
  withModel,
  type Query,
  type WantedModel,
} from '../address/model-link.ts';

export class ModelInUse {
  /** The model that is loaded, or being loaded, and what differs from its default adapter. */
  source: ModelSource = $state.raw({ kind: 'folder', base: '' });
  adapter: Partial<AdapterConfig> | undefined = $state.raw();
  /** The model that the link names while it is not on this computer. */
  wanted: WantedModel | null = $state.raw(null);
  readonly #query: Pick<Query, 'model' | 'modelBase'>;

  constructor(query: Pick<Query, 'model' | 'modelBase' | 'adapter'>) {
    this.#query = query;
    this.source = { kind: 'folder', base: query.modelBase };
    this.adapter = query.adapter;
  }

  /** Whether it is the one that comes with the page. */
  get embedded(): boolean {
    return isSame(this.source, embeddedModel(document.baseURI));
  }

  /** Whether it is that one's twin. */
  get twin(): boolean {
    return isSame(this.source, twinModel(document.baseURI));
  }

  /** The folder that it comes from; null where it comes from elsewhere. */
  get folder(): string | null {
    return this.source.kind === 'folder' ? this.source.base : null;
  }

  /** What the page knows of the model before it is loaded; null but for the one that comes with the page. */
  get infoBeforeLoad(): Pick<ModelInfo, 'id'> | null {
    return this.embedded ? { id: 'atlas' } : null;
  }

  /** As an experiment names it: a folder as the address has it, a model of the Hub by its id. */
  get name(): string {
    const { source } = this;
    if (source.kind === 'hub') return source.id;
    if (source.kind === 'files') return source.name;
    return source.base === this.#query.modelBase ? this.#query.model : source.base;
  }

  /** It and its adapter, as an experiment says them. */
  get named(): Pick<Experiment, 'model' | 'adapter'> {
    if (!this.adapter) return { model: this.name, adapter: null };
    const { modules, layers, rank, alpha } = this.adapter;
    return {
      model: this.name,
      adapter: {
        ...(rank !== undefined && { rank }),
        ...(alpha !== undefined && { alpha }),
        ...(modules && { modules: [...modules] }),
        ...(layers && { layers: [...layers] }),
      },
    };
  }

  /** Whether an experiment that names a model so means this one. */
  isNamed(named: string): boolean {
    const { source } = this;
    return source.kind === 'folder'
      ? namedFolder(named, location.href) === source.base
      : named === this.name;
  }

  /** Takes a model of the Hub that is here, and says whether it is; for another one the screen of models asks. */
  async want(wanted: WantedModel): Promise<boolean> {
    const { id, variant, revision } = wanted;
    const found = variant === null ? undefined : await cached(id, variant, revision);
    if (found && variant !== null) {
      this.source = { kind: 'hub', id, variant, ...(revision !== null && { revision }) };
      return true;
    }
    this.wanted = wanted;
    // Meant for that model, not for the one that is loaded meanwhile.
    this.adapter = undefined;
    location.hash = '#/models';
    return false;
  }

  /** Takes another model, or the same with another adapter, and writes it to the address. */
  take(source: ModelSource, adapter: Partial<AdapterConfig> | undefined): void {
    this.source = source;
    this.adapter = adapter;
    this.wanted = null;
    const query = withModel(location.search, source, document.baseURI, adapter);
    history.replaceState(history.state, '', location.pathname + query + location.hash);
  }
}

function isSame(source: ModelSource, own: ModelSource): boolean {
  return source.kind === 'folder' && own.kind === 'folder' && source.base === own.base;
}

/** A downloaded model; undefined where the browser keeps no files. The Hub's code is loaded only for a link that names one of its models. */
async function cached(id: string, variant: string, revision: string | null) {
  const { findCached } = await import('../../hub/index.ts');
  return findCached(id, variant, revision ?? undefined).catch(() => undefined);
}
