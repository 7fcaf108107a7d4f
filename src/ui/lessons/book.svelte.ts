/** @file The lessons as they are taken: predictions and outcomes kept in the browser, runs made by the laboratory. */
import {
  runKey,
  runOf,
  type Asking,
  type CheckpointMeta,
  type ExperimentRun,
} from '../../lab/index.ts';
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
  type Chain,
} from '../../lessons/index.ts';
import type { Lab } from '../session/lab.ts';
import { modeOf, defaultPreference } from '../session/asking-preference.ts';

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
    const { session, ownFacts, questions, model } = this.#lab;
    if (this.running !== null || session.phase !== 'ready') return;
    const { source, adapter } = model;
    this.stopped = null;
    this.running = { lesson: lesson.id, part: 1, parts: 1 };
    try {
      ownFacts.borrow({ mode: modeOf(defaultPreference, session.info) });
      questions.settleAsking();
      const ways = [
        ...comparisonIds.flatMap((id) => {
          const way = lesson.beside[id];
          return way ? [{ id, way }] : [];
        }),
        { id: null, way: [...lesson.prepare, lesson.run] },
      ];
      const beside: Partial<Record<ComparisonId, CheckpointMeta>> = {};
      if (lesson.onTwin && !model.embedded) await this.#lab.useEmbedded();
      const parts = this.#lacking(ways.map(({ way }) => way)) + (lesson.onTwin ? 1 : 0);
      this.running = { lesson: lesson.id, part: 1, parts };
      for (const { id, way } of ways) {
        if (lesson.onTwin && id === null) {
          await this.#lab.useTwin();
          this.running = { lesson: lesson.id, part: parts, parts };
        }
        const end = await this.#reach(way, id === null);
        if (!end) {
          this.stopped = lesson.id;
          return;
        }
        if (id !== null) beside[id] = end;
        else {
          const outcome = {
            ...outcomeOf(end, session.path, beside),
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

  /** How the model is asked now, as a run says it. */
  get #asking(): Asking {
    return this.#lab.session.asking ?? { mode: 'plain' };
  }

  /** The states that are there of a way from the untouched model, the root first. */
  #known(way: Chain): CheckpointMeta[] {
    const { checkpoints } = this.#lab.session;
    const root = checkpoints.find(
      ({ experiment, parent }) => experiment === null && parent === null,
    );
    const known = root ? [root] : [];
    for (const run of way) {
      const next = checkpoints.find(
        (meta) => meta.parent === known.at(-1)?.id && isDone(meta, run, this.#asking),
      );
      if (!next) break;
      known.push(next);
    }
    return known;
  }

  /** Runs that are still to be made for these ways; what two of them share is made once, the last one's last run in any case. */
  #lacking(ways: readonly Chain[]): number {
    const lacking = ways.flatMap((way) =>
      way
        .map((_, index) => JSON.stringify(way.slice(0, index + 1).map(runKey)))
        .slice(this.#known(way).length - 1),
    );
    const last = JSON.stringify(ways.at(-1)?.map(runKey));
    const once = [...lacking, last].filter((key, index, all) => all.indexOf(key) === index);
    return once.length;
  }

  /** Goes to the end of a way, making the runs that are lacking (`anew`: the last one in any case); null where one did not reach its end. */
  async #reach(way: Chain, anew: boolean): Promise<CheckpointMeta | null> {
    const { session, checkpoints, runs } = this.#lab;
    const known = this.#known(anew ? way.slice(0, -1) : way);
    const at = known.at(-1);
    if (!at) return null;
    const rest = way.slice(known.length - 1);
    if (rest.length === 0) return at;
    await checkpoints.go(at.id);
    for (const run of rest) {
      await runs.perform(run);
      const { here, notice } = session;
      if (here === null || !isDone(here, run, this.#asking)) return null;
      // The lesson says itself how its run ended.
      if (notice?.kind === 'ended') session.tell(null);
      const { running } = this;
      // The last part stays the last while its outcome is put down.
      if (running) this.running = { ...running, part: Math.min(running.parts, running.part + 1) };
    }
    return session.here;
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

/** Whether a checkpoint is the end of what a lesson prescribes, the model asked in this way. */
function isDone(meta: CheckpointMeta, wanted: ExperimentRun, asking: Asking): boolean {
  const run = runOf(meta);
  if (run === null || meta.ending === 'stopped' || meta.ending === 'diverged') return false;
  const { experiment, phase } = wanted;
  return (
    run.phase === phase && runKey(run) === runKey({ experiment: { ...experiment, asking }, phase })
  );
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
