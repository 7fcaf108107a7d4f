/** @file The model's states as files: checkpoints, adapters as PEFT writes them, and the model with one merged in. */
import type { LabApi } from '../../lab/index.ts';
import type { PeftFiles } from '../../model/index.ts';
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

  /** The file of a checkpoint, or null where it could not be made (and was said). */
  async checkpoint(id: string): Promise<Blob | null> {
    let file: Blob | null = null;
    await this.#lab.live.attempt(async () => {
      file = await this.#api.exportCheckpoint(id);
    });
    return file;
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
