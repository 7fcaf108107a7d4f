/** @file For tests: model folders that hold a graph of the test's own beside a fixture's tokenizer and configuration. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeModel, type Graph } from '../onnx/index.ts';

const fixture = fileURLToPath(new URL('../../../../e2e/models/qwen2-fp32/', import.meta.url));

/** A place for such folders, and what removes them all. */
export function scratchFolders(): { folderOf(name: string, file: Graph): string; remove(): void } {
  const scratch = mkdtempSync(join(tmpdir(), 'lethe-model-'));
  return {
    folderOf(name, file) {
      const folder = join(scratch, name);
      cpSync(fixture, folder, { recursive: true });
      writeFileSync(join(folder, 'onnx/model.onnx'), writeModel(file));
      return folder;
    },
    remove: () => rmSync(scratch, { recursive: true }),
  };
}
