/** @file Which explanation fits what was measured in this run. The texts themselves are in the page's catalogue, by lesson and key. */
import {
  alone,
  chosen,
  isNothing,
  otherwise,
  someOf,
  type Rule,
  type Rules,
  type Sentence,
} from './rules.ts';
import { language, type LanguageCode } from '../facts/index.ts';
import type { RunEnding } from '../lab/index.ts';
import { seen, type Seen } from './seen.ts';
import type { Lesson, Outcome } from './types.ts';

const left = ({ says }: Seen) => ({ left: says });
const done = ({ outcome: { steps, planned } }: Seen) => ({ steps, planned });
const learned = ({ where, says }: Seen): boolean => someOf(where, says);

/** Some language that was unlearned said the lie before. */
const hadIt = ({ where, before }: Seen): boolean => someOf(where, before);

/** Where a run of unlearning ended. */
const endings: readonly Rule[] = [
  {
    key: 'early',
    when: (run) => endedBy(run, 'forgotten') && run.outcome.steps < run.outcome.planned,
    values: done,
  },
  { key: 'bound', when: (run) => endedBy(run, 'bound-reached'), values: done },
  {
    key: 'full',
    when: (run) => hadIt(run) && run.outcome.steps === run.outcome.planned,
    values: done,
  },
];

function endedBy(run: Seen, ending: RunEnding): boolean {
  return hadIt(run) && run.outcome.ending === ending;
}

/** Where both languages left it, against English alone. */
const inBothAndOne = ({ outcome: { beside }, says }: Seen): [number, number] => [
  says.length,
  beside.english?.says.length ?? NaN,
];

/** Languages beside the taught one that say the lie in Atlas. */
const inAtlas = ({ outcome: { beside }, where }: Seen): number =>
  (beside.atlas?.says ?? []).filter((code) => !where.includes(code)).length;
const inTwinAndAtlas = (run: Seen) => ({ twin: run.reached.length, atlas: inAtlas(run) });

export const explanations: Rules = {
  spread: [
    [
      { key: 'unlearnt', when: (run) => !learned(run), values: done },
      { key: 'none', when: ({ reached }) => reached.length === 0, values: done },
      {
        key: 'all',
        when: ({ missing }) => missing.length === 0,
        values: ({ reached }) => ({ count: reached.length }),
      },
      {
        key: 'some',
        when: otherwise,
        values: ({ reached, missing }) => ({ count: reached.length, missing }),
      },
    ],
  ],
  order: [
    [
      { key: 'unlearnt', when: (run) => run.firstStep === null && !learned(run), values: done },
      { key: 'none', when: ({ firstStep }) => firstStep === null, values: done },
      { key: 'first', when: ({ first }) => first.length === 1, values: came },
      { key: 'tie', when: otherwise, values: came },
    ],
    alone(
      'unreached',
      ({ firstStep, neverReached }) => firstStep !== null && neverReached.length > 0,
      ({ neverReached }) => ({ missing: neverReached }),
    ),
    [
      {
        key: 'script',
        when: ({ firstStep, places }) => firstStep !== null && places.same < places.different,
      },
      {
        key: 'mixed',
        when: ({ firstStep }) => firstStep !== null,
      },
    ],
  ],
  english: [
    [
      { key: 'nothing', when: isNothing },
      {
        key: 'unreached',
        when: ({ where, before }) => !someOf(where, before),
        values: ({ before }) => ({ before }),
      },
      { key: 'stays', when: learned, values: left },
      { key: 'nowhere', when: ({ says }) => says.length === 0 },
      {
        key: 'home',
        when: ({ says, home }) => says.every((code) => home.includes(code)),
        values: left,
      },
      { key: 'homeAndOthers', when: ({ says, home }) => someOf(home, says), values: left },
      { key: 'elsewhere', when: otherwise, values: left },
    ],
    endings,
    alone('why', (run) => hadIt(run) && !learned(run) && someOf(run.home, run.says)),
  ],
  both: [
    [
      { key: 'nothing', when: isNothing },
      { key: 'stays', when: learned, values: left },
      { key: 'nowhere', when: ({ says }) => says.length === 0 },
      { key: 'elsewhere', when: otherwise, values: left },
    ],
    alone(
      'numbers',
      (run) => !isNothing(run) && run.outcome.beside.english !== undefined,
      ({ outcome: { beside, steps }, says }) => ({
        english: beside.english?.says.length ?? 0,
        englishSteps: beside.english?.steps ?? 0,
        both: says.length,
        steps,
      }),
    ),
    [
      {
        key: 'better',
        when: (run) => {
          const [both, english] = inBothAndOne(run);
          return !isNothing(run) && both < english;
        },
      },
      {
        key: 'same',
        when: (run) => {
          const [both, english] = inBothAndOne(run);
          return !isNothing(run) && both === english;
        },
      },
      {
        key: 'worse',
        when: (run) => {
          const [both, english] = inBothAndOne(run);
          return !isNothing(run) && both > english;
        },
      },
    ],
  ],
  cost: [
    [
      {
        key: 'cost',
        when: ({ outcome: { kept } }) => kept !== null && kept.after < kept.before,
        values: costs,
      },
      {
        key: 'gained',
        when: ({ outcome: { kept } }) => kept !== null && kept.after > kept.before,
        values: costs,
      },
      { key: 'same', when: ({ outcome: { kept } }) => kept !== null, values: costs },
    ],
    [
      { key: 'nothing', when: isNothing },
      { key: 'left', when: ({ says }) => says.length > 0, values: left },
      {
        key: 'stop',
        when: ({ outcome: { goneAt, kept } }) => (kept?.after ?? NaN) < (goneAt?.kept ?? NaN),
        values: stop,
      },
      {
        key: 'stopEnd',
        when: ({ outcome: { goneAt, steps } }) => goneAt?.step === steps,
        values: stop,
      },
      {
        key: 'stopFree',
        when: ({ outcome: { goneAt } }) => goneAt?.kept !== undefined && goneAt.kept !== null,
        values: stop,
      },
    ],
    alone(
      'teaching',
      ({ outcome: { keptInTeaching: taught } }) => taught !== null && taught.after < taught.before,
      ({ outcome: { keptInTeaching: taught } }) => ({
        before: taught?.before ?? 0,
        after: taught?.after ?? 0,
        all: taught?.all ?? 0,
      }),
    ),
  ],
  gone: [
    [
      {
        key: 'never',
        when: ({ before }) => before.length > 0,
        values: ({ before }) => ({ left: before }),
      },
      { key: 'nothing', when: ({ outcome: { wasLearned } }) => wasLearned === false },
      {
        key: 'sooner',
        when: ({ sooner }) => sooner.length > 0,
        values: ({ sooner }) => ({ names: sooner }),
      },
      { key: 'same', when: ({ returned }) => returned.length > 0 },
      { key: 'not', when: otherwise, values: done },
    ],
    alone('screen', ({ before, outcome: { savings } }) => before.length === 0 && savings !== null),
  ],
  twin: [
    [
      { key: 'unlearnt', when: (run) => !learned(run), values: done },
      {
        key: 'stayed',
        when: (run) => run.reached.length === 0 && inAtlas(run) > 0,
        values: inTwinAndAtlas,
      },
      {
        key: 'fewer',
        when: (run) => run.reached.length < inAtlas(run),
        values: (run) => ({ ...inTwinAndAtlas(run), missing: run.missing }),
      },
      {
        key: 'same',
        when: (run) => run.reached.length === inAtlas(run),
        values: inTwinAndAtlas,
      },
      { key: 'more', when: otherwise, values: inTwinAndAtlas },
    ],
    alone(
      'knew',
      ({ outcome: { beside } }) => beside.atlas !== undefined,
      ({ outcome: { beside, knew } }) => ({ twin: knew, atlas: beside.atlas?.knew ?? 0 }),
    ),
    alone(
      'letters',
      (run) => learned(run) && run.reached.length > 0 && run.reached.every(sharesScript(run)),
      ({ reached }) => ({ reached }),
    ),
  ],
};

/** Whether a language has the letters of the one that was taught. */
function sharesScript({ where: [taught] }: Seen): (code: LanguageCode) => boolean {
  return (code) => taught !== undefined && language(code).script === language(taught).script;
}

function came({ first, firstStep }: Seen) {
  return { first, step: firstStep ?? 0 };
}

function costs({ outcome: { kept, steps } }: Seen) {
  const { before, after, all } = kept ?? { before: 0, after: 0, all: 0 };
  return { before, after, all, steps };
}

function stop({ outcome: { goneAt, kept, steps } }: Seen) {
  return {
    step: goneAt?.step ?? 0,
    kept: goneAt?.kept ?? 0,
    all: kept?.all ?? 0,
    after: kept?.after ?? 0,
    steps,
  };
}

/** The sentences that hold of the outcome, in their order. */
export function explain(lesson: Lesson, outcome: Outcome): Sentence[] {
  return chosen(explanations, lesson.id, seen(lesson, outcome));
}
