/** @file The history as a person handles it: going to a checkpoint, naming it, deleting it. Other tabs learn of every change. */
import type { LabApi } from '../../worker/index.ts';
import type { Trouble } from '../../storage/index.ts';
import { locale, messages } from '../messages/index.ts';
import { bytes } from '../kit/format.ts';
import type { Questions } from './questions.ts';
import { isTaught, type Session } from './session.svelte.ts';
import { isLow, measureSpace } from './quota.ts';
import type { Trial } from './trial.svelte.ts';

/** On this channel tabs tell one another that the history has changed. */
const historyChannel = 'lethe/history';

/** Null where the browser refuses it, as Firefox does with blocked site data: then tabs share no history either. */
function openChannel(): BroadcastChannel | null {
  try {
    return new BroadcastChannel(historyChannel);
  } catch {
    return null;
  }
}

export class Checkpoints {
  readonly #tabs = openChannel();
  #warned = false;
  /** The trouble with storage that was told last. */
  #told: Trouble | null = null;

  constructor(
    private readonly api: LabApi,
    private readonly session: Session,
    private readonly questions: Questions,
    private readonly trial: Trial,
  ) {
    this.#tabs?.addEventListener('message', () => {
      if (session.info) void this.refresh();
    });
    // Perhaps the visitor allowed it meanwhile, or closed the other tab.
    document.addEventListener('visibilitychange', () => {
      if (session.trouble !== null && !document.hidden && session.info) void this.refresh();
    });
  }

  /** Goes to a checkpoint; the set-up takes over its fact, and what was measured there is shown. */
  go(id: string): Promise<void> {
    return this.session.attempt(async () => {
      const meta = await this.api.checkout(id);
      if (meta.experiment) {
        this.trial.takeOver(meta.experiment);
        this.trial.writeAddress();
      }
      this.session.checkedOut(meta);
      await this.questions.askIfUnknown();
    });
  }

  /** Goes back to the untouched model, where a lesson or a new lie begins; the fact on trial stays. */
  async startOver(): Promise<void> {
    const root = this.session.checkpoints.find(({ parent }) => parent === null);
    if (root) await this.go(root.id);
  }

  /**
   * Where a new lie begins, or an opened link: at the untouched model, unless this fact was taught on the way to where the model is. From
   * there one may go on (`goOnFrom`). During a run nothing happens.
   */
  async beginAnew(anyway = false): Promise<void> {
    const { session } = this;
    const { here } = session;
    if (session.phase !== 'ready' || !here || here.parent === null) return;
    if (!anyway && isTaught(session)) return;
    const root = session.checkpoints.find(({ parent }) => parent === null);
    if (!root) return;
    await this.#enter(root.id, here.id);
  }

  /** Back to what `beginAnew` left, with the fact that is on trial now. */
  goOnFrom(id: string): Promise<void> {
    return this.#enter(id, null);
  }

  #enter(id: string, left: string | null): Promise<void> {
    return this.session.attempt(async () => {
      this.session.checkedOut(await this.api.checkout(id));
      this.session.leftAt = left;
      await this.questions.askIfUnknown();
    });
  }

  rename(id: string, name: string): Promise<void> {
    return this.session.attempt(async () => {
      await this.api.rename(id, name);
      await this.changed();
    });
  }

  remove(...ids: string[]): Promise<void> {
    return this.session.attempt(async () => {
      await this.api.remove(...ids);
      await this.changed();
    });
  }

  /** Tries again to store what the browser had no room for. */
  saveUnsaved(): Promise<void> {
    return this.session.attempt(async () => {
      try {
        await this.api.saveUnsaved();
      } finally {
        await this.#read();
      }
    });
  }

  /** Reads the history again, after something was stored or deleted outside the laboratory. */
  refresh(): Promise<void> {
    return this.session.attempt(() => this.#read());
  }

  /** Reads the history anew, and lets other tabs do so. */
  async changed(): Promise<void> {
    this.#tabs?.postMessage(null);
    await this.#read();
  }

  async #read(): Promise<void> {
    Object.assign(this.session, await this.api.history());
    this.#tellTrouble();
    await this.#warnOfSpace();
  }

  /** Says once why nothing is stored; where something would be lost, that says it as long as it is so. */
  #tellTrouble(): void {
    const { trouble, unsaved } = this.session;
    const isNew = trouble !== null && trouble !== this.#told;
    this.#told = trouble;
    if (isNew && unsaved.length === 0)
      this.session.tell({ kind: 'message', words: messages.unsaved.troubles[trouble] });
  }

  /** Says that room is running out while there is still some. */
  async #warnOfSpace(): Promise<void> {
    const { notice, unsaved, info } = this.session;
    if (notice !== null || unsaved.length > 0 || !info || this.#warned) return;
    const space = await measureSpace();
    if (!space || !isLow(space, info.adapterParameters)) return;
    this.#warned = true;
    this.session.tell({ kind: 'low-space', detail: bytes(space.left, locale) });
  }
}
