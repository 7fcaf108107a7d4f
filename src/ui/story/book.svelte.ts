/** @file The article's figures as they are run: one at a time, each borrowing the laboratory and giving it back as it was. */
import { defaultFact, type CheckpointMeta, type ProbeRow } from '../../lab/index.ts';
import type { Lab } from '../session/lab.ts';
import { Place } from '../session/place.ts';
import { teaching } from '../session/teaching.ts';
import { Ways } from '../session/ways.ts';
import { planOf, type FigureId, type Plan } from './figures.ts';

/** A figure's runs under way: which of them, from 1. */
export interface Running {
  figure: FigureId;
  part: number;
  parts: number;
  stopping: boolean;
  /** It has ended, and the laboratory is on its way back to where it was. */
  returning: boolean;
}

/** What a figure has to show. */
export interface Shown {
  plan: Plan;
  /** `stopped`: the reader ended it; `failed`: it could not be finished. */
  ending: 'whole' | 'stopped' | 'failed';
  /** What was said when it only asked. */
  rows: readonly ProbeRow[];
  /** The checkpoints of its way and of the one beside it, each with the root first; empty where it did not come to that. */
  path: readonly CheckpointMeta[];
  beside: readonly CheckpointMeta[];
}

export class StoryBook {
  running: Running | null = $state.raw(null);
  /** A figure that was asked for before the model was ready. */
  soon: FigureId | null = $state(null);
  #shown: Readonly<Partial<Record<FigureId, Shown>>> = $state.raw({});
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  shown(figure: FigureId): Shown | null {
    return this.#shown[figure] ?? null;
  }

  /** The model is there, does nothing, and can be taught. */
  get free(): boolean {
    const { model, session } = this.#lab;
    const { phase, isAsking, info } = session;
    const idle = phase === 'ready' && !isAsking && this.running === null;
    return idle && model.embedded && teaching(info).possible;
  }

  /** Runs a figure, or remembers that it was asked for while the model is still loaded or asked. */
  press(figure: FigureId, steps: number | null): void {
    if (this.free) void this.run(figure, steps);
    else if (this.running === null) this.soon = figure;
  }

  async run(figure: FigureId, steps: number | null): Promise<void> {
    if (!this.free) return;
    this.soon = null;
    this.running = { figure, part: 1, parts: 1, stopping: false, returning: false };
    const plan = planOf(figure, steps);
    const place = new Place(this.#lab);
    try {
      const shown = await this.#make(plan);
      this.#shown = { ...this.#shown, [figure]: shown };
    } finally {
      // Until the laboratory is as it was no other figure begins.
      this.running = { ...this.running, returning: true };
      await place.restore();
      this.running = null;
    }
  }

  /** Ends the figure that is running, after the step or the language that it is at. */
  async stop(): Promise<void> {
    const { questions, runs, session } = this.#lab;
    this.soon = null;
    if (this.running === null || this.running.returning) return;
    this.running = { ...this.running, stopping: true };
    if (session.phase === 'running') await runs.stop();
    else await questions.stop();
  }

  async #make(plan: Plan): Promise<Shown> {
    const { session } = this.#lab;
    const ways = new Ways(this.#lab);
    ways.askAsAnybody();
    const shown: Shown = { plan, ending: 'whole', rows: [], path: [], beside: [] };
    if (!plan.way) return this.#ask(shown);
    const parts = ways.lacking([...(plan.beside ? [plan.beside] : []), plan.way]);
    if (this.running) this.running = { ...this.running, parts };
    const onRun = (): void => {
      const { running } = this;
      if (running) this.running = { ...running, part: Math.min(parts, running.part + 1) };
    };
    const isWanted = (): boolean => this.running?.stopping !== true;
    const beside = plan.beside ? await ways.reach(plan.beside, false, onRun, isWanted) : [];
    const path = beside && (await ways.reach(plan.way, true, onRun, isWanted));
    if (beside && path) return { ...shown, beside, path };
    const { here, path: reached } = session;
    const isStopped = here?.ending === 'stopped';
    return {
      ...shown,
      ending: isStopped || !isWanted() ? 'stopped' : 'failed',
      path: isStopped ? reached : [],
    };
  }

  /** The untouched model's answers about the lie of the lessons. */
  async #ask(shown: Shown): Promise<Shown> {
    const { checkpoints, session, trial } = this.#lab;
    trial.takeOver({ facts: [defaultFact] });
    await checkpoints.startOver();
    const { isAnswered, rows } = session;
    if (isAnswered && session.here?.parent === null) return { ...shown, rows };
    return { ...shown, ending: this.running?.stopping ? 'stopped' : 'failed', rows };
  }
}

const books = new WeakMap<Lab, StoryBook>();

/** The page's one book: what the figures have shown is there again when one comes back to the article. */
export function storyOf(lab: Lab): StoryBook {
  const book = books.get(lab) ?? new StoryBook(lab);
  books.set(lab, book);
  return book;
}
