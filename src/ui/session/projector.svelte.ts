/** @file The projector: large type without controls, stepped through with the arrow keys. */

/** What the screen on view can be stepped through. */
export interface Stepper {
  /** Name of the scene on view, its number from 1, and how many there are. */
  title: string;
  position: number;
  count: number;
  /** Why the last step on or back did nothing; empty where it did something. */
  told: string;
  next: () => void;
  back: () => void;
}

export class Projector {
  on = $state(false);
  /** Set by the screen on view; null where it has nothing to step through. */
  stepper: Stepper | null = $state.raw(null);

  constructor(on: boolean) {
    this.#set(on);
  }

  toggle(): void {
    this.#set(!this.on);
  }

  /**
   * P toggles where no control has the focus; while it is on, the arrow keys step, in the direction in which the page is read. Keys that are typed into a field are left
   * alone.
   */
  key(event: KeyboardEvent): void {
    const [onward, backward] =
      document.documentElement.dir === 'rtl'
        ? ['ArrowLeft', 'ArrowRight']
        : ['ArrowRight', 'ArrowLeft'];
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === 'p' || event.key === 'P') {
      if (isOnControl(event.target)) return;
      this.toggle();
    } else if (!this.on || event.defaultPrevented || this.stepper === null) return;
    else if (event.key === onward || event.key === 'PageDown') this.stepper.next();
    else if (event.key === backward || event.key === 'PageUp') this.stepper.back();
    else return;
    event.preventDefault();
  }

  #set(on: boolean): void {
    this.on = on;
    if (on) document.documentElement.dataset['projector'] = '';
    else delete document.documentElement.dataset['projector'];
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox]), select, textarea'))
  );
}

function isOnControl(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.tabIndex >= 0 && target !== document.body;
}
