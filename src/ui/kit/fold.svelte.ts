/** @file What is folded away until somebody asks for it, and made only then. */
export class Fold {
  open = $state(false);
  /** It has been open: what is in it is there, and stays. */
  opened = $state(false);

  toggle(): void {
    this.open = !this.open;
    this.opened = true;
  }
}
