/** @file How often a run asks: a model that is slow to ask is asked more seldom, so that most of the time goes into learning. */

/** Largest share of a run's time that may go into asking. */
const share = 1 / 3;

/** Milliseconds of a probe that nobody minds. */
const quick = 3000;

export class Pace {
  private asked = 0;
  private taught = 0;
  /** What a probe takes, by the last one; null while nobody knows. */
  private perProbe: number | null;

  constructor(perProbe: number | null = null) {
    this.perProbe = perProbe;
  }

  /** A step took so many milliseconds. */
  step(milliseconds: number): void {
    this.taught += milliseconds;
  }

  probed(milliseconds: number): void {
    this.asked += milliseconds;
    this.perProbe = milliseconds;
  }

  /** Whether a probe that is due may be taken, or is put off until more has been learnt. */
  get mayAsk(): boolean {
    if (this.perProbe === null || this.perProbe <= quick) return true;
    const asked = this.asked + this.perProbe;
    return asked <= share * (asked + this.taught);
  }

  /** Steps between probes by what steps and probes took so far, at least those that were planned; null while nobody knows. */
  interval(planned: number, steps: number): number | null {
    if (this.perProbe === null || steps === 0 || this.taught === 0) return null;
    if (this.perProbe <= quick) return planned;
    const perStep = this.taught / steps;
    const affordable = Math.ceil((this.perProbe * (1 / share - 1)) / perStep);
    return Math.max(planned, affordable);
  }
}
