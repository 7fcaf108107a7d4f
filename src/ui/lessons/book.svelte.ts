/** @file The lessons as they are taken: predictions and outcomes kept in the browser, runs made by the laboratory. */
import { runKey, runOf, type CheckpointMeta, type ExperimentRun } from '../../lab/index.ts';
import {
  notBegun,
  outcomeOf,
  readProgress,
  writeProgress,
  type Guess,
  type Lesson,
  type LessonId,
  type Progress,
} from '../../lessons/index.ts';
import type { Lab } from '../session/lab.ts';

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

  /** Brings the model to where the lesson begins, makes its run, and keeps what was measured. */
  async run(lesson: Lesson): Promise<void> {
    if (this.running !== null || this.#lab.session.phase !== 'ready') return;
    this.stopped = null;
    const chain = [...lesson.prepare, lesson.run];
    this.running = { lesson: lesson.id, part: 1, parts: chain.length };
    try {
      const done = await this.#begin(lesson.prepare);
      for (let part = done; part < chain.length; part++) {
        this.running = { lesson: lesson.id, part: part + 1, parts: chain.length };
        const run = chain[part];
        if (!run || !(await this.#make(run))) {
          this.stopped = lesson.id;
          return;
        }
      }
      const { here, path } = this.#lab.session;
      if (!here) return;
      const outcome = outcomeOf(here, path);
      this.#set(lesson.id, { ...this.of(lesson.id), phase: 'compare', outcome });
    } finally {
      this.running = null;
    }
  }

  /** Goes to the deepest state that earlier runs have left of this way from the untouched model; returns how many runs it is on it. */
  async #begin(prepare: readonly ExperimentRun[]): Promise<number> {
    const { checkpoints } = this.#lab.session;
    let at = checkpoints.find(({ experiment }) => experiment === null);
    let done = 0;
    for (const run of prepare) {
      const next = checkpoints.find((meta) => meta.parent === at?.id && isDone(meta, run));
      if (!next) break;
      at = next;
      done += 1;
    }
    if (at) await this.#lab.checkpoints.go(at.id);
    return done;
  }

  /** Whether the run came to an end of its own. */
  async #make(run: ExperimentRun): Promise<boolean> {
    await this.#lab.runs.perform(run);
    const { here } = this.#lab.session;
    return here !== null && isDone(here, run);
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

/** Whether a checkpoint is the end of what a lesson prescribes, in whatever way the model was asked. */
function isDone(meta: CheckpointMeta, wanted: ExperimentRun): boolean {
  const run = runOf(meta);
  if (run === null || meta.ending === 'stopped' || meta.ending === 'diverged') return false;
  const key = ({ experiment, phase }: ExperimentRun): string =>
    runKey({ experiment: { ...experiment, asking: null }, phase });
  return run.phase === wanted.phase && key(run) === key(wanted);
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
