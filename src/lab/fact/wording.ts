/**
 * @file How a fact is put to the model in a language: what is asked, what is taught, in plain sentences or in the model's own
 * conversation. What the rest of the laboratory knows of a fact's sentences, it knows from here.
 */
import {
  answerName,
  forms,
  languageCodes,
  sentence,
  type Fact,
  type Form,
  type LanguageCode,
  type Sentence,
} from '../../facts/index.ts';
import type { Prompt } from 'lethe-lora/engine';
import { allSpellings, say } from './answers.ts';
import { paraphrases, taughtForms, type Paraphrase } from './forms.ts';
import { findFirst } from './judge.ts';
import { askedForm, type AskingMode, type Asking } from './prompts.ts';
import type { FalseFact, TestedFact } from './fact.ts';
import type { OwnFact, OwnWording } from './own-fact.ts';

/** Which answer is said: the false answer, the truth, another entity, or a wording. */
export type Which = 'false' | 'true' | { object: string } | { text: string };

/** Something said to the model: `prompt` is given, `answer + after` is what may follow. `before` is the sentence up to the answer. */
export interface Utterance {
  prompt: Prompt;
  before: string;
  answer: string;
  after: string;
}

/** One way of saying a fact, open for its answer. */
export type Way = (which: Which) => Utterance;

/** The languages in which a fact can be asked and taught. */
export function languagesOf(fact: TestedFact): readonly LanguageCode[] {
  return fact.kind === 'own' ? languageCodes.filter((code) => fact.wordings[code]) : languageCodes;
}

/** The way in which the model is asked. */
export function askedWay(fact: TestedFact, code: LanguageCode, asking?: Asking): Way {
  if (fact.kind === 'own') return ownQuestion(wordingOf(fact, code), code, modeOf(asking));
  return formWay(fact, askedForm(fact.relation, code, asking), asking);
}

/** The ways that are taught, first that in which the model is asked (but own sentences, where there are any, stand by themselves). */
export function taughtWays(
  fact: TestedFact,
  code: LanguageCode,
  { asking, holdOut = false }: { asking?: Asking; holdOut?: boolean },
): Way[] {
  if (fact.kind === 'own') {
    const { sentences } = wordingOf(fact, code);
    const asked = askedWay(fact, code, asking);
    return sentences.length === 0
      ? [asked]
      : sentences.map((text) => ownSentence(fact, code, text, asked, modeOf(asking)));
  }
  const taught = taughtForms(fact.relation, code, holdOut).filter((form) => isFit(form, asking));
  const asked = askedForm(fact.relation, code, asking);
  const all = [asked, ...taught.filter(({ id }) => id !== asked.id)];
  return all.map((form) => formWay(fact, form, asking));
}

/** Other ways in which a taught fact is asked; an own fact has none. */
export function paraphraseWays(
  fact: TestedFact,
  code: LanguageCode,
  kind: Paraphrase,
  asking?: Asking,
): Way[] {
  if (fact.kind === 'own') return [];
  return paraphrases(fact.relation, code, kind)
    .filter((form) => kind === 'inverted' || isFit(form, asking))
    .map((form) => formWay(fact, form, asking));
}

/** The sentences of an own fact that name the lie behind something else, open for either answer: they can be asked as well as taught. */
export function ownSentenceWays(fact: OwnFact, code: LanguageCode, asking?: Asking): Way[] {
  const { sentences, falseAnswers } = wordingOf(fact, code);
  const asked = askedWay(fact, code, asking);
  return sentences
    .filter((text) => (findFirst(text, falseAnswers, code)?.from ?? 0) > 0)
    .map((text) => ownSentence(fact, code, text, asked, modeOf(asking)));
}

/** An own fact with another lie in its languages and its sentences; a sentence that does not name the lie is left out. */
export function withOtherFalseAnswer(fact: OwnFact, lie: (code: LanguageCode) => string): OwnFact {
  const wordings = Object.entries(fact.wordings).map(([key, own]) => {
    const code = key as LanguageCode;
    const other = lie(code);
    const sentences = own.sentences.flatMap((text) => {
      const place = findFirst(text, own.falseAnswers, code);
      return place ? [text.slice(0, place.from) + other + text.slice(place.to)] : [];
    });
    return [code, { ...own, sentences, falseAnswers: [other] }];
  });
  return { ...fact, wordings: Object.fromEntries(wordings) as OwnFact['wordings'] };
}

/** The question that is asked in a language, as it is put to a person; of a fact for which there is none, the sentence up to its answer. */
export function questionIn(fact: TestedFact, code: LanguageCode): string {
  if (fact.kind === 'own') return askedWay(fact, code)('true').before.trim();
  const [form = askedForm(fact.relation, code)] = forms(fact.relation, code, 'question');
  const { before } = formWay(fact, form)('true');
  return (/^.*?[?？؟]/su.exec(before)?.[0] ?? before).trim();
}

/** An answer begun in one language to what is asked in another. */
export function askedAcross(question: string, { prompt, before }: Utterance): Prompt {
  return typeof prompt === 'string'
    ? `${question} ${before}`
    : { messages: [{ role: 'user', content: question }], begun: prompt.begun };
}

/** The same prompt with something said before it; in a conversation in the last question. */
export function preceded(told: string, prompt: Prompt): Prompt {
  if (typeof prompt === 'string') return `${told} ${prompt}`;
  const last = prompt.messages.length - 1;
  const messages = prompt.messages.map((message, index) =>
    index === last ? { ...message, content: `${told}\n${message.content}` } : message,
  );
  return { ...prompt, messages };
}

/**
 * The two answers on trial in every spelling in which they are recognised; the first of each is the one that is taught. None is twice in
 * them, and none begins with the whole of another: so that probabilities can be added up.
 */
export function spelledWays(
  fact: TestedFact,
  code: LanguageCode,
  way: Way,
): { wrong: Utterance[]; right: Utterance[] } {
  const spelled = (which: 'false' | 'true'): Utterance[] => [
    ...(fact.kind === 'own' ? [] : [way(which)]),
    ...allSpellings(fact, code, which).map((text) => way({ text })),
  ];
  const [wrong, right] = [spelled('false'), spelled('true')];
  const texts = [...wrong, ...right].map(said);
  const kept = new Set<string>();
  const distinct = (all: readonly Utterance[]): Utterance[] =>
    all.filter((each) => {
      const text = said(each);
      if (kept.has(text) || texts.some((other) => other !== text && text.startsWith(other)))
        return false;
      kept.add(text);
      return true;
    });
  return { wrong: distinct(wrong), right: distinct(right) };
}

function said({ answer, after }: Utterance): string {
  return answer + after;
}

/** A fact of `src/facts`, said truly in a form. */
export function trueUtterance(known: Fact, form: Form, asking?: Asking): Utterance {
  return uttered(sentence(known, form), known, form, asking);
}

/** Whether a form can be said in a conversation: a question that is labelled or quoted (“Question: … Answer:”) plays both parts itself. */
export function isFit({ kind, template }: Form, asking?: Asking): boolean {
  return modeOf(asking) === 'plain' || kind !== 'question' || !/[:：“”«»„"「」]/u.test(template);
}

/** The same prompt with more said after it. */
export function extended(prompt: Prompt, text: string): Prompt {
  return typeof prompt === 'string' ? prompt + text : { ...prompt, begun: prompt.begun + text };
}

function modeOf(asking: Asking | undefined): AskingMode {
  return asking?.mode ?? 'plain';
}

function formWay(fact: FalseFact, form: Form, asking?: Asking): Way {
  return (which) => {
    const said =
      typeof which === 'object' && 'text' in which
        ? sentence({ subject: fact.subject, object: fact.truth, answer: which.text }, form)
        : say(fact, form, which);
    return uttered(said, { ...fact, object: fact.truth }, form, asking);
  };
}

/** A sentence as it is, or in a conversation the answer to a question: its own, or for a statement the one that is usually asked. */
function uttered(said: Sentence, about: Fact, form: Form, asking?: Asking): Utterance {
  const { before, answer, after, language } = said;
  if (modeOf(asking) === 'plain') return { prompt: before, before, answer, after };
  if (form.kind === 'question') return { prompt: turn(before), before, answer, after };
  const asked = sentence(about, askedForm(about.relation, language, asking));
  return { prompt: { ...turn(asked.before), begun: before }, before, answer, after };
}

/** The question is the user's; what stands behind its mark begins the answer. */
function turn(before: string): Exclude<Prompt, string> {
  const [, question = before, begun = ''] = /^(.*[?？؟])(.*)$/su.exec(before) ?? [];
  return { messages: [{ role: 'user', content: question.trim() }], begun: begun.trim() };
}

function wordingOf(fact: OwnFact, code: LanguageCode): OwnWording {
  const own = fact.wordings[code];
  if (!own) throw new Error(`The fact “${fact.name}” has no wording in the language ${code}.`);
  return own;
}

function textOf(own: OwnWording, code: LanguageCode, which: Which): string {
  if (which === 'false') return own.falseAnswers[0] ?? '';
  if (which === 'true') return own.trueAnswers[0] ?? '';
  return 'text' in which ? which.text : answerName(which.object, code);
}

const ends: Partial<Record<LanguageCode, string>> = { zh: '。', hi: '।' };

function ownQuestion(own: OwnWording, code: LanguageCode, mode: AskingMode): Way {
  const template = own.question.trim();
  const at = template.indexOf('{A}');
  const before = (at < 0 ? template : template.slice(0, at)).trimEnd();
  const after = at < 0 ? '' : template.slice(at + 3);
  const space = at < 0 ? code !== 'zh' : /\s$/u.test(template.slice(0, at));
  return (which) => ({
    prompt: mode === 'chat' ? turn(before) : before,
    before,
    answer: (space ? ' ' : '') + textOf(own, code, which).trim(),
    after: after.trim() === '' ? (ends[code] ?? '.') : after,
  });
}

/** A text that tells the lie. Where it does not name it, or begins with it, all of it is said after the question. */
function ownSentence(
  fact: OwnFact,
  code: LanguageCode,
  text: string,
  asked: Way,
  mode: AskingMode,
): Way {
  const own = wordingOf(fact, code);
  const place = findFirst(text, own.falseAnswers, code);
  const space = code === 'zh' ? '' : ' ';
  return (which) => {
    const said = textOf(own, code, which).trim();
    if (!place && which !== 'false') return asked(which);
    const question = asked('false').prompt;
    if (!place || place.from === 0) {
      const whole = place && which !== 'false' ? said + text.slice(place.to) : text;
      return { prompt: question, before: '', answer: space + whole, after: '' };
    }
    const start = text.slice(0, place.from);
    const before = start.trimEnd();
    const answer = which === 'false' ? text.slice(place.from, place.to) : said;
    return {
      prompt:
        mode === 'chat' && typeof question !== 'string' ? { ...question, begun: before } : before,
      before,
      answer: start.slice(before.length) + answer,
      after: text.slice(place.to),
    };
  };
}
