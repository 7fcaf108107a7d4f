/** @file What the page knows of the laboratory, and how it changes with what happens there; a screen reader is told what a person would see. */
import type { LanguageCode } from '../../facts/index.ts';
import {
  defaultFact,
  pathTo,
  sameFact,
  withPlaces,
  type Asking,
  type CheckpointMeta,
  type ExperimentRun,
  type Probe,
  type ProbeRow,
  type RunEvent,
  type TestedFact,
} from '../../lab/index.ts';
import type { Abilities, LoadProgress, ModelInfo } from 'lethe-lora/engine';
import type { Trouble } from '../../storage/index.ts';
import { messages, reasonOf, LocalizedError } from '../messages/index.ts';
import { finishedText, runTitle, turnedText } from './announce.ts';
import { sameAsking } from './asking-preference.ts';
import { LiveRun } from './live-run.svelte.ts';
import type { Notice } from './notice.ts';

/**
 * `unagreed`: another server would have to be asked for the model, and the visitor has not agreed to it. `examining`: the model is in other states than the current one, until that has ended.
 */
export type Phase = 'loading' | 'unagreed' | 'failed' | 'ready' | 'running' | 'examining';

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

export class Session {
  phase: Phase = $state('loading');
  progress: LoadProgress | null = $state.raw(null);
  /** The server that is asked only if the visitor agrees to it. */
  origin: string | null = $state(null);
  /** Why loading failed. */
  failure: string | null = $state(null);
  info: ModelInfo | null = $state.raw(null);
  /** Id of the checkpoint that the model is in. */
  current: string | null = $state(null);
  checkpoints: readonly CheckpointMeta[] = $state.raw([]);
  damaged: readonly Damaged[] = $state.raw([]);
  /** Ids of checkpoints that the visitor named. */
  named: readonly string[] = $state.raw([]);
  /** Ids of checkpoints that are only in memory, because the browser does not store them. */
  unsaved: readonly string[] = $state.raw([]);
  /** Why the last thing was not stored; null where it was. */
  trouble: Trouble | null = $state.raw(null);
  run: LiveRun | null = $state.raw(null);
  /** A question is being answered, or about to be put to a model that has just been loaded. */
  isAsking = $state(false);
  /** The fact that `rows` answers. */
  fact: TestedFact = $state.raw(defaultFact);
  /** How the model is asked; undefined: as by default. */
  asking: Asking | undefined = $state.raw();
  /** The newest measurement, by language; an answer stays until the next one is generated. */
  rows: readonly ProbeRow[] = $state.raw([]);
  /** Languages whose answers are being given, or were broken off. */
  growing: readonly LanguageCode[] = $state.raw([]);
  /** The last questions were left before all languages had answered. */
  brokenOff = $state(false);
  retained: number | null = $state(null);
  retainSet: readonly RetainSentence[] = $state.raw([]);
  notice: Notice | null = $state.raw(null);
  /** Id of the checkpoint that was left for the untouched model when another fact came: one may go on from it. */
  leftAt: string | null = $state(null);
  /** *Teach* was pressed before the model was ready: it begins when it is. */
  teachSoon = $state(false);
  /** The last question could not be answered. */
  unanswered = $state(false);
  /** What a screen reader is told. */
  announcement = $state('');

  /** The checkpoint that the model is in. */
  get here(): CheckpointMeta | null {
    return this.checkpoints.find(({ id }) => id === this.current) ?? null;
  }

  /** The checkpoints from the root to where the model is. */
  get path(): CheckpointMeta[] {
    return pathTo(this.checkpoints, this.current);
  }

  /** Perhaps of another model: nothing that the last one said is true of it. */
  loadStarted(): void {
    Object.assign(this, {
      phase: 'loading',
      progress: null,
      origin: null,
      failure: null,
      info: null,
      current: null,
      checkpoints: [],
      damaged: [],
      named: [],
      unsaved: [],
      trouble: null,
      run: null,
      isAsking: false,
      leftAt: null,
      // What the address of the page got wrong is told before the first model comes.
      notice: this.info ? null : this.notice,
      asking: undefined,
      retainSet: [],
    } satisfies Partial<Session>);
    this.#forget();
  }

  loading(progress: LoadProgress): void {
    const { load } = messages;
    if (this.progress?.stage !== progress.stage)
      this.announcement = load.announced({ stage: load.stages[progress.stage] });
    this.progress = progress;
  }

  /** The model is there, and is asked at once: between the two it is not idle. */
  loaded(current: CheckpointMeta): void {
    this.phase = 'ready';
    this.isAsking = true;
    this.progress = null;
    this.current = current.id;
    this.announcement = messages.load.ready;
  }

  /** The engine was started anew: a run that goes on goes on, else the model is where it was stored last. */
  restarted(info: ModelInfo, current: CheckpointMeta): void {
    // What it can do is tried again; until then it is what it was.
    this.info = { ...info, can: this.info?.can ?? info.can };
    if (this.phase === 'ready' && this.current !== current.id) this.checkedOut(current);
  }

  /** What was found out that the model can do beside answering. */
  tried(can: Abilities): void {
    if (this.info) this.info = { ...this.info, can };
  }

  /** Another server has the model, and the visitor is asked first. */
  askFirst(origin: string): void {
    this.phase = 'unagreed';
    this.origin = origin;
    this.announcement = messages.origin.title({ origin });
  }

  loadFailed(message: string): void {
    this.phase = 'failed';
    this.failure = message;
    this.progress = null;
    this.teachSoon = false;
  }

  putOnTrial(fact: TestedFact): void {
    if (sameFact(this.fact, fact)) return;
    this.fact = fact;
    this.run = null;
    this.leave();
    this.#forget();
  }

  /** Another screen or another fact: what was told of the last one is no longer to the point. */
  leave(): void {
    if (this.notice?.kind !== 'low-space') this.notice = null;
  }

  askIn(asking: Asking | undefined): void {
    if (sameAsking(this.asking, asking)) return;
    this.asking = asking;
    this.#forget();
  }

  #forget(): void {
    this.unanswered = false;
    this.rows = [];
    this.growing = [];
    this.brokenOff = false;
    this.retained = null;
  }

  /** Whether the model has answered in every language. */
  get isAnswered(): boolean {
    const { brokenOff, growing, rows } = this;
    const all = rows.length > 0 && rows.every(({ answer }) => answer !== null);
    return all && growing.length === 0 && !brokenOff;
  }

  /** Takes one language's row; while it is growing more will be said. */
  showRow(row: ProbeRow, growing: boolean): void {
    const { language } = row;
    this.rows = [...this.rows.filter((other) => other.language !== language), row];
    this.growing = [
      ...this.growing.filter((code) => code !== language),
      ...(growing ? [language] : []),
    ];
  }

  /** A question that is put now: says later whether its answer is still wanted. */
  question(): () => boolean {
    const { fact, asking, current } = this;
    this.isAsking = true;
    this.unanswered = false;
    return () =>
      sameFact(this.fact, fact) && sameAsking(this.asking, asking) && this.current === current;
  }

  /** A resumed run goes on from its own measurements; a new one starts from the current checkpoint. */
  runRequested(taken: ExperimentRun, steps: number, resumed?: CheckpointMeta): void {
    const run = new LiveRun(taken, steps, resumed ? resumed.parent : this.current);
    run.step = resumed?.runStep ?? 0;
    run.probes = resumed?.probes ?? [];
    this.phase = 'running';
    this.run = run;
    this.leftAt = null;
    this.teachSoon = false;
    this.notice = null;
    this.retainSet = [];
    this.announcement = runTitle(taken);
  }

  take(event: RunEvent): void {
    const { run } = this;
    if (!run) return;
    switch (event.type) {
      case 'started':
        return;
      case 'step':
        run.step = event.step;
        run.fraction = 0;
        run.loss = event.loss;
        run.millisecondsPerStep = event.millisecondsPerStep;
        return;
      case 'part':
        run.partDone(event.fraction, performance.now());
        return;
      case 'row':
        this.showRow(event.row, event.growing);
        return;
      case 'pace':
        run.every = event.every;
        return;
      case 'probe': {
        const before = this.rows;
        run.probes = [...run.probes.filter(({ step }) => step < event.probe.step), event.probe];
        this.show(event.probe);
        this.announcement = turnedText(before, this.rows, this.fact) ?? this.announcement;
        return;
      }
      case 'retain-set':
        this.retainSet = event.sentences;
        return;
      case 'saved':
        this.checkpoints = withCheckpoint(this.checkpoints, event.meta);
        return;
      case 'ended':
        // How else a run ended, the finding says (`board/finding.ts`).
        if (event.ending === 'diverged')
          this.notice = { kind: 'ended', ending: event.ending, detail: event.message };
    }
  }

  runFinished(meta: CheckpointMeta): void {
    this.phase = 'ready';
    this.run = null;
    this.current = meta.id;
    // What was said before the last steps is no answer of now.
    const last = meta.probes.at(-1);
    if (last ? last.step < meta.runStep : meta.ending === 'stopped') this.brokenOff = true;
    this.checkpoints = withCheckpoint(this.checkpoints, meta);
    this.announcement = finishedText(this.rows);
  }

  runFailed(error: unknown): void {
    this.phase = 'ready';
    this.run = null;
    this.tell(
      isBusyElsewhere(error)
        ? { kind: 'busy-elsewhere' }
        : { kind: 'run-failed', detail: reasonOf(error) },
    );
  }

  checkedOut(meta: CheckpointMeta): void {
    this.current = meta.id;
    this.checkpoints = withCheckpoint(this.checkpoints, meta);
    this.run = null;
    this.leftAt = null;
    this.notice = null;
    this.#forget();
    const measured = sameAsking(meta.experiment?.asking, this.asking)
      ? lastProbe(meta, this.fact)
      : null;
    if (measured) this.show({ ...measured, rows: withPlaces(measured.rows, this.fact) });
  }

  /** Takes the new probabilities; where a probe generated no answer, the last one is still shown. */
  show(probe: Probe): void {
    const before = this.rows;
    this.rows = probe.rows.map((row) => {
      const old = before.find(({ language }) => language === row.language);
      return row.answer === null && old
        ? { ...row, answer: old.answer, answerClass: old.answerClass, said: old.said ?? null }
        : row;
    });
    this.growing = [];
    this.brokenOff = false;
    this.retained = probe.retained ?? this.retained;
  }

  tell(notice: Notice | null): void {
    this.notice = notice;
  }

  /** Does something; what goes wrong is told, and does not throw. */
  async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.tell(
        isBusyElsewhere(error)
          ? { kind: 'busy-elsewhere' }
          : error instanceof LocalizedError
            ? { kind: 'message', words: error.message }
            : { kind: 'action-failed', detail: reasonOf(error) },
      );
    }
  }
}

/** Whether this fact was taught somewhere on the way to where the model is. */
export function isTaught({ path, fact }: Pick<Session, 'path' | 'fact'>): boolean {
  return path.some(
    ({ phase, experiment }) =>
      phase === 'teach' && experiment?.facts.some((each) => sameFact(each, fact)) === true,
  );
}

/** The error that the worker's turn-taking throws; its class does not cross to the page, its name does. */
function isBusyElsewhere(error: unknown): boolean {
  return error instanceof Error && error.name === 'BusyElsewhereError';
}

function withCheckpoint(
  checkpoints: readonly CheckpointMeta[],
  meta: CheckpointMeta,
): CheckpointMeta[] {
  const at = checkpoints.findIndex(({ id }) => id === meta.id);
  return at < 0 ? [...checkpoints, meta] : checkpoints.with(at, meta);
}

/** The last measurement of a checkpoint, if it was of this fact and has answers. */
function lastProbe(meta: CheckpointMeta, fact: TestedFact): Probe | null {
  const about = meta.experiment?.facts[0];
  if (!about || !sameFact(about, fact)) return null;
  const probe = meta.probes.at(-1);
  return probe?.rows.every(({ answer }) => answer !== null) ? probe : null;
}

/** The facts that the run in progress, or else the one that led here, teaches or unlearns beside the first, as last measured. */
export function otherFacts({ run, here }: Pick<Session, 'run' | 'here'>): {
  fact: TestedFact;
  rows: readonly ProbeRow[];
}[] {
  const experiment = run ? run.taken.experiment : here?.experiment;
  const measured = (run ?? here)?.probes.at(-1)?.others ?? [];
  return (experiment?.facts.slice(1) ?? []).map((fact, index) => ({
    fact,
    rows: measured[index] ?? [],
  }));
}
