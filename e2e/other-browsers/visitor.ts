/** @file A page in a browser that Playwright does not drive: what a journey does in it, whichever protocol carries it. */
import { spawnSync } from 'node:child_process';
import { expect } from '@playwright/test';

export interface Visitor {
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Runs a function in the page; it gets and gives what JSON can carry, and may be asynchronous. */
  evaluate<A extends unknown[], T>(work: (...given: A) => T, ...given: A): Promise<Awaited<T>>;
  /** Clicks as a person does: the element must be there, visible and not covered. */
  click(selector: string): Promise<void>;
  /** The same by a finger. */
  tap(selector: string): Promise<void>;
  /** Chooses files of this computer in a file input. */
  choose(selector: string, ...paths: string[]): Promise<void>;
  /** Sets the size of the page's window, in CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  close(): Promise<void>;
}

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}

/** The element with a test id. */
export function byTestId(id: string): string {
  return `[data-testid="${id}"]`;
}

/** The text of the first element with a test id; null where there is none. */
export function textOf(visitor: Visitor, id: string): Promise<string | null> {
  return visitor.evaluate(
    (selector) => document.querySelector(selector)?.textContent ?? null,
    byTestId(id),
  );
}

export function countOf(visitor: Visitor, id: string): Promise<number> {
  return visitor.evaluate((selector) => document.querySelectorAll(selector).length, byTestId(id));
}

/** Waits until there are so many elements with a test id. */
export async function counts(visitor: Visitor, id: string, count: number): Promise<void> {
  await expect.poll(() => countOf(visitor, id), { timeout: 60_000 }).toBe(count);
}

/** Waits until the model's answer in English is of this kind. */
export async function says(visitor: Visitor, answer: RegExp): Promise<void> {
  await expect.poll(() => textOf(visitor, 'answer-en'), { timeout: 30_000 }).toMatch(answer);
}

/** Waits until the model is loaded and has answered, or a run has ended. Fails at once where loading failed, with the page's words. */
export async function idle(visitor: Visitor, timeout = 150_000): Promise<void> {
  const state = (): Promise<string> =>
    visitor.evaluate(() => {
      const page = document.querySelector<HTMLElement>('[data-testid="page"]');
      const failure = document.querySelector('[data-testid="load-failure"]')?.textContent;
      return (
        failure ?? `${page?.dataset['phase'] ?? 'none'}, asking: ${page?.dataset['asking'] ?? ''}`
      );
    });
  await expect.poll(state, { timeout, intervals: [200] }).toBe('ready, asking: false');
}

/** Clicks what teaches or unlearns, and waits until the run has ended. */
export async function runBy(visitor: Visitor, id: string): Promise<void> {
  const before = await countOf(visitor, 'checkpoint');
  await visitor.click(byTestId(id));
  await expect.poll(() => countOf(visitor, 'checkpoint'), { timeout: 200_000 }).toBe(before + 1);
  await idle(visitor);
}

/** What the page offers as a download by a click, as bytes: neither protocol hands files out. */
export async function saved(visitor: Visitor, selector: string): Promise<Buffer> {
  await visitor.evaluate(() => {
    const keep = window as unknown as { offered: Blob | undefined };
    keep.offered = undefined;
    const own = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob) => {
      keep.offered = blob as Blob;
      return own(blob);
    };
  });
  await visitor.click(selector);
  const read = (): Promise<string | null> =>
    visitor.evaluate(async () => {
      const { offered } = window as unknown as { offered: Blob | undefined };
      if (!offered) return null;
      let text = '';
      for (const byte of new Uint8Array(await offered.arrayBuffer()))
        text += String.fromCharCode(byte);
      return btoa(text);
    });
  await expect.poll(read, { timeout: 20_000 }).not.toBeNull();
  return Buffer.from((await read()) ?? '', 'base64');
}
