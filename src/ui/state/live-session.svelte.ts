/** @file The session while the page is open: takes what happens, tells it to a screen reader, and makes a notice of what fails. */
import { reasonOf, Said } from '../messages/index.ts';
import { announcement } from '../view/announce.ts';
import { emptySession, reduce, type Notice, type Session, type SessionEvent } from './session.ts';
import { defaultSetup, testedFact } from './setup.ts';

export class LiveSession {
  session: Session = $state.raw(emptySession(testedFact(defaultSetup)));
  /** What a screen reader is told. */
  said = $state('');

  dispatch(event: SessionEvent): void {
    const before = this.session;
    this.session = reduce(before, event);
    this.said = announcement(before, event, this.session) ?? this.said;
  }

  tell(notice: Notice | null): void {
    this.dispatch({ type: 'notice', notice });
  }

  /** Does something; what goes wrong is told, and does not throw. */
  async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.tell(
        isBusyElsewhere(error)
          ? { kind: 'busy-elsewhere' }
          : error instanceof Said
            ? { kind: 'said', words: error.message }
            : { kind: 'action-failed', detail: reasonOf(error) },
      );
    }
  }
}

/** The error that the worker's turn-taking throws; its class does not cross to the page, its name does. */
export function isBusyElsewhere(error: unknown): boolean {
  return error instanceof Error && error.name === 'BusyElsewhereError';
}
