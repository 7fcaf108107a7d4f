/** @file A sweep in the address: what is varied, so that a link repeats it on another machine. */
import {
  languageCodes,
  relations,
  truth,
  type LanguageCode,
  type RelationId,
} from '../../facts/index.ts';
import {
  defaultTeach,
  gridSources,
  methods,
  type Draft,
  type PlanKind,
  type KnownFact,
  type TestedFact,
} from '../../lab/index.ts';
import { ownFromLink, ownToLink } from './own-link.ts';
import { falseCandidates, isKnown, ranges } from './setup.ts';

/** Most facts that a sweep is asked for on the page. */
export const mostFacts = 20;

const common = { steps: defaultTeach.steps, seed: defaultTeach.seed };

/** What each kind of sweep begins with. */
export const defaultDrafts: { readonly [K in PlanKind]: Extract<Draft, { kind: K }> } = {
  spread: { ...common, kind: 'spread', facts: 5, taught: languageCodes },
  grid: { ...common, kind: 'grid', facts: 2, taught: gridSources },
  methods: {
    ...common,
    kind: 'methods',
    facts: 1,
    taught: ['fr'],
    unlearnIn: ['en', 'fr'],
    methods,
    rates: [],
  },
};

/** The query of a plan, its view first. */
export function planQuery(draft: Draft): URLSearchParams {
  const { facts } = draft;
  return new URLSearchParams({
    view: draft.kind,
    facts: typeof facts === 'number' ? String(facts) : facts.map(factText).join(';'),
    in: draft.taught.join(','),
    steps: String(draft.steps),
    seed: String(draft.seed),
    ...(draft.kind === 'methods' && {
      unin: draft.unlearnIn.join(','),
      by: draft.methods.join(','),
      rates: draft.rates.join(','),
    }),
  });
}

/**
 * The draft that a query describes; what it does not name is as usual. Throws an `Error` that quotes the part which cannot be read.
 */
export function draftOf<K extends PlanKind>(
  kind: K,
  query: URLSearchParams,
): Extract<Draft, { kind: K }> {
  const read = <T>(key: string, usual: T, parse: (text: string) => T | null): T => {
    const text = query.get(key);
    if (text === null) return usual;
    const value = parse(text);
    if (value === null) throw new Error(`${key}=${text}`);
    return value;
  };
  const usual: Draft = defaultDrafts[kind];
  const draft: Draft = {
    ...usual,
    facts: read('facts', usual.facts, parseFacts),
    taught: read('in', usual.taught, parseLanguages),
    steps: read('steps', usual.steps, numberIn(ranges.teachSteps)),
    seed: read('seed', usual.seed, numberIn(ranges.seed)),
  };
  if (draft.kind === 'methods') {
    draft.unlearnIn = read('unin', draft.unlearnIn, parseLanguages);
    draft.methods = read('by', draft.methods, among(methods));
    draft.rates = read('rates', draft.rates, parseRates);
  }
  return draft as Extract<Draft, { kind: K }>;
}

const ownPrefix = 'own:';

/** `CL.capital:city/tokyo`, `CL.capital:~Tokyo` for a lie that was typed, and `own:…` for a fact of one's own. */
function factText(fact: TestedFact): string {
  if (fact.kind === 'own') return ownPrefix + (ownToLink(fact) ?? '');
  const { subject, relation, falseObject, falseText } = fact;
  const lie = falseText === null ? (falseObject ?? '') : `~${encodeURIComponent(falseText)}`;
  return `${subject.replace('country/', '')}.${relation}:${lie}`;
}

function parseFacts(text: string): number | TestedFact[] | null {
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    return count >= 1 && count <= mostFacts ? count : null;
  }
  const facts = text.split(';').map(parseFact);
  return facts.every((fact) => fact !== null) ? facts : null;
}

function parseFact(text: string): TestedFact | null {
  if (text.startsWith(ownPrefix)) {
    try {
      return ownFromLink(text.slice(ownPrefix.length));
    } catch {
      return null;
    }
  }
  const [, country, name, lie] = /^(\w+)\.(\w+):(.+)$/.exec(text) ?? [];
  const relation = relations.find((each) => each === name);
  if (country === undefined || relation === undefined || lie === undefined) return null;
  const subject = `country/${country}`;
  if (!isKnown(subject, relation)) return null;
  return withLie(subject, relation, lie);
}

function withLie(subject: string, relation: RelationId, lie: string): KnownFact | null {
  const about = { subject, relation, truth: truth(subject, relation) };
  if (lie.startsWith('~')) {
    try {
      return { ...about, falseObject: null, falseText: decodeURIComponent(lie.slice(1)) };
    } catch {
      return null;
    }
  }
  return falseCandidates(subject, relation).includes(lie)
    ? { ...about, falseObject: lie, falseText: null }
    : null;
}

/** A list of some of `all`, in their order; null where one is unknown or there is none. */
function among<T extends string>(all: readonly T[]): (text: string) => T[] | null {
  return (text) => {
    const named = text.split(',');
    const found = all.filter((each) => named.includes(each));
    return found.length === named.length && found.length > 0 ? found : null;
  };
}

const parseLanguages: (text: string) => LanguageCode[] | null = among(languageCodes);

function numberIn({ min, max }: { min: number; max: number }): (text: string) => number | null {
  return (text) => {
    const value = Number(text);
    return text !== '' && Number.isInteger(value) && value >= min && value <= max ? value : null;
  };
}

/** Learning rates, at most six of them; none: each method's own. */
export function parseRates(text: string): number[] | null {
  const { min, max } = ranges.unlearnRate;
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
