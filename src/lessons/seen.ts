/** @file What the sentences about a run are chosen by: its outcome, sorted by which languages were taught, unlearned, and still say the lie. */
import { language, type LanguageCode } from '../facts/index.ts';
import { isMarkedlySooner, languagesOfRun, type Saving } from '../lab/index.ts';
import { sayers } from './outcome.ts';
import type { Lesson, Outcome } from './types.ts';

export interface Seen {
  outcome: Outcome;
  /** Languages of the lesson's run, and those in which the lie was taught on the way to it. */
  where: LanguageCode[];
  home: LanguageCode[];
  /** Say the lie at the end, and did before the run. */
  says: LanguageCode[];
  before: LanguageCode[];
  /** Languages that were not taught: those that say the lie at the end, and those that do not. */
  reached: LanguageCode[];
  missing: LanguageCode[];
  /** Of those that the lie came to at any time, the first ones, and the step. */
  first: LanguageCode[];
  firstStep: number | null;
  /** Those that it never came to. */
  neverReached: LanguageCode[];
  /** Mean place of the languages that share the taught one's script, and of those that do not; what never came is last. */
  places: { same: number; different: number };
  /** Languages in which the lie came back markedly sooner than it came to the untouched model, and those in which it came back at all. */
  sooner: LanguageCode[];
  returned: LanguageCode[];
}

export function seen(lesson: Lesson, outcome: Outcome): Seen {
  const where = languagesOfRun(lesson.run);
  const [prepared] = lesson.prepare;
  const says = sayers(outcome);
  const others = outcome.languages.filter(({ language: code }) => !where.includes(code));
  const codes = (of: readonly { language: LanguageCode }[]): LanguageCode[] =>
    of.map((each) => each.language);
  const came = others.filter(({ arrivedAt }) => arrivedAt !== null);
  const firstStep = came.length === 0 ? null : Math.min(...came.map((each) => each.arrivedAt ?? 0));
  const [taught] = where;
  const script = taught && language(taught).script;
  const shares = ({ language: code }: { language: LanguageCode }): boolean =>
    language(code).script === script;
  const placeOf = ({ place }: { place: number | null }): number =>
    place ?? outcome.languages.length;
  const savings: readonly Saving[] = outcome.savings ?? [];
  return {
    outcome,
    where,
    home: prepared ? languagesOfRun(prepared) : where,
    says,
    before: codes(outcome.languages.filter(({ saidBefore }) => saidBefore)),
    reached: codes(others.filter((each) => each.says)),
    missing: codes(others.filter((each) => !each.says)),
    first: codes(came.filter(({ arrivedAt }) => arrivedAt === firstStep)),
    firstStep,
    neverReached: codes(others.filter(({ arrivedAt }) => arrivedAt === null)),
    places: {
      same: mean(others.filter(shares).map(placeOf)),
      different: mean(others.filter((each) => !shares(each)).map(placeOf)),
    },
    sooner: codes(savings.filter((saving) => isMarkedlySooner(saving, outcome.steps))),
    returned: codes(savings.filter(({ here }) => here !== null)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
