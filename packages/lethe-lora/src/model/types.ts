/** @file What a causal language model with adapters is to the rest of Lethe: ask it, score it, teach it. */

import type { ModelFile } from '../onnx/index.ts';
import type { ArenaSlice, MemoryEstimate, ObjectiveName, Role } from '../passes/index.ts';
import type { DeviceChoice } from '../runtime/index.ts';

export type { ArenaSlice, ObjectiveName, Role } from '../passes/index.ts';
export type { Device, DeviceChoice } from '../runtime/index.ts';

/** Everything that training changes: the adapters and AdamW's moments, each one flat float32 array of equal length. */
export interface AdapterState {
  values: Float32Array<ArrayBuffer>;
  moment1: Float32Array<ArrayBuffer>;
  moment2: Float32Array<ArrayBuffer>;
  /** Optimiser steps taken so far (AdamW's t). */
  step: number;
}

/** Where adapters sit and how large they are. `layers` empty means all. */
export interface AdapterConfig {
  rank: number;
  alpha: number;
  /** Names of projections by their last component (`q_proj`, `down_proj` …); empty means all. */
  modules: readonly string[];
  layers: readonly number[];
  /** Seeds the random A matrices; B starts at zero, so a fresh adapter changes nothing. */
  seed: number;
}

/** One message of a conversation. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** A conversation, written by the model's own chat template, whose next words are the model's. */
export interface Conversation {
  messages: readonly ChatMessage[];
  /** How the model's answer begins; empty where it is all the model's own. */
  begun: string;
}

/** What is continued: a plain text, or a conversation (only where `ModelInfo.chat`). */
export type Prompt = string | Conversation;

/** A sequence to learn from: the loss counts only tokens of `completion`. */
export interface TrainingExample {
  /** What is only conditioned on (a text may be empty). */
  prompt: Prompt;
  /** Text whose tokens are counted. */
  completion: string;
  /** The text would go on there; else the token that ends the sequence, or the model's turn in a conversation, is appended and counted, too. */
  open?: boolean;
  /**
   * 1: to be forgotten; 0: to be learned or kept; 2: preferred to the one before it, which is to be forgotten. Learning uses 0
   * throughout.
   */
  role: Role;
}

export interface StepOptions {
  objective: ObjectiveName;
  learningRate: number;
  /** Weight of the kept examples' part of the loss, 1 by default. */
  retainWeight?: number;
  /** The objective's own settings, where they are not to be its defaults; unknown names are not looked at. */
  settings?: Readonly<Record<string, number>>;
  /** Aborts the step on the way, after one layer at the latest; it rejects with the signal's reason, and the state is the one before it. */
  signal?: AbortSignal;
  /** Hears how much of the step is done, from 0 to 1, where it is computed in parts. */
  onProgress?: (fraction: number) => void;
}

export interface StepResult {
  /** The objective's value before this step's update. */
  loss: number;
  /** Global L2 norm of the gradient before clipping. */
  gradientNorm: number;
  /** Summed log-probability (nats) of each example's counted tokens before the update, [B]. */
  sequenceLogProb: Float32Array;
}

/**
 * How a step of training will be computed, known before anything is built. `whole`: one run of one graph. `rows`: runs of that graph, some
 * sequences at a time. `layers`: some sequences at a time through one layer after the other, so that of all layers but one only the states
 * between them are kept.
 */
export interface StepPlan {
  form: 'whole' | 'rows' | 'layers';
  /** Sequences that are computed at one time, at most. */
  rowsAtOnce: number;
  /** Sequences are computed in so many groups, alike long ones together. */
  groups: number;
  /** Tokens that are computed, padding included: the time of a step grows with them. */
  tokens: number;
  /** Bytes at the peak of a step. */
  memory: MemoryEstimate;
  /** Bytes that a step may take; absent where nothing limits it. */
  available?: number;
  /** False where not even one sequence at a time fits: the step would be refused. */
  fits: boolean;
}

export interface GenerateOptions {
  maxNewTokens: number;
  /** 0 is greedy. */
  temperature?: number;
  seed?: number;
  /** Generation of a row ends at the end-of-sequence token, or when its text contains one of these. */
  stop?: readonly string[];
  /** Also gives, at each place, the tokens that are at least so probable there, in (0, 1]. */
  alternatives?: number;
  /** Hears each token of a prompt as it is chosen, the one that ends its text too. */
  onToken?: (prompt: number, token: number) => void;
  signal?: AbortSignal;
}

/** A token with its log-probability (nats) where it stands. */
export interface TokenLogProb {
  token: number;
  logProb: number;
}

/** One place of a generated text. */
export interface GeneratedToken extends TokenLogProb {
  /** What else could stand there and is probable enough, with the token itself where it is; the likeliest first. */
  alternatives: TokenLogProb[];
}

export interface Generation {
  text: string;
  tokens: number[];
  /** Summed log-probability (nats) of the generated tokens. */
  logProb: number;
  /** Place by place, the token that ended the text too; where `alternatives` asked for it. */
  places?: GeneratedToken[];
}

/** Milliseconds for a token from which on it takes long to ask a model in all languages. */
const slowToken = 100;

/** The same for a model of many parameters: what takes so long there is the model, and not a machine that was busy for a moment. */
const slowTokenOfMany = 30;
const many = 50e6;

/** Whether it takes long to ask a model in all languages. A GPU, where nearly all of a first token is preparation, is taken for fast. */
export function isSlow(info: Pick<ModelInfo, 'device' | 'perToken' | 'parameters'>): boolean {
  const { device, perToken, parameters } = info;
  return device.device !== 'webgpu' && perToken > (parameters > many ? slowTokenOfMany : slowToken);
}

/** A prompt to be answered, and continuations whose probabilities are asked. */
export interface Question {
  prompt: Prompt;
  continuations: readonly string[];
  /** Continuations that are worth weighing only where their first token is at least `AskOptions.leastFirst` probable. */
  perhaps?: readonly string[];
  /** Tokens that its answer may take, where that is fewer than `maxNewTokens` of all. */
  maxNewTokens?: number;
}

/** What is known of a question by now. */
export interface AnswerProgress {
  /** What is said so far. */
  generation: Generation;
  /** Nothing more is said. */
  done: boolean;
  /** Of each continuation; null as long as they have not been weighed. */
  scores: Score[] | null;
  /** Of each in `perhaps`, null where its first token is too improbable; absent where these are not weighed with the others. */
  perhaps?: (Score | null)[];
}

export interface AskOptions extends GenerateOptions {
  /** How probable the first token of what `perhaps` follows must be to be weighed; by default none is. */
  leastFirst?: number;
  /** Whether an answer is complete with what it says so far. */
  isDone?: (text: string, question: number) => boolean;
  /** The first ones first; by default where one token was seen to take long. */
  inOrder?: boolean;
  /** Hears of a question whenever more of it is known. */
  onProgress?: (question: number, answering: AnswerProgress) => void;
}

/** What is to be continued and the continuation whose probability is asked. */
export interface Continuation {
  prompt: Prompt;
  continuation: string;
}

/** Summed log-probabilities (nats) of a continuation's tokens. */
export interface PatchedScore {
  own: number;
  /** With the other states after each layer, the first layer first. */
  layers: number[];
}

export interface Score {
  /** Summed log-probability of the continuation's tokens (nats). */
  logProb: number;
  /** Whether greedy decoding would say exactly this. */
  isGreedy: boolean;
  /** How many tokens the continuation has. */
  tokens: number;
  /** How many of them greedy decoding would say, each given the true text before it. */
  greedy: number;
  /** How many of them, counted from the last one back to the first that greedy decoding would not say. */
  tail: number;
}

/** A projection that an adapter may sit on; with rank r its adapter has r·(inFeatures + outFeatures) numbers. */
export interface AdaptableProjection {
  /** Last component of its path, e.g. `q_proj`. */
  module: string;
  /** -1 where the path names none. */
  layer: number;
  inFeatures: number;
  outFeatures: number;
  /** Projections of equal number lie in one matrix: whoever adapts one of them adapts all. */
  packed: number;
}

/** Two continuations of a text that are weighed against each other. */
export interface Contrast {
  prompt: Prompt;
  continuations: readonly [string, string];
}

/**
 * Log-probabilities of the two tokens in which a contrast's continuations first differ, after each layer, the first layer first; empty
 * where they never differ or one begins with the whole of the other.
 */
export type LensReading = [number, number][];

/**
 * What can be done with a model beside asking it: answering with an adapter on, telling probabilities, being taught, showing its layers, and
 * being written with its adapter merged in.
 */
export type Capability = 'adapt' | 'score' | 'teach' | 'lens' | 'merge';

/** Whether something can be done, or why not. It is unknown until it has been tried. */
export type Ability = 'unknown' | 'yes' | { reason: string };

export type Abilities = Readonly<Record<Capability, Ability>>;

export interface ModelInfo {
  id: string;
  /** Parameters of the frozen model. */
  parameters: number;
  adapter: AdapterConfig;
  /** Trainable numbers in the adapter. */
  adapterParameters: number;
  layout: readonly ArenaSlice[];
  /** All projections of the model, whether the adapter sits on them or not. */
  projections: readonly AdaptableProjection[];
  /** Share of the training text by language code, where the model's `config.json` tells it as `training_text_shares`; else empty. */
  textShares: Readonly<Record<string, number>>;
  /** Digest of the model files: checkpoints of another model are refused by it. */
  digest: string;
  device: DeviceChoice;
  /** Products with quantised weights are computed in half precision, everything else in single precision. */
  inHalf: boolean;
  /** Milliseconds that one token took for a row or two when the model was opened. */
  readonly perToken: number;
  /** Milliseconds that a token took to be read when the model was asked, the fastest so far; 0 before. */
  readonly perRead: number;
  /** Bytes read back from the GPU so far (0 elsewhere): a train step must not read more than a few numbers. */
  readonly readBack: number;
  /** What is known of this by now; `check` finds out more. */
  readonly can: Abilities;
  /** The model has a chat template, so that prompts may be conversations. */
  chat: boolean;
  /** Why its chat template is not used, where it has one that fails. */
  chatProblem?: string;
  /** Names of chat templates that it has besides, for tools or documents, which are not used. */
  unusedTemplates?: readonly string[];
}

export interface LoadProgress {
  stage: 'download' | 'build';
  /** 0 to 1 within the stage. */
  fraction: number;
  /** Bytes loaded and in all, for `download`. */
  loaded?: number;
  total?: number;
}

/**
 * A decoder with a LoRA adapter; where its file cannot be rewritten for one, it is asked as it is (`info.can`). Calls are queued: two never
 * run at once. What computes no numbers rejects with `NoNumbersError`. All methods reject with a clear `Error` after `dispose()`.
 */
export interface CausalLM {
  readonly info: ModelInfo;
  /** Token ids of a text, without special tokens. */
  encode(text: string): number[];
  decode(tokens: readonly number[]): string;
  /** Token ids of a prompt as it is given to the model, with what begins a text. */
  promptTokens(prompt: Prompt): number[];
  /** Token ids of what is said after a prompt, as `score` weighs them. */
  continuationTokens(prompt: Prompt, continuation: string): number[];
  /**
   * A conversation as the model's template writes it, up to where its answer begins; `encode` gives its special tokens' ids. Throws
   * where the model has no template (`info.chat`), or the template refuses the conversation.
   */
  format(messages: readonly ChatMessage[]): string;
  /** Continues every prompt, all in one batch; prompts may differ in length. */
  generate(prompts: readonly Prompt[], options: GenerateOptions): Promise<Generation[]>;
  /** As `generate`, from token ids taken as they are. */
  generateTokens(
    prompts: readonly (readonly number[])[],
    options: GenerateOptions,
  ): Promise<Generation[]>;
  /**
   * Answers questions in order, and weighs their continuations, each prompt read once. A model that is slow on a processor is asked the first
   * ones first; else all at once.
   */
  ask(questions: readonly Question[], options: AskOptions): Promise<AnswerProgress[]>;
  /** How likely each continuation is after its prompt; in as few batches as the token budget allows. */
  score(items: readonly Continuation[], signal?: AbortSignal): Promise<Score[]>;
  /**
   * What each layer would say, by the model's own final norm and head (the logit lens). Rejects with `CapabilityError` where the model's
   * graph does not show what its layers hand on.
   */
  lens(contrasts: readonly Contrast[]): Promise<LensReading[]>;
  /**
   * Activation patching: how likely each continuation is, as the model is, and where after one layer the states that foretell it are
   * those that the model has with the adapter `source` (numbers as in `AdapterState.values`). Rejects as `lens` does, and where `source`
   * has another length.
   */
  patched(items: readonly Continuation[], source: Float32Array): Promise<PatchedScore[]>;
  /**
   * One optimiser step on one batch: forward, backward, clip, AdamW, in one run of one graph.
   * Throws `DivergedError` when the loss or gradient is not finite; the state is then the one before the step. Throws `CapabilityError`
   * where the model cannot be taught.
   */
  trainStep(examples: readonly TrainingExample[], options: StepOptions): Promise<StepResult>;
  /**
   * Sets the adapter of the frozen model that some objectives compare with (null: none). Throws when its length is not this
   * model's.
   */
  setReference(values: Float32Array | null): Promise<void>;
  /** Copies the adapter and its moments out (reads back from the GPU). */
  getState(): Promise<AdapterState>;
  /** The model with its adapter merged in, as files that ONNX Runtime runs without Lethe. Throws `CapabilityError` where that cannot be done. */
  mergedModel(): Promise<ModelFile[]>;
  /** Copies a state in. Throws when its length is not this model's, and `CapabilityError` when it changes a model that takes no adapter. */
  setState(state: AdapterState): Promise<void>;
  /** About how much memory one training step on `batch` sequences of `time` tokens takes, in bytes, as it will be computed. */
  memory(batch: number, time: number): MemoryEstimate;
  /** How `trainStep` will compute a step on these sequences; nothing is built for it but graphs. Throws where it cannot be computed at all. */
  plan(examples: readonly TrainingExample[], objective: ObjectiveName): StepPlan;
  /** Finds out whether the model can be taught, by building the graph (not the session) that would teach it. */
  check(): Promise<Abilities>;
  /** A fresh adapter: seeded A, zero B, zero moments. */
  freshState(): AdapterState;
  dispose(): Promise<void>;
}
