/** @file What the page asks of the laboratory in its worker. */
import type { LanguageCode, RelationId } from '../facts/index.ts';
import type {
  Asking,
  CheckpointMeta,
  Dissection,
  Examined,
  ExperimentRun,
  Leftover,
  LeftoverAsked,
  AuditEvent,
  AuditReport,
  Inspection,
  Looked,
  Probe,
  ProbeRow,
  RunEvent,
  SurveyBatch,
  TestedFact,
} from '../lab/index.ts';
import type {
  Abilities,
  AdapterConfig,
  LoadProgress,
  MemoryEstimate,
  ModelInfo,
  PeftFiles,
} from 'lethe-lora/engine';
import type { Trouble } from '../storage/index.ts';

/** Where a model comes from. */
export type ModelSource =
  /** A folder's URL in the Hub's layout, with a slash at its end. */
  | { kind: 'folder'; base: string }
  /** A variant of a model of the Hub that is whole in this browser's cache. */
  | { kind: 'hub'; id: string; variant: string; revision?: string }
  /** Files that a person chose, by their path in the Hub's layout; `file` is the ONNX file among them. */
  | { kind: 'files'; name: string; file: string; files: { path: string; blob: Blob }[] };

/** What a run will take. */
export interface RunPlan {
  /** Bytes of a step. */
  memory: number;
  /** Bytes that a step may take; null where nobody knows. */
  available: number | null;
  /** Milliseconds of a step, by the last one that was taken, or before that by what was asked; null where neither is known. */
  perStep: number | null;
  /** Where a step takes long: how many retain sentences would make it bearable, and its milliseconds then. Else null. */
  lighter: { retainPerStep: number; perStep: number } | null;
}

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
  /** Asks the current state: answers and probabilities in all languages. Null where it gave way: to a run, another state, or `stopAsking`. */
  probe(
    fact: TestedFact,
    asking?: Asking,
    /** In which languages, in this order. */
    languages?: LanguageCode[],
    /** Hears of rows as they come; while they are `growing` their numbers may be missing (NaN). */
    onRow?: (row: ProbeRow, growing: boolean) => void,
  ): Promise<Probe | null>;
  /** Ends all questions that are being answered. */
  stopAsking(): Promise<void>;
  /**
   * Looks into an answer, or continues any text: the likeliest answers, and the sentence piece by piece, now and in the untouched model
   * (null where that is the state in use). Rejects during a run; until it has ended, nothing else may be asked.
   */
  inspect(looked: Looked): Promise<{ now: Inspection; before: Inspection | null }>;
  /**
   * Takes the first step of a run apart without taking it: what it teaches, what the model would guess now, and what has moved since the
   * checkpoint before. Rejects during a run; until it has ended, nothing else may be asked.
   */
  dissect(run: ExperimentRun): Promise<Dissection>;
  /**
   * Applies what was changed since a checkpoint in parts, and says what all languages answer then; the state is as before afterwards.
   * Rejects during a run; until it has ended, nothing else may be asked.
   */
  leftover(asked: LeftoverAsked, since: string): Promise<Leftover>;
  /**
   * Asks the current state for every fact of a relation, language by language, and hands out answers as they come. It gives way to
   * whatever changes the state (a run, another checkpoint) and to `stopSurvey`: then it resolves with false. Rejects during a run.
   */
  survey(
    asked: { relation: RelationId; languages: LanguageCode[]; asking?: Asking },
    onAnswers: (batch: SurveyBatch) => void | Promise<void>,
  ): Promise<boolean>;
  stopSurvey(): Promise<void>;
  /**
   * Teaches or unlearns from the current checkpoint; events arrive as it happens; resolves with the saved checkpoint, which is called
   * `name`.
   */
  run(
    run: ExperimentRun,
    onEvent: (event: RunEvent) => void,
    name: string,
  ): Promise<CheckpointMeta>;
  /** Continues a stopped run exactly where it was. */
  resume(id: string, onEvent: (event: RunEvent) => void): Promise<CheckpointMeta>;
  /** Asks the running run to stop: at once where a step takes long, else after it; the state so far is saved. */
  stop(): Promise<void>;
  checkout(id: string): Promise<CheckpointMeta>;
  /** History, newest last, damaged records named instead of thrown. */
  history(): Promise<{
    checkpoints: CheckpointMeta[];
    damaged: { id: string; name: string; reason: string }[];
    /** Ids of those that the visitor named. */
    named: string[];
    /** Ids of those that are only in memory, because the browser does not store them. */
    unsaved: string[];
    /** Why the last thing was not stored; null where it was. */
    trouble: Trouble | null;
  }>;
  rename(id: string, name: string): Promise<void>;
  /** Removes checkpoints in one go: all of them, or none. */
  remove(...ids: string[]): Promise<void>;
  /** One file (safetensors, with the record in its metadata) that `importCheckpoint` reads on another machine. */
  exportCheckpoint(id: string): Promise<Blob>;
  importCheckpoint(file: Blob): Promise<CheckpointMeta>;
  /** Tries again to store what is only in memory; rejects where there is still no room. */
  saveUnsaved(): Promise<void>;
  /**
   * What the model can do beside answering: tries what is not known yet and costs little, above all whether it can be taught. After a
   * call that failed for want of it, the reason is there.
   */
  check(): Promise<Abilities>;
  /** What a run will take, before it is begun; null where it takes so little that nobody need know, or where it cannot be told. */
  plan(run: ExperimentRun): Promise<RunPlan | null>;
  /** About how much memory a training step on so many sequences of so many tokens takes, in bytes. */
  memory(batch: number, time: number): Promise<MemoryEstimate>;
  /**
   * Examines whether the false answer is really gone from the current state, which is as before afterwards; `stop` ends it early. Rejects
   * during a run; until it has ended, nothing else may be asked. `taught` names the checkpoint before it was unlearned.
   */
  examine(
    examined: Examined,
    taught: string | null,
    onEvent: (event: AuditEvent) => void,
  ): Promise<AuditReport>;
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
