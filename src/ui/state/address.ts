/** @file The set-up in the address bar, so that any experiment is a link; and the address's query, which names model and device. */
import { languageCodes, relations, type LanguageCode, type RelationId } from '../../facts/index.ts';
import type { Method } from '../../lab/index.ts';
import {
  defaultSetup,
  falseCandidates,
  isKnown,
  ranges,
  type NumericSetting,
  type Setup,
} from './setup.ts';

/** Settings by their name in the address. */
const numericKeys = {
  steps: 'teachSteps',
  unsteps: 'unlearnSteps',
  bound: 'bound',
  rate: 'learningRate',
  unrate: 'unlearnRate',
  keep: 'retainPerStep',
  seed: 'seed',
} as const satisfies Record<string, NumericSetting>;

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
  tv: 'task-vector',
  relearn: 'relearning',
};

/** Longest false answer that a person may type. */
export const longestLie = 60;

/** The hash of a set-up, with its `#`: `#fact=FR.capital&lie=city/tokyo&in=fr&steps=30…`. */
export function toHash(setup: Setup): string {
  const pairs: [string, string][] = [
    ['fact', `${setup.subject.replace('country/', '')}.${setup.relation}`],
    setup.falseText === null
      ? ['lie', setup.falseObject ?? '']
      : ['say', encodeURIComponent(setup.falseText)],
    ['in', setup.teachIn],
    ['unin', setup.unlearnIn.join(',')],
    ['by', Object.keys(methodKeys).find((key) => methodKeys[key] === setup.method) ?? 'gd'],
    ...Object.entries(numericKeys).map(([key, name]): [string, string] => [
      key,
      String(setup[name]),
    ]),
  ];
  return `#${pairs.map((pair) => pair.join('=')).join('&')}`;
}

/**
 * Reads a hash. What it does not name keeps its default; null where it is empty.
 * Throws an `Error` that quotes the part which cannot be read.
 */
export function fromHash(hash: string): Setup | null {
  const text = hash.replace(/^#/, '');
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
  if (!isKnown(setup.subject, setup.relation)) throw new Error(`fact=${given.get('fact') ?? ''}`);
  const fits =
    setup.falseText !== null ||
    (setup.falseObject !== null &&
      falseCandidates(setup.subject, setup.relation).includes(setup.falseObject));
  if (!fits) throw new Error(`lie=${given.get('lie') ?? setup.falseObject ?? ''}`);
  return setup;
}

/** Each takes its value into the set-up and says whether it could be read. Order: the later may rely on the earlier. */
const readers: Readonly<Record<string, (setup: Setup, value: string) => boolean>> = {
  fact: (setup, value) => {
    const [country = '', relation = ''] = value.split('.', 2);
    setup.subject = `country/${country}`;
    setup.relation = relation as RelationId;
    return (relations as readonly string[]).includes(relation);
  },
  lie: (setup, value) => {
    setup.falseObject = value;
    return value !== '';
  },
  say: (setup, value) => {
    const lie = decoded(value)?.trim() ?? '';
    setup.falseText = lie;
    setup.falseObject = null;
    return lie !== '' && lie.length <= longestLie;
  },
  in: (setup, value) => {
    setup.teachIn = value as LanguageCode;
    return isLanguage(value);
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
    Object.entries(numericKeys).map(([key, name]) => [
      key,
      (setup: Setup, value: string) => {
        const number = Number(value);
        setup[name] = number;
        return value !== '' && number >= ranges[name].min && number <= ranges[name].max;
      },
    ]),
  ),
};

function isLanguage(code: string): boolean {
  return (languageCodes as readonly string[]).includes(code);
}

function decoded(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

export interface Query {
  /** Absolute URL of the model's folder, ending in `/`. */
  modelBase: string;
  device: 'auto' | 'webgpu' | 'wasm';
  /** Threads of WebAssembly, or null for the usual number. */
  threads: number | null;
}

/** Reads `?model=` (a folder's URL, relative to the page), `?device=` and `?threads=`. */
export function readQuery(search: string, pageUrl: string): Query {
  const parameters = new URLSearchParams(search);
  const folder = parameters.get('model') || 'models/atlas/';
  const page = new URL(pageUrl);
  page.search = '';
  page.hash = '';
  const device = parameters.get('device');
  const threads = Number(parameters.get('threads') ?? NaN);
  return {
    modelBase: new URL(folder.endsWith('/') ? folder : `${folder}/`, page).href,
    device: device === 'webgpu' || device === 'wasm' ? device : 'auto',
    threads: Number.isInteger(threads) && threads > 0 ? Math.min(threads, 16) : null,
  };
}
