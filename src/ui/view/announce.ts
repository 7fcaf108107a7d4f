/** @file What a screen reader is told when an event arrives: only what a person watching would remark on. */
import { subjectName, type RelationId } from '../../facts/index.ts';
import type { RunSettings } from '../../lab/index.ts';
import { locale, messages } from '../messages/index.ts';
import type { Session, SessionEvent } from '../state/session.ts';
import { believers, changes, falseName } from './board.ts';
import { languageList, languageTitle } from './names.ts';

/** The sentence to be read out, or null where the event is not worth interrupting for. */
export function announcement(before: Session, event: SessionEvent, after: Session): string | null {
  const { run, load } = messages;
  switch (event.type) {
    case 'loaded':
      return load.ready;
    case 'load-progress':
      return before.progress?.stage === event.progress.stage
        ? null
        : load.announced({ stage: load.stages[event.progress.stage] });
    case 'run-requested':
      return runTitle(event.settings);
    case 'run-event':
      return event.event.type === 'probe' ? turned(before, after) : null;
    case 'run-finished':
      return run.announce.finished({
        believing: believers(after.rows).length,
        all: after.rows.length,
      });
    default:
      return null;
  }
}

/** After a fact was picked from what the model knows. */
export function pickedText(subject: string, relation: RelationId): string {
  return messages.knowledge.picked({
    question: messages.board.question({
      relation: messages.teach.relations[relation],
      country: subjectName(subject, locale),
    }),
  });
}

function runTitle(settings: RunSettings): string {
  const names = languageList(settings.languages);
  return messages.run.announce[settings.kind]({ languages: names });
}

/** Languages that crossed over with the last measurement. */
function turned(before: Session, after: Session): string | null {
  const { announce } = messages.run;
  const { gained, lost } = changes(before.rows, after.rows);
  const lie = falseName(after.fact, locale);
  const sentences = [
    ...gained.map(({ code }) => announce.gained({ language: languageTitle(code), lie })),
    ...lost.map(({ code }) => announce.lost({ language: languageTitle(code), lie })),
  ];
  return sentences.length > 0 ? sentences.join(' ') : null;
}
