/** @file The model's states as files: checkpoints, adapters as PEFT writes them, and the model with one merged in. */
import type { CheckpointMeta, LabApi } from '../../lab/index.ts';
import type { PeftFiles } from '../../model/index.ts';
import { download, fileName } from '../view/download.ts';
import type { Lab } from './lab.ts';

/** What it needs of the laboratory. */
type Parts = Pick<Lab, 'live' | 'checkpoints'>;

type Api = Pick<
  LabApi,
  'exportCheckpoint' | 'importCheckpoint' | 'exportAdapter' | 'importAdapter' | 'mergedModel'
>;

export class StateFiles {
  readonly #api: Api;
  readonly #lab: Parts;

  constructor(api: Api, lab: Parts) {
    this.#api = api;
    this.#lab = lab;
  }

  /** Hands the file of a checkpoint to the visitor. */
  saveCheckpoint({ id, name }: CheckpointMeta): Promise<void> {
    return this.#lab.live.attempt(async () => {
      download(await this.#api.exportCheckpoint(id), fileName(name, 'lethe', id.slice(0, 8)));
    });
  }

  /** Opens the file of a checkpoint and goes there. */
  openCheckpoint(file: Blob): Promise<void> {
    return this.#lab.live.attempt(async () => this.#goTo(await this.#api.importCheckpoint(file)));
  }

  /** The adapter of the state in use as PEFT's files. Rejects with an `Error` fit to be shown. */
  adapter(packed: readonly string[]): Promise<PeftFiles> {
    return this.#api.exportAdapter(packed);
  }

  /** Opens PEFT's files as a checkpoint and goes there. Rejects with an `Error` fit to be shown. */
  async openAdapter(files: PeftFiles, name: string): Promise<void> {
    await this.#goTo(await this.#api.importAdapter(files, name));
  }

  /** The model with the state in use merged in. Rejects with an `Error` fit to be shown. */
  merged(): Promise<{ name: string; blob: Blob }[]> {
    return this.#api.mergedModel();
  }

  async #goTo({ id }: { id: string }): Promise<void> {
    await this.#lab.checkpoints.changed();
    await this.#lab.checkpoints.go(id);
  }
}
