/**
 * @file An experiment in the address bar, so that any one is a link. The hash is a readable spelling of the experiment: what it leaves
 * unsaid is as on the page when it opens, so older links mean what they meant.
 */
import { languageCodes, relations, type LanguageCode, type RelationId } from '../../facts/index.ts';
import { FieldError, parseExperiment, type Method } from '../../lab/index.ts';
import {
  defaultSetup,
  experimentOf,
  falseCandidates,
  isKnown,
  setupOf,
  type Lie,
  type Setup,
} from './setup.ts';

type Numeric = {
  [K in keyof Setup]: Setup[K] extends number ? K : never;
}[keyof Setup];

/** Numbers by their name in the address: the setting, and the field of the experiment. */
const numbers = {
  steps: ['teachSteps', 'teach.steps'],
  unsteps: ['unlearnSteps', 'unlearn.steps'],
  bound: ['bound', 'unlearn.forgetLossBound'],
  below: ['stopBelow', 'unlearn.stopBelow'],
  rate: ['learningRate', 'teach.learningRate'],
  unrate: ['unlearnRate', 'unlearn.learningRate'],
  keep: ['retainPerStep', 'teach.retainPerStep'],
  unkeep: ['unlearnRetain', 'unlearn.retainPerStep'],
  seed: ['seed', 'seed'],
} as const satisfies Record<string, readonly [Numeric, string]>;

/** These are in every link; the rest only where they are not at their defaults. */
const always = new Set(['steps', 'unsteps', 'bound', 'rate', 'unrate', 'keep', 'seed']);

/** Fields of the experiment by the part of a link that says them, where it is no number. */
const fields: Readonly<Record<string, string>> = {
  with: 'facts',
  truth: 'teach.truthful',
  weight: 'unlearn.retainWeight',
  set: 'unlearn.options',
  probe: 'probes',
};

const methodKeys: Readonly<Record<string, Method>> = {
  ga: 'gradient-ascent',
  gd: 'gradient-difference',
  kl: 'kl',
  npo: 'npo',
  simnpo: 'simnpo',
  dpo: 'dpo',
  altpo: 'altpo',
  flip: 'label-flip-truth',
  flip3: 'label-flip-third',
  wga: 'wga',
  satimp: 'satimp',
  undial: 'undial',
  ceu: 'ce-u',
  pdu: 'pdu',
  rmu: 'rmu',
  tv: 'task-vector',
  relearn: 'relearning',
};

/** Longest false answer that a person may type. */
export const longestLie = 60;

/**
 * The hash of a set-up, with its `#`: `#fact=FR.capital&lie=city/tokyo&in=fr&steps=30…`. Beside what it always says, where it is not
 * as usual: `with=JP.capital:city/berlin,PE.capital:~anything` (facts taught with it; typed answers after `~`), `truth=en:0.5` (true
 * text mixed in), `set=beta:0.2` (the method's own settings), `weight`, `below`, `unkeep`, `hold=1`, and
 * `probe=every:5,kept:40,candidates:8,paraphrases:1,fluency:1`.
 */
export function toHash(setup: Setup): string {
  const pairs: [string, string][] = [
    ['fact', factText(setup)],
    setup.falseText === null
      ? ['lie', setup.falseObject ?? '']
      : ['say', encodeURIComponent(setup.falseText)],
    ['in', [setup.teachIn, ...setup.alsoIn].join(',')],
    ['unin', setup.unlearnIn.join(',')],
  ];
  if (setup.unlearnIn.length > 0)
    pairs.push([
      'by',
      Object.keys(methodKeys).find((key) => methodKeys[key] === setup.method) ?? 'gd',
    ]);
  for (const [key, [name, field]] of Object.entries(numbers)) {
    const usual = key === 'unkeep' ? setup.retainPerStep : defaultSetup[name];
    const isSaid = field.startsWith('unlearn') ? setup.unlearnIn.length > 0 : true;
    if (isSaid && (always.has(key) || setup[name] !== usual))
      pairs.push([key, String(setup[name])]);
  }
  if (setup.others.length > 0)
    pairs.push(['with', setup.others.map((lie) => `${factText(lie)}:${lieText(lie)}`).join(',')]);
  const { truthful, probes } = setup;
  if (truthful) pairs.push(['truth', `${truthful.language}:${String(truthful.share)}`]);
  if (setup.unlearnIn.length > 0) {
    if (Object.keys(setup.options).length > 0) pairs.push(['set', namedText(setup.options)]);
    if (setup.retainWeight !== null) pairs.push(['weight', String(setup.retainWeight)]);
  }
  if (setup.holdOut) pairs.push(['hold', '1']);
  const asked = Object.fromEntries(
    probeKeys
      .filter((key) => probes[key] !== defaultSetup.probes[key])
      .map((key) => [key, Number(probes[key])]),
  );
  if (Object.keys(asked).length > 0) pairs.push(['probe', namedText(asked)]);
  return `#${pairs.map((pair) => pair.join('=')).join('&')}`;
}

const probeKeys = ['every', 'kept', 'candidates', 'paraphrases', 'fluency'] as const;

function factText({ subject, relation }: Lie): string {
  return `${subject.replace('country/', '')}.${relation}`;
}

function lieText({ falseObject, falseText }: Lie): string {
  return falseText === null ? (falseObject ?? '') : `~${encodeURIComponent(falseText)}`;
}

function namedText(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}:${String(value)}`)
    .join(',');
}

/**
 * Reads a hash. What it does not name keeps its default; null where it is empty.
 * Throws an `Error` that quotes the part which cannot be read.
 */
export function fromHash(hash: string): Setup | null {
  const text = hash.replace(/^#\/?/, '');
  if (text === '') return null;
  const setup: Setup = { ...defaultSetup };
  const given = new Map<string, string>();
  for (const part of text.split('&')) {
    const [key = '', value = ''] = part.split('=', 2);
    if (!(key in readers)) throw new Error(part);
    given.set(key, value);
  }
  for (const [key, read] of Object.entries(readers)) {
    const value = given.get(key);
    if (value !== undefined && !read(setup, value)) throw new Error(`${key}=${value}`);
  }
  for (const lie of [setup, ...setup.others]) {
    if (!isKnown(lie.subject, lie.relation))
      throw new Error(quoted(given, lie === setup ? 'fact' : 'with'));
    if (!isFitting(lie)) throw new Error(quoted(given, lie === setup ? 'lie' : 'with'));
  }
  try {
    return setupOf(parseExperiment(experimentOf(setup)));
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    const { field } = error;
    const key = [...given.keys()].find((name) => {
      const own = name in numbers ? numbers[name as keyof typeof numbers][1] : fields[name];
      return own !== undefined && field?.startsWith(own) === true;
    });
    throw new Error(key === undefined ? error.message : quoted(given, key), { cause: error });
  }
}

function quoted(given: ReadonlyMap<string, string>, key: string): string {
  return `${key}=${given.get(key) ?? ''}`;
}

function isFitting({ subject, relation, falseObject, falseText }: Lie): boolean {
  return (
    falseText !== null ||
    (falseObject !== null && falseCandidates(subject, relation).includes(falseObject))
  );
}

/** Each takes its value into the set-up and says whether it could be read. Order: the later may rely on the earlier. */
const readers: Readonly<Record<string, (setup: Setup, value: string) => boolean>> = {
  fact: (setup, value) => {
    const fact = factFrom(value);
    if (fact) Object.assign(setup, fact);
    return fact !== null;
  },
  lie: (setup, value) => {
    setup.falseObject = value;
    return value !== '';
  },
  say: (setup, value) => {
    const lie = typed(value);
    setup.falseText = lie;
    setup.falseObject = null;
    return lie !== null;
  },
  with: (setup, value) => {
    const lies = value.split(',').map((part): Lie | null => {
      const [about = '', answer = ''] = part.split(':', 2);
      const fact = factFrom(about);
      const falseText = answer.startsWith('~') ? typed(answer.slice(1)) : null;
      if (!fact || answer === '' || (answer.startsWith('~') && falseText === null)) return null;
      return { ...fact, falseObject: falseText === null ? answer : null, falseText };
    });
    setup.others = lies.filter((lie) => lie !== null);
    return setup.others.length === lies.length;
  },
  in: (setup, value) => {
    const [first = '', ...more] = value.split(',');
    if (!isLanguage(first) || !more.every(isLanguage)) return false;
    setup.teachIn = first;
    setup.alsoIn = more;
    return true;
  },
  truth: (setup, value) => {
    const [code = '', share = ''] = value.split(':', 2);
    if (!isLanguage(code)) return false;
    setup.truthful = { language: code, share: Number(share) };
    return share !== '';
  },
  unin: (setup, value) => {
    const codes = value === '' ? [] : value.split(',');
    setup.unlearnIn = languageCodes.filter((code) => codes.includes(code));
    return codes.every(isLanguage);
  },
  by: (setup, value) => {
    const method = methodKeys[value];
    if (method) setup.method = method;
    return method !== undefined;
  },
  ...Object.fromEntries(
    Object.entries(numbers).map(([key, [name]]) => [
      key,
      (setup: Setup, value: string) => {
        setup[name] = Number(value);
        if (key === 'keep') setup.unlearnRetain = Number(value);
        return value !== '' && Number.isFinite(setup[name]);
      },
    ]),
  ),
  set: (setup, value) => {
    const options = named(value);
    if (options) setup.options = options;
    return options !== null;
  },
  weight: (setup, value) => {
    setup.retainWeight = Number(value);
    return value !== '' && Number.isFinite(setup.retainWeight);
  },
  hold: (setup, value) => {
    setup.holdOut = value === '1';
    return value === '0' || value === '1';
  },
  probe: (setup, value) => {
    const { paraphrases, fluency, ...counts } = named(value) ?? { unknown: 1 };
    setup.probes = {
      ...setup.probes,
      ...counts,
      ...(paraphrases !== undefined && { paraphrases: paraphrases === 1 }),
      ...(fluency !== undefined && { fluency: fluency === 1 }),
    };
    return Object.keys(counts).every((key) => (probeKeys as readonly string[]).includes(key));
  },
};

function factFrom(value: string): Pick<Lie, 'subject' | 'relation'> | null {
  const [country = '', relation = ''] = value.split('.', 2);
  return (relations as readonly string[]).includes(relation)
    ? { subject: `country/${country}`, relation: relation as RelationId }
    : null;
}

/** A typed answer, decoded; null where it is none or too long. */
function typed(value: string): string | null {
  const lie = decoded(value)?.trim() ?? '';
  return lie !== '' && lie.length <= longestLie ? lie : null;
}

/** `beta:0.2,gamma:1` as a record; null where it cannot be read. */
function named(value: string): Record<string, number> | null {
  const pairs = value.split(',').map((part) => {
    const [name = '', number = ''] = part.split(':', 2);
    return [name, number === '' ? NaN : Number(number)] as const;
  });
  return pairs.every(([name, number]) => name !== '' && Number.isFinite(number))
    ? Object.fromEntries(pairs)
    : null;
}

function isLanguage(code: string): code is LanguageCode {
  return (languageCodes as readonly string[]).includes(code);
}

function decoded(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}
