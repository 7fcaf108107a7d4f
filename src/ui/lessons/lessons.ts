/** @file A lesson's words: the explanation that fits what was measured, and a guess as a line of text. */
import { explain, type Guess, type Lesson, type Outcome } from '../../lessons/index.ts';
import { languagesOfRun } from '../../lab/index.ts';
import { direction, messages } from '../messages/index.ts';
import { languageList, languageName, languageTitle } from '../kit/names.ts';

/** Paragraphs that say what this run showed. */
export function explanation(lesson: Lesson, outcome: Outcome): string[] {
  const text = messages.lessons.explain;
  const found = explain(lesson, outcome);
  switch (found.lesson) {
    case 'spread':
      return [
        found.case === 'some' ? text.spread.some({ count: found.count }) : text.spread[found.case],
      ];
    case 'order':
      return [
        found.case === 'none' || found.first === null
          ? text.order.none
          : text.order[found.case]({ first: languageName(found.first) }),
      ];
    case 'english':
    case 'both': {
      const own = text[found.lesson];
      return [
        found.case === 'nowhere'
          ? own.nowhere
          : own[found.case]({ left: languageList(found.left) }),
      ];
    }
    case 'cost': {
      const { kept } = outcome;
      const other =
        kept === null || found.case === 'unknown'
          ? text.cost.unknown
          : text.cost[found.case]({ before: kept.before, after: kept.after, all: kept.all });
      const own =
        found.left.length === 0
          ? text.cost.clean
          : text.cost.left({ left: languageList(found.left) });
      return [other, own];
    }
    case 'gone': {
      const { at, first } = found;
      if (found.case === 'never') return [text.gone.never];
      if (found.case === 'not' || at === null) return [text.gone.not({ steps: outcome.steps })];
      if (first === null) return [text.gone.quick({ at })];
      return [text.gone[found.case]({ at, first })];
    }
  }
}

/** A guess in a line: `French and Hindi`, `7`, `Spanish, Russian, Chinese, Swahili`. */
export function guessText(guess: Guess): string {
  if (guess.kind === 'number') return String(guess.value);
  if (guess.languages.length === 0) return messages.lessons.predict.noLanguage;
  if (guess.kind === 'languages') return languageList(guess.languages);
  const arrow = direction() === 'rtl' ? '←' : '→';
  return guess.languages.map((code) => languageTitle(code)).join(` ${arrow} `);
}

/** The number that a lesson's question asked for; null where it did not come to pass. */
export function measuredNumber(lesson: Lesson, outcome: Outcome): number | null {
  if (lesson.id === 'cost') return outcome.kept?.after ?? null;
  if (lesson.id === 'gone') {
    const [home] = languagesOfRun(lesson.run);
    return outcome.languages.find((each) => each.language === home)?.arrivedAt ?? null;
  }
  return outcome.languages.filter(({ says }) => says).length;
}
