/** @file The session while the page is open: takes what happens, tells it to a screen reader, and makes a notice of what fails. */
import { reasonOf, Said } from '../messages/index.ts';
import { announcement } from '../view/announce.ts';
import { emptySession, reduce, type Notice, type Session, type SessionEvent } from './session.ts';
import { defaultSetup, testedFact } from './setup.ts';

export class LiveSession {
  #whole: Session = $state.raw(emptySession(testedFact(defaultSetup)));
  /** What is known now. Whoever shows one field of it is called when that field changes, and not at each of the others. */
  readonly session: Readonly<Session> = fieldByField(() => this.#whole);
  /** What a screen reader is told. */
  said = $state('');

  dispatch(event: SessionEvent): void {
    const before = this.#whole;
    this.#whole = reduce(before, event);
    this.said = announcement(before, event, this.#whole) ?? this.said;
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

/** A view of a value that is replaced as a whole, with a signal for each of its fields. */
function fieldByField<T extends object>(whole: () => T): Readonly<T> {
  const view = {};
  for (const key of Object.keys(whole()) as (keyof T)[]) {
    const field = $derived(whole()[key]);
    Object.defineProperty(view, key, { enumerable: true, get: () => field });
  }
  return view as T;
}

/** The error that the worker's turn-taking throws; its class does not cross to the page, its name does. */
export function isBusyElsewhere(error: unknown): boolean {
  return error instanceof Error && error.name === 'BusyElsewhereError';
}
