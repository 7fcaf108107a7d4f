/** @file A model from files on this computer: a folder in the Hub's layout, a dropped one, or its files in one heap. */
import type { FileSource } from 'lethe-lora/engine';
import { HubError } from './failure.ts';
import { needed, variantsOf, type Variant, type VariantFiles } from './variants.ts';

/** A file and its path within what was chosen. */
export interface LocalFile {
  path: string;
  blob: Blob;
}

export interface LocalModel {
  /** Of the folder; of a heap of files the name of its ONNX file. */
  name: string;
  variants: VariantFiles[];
  /** By path in the Hub's layout. */
  files: LocalFile[];
}

/** What an `<input type="file">` holds, with or without folders. */
export function chosenFiles(list: Iterable<File>): LocalFile[] {
  return [...list].map((file) => ({ path: file.webkitRelativePath || file.name, blob: file }));
}

/** What was dropped, folders opened. To be called in the event itself: its items are gone afterwards. */
export async function droppedFiles(items: Iterable<DataTransferItem>): Promise<LocalFile[]> {
  const entries = [...items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  return (await Promise.all(entries.map(filesIn))).flat();
}

async function filesIn(entry: FileSystemEntry): Promise<LocalFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path: entry.fullPath.replace(/^\//, ''), blob: file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: LocalFile[] = [];
  // A directory is read in pages, until one is empty.
  for (;;) {
    const page = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (page.length === 0) return found;
    found.push(...(await Promise.all(page.map(filesIn))).flat());
  }
}

/** Puts files into the Hub's layout. Throws `HubError` that names what is missing. */
export function localModel(chosen: readonly LocalFile[]): LocalModel {
  const folder = folderOf(chosen, 'config.json');
  const inside = chosen
    .filter(({ path }) => path.startsWith(folder))
    .map(({ path, blob }) => ({ path: inLayout(path.slice(folder.length)), blob }));
  const variants = variantsOf(inside.map(({ path, blob }) => ({ path, size: blob.size })));
  const missing = needed.filter((name) => !inside.some(({ path }) => path === name));
  if (missing.length > 0 || variants.length === 0)
    throw new HubError({
      kind: 'missing',
      names: [...missing, ...(variants.length === 0 ? ['onnx/model.onnx'] : [])],
    });
  const name = folder.split('/').at(-2) ?? variants[0]?.file.split('/').pop() ?? '';
  return { name, variants, files: inside };
}

/** Bytes at a file's beginning in which its first nodes stand: the graph's nodes come before its weights. */
const head = 2 ** 20;

/**
 * The model with each variant called by what its file holds: `model.onnx` is full precision by its name, and may have weights in 4 or 8
 * bits all the same, as exporters other than the Hub's write it.
 */
export async function calledByContents(model: LocalModel): Promise<LocalModel> {
  const variants = await Promise.all(
    model.variants.map(async (each): Promise<VariantFiles> => {
      const blob = model.files.find(({ path }) => path === each.file)?.blob;
      if (each.variant !== 'fp32' || !blob) return each;
      const variant = quantisedIn(new Uint8Array(await blob.slice(0, head).arrayBuffer()));
      const isTaken = model.variants.some((other) => other.variant === variant);
      return variant === null || isTaken ? each : { ...each, variant };
    }),
  );
  return { ...model, variants };
}

/** The variant that an ONNX file's first product with quantised weights makes it; null where there is none. */
function quantisedIn(bytes: Uint8Array): Variant | null {
  const text = new TextDecoder('latin1').decode(bytes);
  if (!text.includes('MatMulNBits')) return text.includes('MatMulInteger') ? 'q8' : null;
  // An attribute as protobuf writes it: its name, then field 3, an integer.
  const [, bits] = /bits\x18([\x04\x08])/.exec(text) ?? [];
  return bits === '\x08' ? 'q8' : 'q4';
}

/** The folder of a file, the outermost of several: `''`, or with a slash at its end. */
function folderOf(files: readonly LocalFile[], name: string): string {
  const [path = ''] = files
    .map((file) => file.path)
    .filter((each) => each.split('/').pop() === name)
    .sort((a, b) => a.split('/').length - b.split('/').length);
  return path.slice(0, path.length - name.length);
}

/** ONNX files that lie beside the configuration belong into `onnx/`. */
function inLayout(path: string): string {
  return !path.includes('/') && /\.onnx([._]data(_\d+)?)?$/.test(path) ? `onnx/${path}` : path;
}

/** Names of the files that lie in a folder itself. */
export function namesIn(folder: string, paths: readonly string[]): string[] {
  return paths
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1))
    .filter((name) => !name.includes('/'));
}

/** A model's files as the engine opens them. */
export function filesSource(name: string, files: readonly LocalFile[]): FileSource {
  return {
    name,
    open: (path) => {
      // Data of an unusual name may lie beside the configuration, as its ONNX file did.
      const name = path.replace(/^onnx\//, '');
      const found =
        files.find((file) => file.path === path) ?? files.find((file) => file.path === name);
      return Promise.resolve(found?.blob);
    },
    list: (folder) =>
      Promise.resolve(
        namesIn(
          folder,
          files.map(({ path }) => path),
        ),
      ),
  };
}
