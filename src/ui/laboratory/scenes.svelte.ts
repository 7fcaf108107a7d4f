/** @file The projector's scenes: ask, teach, the order of arrival, unlearn, what is left. A step on may begin the run that the next scene shows. */
import { untrack } from 'svelte';
import type { Replay } from '../board/replay.svelte.ts';
import type { ChartData } from '../board/series.ts';
import { messages } from '../messages/index.ts';
import type { Lab } from '../session/lab.ts';
import { isTaught } from '../session/session.svelte.ts';

export const scenes = ['ask', 'teach', 'order', 'unlearn', 'left'] as const;
export type Scene = (typeof scenes)[number];

/** Made while a component is initialised: its effects live as long as that component. */
export class Scenes {
  #index = $state(0);
  /** A step on was asked for while the model was busy: it is taken when it no longer is. */
  #onward = $state(false);
  /** Why a step on or back did nothing. */
  #told = $state('');

  constructor(
    private readonly lab: Lab,
    private readonly data: () => ChartData,
    private readonly replay: Replay,
  ) {
    $effect(() => {
      if (this.#onward && this.#isIdle && lab.projector.on) untrack(() => this.#forth());
    });
    $effect(() => {
      const { on } = lab.projector;
      untrack(() => {
        if (on) this.#enter(this.#index);
        else replay.now();
      });
    });
    $effect(() => () => {
      replay.now();
    });
    $effect(() => {
      lab.projector.stepper = {
        title: messages.projector.scenes[this.#scene],
        position: this.#index + 1,
        count: scenes.length,
        told: this.#told,
        next: () => {
          this.#forth();
        },
        back: () => {
          this.#back();
        },
      };
      return () => {
        lab.projector.stepper = null;
      };
    });
  }

  /** The scene on view; undefined where there is no projector. */
  get current(): Scene | undefined {
    return this.lab.projector.on ? this.#scene : undefined;
  }

  get #scene(): Scene {
    return scenes[this.#index] ?? 'ask';
  }

  get #isIdle(): boolean {
    const { phase, isAsking } = this.lab.session;
    return phase === 'ready' && !isAsking;
  }

  /** Begins what the next scene shows where it has not been; waits where something must end first. */
  #forth(): void {
    const coming = scenes[this.#index + 1];
    const why = messages.projector.why;
    this.#told = coming === undefined ? why.last : '';
    if (coming === undefined) return;
    const lastPhase = this.data().runs.at(-1)?.taken.phase ?? null;
    const teaches = coming === 'teach' && lastPhase === null;
    const unlearns = coming === 'unlearn' && lastPhase !== 'unlearn';
    this.#onward = (teaches || unlearns) && !this.#isIdle;
    if (this.#onward) this.#told = why.waiting;
    else if (unlearns && !isTaught(this.lab.session)) this.#told = why.nothingTaught;
    if (this.#told !== '') return;
    if (teaches) void this.lab.runs.teach();
    if (unlearns) void this.lab.runs.unlearn();
    this.#enter(this.#index + 1);
  }

  #back(): void {
    this.#onward = false;
    const isFirst = this.#index === 0;
    this.#enter(this.#index - 1);
    if (isFirst) this.#told = messages.projector.why.first;
  }

  /** Each scene shows its own time: what was said before, then how it came, never the end too soon. */
  #enter(index: number): void {
    const { replay } = this;
    const { runs, length } = this.data();
    this.#told = '';
    this.#index = Math.min(scenes.length - 1, Math.max(0, index));
    const turn = runs.find(({ taken }) => taken.phase === 'unlearn')?.start ?? length;
    const scene = this.#scene;
    if (this.lab.session.phase === 'running' || runs.length === 0) replay.now();
    else if (scene === 'ask') replay.show(0);
    else if (scene === 'teach') replay.play(0, turn);
    else if (scene === 'order') replay.show(turn);
    else if (scene === 'unlearn') replay.play(turn);
    else replay.now();
  }
}
