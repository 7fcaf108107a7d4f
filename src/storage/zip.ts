/**
 * @file Zip files without compression. `client-zip` writes them. They are read here, from the front and one entry at a time, because no
 * library reads one that is cut off or damaged, and a backup is read just then.
 */
const header = 0x04034b50;
const descriptor = 0x08074b50;
const directory = 0x02014b50;
const headerLength = 30;
const descriptorLength = 16;
/** Bits of a header's flags: the sizes stand behind the entry; its name is UTF-8. */
const sizesBehind = 0x0008;
/** Longer ones are no headers of ours: many of them, one over the other, would take for ever. */
const longestName = 1024;
const longestExtra = 256;
/** Bytes that are looked through at a time. */
const window = 2 ** 20;

/** Where an entry lies in its file. */
export interface ZipEntry {
  path: string;
  start: number;
  /** Null where only its descriptor says it. */
  length: number | null;
  hasDescriptor: boolean;
}

export async function writeZip(files: readonly { path: string; blob: Blob }[]): Promise<Blob> {
  const { downloadZip } = await import('client-zip');
  const lastModified = new Date();
  return downloadZip(
    files.map(({ path, blob }) => ({ name: path, lastModified, input: blob })),
  ).blob();
}

/** The entry whose header begins at a byte; null where none begins there that can be read. */
export async function entryAt(file: Blob, at: number): Promise<ZipEntry | null> {
  const view = new DataView(await file.slice(at, at + headerLength).arrayBuffer());
  if (view.byteLength < headerLength || view.getUint32(0, true) !== header) return null;
  const flags = view.getUint16(6, true);
  const method = view.getUint16(8, true);
  if (method !== 0) return null;
  const nameStart = at + headerLength;
  const nameLength = view.getUint16(26, true);
  const extraLength = view.getUint16(28, true);
  if (nameLength > longestName || extraLength > longestExtra) return null;
  const nameEnd = nameStart + nameLength;
  const start = nameEnd + extraLength;
  const hasDescriptor = (flags & sizesBehind) !== 0;
  const length = hasDescriptor ? null : view.getUint32(18, true);
  try {
    const name = await file.slice(nameStart, nameEnd).arrayBuffer();
    const path = new TextDecoder('utf-8', { fatal: true }).decode(name);
    return { path, start, length, hasDescriptor };
  } catch {
    return null;
  }
}

/** The byte behind an entry's content of so many bytes, and behind its descriptor where it has one. */
export function endOf({ start, hasDescriptor }: ZipEntry, length: number): number {
  return start + length + (hasDescriptor ? descriptorLength : 0);
}

/** The next byte at or behind `from` where a header, or with `descriptors` a descriptor too, or the directory begins; the file's end where none does. */
export async function findNext(file: Blob, from: number, descriptors = false): Promise<number> {
  const sought = descriptors ? [header, directory, descriptor] : [header, directory];
  for (let at = from; at < file.size; at += window) {
    const buffer = await file.slice(at, at + window + 3).arrayBuffer();
    const bytes = new Uint8Array(buffer);
    const view = new DataView(buffer);
    for (let index = bytes.indexOf(0x50); index >= 0; index = bytes.indexOf(0x50, index + 1))
      if (index + 4 <= bytes.length && sought.includes(view.getUint32(index, true)))
        return at + index;
  }
  return file.size;
}

/** Whether the directory begins at a byte: no entries come behind it. */
export async function isDirectory(file: Blob, at: number): Promise<boolean> {
  const view = new DataView(await file.slice(at, at + 4).arrayBuffer());
  return view.byteLength === 4 && view.getUint32(0, true) === directory;
}

/**
 * The content of an entry by its descriptor alone, where nothing else says how long it is: up to the next mark, if that is a descriptor
 * whose length and checksum fit. Null where it does not.
 */
export async function contentByDescriptor(
  file: Blob,
  { start }: ZipEntry,
  mark: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const view = new DataView(await file.slice(mark, mark + descriptorLength).arrayBuffer());
  if (view.byteLength < descriptorLength || view.getUint32(0, true) !== descriptor) return null;
  if (view.getUint32(8, true) !== mark - start) return null;
  const bytes = new Uint8Array(await file.slice(start, mark).arrayBuffer());
  const { crc32 } = await import('hash-wasm');
  const sum = Number.parseInt(await crc32(bytes), 16);
  return sum === view.getUint32(4, true) ? bytes : null;
}
