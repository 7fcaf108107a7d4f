/** @file The model's states as files: checkpoints, adapters as PEFT writes them, and the model with one merged in. */
import type { CheckpointMeta } from '../../lab/index.ts';
import type { LabApi } from '../../worker/index.ts';
import type { PeftFiles } from 'lethe-lora/engine';
import { download, fileName } from '../kit/download.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Session } from './session.svelte.ts';

export class StateFiles {
  constructor(
    private readonly api: LabApi,
    private readonly session: Session,
    private readonly checkpoints: Checkpoints,
  ) {}

  /** Hands the file of a checkpoint to the visitor. */
  saveCheckpoint({ id, name }: CheckpointMeta): Promise<void> {
    return this.session.attempt(async () => {
      download(await this.api.exportCheckpoint(id), fileName(name, 'safetensors', id.slice(0, 8)));
    });
  }

  /** Opens the file of a checkpoint and goes there. */
  openCheckpoint(file: Blob): Promise<void> {
    return this.session.attempt(async () => this.#goTo(await this.api.importCheckpoint(file)));
  }

  /** The adapter of the state in use as PEFT's files. Rejects with an `Error` fit to be shown. */
  adapter(packed: readonly string[]): Promise<PeftFiles> {
    return this.api.exportAdapter(packed);
  }

  /** Opens PEFT's files as a checkpoint and goes there. Rejects with an `Error` fit to be shown. */
  async openAdapter(files: PeftFiles, name: string): Promise<void> {
    await this.#goTo(await this.api.importAdapter(files, name));
  }

  /** The model with the state in use merged in. Rejects with an `Error` fit to be shown. */
  merged(): Promise<{ name: string; blob: Blob }[]> {
    return this.api.mergedModel();
  }

  async #goTo({ id }: { id: string }): Promise<void> {
    await this.checkpoints.changed();
    await this.checkpoints.go(id);
  }
}
