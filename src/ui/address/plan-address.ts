/** @file A sweep in the address: what is varied, so that a link repeats it on another machine. */
import { languageCodes } from '../../facts/index.ts';
import {
  planDraftSchemas,
  FieldError,
  gridSources,
  methods,
  openingExperiment,
  parsePlanDraft,
  type PlanDraft,
  type PlanKind,
} from '../../lab/index.ts';
import { rangeOf } from './editing.ts';
import { factsSpelling } from './fact-link.ts';
import { leafOf, leavesOf, spelled, withLeaves, type Leaf } from './leaves.ts';

const common = { steps: openingExperiment.teach.steps, seed: openingExperiment.seed };

/** What each kind of sweep begins with. */
export const defaultDrafts: { readonly [K in PlanKind]: Extract<PlanDraft, { kind: K }> } = {
  spread: { kind: 'spread', facts: 5, taught: languageCodes, ...common },
  grid: { kind: 'grid', facts: 2, taught: gridSources, ...common },
  methods: {
    kind: 'methods',
    facts: 1,
    taught: ['fr'],
    ...common,
    unlearnIn: ['en', 'fr'],
    methods,
    rates: [],
  },
};

const spellings = { facts: factsSpelling };

/** Keys of older links. */
const oldKeys = { in: 'taught', unin: 'unlearnIn', by: 'methods' } as const;

/** What a plan says in a query, its view first: null where it is as at first. */
export function planQuery(draft: PlanDraft): Record<string, string | null> {
  const { kind, asking: _asking, adapter: _adapter, ...varied } = draft;
  const { kind: _, ...defaults } = defaultDrafts[kind];
  const names = [...Object.keys(oldKeys), ...leavesOf(defaults, spellings).map(([path]) => path)];
  return {
    view: kind,
    ...Object.fromEntries(names.map((name) => [name, null])),
    ...Object.fromEntries(spelled(varied, defaults, spellings)),
  };
}

/** The draft that a query describes; what it does not name has its default. Throws an `Error` that quotes the part which cannot be read. */
export function planDraftOf<K extends PlanKind>(
  kind: K,
  query: URLSearchParams,
): Extract<PlanDraft, { kind: K }> {
  const defaults = defaultDrafts[kind];
  const leaves = [...query].flatMap(([key, text]): Leaf[] => {
    const path = Object.hasOwn(oldKeys, key) ? oldKeys[key as keyof typeof oldKeys] : key;
    // Other parts of the query are the view's own.
    return path !== 'kind' && Object.hasOwn(defaults, path)
      ? [{ path, text, part: `${key}=${text}` }]
      : [];
  });
  try {
    return parsePlanDraft(kind, withLeaves(defaults, leaves, planDraftSchemas[kind], spellings));
  } catch (error) {
    const leaf = error instanceof FieldError ? leafOf(leaves, error.field) : undefined;
    throw leaf ? new Error(leaf.part, { cause: error }) : error;
  }
}

/** Learning rates, at most six of them; none: each method's own. */
export function parseRates(text: string): number[] | null {
  const { min, max } = rangeOf('unlearn.learningRate');
  const rates = plainDigits(text)
    .split(/[\s,;،；，、]+/)
    .filter((part) => part !== '');
  const values = [...new Set(rates.map(Number))];
  return values.length <= 6 && values.every((value) => value >= min && value <= max)
    ? values
    : null;
}

/** Numbers as JavaScript reads them: `0,001` and `٠٫٠٠١` are 0.001. No rate is 0, so a comma behind a lone 0 is a decimal comma. */
function plainDigits(text: string): string {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replaceAll('٫', '.')
    .replace(/(?<![\d.])0,(?=\d)/g, '0.');
}
