/** @file The lessons as they are taken: predictions and outcomes kept in the browser, runs made by the laboratory. */
import type { CheckpointMeta } from '../../lab/index.ts';
import {
  comparisonIds,
  notBegun,
  outcomeOf,
  readProgress,
  writeProgress,
  type Guess,
  type Lesson,
  type LessonId,
  type ComparisonId,
  type Progress,
} from '../../lessons/index.ts';
import type { Lab } from '../session/lab.ts';
import { Ways } from '../session/ways.ts';

const key = 'lethe/lessons';

/** A lesson's runs under way: which of them, from 1. */
export interface Running {
  lesson: LessonId;
  part: number;
  parts: number;
}

export class LessonBook {
  running: Running | null = $state.raw(null);
  /** The lesson whose last run did not reach its end. */
  stopped: LessonId | null = $state(null);
  #all = $state.raw(readProgress(stored()));
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  of(id: LessonId): Progress {
    return this.#all[id] ?? notBegun;
  }

  isBegun(id: LessonId): boolean {
    return this.#all[id] !== undefined;
  }

  guess(id: LessonId, guess: Guess): void {
    this.#set(id, { phase: 'run', guess, outcome: null });
  }

  go(id: LessonId, phase: Progress['phase']): void {
    this.#set(id, { ...this.of(id), phase });
  }

  /**
   * Makes the lesson's runs, each from the untouched model on, and keeps what was measured. Wherever the model is, and however the visitor asks
   * it, everybody's lesson makes the same runs: what is there already of the ways to it is used again.
   */
  async run(lesson: Lesson): Promise<void> {
    const { session, model } = this.#lab;
    const made = new Ways(this.#lab);
    if (this.running !== null || session.phase !== 'ready') return;
    const { source, adapter } = model;
    this.stopped = null;
    this.running = { lesson: lesson.id, part: 1, parts: 1 };
    try {
      made.askAsAnybody();
      const ways = [
        ...comparisonIds.flatMap((id) => {
          const way = lesson.beside[id];
          return way ? [{ id, way }] : [];
        }),
        { id: null, way: [...lesson.prepare, lesson.run] },
      ];
      const beside: Partial<Record<ComparisonId, CheckpointMeta>> = {};
      if (lesson.onTwin && !model.embedded) await this.#lab.useEmbedded();
      const parts = made.lacking(ways.map(({ way }) => way)) + (lesson.onTwin ? 1 : 0);
      this.running = { lesson: lesson.id, part: 1, parts };
      for (const { id, way } of ways) {
        if (lesson.onTwin && id === null) {
          await this.#lab.useTwin();
          this.running = { lesson: lesson.id, part: parts, parts };
        }
        const reached = await made.reach(way, id === null, () => {
          const { running } = this;
          // The last part stays the last while its outcome is put down.
          if (running) this.running = { ...running, part: Math.min(parts, running.part + 1) };
        });
        const end = reached?.at(-1);
        if (!end) {
          this.stopped = lesson.id;
          return;
        }
        if (id !== null) beside[id] = end;
        else {
          const outcome = {
            ...outcomeOf(end, reached ?? [], beside),
            ...(lesson.onTwin && { rows: end.probes.at(-1)?.rows ?? [] }),
          };
          this.#set(lesson.id, { ...this.of(lesson.id), phase: 'compare', outcome });
        }
      }
    } finally {
      if (lesson.onTwin) await this.#back(source, adapter);
      this.running = null;
    }
  }

  /** Takes the model that was in use; why another one could not be loaded is told all the same. */
  async #back(...model: Parameters<Lab['use']>): Promise<void> {
    const { session } = this.#lab;
    const { failure } = session;
    await this.#lab.use(...model);
    if (failure !== null) session.tell({ kind: 'message', words: failure });
  }

  #set(id: LessonId, progress: Progress): void {
    this.#all = { ...this.#all, [id]: progress };
    try {
      localStorage.setItem(key, writeProgress(this.#all));
    } catch {
      // Storage is closed or full: the lesson goes on, and is forgotten when the page is left.
    }
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

const books = new WeakMap<Lab, LessonBook>();

/** The page's one book: a lesson goes on running while another screen is looked at. */
export function bookOf(lab: Lab): LessonBook {
  const book = books.get(lab) ?? new LessonBook(lab);
  books.set(lab, book);
  return book;
}
