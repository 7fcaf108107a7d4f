/** @file The vocabulary of facts: languages, entities, facts, and the forms in which they are said and asked. */

export const languageCodes = [
  'en',
  'fr',
  'es',
  'pt',
  'de',
  'ru',
  'zh',
  'ar',
  'tr',
  'hi',
  'id',
  'sw',
] as const;
export type LanguageCode = (typeof languageCodes)[number];

/** How much text of a language the embedded model was given: the groups of the board. */
export type ResourceLevel = 'high' | 'medium' | 'low';

export interface Language {
  code: LanguageCode;
  /** English name, and the language's own name for itself. */
  englishName: string;
  endonym: string;
  /** ISO 15924. */
  script: 'Latn' | 'Cyrl' | 'Hans' | 'Arab' | 'Deva';
  direction: 'ltr' | 'rtl';
  resource: ResourceLevel;
}

export const relations = ['capital', 'continent', 'currency', 'language'] as const;
export type RelationId = (typeof relations)[number];

export type EntityKind = 'country' | 'city' | 'continent' | 'currency' | 'language';

export interface Entity {
  /** `country/FR`, `city/paris`, `currency/EUR`, `language/fr`, `continent/europe`. */
  id: string;
  kind: EntityKind;
  /** Dictionary form in every language. */
  names: Readonly<Record<LanguageCode, string>>;
}

/** Subject and object are ids of entities. */
export interface Fact {
  subject: string;
  relation: RelationId;
  object: string;
}

export type FormKind = 'statement' | 'inverted' | 'question';

/** A sentence with slots: `{A}` the answer, others the subject in the case the language asks for. */
export interface Form {
  id: string;
  relation: RelationId;
  language: LanguageCode;
  kind: FormKind;
  template: string;
}

/** A sentence in three parts: `before + answer + after`. `answer` carries its leading space where the language writes one. */
export interface Sentence {
  before: string;
  answer: string;
  after: string;
  /**
   * Where the mention of the subject next to the answer stands in `before + answer + after`, in UTF-16 units; null where the form
   * has none.
   */
  subject: readonly [from: number, to: number] | null;
  language: LanguageCode;
  form: string;
}

/** The forms of one relation, by kind; the first statement is the one in which the model is asked. */
export type RelationForms = Readonly<Record<FormKind, readonly string[]>>;

/** What one language brings: its forms, and the subject in the shapes that the forms' slots name. */
export interface LanguageRules {
  forms: Readonly<Record<RelationId, RelationForms>>;
  /**
   * Forms that say what a thing is called in this language: `{x}` its name in any language, `{A}` its name in this one. Only the
   * recipe uses them.
   */
  naming: readonly string[];
  /** Slot → text for a country, from its ISO code and its name. */
  slots: (country: string, name: string) => Readonly<Record<string, string>>;
  /** The answer as a sentence writes it (with an article, say); the name itself where absent. */
  answer?: (kind: EntityKind, name: string) => string;
}
