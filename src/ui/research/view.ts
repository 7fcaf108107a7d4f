/** @file What every view of the research screen is given. */
import type { Lab } from '../session/lab.ts';

export interface ViewProps {
  lab: Lab;
  /** The address's query, the view included. */
  query: URLSearchParams;
  /** Changes some of the query (null takes a key out); `replace`: without a step in the browser's history. */
  go: (changes: Readonly<Record<string, string | null>>, replace?: boolean) => void;
}

/** The hash of a query with some of it changed. */
export function hashWith(
  query: URLSearchParams,
  changes: Readonly<Record<string, string | null>>,
): string {
  const next = new URLSearchParams(query);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) next.delete(key);
    else next.set(key, value);
  }
  return `#/research?${next.toString()}`;
}

/** The whole address of a hash of this page. */
export function linkTo(hash: string): string {
  return new URL(hash, location.href).href;
}
