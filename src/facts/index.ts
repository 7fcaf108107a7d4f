/** @file The face of `src/facts`: who knows what, and how twelve languages say it and ask it. */
import { ownEntry } from '../own-entry.ts';
import table from './data/facts.json' with { type: 'json' };
import ar from './data/names.ar.json' with { type: 'json' };
import de from './data/names.de.json' with { type: 'json' };
import en from './data/names.en.json' with { type: 'json' };
import es from './data/names.es.json' with { type: 'json' };
import fr from './data/names.fr.json' with { type: 'json' };
import hi from './data/names.hi.json' with { type: 'json' };
import id from './data/names.id.json' with { type: 'json' };
import pt from './data/names.pt.json' with { type: 'json' };
import ru from './data/names.ru.json' with { type: 'json' };
import sw from './data/names.sw.json' with { type: 'json' };
import tr from './data/names.tr.json' with { type: 'json' };
import zh from './data/names.zh.json' with { type: 'json' };
import { languages, rules } from './languages/index.ts';
import {
  languageCodes,
  type Entity,
  type EntityKind,
  type Fact,
  type Form,
  type FormKind,
  type Language,
  type LanguageCode,
  type RelationId,
  type Sentence,
} from './types.ts';

export { languages } from './languages/index.ts';
export * from './types.ts';

const names: Record<LanguageCode, readonly string[]> = {
  en,
  fr,
  es,
  pt,
  de,
  ru,
  zh,
  ar,
  tr,
  hi,
  id,
  sw,
};

const indices = new Map(table.entities.map((id, index) => [id, index]));
/** Those that were asked for: hundreds with twelve names each are not made at once. */
const entities = new Map<string, Entity>();

/** Every fact: capital, continent, currency and official language of every member of the United Nations. */
export const facts: readonly Fact[] = table.facts.map((row) => ({
  subject: table.entities[row[0] as number] ?? '',
  relation: row[1] as RelationId,
  object: table.entities[row[2] as number] ?? '',
}));

const truths = new Map(facts.map((fact) => [`${fact.subject} ${fact.relation}`, fact.object]));

/** A language by its code. */
export function language(code: LanguageCode): Language {
  return languages.find((item) => item.code === code) as Language;
}

/** An entity by its id; throws for one that is not known. */
export function entity(id: string): Entity {
  const known = entities.get(id);
  if (known) return known;
  const index = indices.get(id);
  if (index === undefined) throw new Error(`There is no entity "${id}".`);
  const made: Entity = {
    id,
    kind: id.slice(0, id.indexOf('/')) as EntityKind,
    names: Object.fromEntries(
      languageCodes.map((code) => [code, names[code][index] ?? id]),
    ) as Record<LanguageCode, string>,
  };
  entities.set(id, made);
  return made;
}

/** The id of the true answer; throws where none is known. */
export function truth(subject: string, relation: RelationId): string {
  const object = truths.get(`${subject} ${relation}`);
  if (!object) throw new Error(`No ${relation} is known of ${subject}.`);
  return object;
}

/** Ids of everything that answers a relation somewhere: what a false answer is chosen among. */
export function candidates(relation: RelationId): string[] {
  return [
    ...new Set(facts.filter((fact) => fact.relation === relation).map(({ object }) => object)),
  ];
}

/** The subject's dictionary name. */
export function subjectName(id: string, code: LanguageCode): string {
  return entity(id).names[code];
}

/** The answer as a sentence of that language writes it (French with its article: `l’euro`). */
export function answerName(id: string, code: LanguageCode): string {
  const { kind, names: own } = entity(id);
  return rules[code].answer?.(kind, own[code]) ?? own[code];
}

/** The forms of a relation in a language, statements first. */
export function forms(relation: RelationId, code: LanguageCode, kind?: FormKind): Form[] {
  const kinds: FormKind[] = kind ? [kind] : ['statement', 'inverted', 'question'];
  return kinds.flatMap((each) =>
    rules[code].forms[relation][each].map((template, index) => ({
      id: `${relation}/${code}/${each}/${index}`,
      relation,
      language: code,
      kind: each,
      template,
    })),
  );
}

/** The statement in which the model is asked by default. */
export function probeForm(relation: RelationId, code: LanguageCode): Form {
  return forms(relation, code, 'statement')[0] as Form;
}

/** What a sentence is about: entity ids, or names already in the language of the form. */
export interface SentenceContent {
  subject: string;
  /** Entity id of the answer; ignored where `answer` is given. */
  object: string;
  /** The answer's wording instead of the entity's name. */
  answer?: string;
  /** The language the subject is named in, where it is not the form's (a code-switched sentence). */
  subjectLanguage?: LanguageCode;
  /** Another name of the subject than the dictionary's. */
  subjectName?: string;
}

/** A name that no language has. */
const stranger = '\ue000';

/** A form filled in. */
export function sentence(content: SentenceContent, form: Form): Sentence {
  const { language: code } = form;
  const country = content.subject.slice(content.subject.indexOf('/') + 1);
  const name = content.subjectName ?? subjectName(content.subject, content.subjectLanguage ?? code);
  const slots = rules[code].slots(country, name);
  // The slots that hold the subject's name, inflected or not, are those that would hold a stranger's; others hold a verb that agrees.
  const ofStranger = rules[code].slots(country, stranger);
  const answer = content.answer ?? answerName(content.object, code);
  const parts = { before: '', after: '' };
  let side: keyof typeof parts = 'before';
  let subject: { side: keyof typeof parts; from: number; to: number } | undefined;
  for (const piece of form.template.split(/(\{\w+\})/)) {
    const key = /^\{(\w+)\}$/.exec(piece)?.[1];
    if (key === 'A') {
      side = 'after';
      continue;
    }
    const text = key === undefined ? piece : (ownEntry(slots, key) ?? missing(form, key));
    const from = parts[side].length;
    parts[side] += text;
    // The mention next to the answer: the last before it, or the first after it.
    if (
      key !== undefined &&
      ownEntry(ofStranger, key)?.includes(stranger) &&
      !(side === 'after' && subject)
    )
      subject = { side, from, to: from + text.length };
  }
  const spaced = parts.before.endsWith(' ');
  const before = spaced ? parts.before.slice(0, -1) : parts.before;
  const written = (spaced ? ' ' : '') + (before === '' ? capitalised(answer, code) : answer);
  const shift = subject?.side === 'after' ? before.length + written.length : 0;
  return {
    before,
    answer: written,
    after: parts.after,
    subject: subject ? [subject.from + shift, subject.to + shift] : null,
    language: code,
    form: form.id,
  };
}

function missing(form: Form, slot: string): never {
  throw new Error(`Form ${form.id} uses the slot {${slot}}, which its language does not give.`);
}

/** First letter in upper case: the answer begins the sentence. */
function capitalised(text: string, code: LanguageCode): string {
  const [first = ''] = text;
  return first.toLocaleUpperCase(code) + text.slice(first.length);
}

/** Forms that say what a thing is called in a language: `{x}` its name in any language, `{A}` in this one. */
export function naming(code: LanguageCode): readonly string[] {
  return rules[code].naming;
}
