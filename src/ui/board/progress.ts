/** @file How far a run or the loading is, in words. */
import type { LoadProgress } from 'lethe-lora/engine';
import type { Messages } from '../messages/index.ts';
import type { LiveRun } from '../session/live-run.svelte.ts';
import { beside, bytes, decimal, duration, percent, timeLeft, whole } from '../kit/format.ts';

/** What stands beside a run's progress bar: the step, and the time left or the loss. */
export function progressText(
  run: LiveRun,
  locale: string,
  { run: text }: Messages,
): { main: string; aside: string } {
  if (run.step === 0 && run.loss === null && run.fraction === 0)
    return { main: text.preparing, aside: '' };
  const left = timeLeft(run);
  const ofSteps = (step: number) => ({
    step: whole(step, locale),
    steps: whole(run.steps, locale),
  });
  const aside = [
    left === null || left === 0 ? null : text.left({ time: duration(left, locale) }),
    run.loss === null ? null : text.loss({ loss: decimal(run.loss, locale) }),
  ];
  return {
    main:
      run.step >= run.steps
        ? text.finishing
        : run.fraction > 0
          ? text.part({ ...ofSteps(run.step + 1), share: percent(run.fraction, locale) })
          : text.step(ofSteps(run.step)),
    aside: beside(
      aside.filter((part) => part !== null),
      locale,
    ),
  };
}

/** What stands beside the loading bar. */
export function loadText(
  progress: LoadProgress | null,
  locale: string,
  { load: text }: Messages,
): { main: string; aside: string } {
  if (!progress) return { main: text.starting, aside: '' };
  const { stage, loaded, total } = progress;
  const known = loaded !== undefined && total !== undefined && total > 0;
  return {
    main: text.stages[stage],
    aside: known ? text.bytes({ loaded: bytes(loaded, locale), total: bytes(total, locale) }) : '',
  };
}

/** The stages' shares of one bar from 0 to 1: fetching is most of the wait. */
export function loadFraction(progress: LoadProgress | null): number {
  if (!progress) return 0;
  const [start, span] = { download: [0, 0.75], build: [0.75, 0.25] }[progress.stage] as [
    number,
    number,
  ];
  return start + span * Math.min(1, Math.max(0, progress.fraction));
}
