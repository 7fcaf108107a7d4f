/** @file Checks what comes from outside (files, stored rows, links), naming the field that is wrong. */
import { shorten } from '../shorten.ts';
import { ownEntry } from '../own-entry.ts';
import * as v from 'valibot';
import { languageCodes } from '../facts/index.ts';

export const natural = v.pipe(v.number(), v.integer(), v.minValue(0));
export const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
export const languages = v.pipe(v.array(v.picklist(languageCodes)), v.minLength(1));
export const steps = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000));
/** Milliseconds since 1970 that a `Date` can hold. */
export const moment = v.pipe(natural, v.maxValue(8.64e15));

/** A number that was measured. JSON has no infinity and no NaN: both are written as null, which is read as NaN. */
export const measured = v.pipe(
  v.union([v.number(), v.nan(), v.null()]),
  v.transform((value) => value ?? NaN),
);

/** A number that is null where it was not measured, and NaN where it was and came to none. */
export const perhapsMeasured = v.nullable(v.union([v.number(), v.nan()]));

/** A record some of whose fields had other names in older files: `names` is old to new. */
export function renamed<S extends v.GenericSchema>(
  names: Readonly<Record<string, string>>,
  schema: S,
): v.GenericSchema<unknown, v.InferOutput<S>> {
  const rename = (given: unknown): unknown =>
    typeof given === 'object' && given !== null
      ? Object.fromEntries(
          Object.entries(given).map(([key, own]) => [ownEntry(names, key) ?? key, own]),
        )
      : given;
  return v.pipe(v.unknown(), v.transform(rename), schema) as v.GenericSchema<
    unknown,
    v.InferOutput<S>
  >;
}

/** A value from outside that is not as it should be. */
export class FieldError extends Error {
  constructor(
    what: string,
    /** Path of the wrong field, e.g. `teach.steps`; null where it is the value as a whole. */
    readonly field: string | null,
    issue: string,
  ) {
    super(`${what}${field === null ? '' : `, field ${shorten(field)}`}: ${shorten(issue, 1000)}`);
    this.name = 'FieldError';
  }
}

/** The value as a schema has it; throws a `FieldError` for the first field that is wrong. */
export function check<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new FieldError(what, v.getDotPath(issue), issue.message);
}
