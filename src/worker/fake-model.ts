/** @file For tests: a model that computes nothing. Its answers are always the same, and each step adds one to every number of its adapter. */
import type { AdapterState, CausalLM, ModelInfo, Prompt } from 'lethe-lora/engine';

const parameters = 4;

function stateOf(value: number, step: number): AdapterState {
  const numbers = (each: number): Float32Array<ArrayBuffer> =>
    new Float32Array(parameters).fill(each);
  return { values: numbers(value), moment1: numbers(0), moment2: numbers(0), step };
}

export class FakeModel implements CausalLM {
  readonly info: ModelInfo;
  state = stateOf(0, 0);
  disposed = false;
  /** Awaited before each step, score and generation: a test may hold the model there, or let it fail. */
  before: (what: 'step' | 'score' | 'generate') => Promise<void> | void = () => undefined;

  constructor(digest = 'digest') {
    this.info = {
      id: 'fake',
      parameters: 1000,
      adapter: { rank: 1, alpha: 1, modules: [], layers: [], seed: 1 },
      adapterParameters: parameters,
      layout: [],
      projections: [],
      textShares: {},
      inHalf: false,
      digest,
      device: { device: 'wasm', threads: 1, reason: 'chosen' },
      perToken: 1,
      perRead: 0,
      readBack: 0,
      can: { adapt: 'yes', score: 'yes', teach: 'yes', lens: { reason: 'none' }, merge: 'yes' },
      chat: false,
    };
  }

  encode(text: string): number[] {
    return [...text].map((letter) => letter.charCodeAt(0));
  }

  decode(tokens: readonly number[]): string {
    return String.fromCharCode(...tokens);
  }

  promptTokens(prompt: Prompt): number[] {
    return this.encode(typeof prompt === 'string' ? prompt : prompt.begun);
  }

  continuationTokens(_: Prompt, continuation: string): number[] {
    return this.encode(continuation);
  }

  format(): string {
    throw new Error('This model has no chat template.');
  }

  async generate(prompts: readonly unknown[]): ReturnType<CausalLM['generate']> {
    await this.before('generate');
    return prompts.map(() => ({ text: 'Tokyo', tokens: [1], logProb: -1 }));
  }

  async ask(
    questions: Parameters<CausalLM['ask']>[0],
    { onProgress }: Parameters<CausalLM['ask']>[1],
  ): ReturnType<CausalLM['ask']> {
    const said = await this.generate(questions);
    const answers = [];
    for (const [index, { continuations }] of questions.entries()) {
      const generation = said[index] ?? { text: '', tokens: [], logProb: 0 };
      const answer = { generation, done: true, scores: await this.score(continuations) };
      onProgress?.(index, answer);
      answers.push(answer);
    }
    return answers;
  }

  generateTokens(prompts: readonly unknown[]): ReturnType<CausalLM['generate']> {
    return this.generate(prompts);
  }

  async score(items: readonly unknown[]): ReturnType<CausalLM['score']> {
    await this.before('score');
    const logProb = -1 - (this.state.values[0] ?? 0);
    return items.map(() => ({ logProb, isGreedy: true, tokens: 1, greedy: 1, tail: 1 }));
  }

  lens(): ReturnType<CausalLM['lens']> {
    return Promise.reject(new Error('This model shows no layers.'));
  }

  patched(): ReturnType<CausalLM['patched']> {
    return Promise.reject(new Error('This model shows no layers.'));
  }

  async trainStep(examples: readonly unknown[]): ReturnType<CausalLM['trainStep']> {
    await this.before('step');
    const { values, step } = this.state;
    this.state = stateOf((values[0] ?? 0) + 1, step + 1);
    const sequenceLogProb = new Float32Array(examples.length).fill(-1);
    return { loss: 2, gradientNorm: 1, sequenceLogProb };
  }

  setReference(): Promise<void> {
    return Promise.resolve();
  }

  getState(): Promise<AdapterState> {
    return Promise.resolve(structuredClone(this.state));
  }

  setState(state: AdapterState): Promise<void> {
    this.state = structuredClone(state);
    return Promise.resolve();
  }

  mergedModel(): ReturnType<CausalLM['mergedModel']> {
    return Promise.resolve([]);
  }

  plan(): ReturnType<CausalLM['plan']> {
    throw new Error('Nothing is planned for it.');
  }

  memory(): ReturnType<CausalLM['memory']> {
    throw new Error('Nothing is known of its memory.');
  }

  check(): ReturnType<CausalLM['check']> {
    return Promise.resolve(this.info.can);
  }

  freshState(): AdapterState {
    return stateOf(0, 0);
  }

  dispose(): Promise<void> {
    this.disposed = true;
    return Promise.resolve();
  }
}
