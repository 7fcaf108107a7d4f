/** @file Memory of a browser: all its processes together, as Linux counts them. */
import { readdirSync, readFileSync } from 'node:fs';

/** Watches the processes of the browser that uses a profile; `peak` is the most bytes that they held at once, pages they share counted once. */
export class BrowserMemory {
  peak = 0;
  now = 0;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly profile: string,
    // To look takes the kernel 50 ms for 3 GB, and holds up what it looks at.
    milliseconds = 2000,
  ) {
    this.timer = setInterval(() => {
      this.sample();
    }, milliseconds);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Begins to look for the peak anew. */
  restart(): void {
    this.peak = 0;
    this.sample();
  }

  private sample(): void {
    this.now = processesOf(this.profile).reduce((sum, id) => sum + proportionalBytes(id), 0);
    this.peak = Math.max(this.peak, this.now);
  }
}

/** Ids of the process whose command line names the profile, and of all that descend from it. */
function processesOf(profile: string): number[] {
  const parents = new Map<number, number>();
  const roots: number[] = [];
  for (const name of readdirSync('/proc')) {
    const id = Number(name);
    if (!Number.isInteger(id)) continue;
    const stat = read(`/proc/${id}/stat`);
    parents.set(id, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    if (read(`/proc/${id}/cmdline`).includes(`--user-data-dir=${profile}`)) roots.push(id);
  }
  const descends = (id: number | undefined): boolean =>
    id !== undefined && id > 1 && (roots.includes(id) || descends(parents.get(id)));
  return [...parents.keys()].filter(descends);
}

/** Proportional set size: a page that several processes map counts for each in part. */
function proportionalBytes(id: number): number {
  const [, kilobytes] = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${id}/smaps_rollup`)) ?? [];
  return 1024 * Number(kilobytes ?? 0);
}

/** Empty where the process ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
