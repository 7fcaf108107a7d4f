/** @file How a visitor's facts travel: one JSON value, checked when it is read. */
import * as v from 'valibot';
import { draftFact, type DraftFact } from './own-fact.ts';
import { check } from '../check.ts';

const format = 'lethe-facts';
const file = v.strictObject({
  format: v.literal(format, `it should be "${format}"`),
  version: v.literal(1, 'this Lethe reads version 1'),
  facts: v.pipe(v.array(draftFact), v.maxLength(1000)),
});

export function factsToJson(facts: readonly DraftFact[]): string {
  const written = facts.map(({ name, wordings }) => ({ name, wordings }));
  return `${JSON.stringify({ format, version: 1, facts: written }, null, 2)}\n`;
}

/** Reads such a file; throws with the name of the first field that is wrong. */
export function factsFromJson(json: string): DraftFact[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new Error(`This file is not JSON: ${(cause as Error).message}`, { cause });
  }
  return check(file, value, 'This file of facts is not valid').facts;
}

/** The value as a fact that is being typed; throws with the name of the first wrong field. */
export function parseDraftFact(value: unknown): DraftFact {
  return check(draftFact, value, 'This fact is not valid');
}
