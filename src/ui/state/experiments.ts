/** @file Experiments in and out: what is set up as one, one that is opened, and the one that a checkpoint came of. */
import {
  experimentAt,
  experimentOfRuns,
  parseExperiment,
  type Experiment,
  type RunSettings,
} from '../../lab/index.ts';
import { messages, Said } from '../messages/index.ts';
import type { Lab } from './lab.ts';
import { unusualAsking } from './manner.ts';
import { hashOf } from './own-link.ts';
import { pathTo } from './session.ts';
import { experimentOf, ownOf, setupOf } from './setup.ts';

/** How a checkpoint's experiment is handed on. */
export interface CheckpointExperiment {
  json: string;
  link: string;
  /** Run from the untouched model it leads there; else it is only the last part of the way. */
  whole: boolean;
}

/** What it needs of the laboratory. */
type Parts = Pick<Lab, 'live' | 'model' | 'ownFacts' | 'questions' | 'trial'>;

export class Experiments {
  readonly #lab: Parts;

  constructor(lab: Parts) {
    this.#lab = lab;
  }

  /** What is set up, as `npm run lab` takes it. */
  get current(): Experiment {
    const { adapter } = this.#lab.model;
    const { modules, layers, rank, alpha } = adapter ?? {};
    return experimentOf(this.#lab.trial.setup, {
      own: this.#lab.trial.own,
      asking: this.#lab.live.session.manner ?? { mode: 'plain' },
      adapter: adapter
        ? {
            ...(rank !== undefined && { rank }),
            ...(alpha !== undefined && { alpha }),
            ...(modules && { modules: [...modules] }),
            ...(layers && { layers: [...layers] }),
          }
        : null,
    });
  }

  /** Sets up an experiment given as JSON, and gives it. Throws an `Error` that says why it cannot be used. */
  open(json: string): Experiment {
    const text = messages.experiment;
    const experiment = parseExperiment(JSON.parse(json) as unknown);
    const { asking, together, facts } = experiment;
    const { info } = this.#lab.live.session;
    const setup = setupOf(experiment);
    const isMixed = together && facts.some(({ kind }) => kind === 'own');
    if (!setup) throw new Said(isMixed ? text.ownByItself : text.severalRuns);
    if (!this.#lab.model.isNamed(setup.model))
      throw new Said(text.otherModel({ folder: setup.model }));
    if (asking?.mode === 'chat' && info && !info.chat) throw new Said(text.noChat);
    this.#lab.ownFacts.borrow(asking);
    this.#lab.trial.takeUp(ownOf(experiment), setup);
    this.#lab.questions.settleManner();
    return experiment;
  }

  /** The experiment that a run from the state in use completes; null where none says how that comes about. */
  completedBy(run: RunSettings): Experiment | null {
    const { checkpoints, current } = this.#lab.live.session;
    const before = pathTo(checkpoints, current).flatMap((meta) => meta.settings ?? []);
    return experimentOfRuns([...before, run], this.#lab.model.runOn)?.experiment ?? null;
  }

  /** The experiment that a checkpoint came of, as JSON and as a link; null where no experiment says how it came about. */
  of(id: string): CheckpointExperiment | null {
    const { checkpoints, info } = this.#lab.live.session;
    const made = experimentAt(pathTo(checkpoints, id), this.#lab.model.runOn);
    const setup = made && setupOf(made.experiment);
    if (!made || !setup) return null;
    return {
      json: JSON.stringify(made.experiment, null, 2),
      link:
        location.origin +
        location.pathname +
        location.search +
        hashOf(setup, ownOf(made.experiment), unusualAsking(made.experiment.asking, info)),
      whole: made.whole,
    };
  }
}
