/** @file For tests: the part of a browser's private file system that downloads use, in memory. */

/** A file; its content is in `bytes`. */
class MemoryFile {
  readonly kind = 'file';
  bytes = new Uint8Array();
  #open = false;

  getFile(): Promise<Blob> {
    return Promise.resolve(new Blob([this.bytes]));
  }

  createSyncAccessHandle(): Promise<object> {
    if (this.#open) {
      const busy = new DOMException('It is open.', 'NoModificationAllowedError');
      return Promise.reject(busy);
    }
    this.#open = true;
    return Promise.resolve({
      getSize: () => this.bytes.length,
      truncate: (size: number) => {
        const next = new Uint8Array(size);
        next.set(this.bytes.subarray(0, size));
        this.bytes = next;
      },
      write: (chunk: Uint8Array, { at }: { at: number }) => {
        const next = new Uint8Array(Math.max(this.bytes.length, at + chunk.length));
        next.set(this.bytes);
        next.set(chunk, at);
        this.bytes = next;
        return chunk.length;
      },
      read: (into: Uint8Array, { at }: { at: number }) => {
        const part = this.bytes.subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      flush: () => undefined,
      close: () => {
        this.#open = false;
      },
    });
  }
}

export class MemoryFolder {
  readonly kind = 'directory';
  readonly children = new Map<string, MemoryFile | MemoryFolder>();

  async getDirectoryHandle(name: string, options?: { create: boolean }): Promise<MemoryFolder> {
    return this.#child(name, MemoryFolder, options?.create);
  }

  async getFileHandle(name: string, options?: { create: boolean }): Promise<MemoryFile> {
    return this.#child(name, MemoryFile, options?.create);
  }

  #child<T extends MemoryFile | MemoryFolder>(
    name: string,
    kind: new () => T,
    create = false,
  ): Promise<T> {
    let child = this.children.get(name);
    if (!child && create) this.children.set(name, (child = new kind()));
    if (child instanceof kind) return Promise.resolve(child);
    return Promise.reject(new DOMException(`There is no ${name}.`, 'NotFoundError'));
  }

  removeEntry(name: string): Promise<void> {
    this.children.delete(name);
    return Promise.resolve();
  }

  async *entries(): AsyncIterable<[string, MemoryFile | MemoryFolder]> {
    for (const entry of this.children) yield Promise.resolve(entry);
  }

  /** The bytes of a file at a path of names; undefined where there is none. */
  bytes(...path: string[]): Uint8Array | undefined {
    let found: MemoryFile | MemoryFolder | undefined = this as MemoryFolder;
    for (const name of path)
      found = found instanceof MemoryFolder ? found.children.get(name) : undefined;
    return found instanceof MemoryFile ? found.bytes : undefined;
  }
}

/** What takes the place of `navigator.storage`. */
export function memoryStorage(root: MemoryFolder) {
  return {
    getDirectory: () => Promise.resolve(root),
    estimate: () => Promise.resolve({}),
  };
}
