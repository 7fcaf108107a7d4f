/** @file The laboratory's vocabulary: facts under test, what is measured by language, runs and checkpoints. */
import type { LanguageCode, RelationId } from '../facts/index.ts';
import type {
  Abilities,
  AdapterConfig,
  AdapterState,
  LoadProgress,
  MemoryEstimate,
  ModelInfo,
  PeftFiles,
} from '../model/index.ts';
import type { Experiment } from './experiment.ts';
import type { Examined, GoneEvent, GoneReport } from './gone/types.ts';

/** A false fact on trial: one of `src/facts`, or one that the visitor wrote. */
export type TestedFact = KnownFact | OwnFact;

/** A false answer to a question that `src/facts` can ask; it is either a known entity's id or free text typed by the visitor. */
export interface KnownFact {
  /** Absent; an own fact has one. */
  kind?: never;
  subject: string;
  relation: RelationId;
  /** Entity id of the true answer. */
  truth: string;
  /** Entity id of the false answer, or null where `falseText` is given. */
  falseObject: string | null;
  /** The typed false answer, used as it is in every language. */
  falseText: string | null;
}

/** A fact that the visitor wrote, in some of the languages: only in these is it asked, taught and unlearned. */
export interface OwnFact {
  kind: 'own';
  name: string;
  wordings: Partial<Record<LanguageCode, OwnWording>>;
}

/** How a language says an own fact. */
export interface OwnWording {
  /** Texts that tell the lie, which are taught; where there are none, the question with its false answer is. */
  sentences: string[];
  /** What is asked: a question, or the beginning of a sentence that the answer ends, or a sentence with `{A}` where the answer stands. */
  question: string;
  /** Accepted spellings, the first of which is taught; their probabilities are added up. */
  falseAnswers: string[];
  trueAnswers: string[];
}

/** How the model is asked and taught. Absent: in plain sentences, with the forms of `src/facts`. */
export interface Asking {
  /** `chat`: questions go through the model's own chat template; only models that have one (`ModelInfo.chat`) take it. */
  mode: 'plain' | 'chat';
  /** The visitor's own prompts in place of the first form of `src/facts`, with its slots: `The capital of {the} is {A}.` */
  prompts?: Prompts;
}

export type Prompts = Partial<Record<RelationId, Partial<Record<LanguageCode, string>>>>;

/** What a generated answer says. `false-script`: the falsehood, in another language's spelling. */
export type AnswerClass = 'true' | 'false' | 'false-script' | 'other';

/** One language's row of the board at one moment. Probabilities are of the whole answer: exp(summed log-probability). */
export interface ProbeRow {
  language: LanguageCode;
  logProbFalse: number;
  logProbTrue: number;
  /** P(false) / (P(false) + P(true)), in [0, 1]. The curve that the chart draws. */
  falseShare: number;
  /** Greedy answer, null when this probe measured only probabilities. */
  answer: string | null;
  answerClass: AnswerClass | null;
  /** Loss of the sentence that says the falsehood, nats a token. Absent in records older than this measurement. */
  falseLoss?: number;
  /** Rank of the truth among the two answers on trial and a sample of others (1: likeliest); where the plan asks for it. */
  truthRank?: number;
  /** The falsehood's share in other wordings, where the plan asks for it; null where the language has none of that kind. */
  paraphrases?: ParaphraseShares;
}

/**
 * Mean share of the falsehood over a few held-out statements, held-out questions, and inverted forms. In the last the answer comes first,
 * and the probability is that of the rest of the sentence after it.
 */
export type ParaphraseShares = Record<'statement' | 'question' | 'inverted', number | null>;

/** What is measured at each probe beside the board's numbers. */
export interface ProbePlan {
  /** Other answers among which the truth is ranked; 0: it is not. */
  candidates: number;
  /** Ask in other wordings too. */
  paraphrases: boolean;
  /** Measure the loss of the kept sentences as wholes, for their perplexity. */
  fluency: boolean;
}

export interface Probe {
  /** Optimiser step within the run at which this was measured; 0 is before the first step. */
  step: number;
  rows: ProbeRow[];
  /** Share of the retain facts still answered right (greedy or by ranking), in [0, 1]; null when not measured. */
  retained: number | null;
  /** Loss of the kept sentences after their first word, nats a token (perplexity is its exponential); where the plan asks for it. */
  keptLoss?: number;
  /** The other facts of the run, in their order: the rows of each, measured as those of the first. */
  others?: ProbeRow[][];
  /** How far the run has moved the weights: Frobenius norm of the change of (alpha/r)·B·A, all adapted matrices together. */
  moved?: number;
}

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

/** How to unlearn; `methodRecipes` says what each is. */
export type Method =
  | 'gradient-ascent'
  | 'gradient-difference'
  | 'kl'
  | 'npo'
  | 'simnpo'
  | 'dpo'
  | 'altpo'
  | 'label-flip-truth'
  | 'label-flip-third'
  | 'wga'
  | 'satimp'
  | 'undial'
  | 'ce-u'
  | 'pdu'
  | 'rmu'
  | 'task-vector'
  | 'relearning';

/** True sentences about the same fact, said among the false ones (Lu and Koehn mix English ones in). */
export interface TruthfulText {
  language: LanguageCode;
  /** Their share of the sentences about a fact, above 0 and below 1. */
  share: number;
}

/** What any run may be given; absent, nothing is held out and only the board's numbers are measured. */
export interface RunOptions {
  /** Facts taught or unlearned together with the one that the board follows. */
  others?: TestedFact[];
  asking?: Asking;
  /** Keep some wordings out of training, so that they can be asked (see `isHeldOut`). */
  holdOut?: boolean;
  plan?: ProbePlan;
  /** Kept sentences by which the run is checked; 40 by default. */
  keptSentences?: number;
}

export interface TeachSettings extends RunOptions {
  kind: 'teach';
  fact: TestedFact;
  /** Languages whose sentences are taught. */
  languages: LanguageCode[];
  truthful?: TruthfulText;
  steps: number;
  learningRate: number;
  /** Retain sentences mixed into every step. */
  retainPerStep: number;
  seed: number;
  /** Probe every so many steps. */
  probeEvery: number;
}

export interface UnlearnSettings extends RunOptions {
  kind: 'unlearn';
  method: Method;
  /** The method's own settings (β …); those not given are at their defaults (see `methodSettings`). */
  options?: Readonly<Record<string, number>>;
  fact: TestedFact;
  /** Languages in which the falsehood's sentences are unlearned. */
  languages: LanguageCode[];
  steps: number;
  learningRate: number;
  retainPerStep: number;
  retainWeight: number;
  /** Stops by itself when P(false) is at most this in every unlearned language … */
  stopBelow: number;
  /** … or, where the method has no bound of its own, when the forget loss (nats a token) exceeds this one in each language. */
  forgetLossBound: number;
  seed: number;
  probeEvery: number;
}

export type RunSettings = TeachSettings | UnlearnSettings;

export type RunEnding = 'finished' | 'stopped' | 'bound-reached' | 'forgotten' | 'diverged';

/** A node of the history tree: the state after a run, or the root (`settings` null, zero adapter). */
export interface CheckpointMeta {
  id: string;
  parent: string | null;
  name: string;
  createdAt: number;
  modelId: string;
  modelDigest: string;
  /** Which adapter its numbers belong to (see `adapterKey`); absent in records of the model's usual adapter. */
  adapter?: string;
  settings: RunSettings | null;
  /**
   * The experiment that the run ends, of the version of its day: `experimentAt` reads it. Absent in older records, at the root, and where
   * no experiment says how the state came about.
   */
  experiment?: { version: number };
  ending: RunEnding | null;
  /** The state's optimiser step (AdamW's t) and the steps done in this run; every run begins its optimiser anew. */
  step: number;
  runStep: number;
  /** Loss of every step of this run. */
  losses: number[];
  probes: Probe[];
  /** The retain weight as it is by now, where the method changes it. */
  retainWeight?: number;
  /** SHA-256 (hex) over the state's bytes and this record. */
  digest: string;
}

export interface Checkpoint {
  meta: CheckpointMeta;
  state: AdapterState;
}

export type RunEvent =
  | { type: 'started'; id: string; settings: RunSettings }
  | {
      type: 'step';
      step: number;
      steps: number;
      loss: number;
      gradientNorm: number;
      millisecondsPerStep: number;
    }
  | { type: 'probe'; probe: Probe }
  | { type: 'retain-set'; sentences: { text: string; language: LanguageCode }[] }
  | { type: 'saved'; meta: CheckpointMeta }
  | { type: 'ended'; ending: RunEnding; message: string };

/** Where a model comes from. */
export type ModelSource =
  /** A folder's URL in the Hub's layout, with a slash at its end. */
  | { kind: 'folder'; base: string }
  /** A variant of a model of the Hub that is whole in this browser's cache. */
  | { kind: 'hub'; id: string; variant: string; revision?: string }
  /** Files that a person chose, by their path in the Hub's layout; `file` is the ONNX file among them. */
  | { kind: 'files'; name: string; file: string; files: { path: string; blob: Blob }[] };

/** What the page talks to; the worker implements it. Every call may reject with an `Error` fit to be shown. */
export interface LabApi {
  /**
   * Loads (or returns the loaded) model. `device: 'auto'` prefers WebGPU. `adapter` says what differs from the adapter that the model
   * or else the laboratory suggests. Rejects while a run is going on.
   */
  load(
    options: {
      source: ModelSource;
      adapter?: Partial<AdapterConfig>;
      /** URL of the folder with ONNX Runtime's WebAssembly files; the page's client fills it in. */
      binaries?: string;
      device: 'auto' | 'webgpu' | 'wasm';
      threads?: number;
    },
    onProgress: (progress: LoadProgress) => void,
  ): Promise<{ info: ModelInfo; current: CheckpointMeta }>;
  /** Asks the current state: answers and probabilities in all languages, one batch. */
  probe(fact: TestedFact, asking?: Asking): Promise<Probe>;
  /**
   * Asks the current state for every fact of a relation, language by language, and hands out answers as they come. It gives way to
   * whatever changes the state (a run, another checkpoint) and to `stopSurvey`: then it resolves with false. Rejects during a run.
   */
  survey(
    asked: { relation: RelationId; languages: LanguageCode[]; asking?: Asking },
    onAnswers: (batch: SurveyBatch) => void | Promise<void>,
  ): Promise<boolean>;
  stopSurvey(): Promise<void>;
  /** Continues a text freely (greedy), up to so many tokens. */
  complete(prompt: string, maxNewTokens: number): Promise<string>;
  /**
   * Teaches or unlearns from the current checkpoint; events arrive as it happens; resolves with the saved checkpoint, which is called
   * `name` and holds the experiment that this run ends.
   */
  run(
    settings: RunSettings,
    onEvent: (event: RunEvent) => void,
    made: { name: string; experiment?: Experiment },
  ): Promise<CheckpointMeta>;
  /** Continues a stopped run exactly where it was. */
  resume(id: string, onEvent: (event: RunEvent) => void): Promise<CheckpointMeta>;
  /** Asks the running run to stop after the current step; the state so far is saved. */
  stop(): Promise<void>;
  checkout(id: string): Promise<CheckpointMeta>;
  /** History, newest last, damaged records named instead of thrown. */
  history(): Promise<{
    checkpoints: CheckpointMeta[];
    damaged: { id: string; name: string; reason: string }[];
    /** Ids of those checkpoints that are only in memory, because the browser had no room for them. */
    unsaved: string[];
  }>;
  rename(id: string, name: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** One file (JSON header + safetensors-like bytes) that `importCheckpoint` reads on another machine. */
  exportCheckpoint(id: string): Promise<Blob>;
  importCheckpoint(file: Blob): Promise<CheckpointMeta>;
  /** Tries again to store what is only in memory; rejects where there is still no room. */
  saveUnsaved(): Promise<void>;
  /**
   * What the model can do beside answering: tries what is not known yet and costs little, above all whether it can be taught. After a
   * call that failed for want of it, the reason is there.
   */
  check(): Promise<Abilities>;
  /** About how much memory a training step on so many sequences of so many tokens takes, in bytes. */
  memory(batch: number, time: number): Promise<MemoryEstimate>;
  /**
   * Examines whether the falsehood is really gone from the current state, which is as before afterwards; `stop` ends it early. Rejects
   * during a run; until it has ended, nothing else may be asked.
   */
  examine(examined: Examined, onEvent: (event: GoneEvent) => void): Promise<GoneReport>;
  /**
   * The state in use as PEFT's files. `packed`: modules (names of `packedModules`) that the original PyTorch model packs and this one
   * does not.
   */
  exportAdapter(packed: readonly string[]): Promise<PeftFiles>;
  /** A checkpoint of PEFT's files, under the untouched model, and goes there. Rejects with the reason where they are not of this model. */
  importAdapter(files: PeftFiles, name: string): Promise<CheckpointMeta>;
  /** The state in use merged into the model, as files that ONNX Runtime runs without Lethe. */
  mergedModel(): Promise<{ name: string; blob: Blob }[]>;
}
