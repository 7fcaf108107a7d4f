/** @file What a class counted, kept in this tab until it is closed, also when the page is loaded again: the last experiment's only. */
import { languageCodes } from '../../facts/index.ts';
import { canonicalJson, type Experiment } from '../../lab/index.ts';
import { noHands, withHands, withPupils, type Tally } from './tally.ts';

const key = 'lethe/tally';

/** What a class guesses about: the lie, where it is taught, and where it is unlearned; steps and rates are not asked of it. */
export function guessedAbout({ facts, teach, unlearn }: Experiment): string {
  return canonicalJson({ facts, taught: teach.languages, unlearned: unlearn?.languages ?? [] });
}

/** A tally, and the experiment that it is about. */
interface Kept {
  about: string;
  tally: Tally;
}

export class Counted {
  #kept = $state.raw(stored());

  /** What was counted about an experiment; nothing where the last count was about another one. */
  of(about: string): Tally {
    return this.#kept?.about === about ? this.#kept.tally : noHands;
  }

  /** Takes the place of what was counted before, about whatever that was. */
  count(about: string, tally: Tally): void {
    this.#kept = tally === noHands ? null : { about, tally };
    try {
      if (this.#kept) sessionStorage.setItem(key, JSON.stringify(this.#kept));
      else sessionStorage.removeItem(key);
    } catch {
      // Storage is closed to this page: the count lasts until it is loaded again.
    }
  }
}

function stored(): Kept | null {
  try {
    return read(JSON.parse(sessionStorage.getItem(key) ?? 'null') as unknown);
  } catch {
    return null;
  }
}

/** Whatever is stored, as far as it is a tally. */
function read(value: unknown): Kept | null {
  const { about, tally } = record(value);
  if (typeof about !== 'string') return null;
  const { pupils, hands } = record(tally);
  return {
    about,
    tally: languageCodes.reduce(
      (all, code) => {
        const raised = record(hands)[code];
        return raised === undefined ? all : withHands(all, code, Number(raised));
      },
      withPupils(noHands, Number(pupils)),
    ),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
