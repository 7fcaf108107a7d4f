/** @file The form in which a language is asked: the first of `src/facts`, or the visitor's own in its place. */
import * as v from 'valibot';
import {
  facts,
  forms,
  languageCodes,
  probeForm,
  relations,
  sentence,
  type Form,
  type LanguageCode,
  type RelationId,
} from '../../facts/index.ts';
import { check } from '../check.ts';

export type AskingMode = Asking['mode'];

/** What a language is asked with unless the visitor changes it: a statement to be ended, or in a conversation a question. */
export function defaultForm(relation: RelationId, code: LanguageCode, mode: AskingMode): Form {
  const [question] = forms(relation, code, 'question');
  return mode === 'chat' && question ? question : probeForm(relation, code);
}

/** The form in which a language is asked. */
export function askedForm(relation: RelationId, code: LanguageCode, asking?: Asking): Form {
  const form = defaultForm(relation, code, asking?.mode ?? 'plain');
  const template = asking?.prompts?.[relation]?.[code];
  if (template === undefined) return form;
  return { ...form, id: `${relation}/${code}/own`, kind: kindOf(template), template };
}

function kindOf(template: string): Form['kind'] {
  return /[?？؟]/u.test(template) ? 'question' : 'statement';
}

/** What is wrong with a prompt, or null: the slots it may have are those of its language's forms. */
export type PromptProblem = { kind: 'answer' } | { kind: 'start' } | { kind: 'slot'; slot: string };

export function promptProblem(
  template: string,
  relation: RelationId,
  code: LanguageCode,
): PromptProblem | null {
  const slots = [...template.matchAll(/\{(\w*)\}/gu)].map(([, slot = '']) => slot);
  if (slots.filter((slot) => slot === 'A').length !== 1) return { kind: 'answer' };
  if (template.slice(0, template.indexOf('{A}')).trim() === '') return { kind: 'start' };
  const [example] = facts.filter((fact) => fact.relation === relation);
  const unknown = slots.find((slot) => {
    if (slot === 'A' || !example) return false;
    const form = { ...probeForm(relation, code), template: `x {${slot}} {A}` };
    try {
      sentence(example, form);
      return false;
    } catch {
      return true;
    }
  });
  return unknown === undefined ? null : { kind: 'slot', slot: unknown };
}

function reason(problem: PromptProblem): string {
  if (problem.kind === 'answer') return '{A} must stand in it once';
  return problem.kind === 'start'
    ? 'something must stand before {A}'
    : `there is no slot {${problem.slot}} in this language`;
}

const prompt = v.pipe(v.string(), v.maxLength(1000));

const byLanguage = v.record(v.picklist(languageCodes), prompt);

/** Prompts by relation and language; each must be one that its language can fill in. */
const promptTable = v.pipe(
  v.record(v.picklist(relations), byLanguage),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [relation, own] of Object.entries(dataset.value))
      for (const [code, template] of Object.entries(own)) {
        const problem = promptProblem(template, relation as RelationId, code as LanguageCode);
        if (problem) addIssue({ message: `${relation}.${code}: ${reason(problem)}` });
      }
  }),
);

export type Prompts = Partial<Record<RelationId, Partial<Record<LanguageCode, string>>>>;

/** How the model is asked and taught. Absent: in plain sentences, with the forms of `src/facts`. */
export const asking = v.strictObject({
  /** `chat`: questions go through the model's own chat template; only models that have one (`ModelInfo.chat`) take it. */
  mode: v.picklist(['plain', 'chat']),
  /** The visitor's own prompts in place of the first form of `src/facts`, with its slots: `The capital of {the} is {A}.` */
  prompts: v.exactOptional(promptTable),
});

export type Asking = v.InferOutput<typeof asking>;

export function parseAsking(value: unknown): Asking {
  return check(asking, value, 'These prompts are not valid');
}
