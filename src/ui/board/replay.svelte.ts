/** @file What moves along the chart: the step that the page looks back at, and playing by itself. */
import { measuredSteps, nearestStep, runAt } from './moment.ts';
import type { ChartData } from './series.ts';

/** A whole way plays in about so many milliseconds; no step takes longer than the other. */
const playTime = 5000;
const longestStep = 400;

export class Replay {
  /** It moves by itself. */
  playing = $state(false);
  #at: number | null = $state(null);
  /** The data that it looks back along: among others the step means nothing. */
  #of: string | null = $state(null);
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly data: () => ChartData) {}

  /** The step that is looked back at; null: now. */
  get at(): number | null {
    return this.#of === keyOf(this.data()) ? this.#at : null;
  }

  /** At the step looked back at, a run had more steps to take. */
  get isUnderWay(): boolean {
    const { at } = this;
    const run = at === null ? null : runAt(this.data(), at);
    return run !== null && at !== null && at < run.end;
  }

  show(step: number): void {
    this.pause();
    this.#show(step);
  }

  #show(step: number): void {
    const data = this.data();
    this.#of = keyOf(data);
    this.#at = nearestStep(measuredSteps(data), step);
  }

  now(): void {
    this.pause();
    this.#at = null;
  }

  pause(): void {
    clearInterval(this.#timer);
    this.playing = false;
  }

  /** Plays from one step to another; without them all there is, from where it is looked back at. At the very end it is now. */
  play(from = this.at ?? 0, to = Infinity): void {
    const all = measuredSteps(this.data());
    const end = all.at(-1) ?? 0;
    const [first = 0, ...rest] = all.filter((step) => step >= from && step <= to);
    this.show(first);
    this.playing = true;
    this.#timer = setInterval(
      () => {
        const step = rest.shift();
        if (step === undefined || this.at === null) this.pause();
        else if (step >= end) this.now();
        else this.#show(step);
      },
      Math.min(longestStep, playTime / Math.max(1, all.length)),
    );
  }
}

/** Data with other runs or measurements have another key. */
function keyOf({ runs, length }: ChartData): string {
  return [runs.length, length, runs.at(-1)?.probes.length ?? 0].join(' ');
}
