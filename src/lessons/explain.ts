/** @file Which explanation fits what was measured in this run. The texts themselves are in the page's catalogue. */
import { language, languageCodes, type LanguageCode } from '../facts/index.ts';
import { languagesOfRun } from '../lab/index.ts';
import { sayers } from './outcome.ts';
import type { Lesson, Outcome } from './types.ts';

/** A case of the catalogue, with the numbers and languages that its sentence names. */
export type Explanation =
  | { lesson: 'spread'; case: 'all' | 'some' | 'none' | 'unlearnt'; count: number }
  | { lesson: 'order'; case: 'script' | 'mixed' | 'none'; first: LanguageCode | null }
  | {
      lesson: 'english' | 'both';
      case: 'nowhere' | 'home' | 'elsewhere' | 'stays';
      left: LanguageCode[];
    }
  | { lesson: 'cost'; case: 'cost' | 'free' | 'unknown'; left: LanguageCode[] }
  | {
      lesson: 'gone';
      case: 'never' | 'quicker' | 'slower' | 'not';
      at: number | null;
      first: number | null;
    };

/** Chooses by the outcome alone. */
export function explain(lesson: Lesson, outcome: Outcome): Explanation {
  const where = languagesOfRun(lesson.run);
  const says = sayers(outcome);
  switch (lesson.id) {
    case 'spread': {
      const count = says.filter((code) => !where.includes(code)).length;
      const learnt = where.every((code) => says.includes(code));
      return {
        lesson: 'spread',
        case: !learnt
          ? 'unlearnt'
          : count === 0
            ? 'none'
            : count === languageCodes.length - where.length
              ? 'all'
              : 'some',
        count,
      };
    }
    case 'order':
      return orderOf(where[0], outcome);
    case 'english':
    case 'both': {
      const home = lesson.prepare[0] ? languagesOfRun(lesson.prepare[0]) : [];
      return {
        lesson: lesson.id,
        case:
          says.length === 0
            ? 'nowhere'
            : where.some((code) => says.includes(code))
              ? 'stays'
              : home.some((code) => says.includes(code))
                ? 'home'
                : 'elsewhere',
        left: says,
      };
    }
    case 'cost': {
      const { kept } = outcome;
      return {
        lesson: 'cost',
        case: kept === null ? 'unknown' : kept.after < kept.before ? 'cost' : 'free',
        left: says,
      };
    }
    case 'gone':
      return relearnt(where[0], outcome);
  }
}

/** Did the languages that share the source's script hear of it earlier, on average, than those that do not? */
function orderOf(source: LanguageCode | undefined, outcome: Outcome): Explanation {
  const came = outcome.languages.filter(
    ({ language: code, place }) => place !== null && code !== source,
  );
  const mean = (places: readonly number[]): number =>
    places.reduce((sum, place) => sum + place, 0) / places.length;
  const script = source && language(source).script;
  // Those that never came are behind all that did.
  const placeOf = ({ place }: { place: number | null }): number => place ?? languageCodes.length;
  const others = outcome.languages.filter((each) => each.language !== source);
  const same = others.filter((each) => language(each.language).script === script).map(placeOf);
  const different = others.filter((each) => language(each.language).script !== script).map(placeOf);
  const [first] = [...came].sort((a, b) => placeOf(a) - placeOf(b));
  return {
    lesson: 'order',
    case: first === undefined ? 'none' : mean(same) < mean(different) ? 'script' : 'mixed',
    first: first?.language ?? null,
  };
}

function relearnt(source: LanguageCode | undefined, outcome: Outcome): Explanation {
  const own = outcome.languages.find(({ language: code }) => code === source);
  const [at, first] = [own?.arrivedAt ?? null, outcome.firstTaughtAt];
  return {
    lesson: 'gone',
    case: own?.saidBefore
      ? 'never'
      : at === null
        ? 'not'
        : first === null || at < first
          ? 'quicker'
          : 'slower',
    at,
    first,
  };
}
