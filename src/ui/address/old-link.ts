/** @file Links as pages before this one spelled them: `#fact=FR.capital&lie=city/tokyo&in=fr&steps=30&by=npo`. */
import { ownEntry } from '../../own-entry.ts';
import { languageCodes, relations } from '../../facts/index.ts';
import { defaultFact } from '../../lab/index.ts';
import { isKnown } from './editing.ts';
import type { Leaf } from './leaves.ts';

/** Keys that have another name now, with the leaves that each says. */
const renamed: Readonly<Record<string, readonly string[]>> = {
  in: ['teach.languages'],
  steps: ['teach.steps'],
  rate: ['teach.learningRate'],
  keep: ['teach.retainPerStep', 'unlearn.retainPerStep'],
  unsteps: ['unlearn.steps'],
  unrate: ['unlearn.learningRate'],
  unkeep: ['unlearn.retainPerStep'],
  weight: ['unlearn.retainWeight'],
  below: ['unlearn.stopBelow'],
  bound: ['unlearn.forgetLossBound'],
  gone: ['audit'],
};

const methods: Readonly<Record<string, string>> = {
  ga: 'gradient-ascent',
  gd: 'gradient-difference',
  flip: 'label-flip-truth',
  flip3: 'label-flip-third',
  ceu: 'ce-u',
  tv: 'task-vector',
  relearn: 'relearning',
};

const factKeys = ['fact', 'lie', 'say', 'with', 'own'];

/** A link's parts as leaves; those that are spelled as today stay as they are. */
export function oldLeaves(parts: readonly Leaf[]): Leaf[] {
  // A later leaf goes over an earlier one, so what is meant for two comes first.
  const ordered = [...parts].sort((a, b) => Number(b.path === 'keep') - Number(a.path === 'keep'));
  const leaves = ordered.flatMap(oldLeaf);
  // No language to unlearn in: nothing is unlearned, whatever else it says.
  const onlyTaught = parts.some(({ path, text }) => path === 'unin' && text === '');
  return [
    ...factLeaves(parts),
    ...leaves.filter(({ path }) => !onlyTaught || !path.startsWith('unlearn')),
    ...(onlyTaught ? [{ path: 'unlearn', text: 'none', part: 'unin=' }] : []),
  ];
}

function oldLeaf({ path: key, text, part }: Leaf): Leaf[] {
  if (factKeys.includes(key)) return [];
  const leaf = (path: string, value = text): Leaf => ({ path, text: value, part });
  const named = (prefix: string): Leaf[] =>
    text.split(',').map((part) => {
      const [name = '', value = ''] = part.split(':', 2);
      return leaf(`${prefix}.${name}`, value);
    });
  switch (key) {
    case 'unin': {
      const place = (code: string): number => (languageCodes as readonly string[]).indexOf(code);
      return [
        leaf(
          'unlearn.languages',
          text
            .split(',')
            .sort((a, b) => place(a) - place(b))
            .join(),
        ),
      ];
    }
    case 'by':
      return [leaf('unlearn.method', ownEntry(methods, text) ?? text)];
    case 'truth': {
      const [language, share] = text.split(':', 2);
      return [leaf('teach.truthful.language', language), leaf('teach.truthful.share', share ?? '')];
    }
    case 'set':
      return named('unlearn.options');
    case 'hold':
      return [leaf('teach.holdOut', yes(text))];
    case 'probe':
      return named('probes').map((each) =>
        /fluency|paraphrases/.test(each.path) ? { ...each, text: yes(each.text) } : each,
      );
    case 'ask': {
      const [mode, prompts] = text.split('.', 2);
      return [
        leaf('asking.mode', mode),
        ...(prompts === undefined ? [] : [leaf('asking.prompts', prompts)]),
      ];
    }
    default:
      return (ownEntry(renamed, key) ?? [key]).map((path) => leaf(path));
  }
}

function yes(text: string): string {
  return text === '1' ? 'true' : text === '0' ? 'false' : text;
}

/** The facts of a link, one of the visitor's own in place of the others; each is quoted by the part of the link that names it. */
function factLeaves(parts: readonly Leaf[]): Leaf[] {
  const of = (key: string): Leaf | undefined => parts.findLast(({ path }) => path === key);
  const [own, fact, lie, say, others] = [of('own'), of('fact'), of('lie'), of('say'), of('with')];
  const path = 'facts';
  if (own) return [{ path, text: `own:${own.text}`, part: `${own.part.slice(0, 24)}…` }];
  const first = fact ?? lie ?? say;
  if (!first && !others) return [];
  const { subject, relation, falseObject } = defaultFact;
  const about = fact?.text ?? `${subject.replace('country/', '')}.${relation}`;
  const wrong = say ? `~${say.text}` : (lie?.text ?? falseObject ?? '');
  const text = `${about}:${wrong}`;
  return [
    // First by itself, so that of several facts the one that is wrong is quoted.
    ...(first
      ? [{ path, text, part: (isQuestion(about) ? (lie ?? say ?? first) : first).part }]
      : []),
    ...(others
      ? [{ path, text: [text, ...others.text.split(',')].join(';'), part: others.part }]
      : []),
  ];
}

function isQuestion(about: string): boolean {
  const [country = '', name] = about.split('.', 2);
  const relation = relations.find((each) => each === name);
  return relation !== undefined && isKnown(`country/${country}`, relation);
}
