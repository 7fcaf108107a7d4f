/** @file Sweeps of this browser and results files that were opened: what there is, what runs, and what a person can do. */
import {
  parseResults,
  type PlanDraft,
  type Experiment,
  type ExperimentResult,
  type Plan,
} from '../../lab/index.ts';
import type { LoadProgress } from 'lethe-lora/engine';
import { SweepStore, type Damaged, type SweepRecord } from '../../storage/index.ts';
import { messages, reasonOf } from '../messages/index.ts';
import {
  noRecords,
  noRows,
  recordsById,
  resultsOf,
  withoutRows,
  withRecord,
  withRow,
  withRows,
  type Records,
  type Rows,
} from './sweep-rows.ts';
import {
  runSweep,
  type RunningSweep,
  type SweepEvent,
  type SweepRequest,
} from '../../worker/index.ts';
import { namedFolder } from '../address/model-link.ts';
import { unagreed } from '../address/origins.ts';

/** Results from one place: a sweep of this browser, or a file. */
export interface Source {
  id: string;
  /** A file's name; null for a sweep. */
  file: string | null;
  /** What tells a sweep from another one that is else called the same; absent where there is none. */
  name?: string;
  createdAt: number;
  /** What the sweep varies; null for a file. */
  plan: Plan | null;
  /** Rows that there will be, and those that are there. */
  total: number;
  done: number;
}

/** A sweep that is being run in this tab. */
export type Live =
  | { stage: 'loading'; progress: LoadProgress | null }
  | { stage: 'choosing'; asked: number }
  | { stage: 'running'; id: string; since: number; before: number };

export type Failure =
  | { kind: 'elsewhere' }
  | { kind: 'failed'; detail: string }
  | { kind: 'file'; name: string; detail: string };

type Model = Omit<SweepRequest['model'], 'binaries'>;

export class Sweeps {
  sources: readonly Source[] = $state.raw([]);
  damaged: readonly Damaged[] = $state.raw([]);
  live: Live | null = $state.raw(null);
  failure: Failure | null = $state.raw(null);
  /** Rows by source, by their place; those of a sweep are read when they are first asked for. */
  #rows: Rows = $state.raw(noRows);
  #records: Records = noRecords;
  #running: RunningSweep | null = null;
  readonly #store = new SweepStore();
  /** Ids of sweeps that are here more wholly than in the database, which the browser does not let the page write. */
  #unstored: readonly string[] = [];

  /** The results of a source in the order of its experiments; empty while they are being read. */
  results(id: string): ExperimentResult[] {
    return resultsOf(this.#rows, id);
  }

  /** The experiments of a sweep, those done and those to come; of a file, those that it holds. */
  experiments(id: string): Experiment[] {
    return (
      this.#records.get(id)?.experiments ?? this.results(id).map(({ experiment }) => experiment)
    );
  }

  /** Reads what is stored. */
  load(): Promise<void> {
    return this.#attempt(async () => {
      const { sweeps, damaged } = await this.#store.list();
      this.damaged = damaged;
      const isHere = (id: string): boolean => this.#unstored.includes(id);
      const stored = sweeps.filter(({ id }) => !isHere(id));
      const others = [...this.#records.values()].filter(({ id }) => isHere(id));
      this.#records = recordsById([...stored, ...others]);
      this.sources = [
        ...stored.map((record) => sourceOf(record, record.done)),
        ...this.sources.filter(({ id, file }) => file !== null || isHere(id)),
      ];
    });
  }

  /** Reads the rows of a source, where they are not at hand. */
  read(id: string): Promise<void> {
    return this.#attempt(async () => {
      if (this.#rows.has(id) || !this.#records.has(id)) return;
      const { rows, damaged } = await this.#store.rows(id);
      this.damaged = [
        ...this.damaged.filter((each) => !damaged.some((row) => row.id === each.id)),
        ...damaged,
      ];
      if (!this.#rows.has(id)) this.#rows = withRows(this.#rows, id, rows);
    });
  }

  start(draft: PlanDraft, model: Model): Promise<void> {
    return this.#run({ model, sweep: { draft } });
  }

  /** Goes on with a sweep on the device that it began with; on the model in use, or on the folder that the sweep names. */
  async resume(id: string, inUse: Model | null): Promise<void> {
    const record = this.#records.get(id);
    if (!record) return;
    await this.read(id);
    const name = record.experiments[0]?.model ?? '';
    const folder = { kind: 'folder', base: namedFolder(name, document.baseURI) ?? '' } as const;
    const source = name === inUse?.name ? inUse.source : folder;
    const device = record.device === 'webgpu' ? 'webgpu' : 'wasm';
    await this.#run({ model: { ...inUse, name, source, device }, sweep: { id } });
  }

  pause(): void {
    this.#running?.stop();
  }

  remove(id: string): Promise<void> {
    return this.#attempt(async () => {
      const isFile = this.sources.some((source) => source.id === id && source.file !== null);
      const isHere = this.#unstored.includes(id);
      this.#unstored = this.#unstored.filter((each) => each !== id);
      if (!isFile)
        await this.#store.remove(id).catch((error: unknown) => {
          // Of what is here alone nothing need be stored.
          if (!isHere) throw error;
        });
      this.damaged = this.damaged.filter((each) => each.id !== id);
      this.sources = this.sources.filter((source) => source.id !== id);
    });
  }

  /** Opens a results file; resolves with its source's id, or null where it cannot be read (and that is said). */
  async open(file: File): Promise<string | null> {
    try {
      const results = parseResults(await file.text());
      if (results.length === 0) throw new Error('The file holds no results.');
      const id = crypto.randomUUID();
      this.#rows = withRows(
        this.#rows,
        id,
        results.map((result, at) => ({ at, result })),
      );
      const counts = { total: results.length, done: results.length };
      const source = { id, file: file.name, createdAt: Date.now(), plan: null, ...counts };
      this.sources = [...this.sources, source];
      this.failure = null;
      return id;
    } catch (error) {
      this.failure = { kind: 'file', name: file.name, detail: reasonOf(error) };
      return null;
    }
  }

  dismiss(): void {
    this.failure = null;
  }

  async #run(request: Parameters<typeof runSweep>[0]): Promise<void> {
    if (this.#running) return;
    const { source } = request.model;
    const origin = source.kind === 'folder' ? unagreed(source.base) : null;
    if (origin !== null) {
      // The sweep's plan may have come from anywhere; a model of another server is loaded on the page first.
      this.failure = { kind: 'failed', detail: messages.origin.refused({ origin }) };
      return;
    }
    this.failure = null;
    this.live = { stage: 'loading', progress: null };
    this.#running = runSweep(request, (event) => {
      this.#take(event);
    });
    try {
      if ((await this.#running.ended) === 'elsewhere') this.failure = { kind: 'elsewhere' };
    } catch (error) {
      this.failure = { kind: 'failed', detail: reasonOf(error) };
    }
    const ran = this.#liveId();
    this.#running = null;
    this.live = null;
    // What is here alone must not be replaced by what is stored.
    if (ran !== null && this.#unstored.includes(ran)) return;
    // A row may have been stored in the moment of stopping, without having been told.
    await this.load();
    if (ran === null) return;
    this.#rows = withoutRows(this.#rows, ran);
    await this.read(ran);
  }

  #liveId(): string | null {
    return this.live?.stage === 'running' ? this.live.id : null;
  }

  #take(event: SweepEvent): void {
    switch (event.type) {
      case 'loading':
        this.live = { stage: 'loading', progress: event.progress };
        return;
      case 'choosing':
        this.live = { stage: 'choosing', asked: event.asked };
        return;
      case 'began': {
        const { record, done } = event;
        this.live = { stage: 'running', id: record.id, since: Date.now(), before: done };
        this.#records = withRecord(this.#records, record);
        const others = this.sources.filter(({ id }) => id !== record.id);
        this.sources = [...others, sourceOf(record, done)];
        if (!this.#rows.has(record.id)) this.#rows = withRows(this.#rows, record.id, []);
        return;
      }
      case 'row': {
        const { live } = this;
        if (live?.stage !== 'running') return;
        this.#rows = withRow(this.#rows, live.id, event.at, event.result);
        const done = this.#rows.get(live.id)?.size ?? 0;
        this.sources = this.sources.map((source) =>
          source.id === live.id ? { ...source, done } : source,
        );
        return;
      }
      case 'unstored':
        this.#unstored = [...this.#unstored, event.id];
        this.failure = { kind: 'failed', detail: messages.unsaved.troubles[event.trouble] };
    }
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.failure = { kind: 'failed', detail: reasonOf(error) };
    }
  }
}

function sourceOf(record: SweepRecord, done: number): Source {
  const { id, createdAt, name, plan, experiments } = record;
  const total = experiments.length;
  return { id, file: null, ...(name !== undefined && { name }), createdAt, plan, total, done };
}

/** One for the page: a sweep goes on while other screens are looked at. */
export const sweeps = new Sweeps();
