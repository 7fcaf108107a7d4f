/** @file Tables that are looked into by a name that comes from outside: a file, an address, a catalogue. */

/**
 * What a record itself has under a name; undefined for what it would only inherit, such as `constructor` or `__proto__`.
 * `src/own-entry.test.ts` refuses every other way to look into a record by a name that is not known when the code is written.
 */
export function ownEntry<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
