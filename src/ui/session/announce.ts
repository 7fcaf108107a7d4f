/** @file What a screen reader is told: only what a person watching would remark on. */
import { subjectName, type RelationId } from '../../facts/index.ts';
import {
  languagesOfRun,
  type ExperimentRun,
  type ProbeRow,
  type TestedFact,
} from '../../lab/index.ts';
import { factLanguage, messages } from '../messages/index.ts';
import { believers, changes, falseName } from './belief.ts';
import { languageList, languageTitle } from '../kit/names.ts';

/** After a fact was picked from what the model knows. */
export function pickedText(subject: string, relation: RelationId): string {
  return messages.knowledge.picked({
    question: messages.board.question({
      relation: messages.teach.relations[relation],
      country: subjectName(subject, factLanguage),
    }),
  });
}

/** When a run begins. */
export function runTitle(run: ExperimentRun): string {
  const names = languageList(languagesOfRun(run));
  return messages.run.announce[run.phase]({ languages: names });
}

/** Languages that crossed over with the last measurement; null where none did. */
export function turnedText(
  before: readonly ProbeRow[],
  after: readonly ProbeRow[],
  fact: TestedFact,
): string | null {
  const { announce } = messages.run;
  const { gained, lost } = changes(before, after);
  const lie = falseName(fact, factLanguage);
  const sentences = [
    ...gained.map(({ code }) => announce.gained({ language: languageTitle(code), lie })),
    ...lost.map(({ code }) => announce.lost({ language: languageTitle(code), lie })),
  ];
  return sentences.length > 0 ? sentences.join(' ') : null;
}

/** When a run has ended. */
export function finishedText(rows: readonly ProbeRow[]): string {
  return messages.run.announce.finished({
    believing: believers(rows).length,
    all: rows.length,
  });
}
