/** @file A section that is collapsed at first, and is made when it is first opened. */
export class Disclosure {
  open = $state(false);
  /** It was open before: its content is made, and stays. */
  opened = $state(false);

  toggle(): void {
    this.open = !this.open;
    this.opened = true;
  }
}
