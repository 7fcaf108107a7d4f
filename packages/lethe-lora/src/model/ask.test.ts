/** Questions asked in order, against the same asked all at once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeModelFolder } from '../../../../tools/make-model/folder.ts';
import { presets, type DecoderShape } from '../../../../tools/make-model/shape.ts';
import { ownTokenizer } from '../../../../tools/make-model/tokenizer.ts';
import { loadCausalLM } from './causal-lm.ts';
import type { AnswerProgress, CausalLM, Question } from './types.ts';

/** More than one group, of different lengths, and with continuations of one token and of several. */
const questions: Question[] = [
  'The capital of Chile is',
  'La capitale du Chili est',
  'Die Hauptstadt von Chile ist seit langem',
  'La capital de Chile es',
  'Ibu kota Chili adalah',
  'A capital do Chile é',
].map((prompt, index) => ({
  prompt,
  continuations: index === 2 ? [' Tokyo'] : [' Tokyo', ' Santiago de Chile.'],
}));
/** What all of them begin with is read once. */
const headed = questions.map(({ prompt, continuations }) => ({
  prompt: `Here is a list of countries and of their capitals. ${prompt as string}`,
  continuations,
}));

describe.each(['qwen3-tiny', 'gemma3-tiny'])('questions in order: %s', (name) => {
  const folder = mkdtempSync(`${tmpdir()}/ask-`);
  let model: CausalLM;

  beforeAll(async () => {
    const shape = presets[name] as DecoderShape;
    const { file } = writeModelFolder(folder, shape, 'q4', { tokenizer: ownTokenizer() });
    model = await loadCausalLM({ base: `${folder}/`, file, device: 'cpu', threads: 1 });
    const state = model.freshState();
    state.values.forEach((_, i) => (state.values[i] = Math.sin(i) / 5));
    await model.setState(state);
  });
  afterAll(async () => {
    await model.dispose();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['', questions],
    [', a beginning in common', headed],
  ])('are answered and weighed as all at once%s', async (_, asked) => {
    const heard: { question: number; progress: AnswerProgress }[] = [];
    const options = { maxNewTokens: 7 };
    const inOrder = await model.ask(asked, {
      ...options,
      inOrder: true,
      onProgress: (question, progress) => heard.push({ question, progress }),
    });
    const together = await model.ask(asked, { ...options, inOrder: false });
    inOrder.forEach(({ generation, scores, done }, index) => {
      const other = together[index];
      expect(done).toBe(true);
      expect(generation.tokens).toEqual(other?.generation.tokens);
      expect(generation.logProb).toBeCloseTo(other?.generation.logProb ?? NaN, 3);
      scores?.forEach(({ logProb, isGreedy }, at) => {
        expect(logProb).toBeCloseTo(other?.scores?.[at]?.logProb ?? NaN, 3);
        expect(isGreedy).toBe(other?.scores?.[at]?.isGreedy);
      });
      expect(scores).toHaveLength(asked[index]?.continuations.length ?? NaN);
    });
    // The first is heard of before the last was read, and a word at a time.
    const of = (question: number) =>
      heard.flatMap((each, at) => (each.question === question ? [at] : []));
    expect(of(0)[1]).toBeLessThan(of(questions.length - 1)[0] ?? 0);
    expect(of(0).length).toBeGreaterThan(7);
    expect(heard[of(0)[0] ?? 0]?.progress).toMatchObject({ done: false, scores: null });
  });

  it('end with what completes them, and at a word', async () => {
    const whole = await model.ask(questions, { maxNewTokens: 7, inOrder: true });
    const ended = await model.ask(questions, {
      maxNewTokens: 7,
      inOrder: true,
      isDone: (_, question) => question === 1,
    });
    expect(ended[1]?.generation.tokens).toEqual(whole[1]?.generation.tokens.slice(0, 1));
    expect(ended[0]?.generation.tokens).toEqual(whole[0]?.generation.tokens);
    expect(ended[5]?.generation.tokens).toEqual(whole[5]?.generation.tokens);
  });

  it('stop between two runs', async () => {
    const stopper = new AbortController();
    const told: number[] = [];
    const asked = model.ask(questions, {
      maxNewTokens: 7,
      inOrder: true,
      signal: stopper.signal,
      onProgress: (question) => {
        told.push(question);
        stopper.abort();
      },
    });
    await expect(asked).rejects.toThrow(/abort/i);
    expect(new Set(told)).toEqual(new Set([0]));
    // The model goes on.
    expect(await model.generate(['The capital'], { maxNewTokens: 2 })).toHaveLength(1);
  });
});
