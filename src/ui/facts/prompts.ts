/** @file Prompts on the screen: what is wrong with one, and how it reads. */
import { facts, type LanguageCode, type RelationId } from '../../facts/index.ts';
import { askedWay, defaultFact, type Asking, type PromptProblem } from '../../lab/index.ts';
import { messages } from '../messages/index.ts';

export function problemText(problem: PromptProblem): string {
  const { problems } = messages.facts.prompts;
  return problem.kind === 'slot' ? problems.slot({ slot: problem.slot }) : problems[problem.kind];
}

/** The prompt filled in, about the country that the page opens with, and with the true answer. */
export function examplePrompt(relation: RelationId, code: LanguageCode, asking?: Asking): string {
  const { subject } = defaultFact;
  const known = facts.find((fact) => fact.subject === subject && fact.relation === relation);
  const fact = { ...defaultFact, relation, truth: known?.object ?? defaultFact.truth };
  const { before, answer, after } = askedWay(fact, code, asking)('true');
  return before + answer + after;
}
