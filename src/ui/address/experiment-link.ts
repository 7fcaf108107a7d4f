/**
 * @file An experiment in the address bar, so that any one is a link: `#facts=CL.capital:city/tokyo&teach.steps=20&unlearn.method=npo`.
 * Which model runs it, with which adapter, is in the query (`model-link.ts`).
 */
import {
  experimentSchema,
  FieldError,
  openingExperiment,
  parseExperiment,
  unlearningBy,
  type Experiment,
} from '../../lab/index.ts';
import { factsSpelling, packed, unpacked } from './fact-link.ts';
import { leafOf, spelled, withLeaves, type Leaf } from './leaves.ts';
import { oldLeaves } from './old-link.ts';

const spellings = {
  facts: factsSpelling,
  'asking.prompts': { write: packed, read: unpacked },
};

/** What a link says elsewhere, or what follows from the rest. */
const elsewhere = new Set(['version', 'model', 'adapter', 'together']);

/** The hash of an experiment, with its `#`. The facts are always named; the rest where it is not as on the page when it opens. */
export function toHash(experiment: Experiment): string {
  const { unlearn } = experiment;
  const defaults = {
    ...openingExperiment,
    facts: [],
    unlearn:
      unlearn && openingExperiment.unlearn
        ? {
            ...unlearningBy(unlearn.method, openingExperiment.unlearn.languages),
            method: openingExperiment.unlearn.method,
          }
        : openingExperiment.unlearn,
  };
  const parts = spelled(experiment, defaults, spellings)
    .filter(([path]) => !elsewhere.has(path.split('.')[0] ?? ''))
    .map(([path, text]) => `${path}=${text}`);
  return `#${parts.join('&')}`;
}

/** Reads a hash; null where it is empty. Throws an `Error` that quotes the part which cannot be read. */
export function fromHash(hash: string): Experiment | null {
  const text = hash.replace(/^#\/?/, '');
  if (text === '') return null;
  const leaves = text.split('&').flatMap((part): Leaf[] => {
    const at = part.indexOf('=');
    const [key, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
    if (elsewhere.has(key.split('.')[0] ?? '')) throw new Error(part);
    return [{ path: key, text: value, part }];
  });
  const named = oldLeaves(leaves);
  try {
    return parseExperiment(withFacts(withLeaves(opening, named, experimentSchema, spellings)));
  } catch (error) {
    const leaf = error instanceof FieldError ? leafOf(named, error.field) : undefined;
    throw leaf ? new Error(leaf.part, { cause: error }) : error;
  }
}

/** The experiment that the page opens with, as far as it does not follow from the method. */
const opening = {
  ...openingExperiment,
  unlearn: openingExperiment.unlearn && {
    method: openingExperiment.unlearn.method,
    languages: openingExperiment.unlearn.languages,
  },
};

/** Several facts of a link are taught together. */
function withFacts(read: unknown): unknown {
  const { facts } = read as { facts: readonly unknown[] };
  return { ...(read as object), together: facts.length > 1 };
}
