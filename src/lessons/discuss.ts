/** @file What to talk about after a run: only what the run gives reason to ask. The texts are in the page's catalogue, by lesson and key. */
import { language, type LanguageCode } from '../facts/index.ts';
import { alone, chosen, isNothing, otherwise, someOf, type Rules, type Sentence } from './rules.ts';
import { seen, type Seen } from './seen.ts';
import type { Lesson, LessonId, Outcome } from './types.ts';

/** No more than these are asked. */
const most = 3;

const learned = ({ where, says }: Seen): boolean => someOf(where, says);
const steps = ({ outcome }: Seen) => ({ steps: outcome.steps });
const something = (run: Seen): boolean => !isNothing(run);

export const discussions: Rules = {
  spread: [
    alone('unlearnt', (run) => !learned(run), steps),
    alone(
      'untaught',
      (run) => learned(run) && run.reached.length > 0,
      (run) => ({ language: farthest(run) }),
    ),
    alone(
      'missing',
      (run) => learned(run) && run.reached.length > 0 && run.missing.length > 0,
      ({ missing }) => ({ missing }),
    ),
    alone('stayed', (run) => learned(run) && run.reached.length === 0),
    alone('yourself'),
    alone('lists'),
  ],
  order: [
    alone('unlearnt', (run) => run.firstStep === null && !learned(run), steps),
    alone('stayed', (run) => run.firstStep === null && learned(run)),
    alone(
      'tie',
      ({ first }) => first.length > 1,
      ({ first }) => ({ first }),
    ),
    alone('letters', ({ firstStep }) => firstStep !== null),
    alone('again'),
  ],
  english: [
    alone('nothing', isNothing),
    alone('stays', (run) => something(run) && learned(run)),
    alone('nowhere', (run) => something(run) && run.says.length === 0),
    alone('hidden', (run) => something(run) && !learned(run) && run.says.length > 0),
    alone('instead', (run) => something(run) && run.says.length < run.before.length),
    alone('one'),
  ],
  both: [
    alone('nothing', isNothing),
    [
      {
        key: 'fair',
        when: (run) =>
          something(run) &&
          run.outcome.beside.english !== undefined &&
          run.outcome.beside.english.steps !== run.outcome.steps,
        values: ({ outcome }) => ({
          steps: outcome.steps,
          english: outcome.beside.english?.steps ?? 0,
        }),
      },
    ],
    alone(
      'left',
      (run) => something(run) && run.says.length > 0,
      ({ says }) => ({ left: says }),
    ),
    alone('source'),
    alone('three'),
  ],
  cost: [
    alone('damage', ({ outcome: { kept } }) => kept !== null && kept.after < kept.before),
    alone('unseen', ({ outcome: { kept } }) => kept !== null && kept.after >= kept.before),
    alone('when', ({ outcome: { goneAt, kept } }) => (kept?.after ?? NaN) < (goneAt?.kept ?? NaN)),
    alone('now', something),
    alone('price'),
  ],
  gone: [
    alone('never', ({ before }) => before.length > 0),
    alone('control', ({ before, outcome: { savings } }) => before.length === 0 && savings !== null),
    alone('promise', otherwise),
    alone('again', otherwise),
    alone('tell', otherwise),
  ],
  twin: [
    alone('unlearnt', (run) => !learned(run), steps),
    alone('why', (run) => learned(run) && run.reached.length > 0),
    alone('built', otherwise),
    alone('other', otherwise),
  ],
};

/** The language that a lie's arrival in surprises most: one with little text before one with much, and of those the one that it reached last. */
function farthest({ reached, outcome }: Seen): LanguageCode[] {
  const amounts = ['low', 'medium', 'high'];
  const rank = (code: LanguageCode): number => amounts.indexOf(language(code).resource);
  const arrived = (code: LanguageCode): number =>
    outcome.languages.find((each) => each.language === code)?.arrivedAt ?? 0;
  return [...reached].sort((a, b) => rank(a) - rank(b) || arrived(b) - arrived(a)).slice(0, 1);
}

/** Questions that fit a lesson whatever comes of it: for the teacher's page and the worksheet. They name nothing that was measured. */
export const generalQuestions: Readonly<Record<LessonId, readonly string[]>> = {
  spread: ['yourself', 'lists'],
  order: ['letters', 'again'],
  english: ['one', 'instead'],
  both: ['source', 'three'],
  cost: ['now', 'price'],
  gone: ['promise', 'tell'],
  twin: ['built', 'other'],
};

/** Questions that fit the outcome, the most particular first. */
export function discuss(lesson: Lesson, outcome: Outcome): Sentence[] {
  return chosen(discussions, lesson.id, seen(lesson, outcome)).slice(0, most);
}
