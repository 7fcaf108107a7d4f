/** @file Ways from the untouched model that lessons and the article prescribe: what is there of one is used again, the rest is run. */
import {
  runKey,
  runOf,
  type Asking,
  type CheckpointMeta,
  type ExperimentRun,
} from '../../lab/index.ts';
import type { Chain } from '../../lessons/index.ts';
import { defaultPreference, modeOf } from './asking-preference.ts';
import type { Lab } from './lab.ts';

export class Ways {
  constructor(private readonly lab: Lab) {}

  /** From now on everybody is asked in the same way, however the visitor asks; it is not stored. */
  askAsAnybody(): void {
    const { ownFacts, questions, session } = this.lab;
    ownFacts.borrow({ mode: modeOf(defaultPreference, session.info) });
    questions.settleAsking();
  }

  /** How the model is asked now, as a run says it. */
  get #asking(): Asking {
    return this.lab.session.asking ?? { mode: 'plain' };
  }

  /** The states that are there of a way, the root first. */
  #known(way: Chain): CheckpointMeta[] {
    const { checkpoints } = this.lab.session;
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
  lacking(ways: readonly Chain[]): number {
    const lacking = ways.flatMap((way) =>
      way
        .map((_, index) => JSON.stringify(way.slice(0, index + 1).map(runKey)))
        .slice(this.#known(way).length - 1),
    );
    const last = JSON.stringify(ways.at(-1)?.map(runKey));
    const once = [...lacking, last].filter((key, index, all) => all.indexOf(key) === index);
    return once.length;
  }

  /**
   * Goes to the end of a way, making the runs that are lacking (`anew`: the last one in any case); `onRun` hears of each that is done, and
   * `isWanted` is asked before each. Gives the checkpoints of the way, the root first; null where a run did not reach its end, or was not
   * wanted any more.
   */
  async reach(
    way: Chain,
    anew: boolean,
    onRun: () => void,
    isWanted = (): boolean => true,
  ): Promise<CheckpointMeta[] | null> {
    const { session, checkpoints, runs } = this.lab;
    const known = this.#known(anew ? way.slice(0, -1) : way);
    const at = known.at(-1);
    if (!at) return null;
    const rest = way.slice(known.length - 1);
    if (rest.length === 0) return known;
    await checkpoints.go(at.id);
    for (const run of rest) {
      if (!isWanted()) return null;
      await runs.perform(run);
      const { here, notice } = session;
      if (here === null || !isDone(here, run, this.#asking)) return null;
      // Whoever asked for the run says how it ended.
      if (notice?.kind === 'ended') session.tell(null);
      onRun();
    }
    return session.path;
  }
}

/** Whether a checkpoint is the end of what is prescribed, the model asked in this way. */
function isDone(meta: CheckpointMeta, wanted: ExperimentRun, asking: Asking): boolean {
  const run = runOf(meta);
  if (run === null || meta.ending === 'stopped' || meta.ending === 'diverged') return false;
  const { experiment, phase } = wanted;
  return (
    run.phase === phase && runKey(run) === runKey({ experiment: { ...experiment, asking }, phase })
  );
}
