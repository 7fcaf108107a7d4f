/** @file Finds a model's file in a folder, under any of the names that the Hub has for it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { variantsOf, type ListedFile, type VariantFiles } from '../../src/hub/index.ts';

export interface FoundModel {
  /** Where config.json is, with a slash at its end. */
  base: string;
  /** Path of the ONNX file in it. */
  file: string;
  variant: string;
  /** All that are there. */
  variants: string[];
  /** Bytes of the model's file and its data. */
  bytes: number;
}

/**
 * The model in a folder, or that of an ONNX file's path. Of several variants the one that is asked for, else full precision, else the
 * smallest. Throws with what is there and what is not.
 */
export function findModel(path: string, variant?: string): FoundModel {
  const place = resolve(path);
  if (!existsSync(place)) throw new Error(`There is no ${place}.`);
  const isFile = statSync(place).isFile();
  const folder = isFile ? dirname(place) : place;
  const base = isFile && basename(folder) === 'onnx' ? dirname(folder) : folder;
  const files = listFiles(base);
  const all = variantsOf(files);
  const named = isFile
    ? all.find(({ file }) => join(base, file) === place)
    : all.find((each) => each.variant === (variant ?? 'fp32'));
  const chosen = named ?? (variant === undefined && !isFile ? all[0] : undefined);
  if (!chosen) throw new Error(whatIsMissing(base, files, all, isFile ? basename(place) : variant));
  const own = chosen.files.filter(({ path: each }) => !each.endsWith('.json'));
  return {
    base: `${base}/`,
    file: chosen.file,
    variant: chosen.variant,
    variants: all.map((each) => each.variant),
    bytes: own.reduce((sum, { size }) => sum + size, 0),
  };
}

function whatIsMissing(
  base: string,
  files: readonly ListedFile[],
  variants: readonly VariantFiles[],
  asked: string | undefined,
): string {
  if (variants.length > 0)
    return `${base} has no ${asked ?? 'model'}; it has ${variants.map(({ variant }) => variant).join(', ')}.`;
  const others = files.filter(({ path }) => path.endsWith('.onnx')).map(({ path }) => path);
  const beside = others.length > 0 ? ` It has ${others.slice(0, 5).join(', ')}.` : '';
  return `${base} has no onnx/model.onnx, onnx/model_q4.onnx or onnx/decoder_model_merged.onnx.${beside}`;
}

/** The files of a folder and of the folders in it, three deep. */
function listFiles(base: string, inside = '', depth = 3): ListedFile[] {
  return readdirSync(join(base, inside), { withFileTypes: true }).flatMap((entry): ListedFile[] => {
    const path = `${inside}${entry.name}`;
    const status = statSync(join(base, path), { throwIfNoEntry: false });
    if (status?.isFile()) return [{ path, size: status.size }];
    return status?.isDirectory() && depth > 0 ? listFiles(base, `${path}/`, depth - 1) : [];
  });
}
