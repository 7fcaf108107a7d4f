/** @file What the screen of models knows and can do. It outlives the screen: a download goes on while another is looked at. */
import {
  cachedModels,
  chooseVariant,
  deleteCached,
  deviceLimits,
  Downloads,
  failureOf,
  calledByContents,
  localModel,
  lookUp,
  type CachedModel,
  type CachedVariant,
  type Choice,
  type DeviceLimits,
  type Failure,
  type HubModel,
  type LocalFile,
  type LocalModel,
  type Pause,
} from '../../hub/index.ts';
import { agreeTo, hubAddress, unagreed } from '../address/origins.ts';
import { lastModel, type HubSource } from '../session/last-model.ts';
import type { Lab } from '../session/lab.ts';

export interface RunningDownload {
  id: string;
  variant: string;
  /** Bytes; null before the first are here. */
  loaded: number | null;
  total: number | null;
  /** Bytes a second over the last few seconds; null while there is nothing to tell it by. */
  speed: number | null;
  /** Why no bytes come just now. */
  pause?: Pause;
}

/** Speed is taken over this many milliseconds. */
const speedWindow = 3000;

export class Models {
  limits: DeviceLimits | null = $state.raw(null);
  looking = $state(false);
  found: HubModel | null = $state.raw(null);
  choice: Choice | null = $state.raw(null);
  /** The variant that is chosen of what was found. */
  variant: string | null = $state(null);
  /** Why looking up or downloading failed. */
  failure: Failure | null = $state.raw(null);
  download: RunningDownload | null = $state.raw(null);
  /** Id of the model whose download ended well. */
  done: string | null = $state(null);
  cached: readonly CachedModel[] = $state.raw([]);
  local: LocalModel | null = $state.raw(null);
  localFailure: Failure | null = $state.raw(null);
  last: HubSource | null = $state.raw(null);
  /** The server that would have to be asked, and what goes on where the visitor agrees. */
  question: { origin: string; goOn: () => Promise<void> } | null = $state.raw(null);

  readonly #lab: Lab;
  readonly #downloads = new Downloads();
  #lookup = new AbortController();
  #samples: { at: number; loaded: number }[] = [];

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** What a visit to the screen begins with. */
  async open(): Promise<void> {
    this.limits ??= await deviceLimits(this.#lab.query.device);
    this.last = await lastModel().catch(() => null);
    await this.refresh();
    const { wanted } = this.#lab.model;
    if (wanted && !this.found && !this.looking && !this.failure)
      await this.look(wanted.id, wanted.revision ?? undefined, wanted.variant ?? undefined);
  }

  async refresh(): Promise<void> {
    try {
      this.cached = await cachedModels();
    } catch (error) {
      this.cached = [];
      this.failure = failureOf(error);
    }
  }

  /** Asks the Hub for a model and offers its variants, the best for this device first. */
  async look(id: string, revision?: string, variant?: string): Promise<void> {
    if (!this.#mayAsk(() => this.look(id, revision, variant))) return;
    this.#lookup.abort();
    const { signal } = (this.#lookup = new AbortController());
    this.looking = true;
    this.failure = null;
    this.done = null;
    this.found = null;
    try {
      const found = await this.#listing(id, revision, signal);
      this.limits ??= await deviceLimits(this.#lab.query.device);
      if (signal.aborted) return;
      this.choice = chooseVariant(found.variants, this.limits, found.vocabulary);
      const named = found.variants.find((each) => each.variant === variant);
      this.variant = named?.variant ?? this.choice?.variant.variant ?? null;
      this.found = found;
    } catch (error) {
      if (!signal.aborted) this.failure = failureOf(error);
    } finally {
      if (!signal.aborted) this.looking = false;
    }
  }

  /** Looks up what the visitor named: of the Hub, whose name stands above the field, that is agreeing to ask it. */
  async lookFor(id: string): Promise<void> {
    const origin = this.#lab.query.hub === null ? unagreed(hubAddress) : null;
    if (origin) agreeTo(origin);
    await this.look(id);
  }

  /** Whether the server of models may be asked; else the visitor is, and goes on with `goOn`. */
  #mayAsk(goOn: () => Promise<void>): boolean {
    const origin = unagreed(this.#lab.query.hub ?? hubAddress);
    this.question = origin === null ? null : { origin, goOn };
    return origin === null;
  }

  /** What the visitor answers to the question. */
  async answer(agrees: boolean): Promise<void> {
    const { question } = this;
    this.question = null;
    if (!question || !agrees) return;
    agreeTo(question.origin);
    await question.goOn();
  }

  #listing(id: string, revision?: string, signal?: AbortSignal): Promise<HubModel> {
    const { hub } = this.#lab.query;
    return lookUp(id, {
      ...(revision !== undefined && { revision }),
      ...(hub !== null && { host: hub }),
      ...(signal && { signal }),
    });
  }

  /** What is here of a variant of what was found. */
  presence({ id, commit }: HubModel, variant: string): CachedVariant | undefined {
    return this.cached
      .find((each) => each.id === id && each.commit === commit)
      ?.variants.find((each) => each.variant === variant);
  }

  /** Downloads a variant, or what is missing of it; a link's model is loaded when it is here. */
  async start(model: HubModel, variant: string): Promise<void> {
    this.failure = null;
    this.done = null;
    this.#samples = [];
    const { id } = model;
    this.download = { id, variant, loaded: null, total: null, speed: null };
    const failure = await this.#downloads.start({ model, variant }, (progress) => {
      if (this.download)
        this.download = { id, variant, ...progress, speed: this.#speed(progress.loaded) };
    });
    this.download = null;
    this.failure = failure;
    await this.refresh();
    if (failure) return;
    this.done = id;
    if (this.#lab.model.wanted?.id === id)
      await this.#lab.use(
        { kind: 'hub', id, variant, revision: model.revision },
        this.#lab.query.adapter,
      );
  }

  /** Goes on with what was begun at an earlier visit, with the same commit. */
  async resume(cached: CachedModel, variant: string): Promise<void> {
    if (!this.#mayAsk(() => this.resume(cached, variant))) return;
    const { id, commit, revision } = cached;
    this.failure = null;
    this.done = null;
    this.download = { id, variant, loaded: null, total: null, speed: null };
    try {
      const model = await this.#listing(id, commit);
      await this.start({ ...model, revision }, variant);
    } catch (error) {
      this.download = null;
      this.failure = failureOf(error);
    }
  }

  cancel(): Promise<void> {
    return this.#downloads.cancel();
  }

  #speed(loaded: number): number | null {
    const now = performance.now();
    this.#samples.push({ at: now, loaded });
    this.#samples = this.#samples.filter(({ at }) => now - at <= speedWindow);
    const [first] = this.#samples;
    if (!first || now - first.at < 500) return null;
    return (1000 * (loaded - first.loaded)) / (now - first.at);
  }

  async remove(key: string, variant?: string): Promise<void> {
    try {
      await deleteCached(key, variant);
    } catch (error) {
      this.failure = failureOf(error);
    }
    this.done = null;
    await this.refresh();
  }

  /** Takes files that a person chose; of several variants the best for this device is offered. */
  async take(files: readonly LocalFile[]): Promise<void> {
    this.local = null;
    this.localFailure = null;
    try {
      this.limits ??= await deviceLimits(this.#lab.query.device);
      this.local = await calledByContents(localModel(files));
    } catch (error) {
      this.localFailure = failureOf(error);
    }
  }
}

const all = new WeakMap<Lab, Models>();

/** The one of a laboratory. */
export function modelsOf(lab: Lab): Models {
  const known = all.get(lab);
  if (known) return known;
  const made = new Models(lab);
  all.set(lab, made);
  return made;
}
