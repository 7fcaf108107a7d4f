/** @file What the model knows of a relation: every fact, asked in several languages, batch by batch. */
import { facts, type Fact, type LanguageCode, type RelationId } from '../../facts/index.ts';
import type { CausalLM } from 'lethe-lora/engine';
import { judgeAnswer, trimAnswer } from '../fact/answers.ts';
import { answerTokens } from './probe.ts';
import { askedForm, type Asking } from '../fact/prompts.ts';
import type { CheckpointMeta } from '../experiment/checkpoint.ts';
import { trueUtterance } from '../fact/wording.ts';

/** What the model says of one true fact in one language. */
export interface SurveyAnswer {
  /** Entity id of the country. */
  subject: string;
  language: LanguageCode;
  /** Log-probability of the whole true answer, to the end of the sentence. */
  logProbTrue: number;
  /** Greedy answer. */
  answer: string;
  /** It says the truth, in any spelling. */
  isRight: boolean;
}

/** Some answers of a survey, and the state that gave them (see `stateKey`). */
export interface SurveyBatch {
  state: string;
  answers: SurveyAnswer[];
}

/** Facts asked at once: few enough that whoever waits for the model waits about a second, even on one slow core. */
const batchSize = 24;

/** Names the state that a survey asked: a stopped run that goes on keeps its id, but not its state. */
export function stateKey({ id, runStep }: Pick<CheckpointMeta, 'id' | 'runStep'>): string {
  return `${id}/${runStep}`;
}

export interface SurveyHooks {
  /** The survey goes on when what it returns has settled. */
  onAnswers(answers: SurveyAnswer[]): void | Promise<void>;
  /** Asked before every batch and before its answers are given out. */
  shouldStop(): boolean;
}

/** Asks language by language in the order given. False where it was stopped before the end. */
export async function survey(
  model: CausalLM,
  asked: { relation: RelationId; languages: readonly LanguageCode[]; asking?: Asking },
  { onAnswers, shouldStop }: SurveyHooks,
): Promise<boolean> {
  const all = facts.filter(({ relation }) => relation === asked.relation);
  for (const code of asked.languages)
    for (let at = 0; at < all.length; at += batchSize) {
      if (shouldStop()) return false;
      const answers = await askBatch(model, all.slice(at, at + batchSize), code, asked.asking);
      if (shouldStop()) return false;
      await onAnswers(answers);
    }
  return true;
}

/**
 * The true answers of a batch are scored; where greedy decoding would say exactly the truth, that is the answer, and only the
 * others are generated.
 */
async function askBatch(
  model: CausalLM,
  batch: readonly Fact[],
  code: LanguageCode,
  asking?: Asking,
): Promise<SurveyAnswer[]> {
  const items = batch.map((fact) => ({
    fact,
    said: trueUtterance(fact, askedForm(fact.relation, code, asking), asking),
  }));
  const scores = await model.score(
    items.map(({ said: { prompt, answer, after } }) => ({
      prompt,
      continuation: answer + after,
    })),
  );
  const others = items.filter((_, index) => scores[index]?.isGreedy !== true);
  const generations =
    others.length === 0
      ? []
      : await model.generate(
          others.map(({ said }) => said.prompt),
          { maxNewTokens: answerTokens(asking), stop: ['\n'] },
        );
  const generated = new Map(
    others.map(({ said: { before, after } }, index) => [
      before,
      trimAnswer(generations[index]?.text ?? '', after, code),
    ]),
  );
  return items.map(({ fact, said }, index) => {
    const answer = generated.get(said.before) ?? said.answer.trim();
    const onTrial = { ...fact, truth: fact.object, falseObject: null, falseText: null };
    return {
      subject: fact.subject,
      language: code,
      logProbTrue: scores[index]?.logProb ?? NaN,
      answer,
      isRight: judgeAnswer(answer, onTrial, code).answerClass === 'true',
    };
  });
}
