/** @file What the page knows of the laboratory: one record, and how each event changes it. No effects here. */
import type { LanguageCode } from '../../facts/index.ts';
import type {
  Asking,
  CheckpointMeta,
  Probe,
  ProbeRow,
  RunEvent,
  RunSettings,
  TestedFact,
} from '../../lab/index.ts';
import type { Abilities, LoadProgress, ModelInfo } from '../../model/index.ts';
import { sameAsking } from './manner.ts';
import { sameFact } from './setup.ts';

/** `examining`: the model is in other states than the current one, until that has ended. */
export type Phase = 'loading' | 'failed' | 'ready' | 'running' | 'examining';

/** The run in progress, or the last one that ended while the page was open. */
export interface LiveRun {
  settings: RunSettings;
  /** Checkpoint that it started from. */
  parent: string | null;
  step: number;
  steps: number;
  loss: number | null;
  millisecondsPerStep: number | null;
  probes: readonly Probe[];
  stopping: boolean;
}

/** A true sentence that a run should leave as it is. */
export interface RetainSentence {
  text: string;
  language: LanguageCode;
}

export interface Damaged {
  id: string;
  name: string;
  reason: string;
}

/** Something to be told, until dismissed or replaced. */
export type Notice =
  | { kind: 'bad-link'; detail: string }
  /** Another tab runs, and one at a time may. */
  | { kind: 'busy-elsewhere' }
  /** In the page's own words. */
  | { kind: 'said'; words: string }
  /** The detail is English here and below: the engine's words, or the browser's. */
  | { kind: 'action-failed'; detail: string }
  | { kind: 'run-failed'; detail: string }
  | { kind: 'low-space'; detail: string }
  | {
      kind: 'ended';
      ending: 'diverged' | 'stopped' | 'bound-reached' | 'forgotten';
      detail: string;
    };

export interface Session {
  phase: Phase;
  progress: LoadProgress | null;
  /** Why loading failed. */
  failure: string | null;
  info: ModelInfo | null;
  /** Id of the checkpoint that the model is in. */
  current: string | null;
  checkpoints: readonly CheckpointMeta[];
  damaged: readonly Damaged[];
  /** Ids of checkpoints that are only in memory, because the browser had no room for them. */
  unsaved: readonly string[];
  run: LiveRun | null;
  asking: boolean;
  /** The fact that `rows` answers. */
  fact: TestedFact;
  /** How the model is asked; undefined: as usual. */
  manner: Asking | undefined;
  /** The newest measurement, by language; an answer stays until the next one is generated. */
  rows: readonly ProbeRow[];
  retained: number | null;
  retainSet: readonly RetainSentence[];
  notice: Notice | null;
}

export type SessionEvent =
  | { type: 'load-started' }
  | { type: 'load-progress'; progress: LoadProgress }
  | { type: 'known'; info: ModelInfo }
  | { type: 'tried'; can: Abilities }
  | { type: 'loaded'; current: CheckpointMeta }
  | { type: 'load-failed'; message: string }
  | { type: 'fact-changed'; fact: TestedFact }
  | { type: 'manner-changed'; manner: Asking | undefined }
  | { type: 'asking' }
  | {
      type: 'asked';
      fact: TestedFact;
      manner?: Asking | undefined;
      /** The checkpoint that was in use when the question was put. */
      current: string | null;
      probe: Probe;
    }
  | { type: 'ask-failed'; message: string }
  | { type: 'run-requested'; settings: RunSettings; resumed?: CheckpointMeta }
  | { type: 'run-event'; event: RunEvent }
  | { type: 'run-finished'; meta: CheckpointMeta }
  | { type: 'run-failed'; message: string }
  | { type: 'stop-requested' }
  | {
      type: 'history';
      checkpoints: readonly CheckpointMeta[];
      damaged: readonly Damaged[];
      unsaved: readonly string[];
    }
  | { type: 'checked-out'; meta: CheckpointMeta }
  | { type: 'examining'; on: boolean }
  | { type: 'notice'; notice: Notice | null };

export function emptySession(fact: TestedFact): Session {
  return {
    phase: 'loading',
    progress: null,
    failure: null,
    info: null,
    current: null,
    checkpoints: [],
    damaged: [],
    unsaved: [],
    run: null,
    asking: false,
    fact,
    manner: undefined,
    rows: [],
    retained: null,
    retainSet: [],
    notice: null,
  };
}

/** The session after an event; the same object where nothing changes. */
export function reduce(session: Session, event: SessionEvent): Session {
  switch (event.type) {
    case 'load-started':
      // Perhaps of another model: nothing that the last one said is true of it.
      return { ...emptySession(session.fact), notice: session.notice };
    case 'load-progress':
      return { ...session, progress: event.progress };
    case 'known':
      return { ...session, info: event.info };
    case 'tried':
      return session.info ? { ...session, info: { ...session.info, can: event.can } } : session;
    case 'loaded':
      return { ...session, phase: 'ready', progress: null, current: event.current.id };
    case 'load-failed':
      return { ...session, phase: 'failed', failure: event.message, progress: null };
    case 'fact-changed':
      return sameFact(session.fact, event.fact)
        ? session
        : { ...session, fact: event.fact, rows: [], retained: null, run: null };
    case 'manner-changed':
      return sameAsking(session.manner, event.manner)
        ? session
        : { ...session, manner: event.manner, rows: [], retained: null };
    case 'asking':
      return { ...session, asking: true };
    case 'asked':
      return sameFact(session.fact, event.fact) &&
        sameAsking(session.manner, event.manner) &&
        session.current === event.current
        ? { ...withProbe(session, event.probe), asking: false }
        : { ...session, asking: false };
    case 'ask-failed':
      return {
        ...session,
        asking: false,
        notice: { kind: 'action-failed', detail: event.message },
      };
    case 'run-requested':
      return started(session, event.settings, event.resumed);
    case 'run-event':
      return withRunEvent(session, event.event);
    case 'run-finished':
      return {
        ...session,
        phase: 'ready',
        current: event.meta.id,
        checkpoints: withCheckpoint(session.checkpoints, event.meta),
        run: null,
      };
    case 'run-failed':
      return {
        ...session,
        phase: 'ready',
        run: null,
        notice: { kind: 'run-failed', detail: event.message },
      };
    case 'stop-requested':
      return session.run ? { ...session, run: { ...session.run, stopping: true } } : session;
    case 'history':
      return {
        ...session,
        checkpoints: event.checkpoints,
        damaged: event.damaged,
        unsaved: event.unsaved,
      };
    case 'checked-out':
      return checkedOut(session, event.meta);
    case 'examining':
      return { ...session, phase: event.on ? 'examining' : 'ready' };
    case 'notice':
      return { ...session, notice: event.notice };
  }
}

/** A resumed run goes on from its own measurements; a new one starts from the current checkpoint. */
function started(session: Session, settings: RunSettings, resumed?: CheckpointMeta): Session {
  return {
    ...session,
    phase: 'running',
    notice: null,
    retainSet: [],
    run: {
      settings,
      parent: resumed ? resumed.parent : session.current,
      step: resumed?.runStep ?? 0,
      steps: settings.steps,
      loss: null,
      millisecondsPerStep: null,
      probes: resumed?.probes ?? [],
      stopping: false,
    },
  };
}

function withRunEvent(session: Session, event: RunEvent): Session {
  const { run } = session;
  if (!run) return session;
  switch (event.type) {
    case 'started':
      return { ...session, run: { ...run, settings: event.settings, steps: event.settings.steps } };
    case 'step':
      return {
        ...session,
        run: {
          ...run,
          step: event.step,
          steps: event.steps,
          loss: event.loss,
          millisecondsPerStep: event.millisecondsPerStep,
        },
      };
    case 'probe': {
      const probes = [...run.probes.filter(({ step }) => step < event.probe.step), event.probe];
      return { ...withProbe(session, event.probe), run: { ...run, probes } };
    }
    case 'retain-set':
      return { ...session, retainSet: event.sentences };
    case 'saved':
      return { ...session, checkpoints: withCheckpoint(session.checkpoints, event.meta) };
    case 'ended':
      return event.ending === 'finished'
        ? session
        : {
            ...session,
            notice: { kind: 'ended', ending: event.ending, detail: event.message },
          };
  }
}

/** Takes the new probabilities; where a probe generated no answer, the last one is still shown. */
function withProbe(session: Session, probe: Probe): Session {
  const before = new Map(session.rows.map((row) => [row.language, row]));
  const rows = probe.rows.map((row) => {
    const old = before.get(row.language);
    return row.answer === null && old
      ? { ...row, answer: old.answer, answerClass: old.answerClass }
      : row;
  });
  return { ...session, rows, retained: probe.retained ?? session.retained };
}

function withCheckpoint(
  checkpoints: readonly CheckpointMeta[],
  meta: CheckpointMeta,
): CheckpointMeta[] {
  const at = checkpoints.findIndex(({ id }) => id === meta.id);
  return at < 0 ? [...checkpoints, meta] : checkpoints.with(at, meta);
}

function checkedOut(session: Session, meta: CheckpointMeta): Session {
  const measured = sameAsking(meta.settings?.asking, session.manner)
    ? lastProbe(meta, session.fact)
    : null;
  const base: Session = {
    ...session,
    current: meta.id,
    checkpoints: withCheckpoint(session.checkpoints, meta),
    run: null,
    rows: [],
    retained: null,
    notice: null,
  };
  return measured ? withProbe(base, measured) : base;
}

/** The last measurement of a checkpoint, if it was of this fact and has answers. */
export function lastProbe(meta: CheckpointMeta, fact: TestedFact): Probe | null {
  if (!meta.settings || !sameFact(meta.settings.fact, fact)) return null;
  const probe = meta.probes.at(-1);
  return probe?.rows.every(({ answer }) => answer !== null) ? probe : null;
}

/** The checkpoint that the model is in. */
export function currentCheckpoint(session: Session): CheckpointMeta | null {
  return session.checkpoints.find(({ id }) => id === session.current) ?? null;
}

/** Checkpoints from the root to `id`; a missing or repeated parent ends the way. */
export function pathTo(
  checkpoints: readonly CheckpointMeta[],
  id: string | null,
): CheckpointMeta[] {
  const byId = new Map(checkpoints.map((meta) => [meta.id, meta]));
  const path: CheckpointMeta[] = [];
  for (let meta = id === null ? undefined : byId.get(id); meta;) {
    byId.delete(meta.id);
    path.unshift(meta);
    meta = meta.parent === null ? undefined : byId.get(meta.parent);
  }
  return path;
}

/** The facts that the run in progress, or else the one that led here, teaches or unlearns beside the first, as last measured. */
export function otherFacts(session: Session): { fact: TestedFact; rows: readonly ProbeRow[] }[] {
  const run = session.run ?? currentCheckpoint(session);
  const measured = run?.probes.at(-1)?.others ?? [];
  return (run?.settings?.others ?? []).map((fact, index) => ({
    fact,
    rows: measured[index] ?? [],
  }));
}

/** Whether the model has been taught something on the way to where it is. */
export function hasLearned(session: Session): boolean {
  return pathTo(session.checkpoints, session.current).some(({ settings }) => settings !== null);
}
