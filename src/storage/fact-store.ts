/** @file The visitor's own facts and prompts in IndexedDB, in a database of their own: written as they are typed, finished or not. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

interface Schema extends DBSchema {
  facts: { key: string; value: unknown };
  settings: { key: string; value: unknown };
}

export const factDatabase = 'lethe-facts';

export class FactStore {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = factDatabase): Promise<FactStore> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(database) {
        database.createObjectStore('facts');
        database.createObjectStore('settings');
      },
      // Another tab wants to upgrade: let it.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return new FactStore(db);
  }

  /** Everything that is stored, by its key; whoever reads it checks it. */
  async all(): Promise<[string, unknown][]> {
    const transaction = this.db.transaction('facts');
    const [keys, values] = await Promise.all([
      transaction.store.getAllKeys(),
      transaction.store.getAll(),
    ]);
    return keys.map((key, index) => [key, values[index]]);
  }

  put(id: string, value: unknown): Promise<void> {
    return this.write('facts', id, value);
  }

  remove(id: string): Promise<void> {
    return this.db.delete('facts', id);
  }

  remembered(key: string): Promise<unknown> {
    return this.db.get('settings', key);
  }

  remember(key: string, value: unknown): Promise<void> {
    return this.write('settings', key, value);
  }

  /** Commits at once, so that what was typed last survives the page's end. */
  private async write(store: 'facts' | 'settings', key: string, value: unknown): Promise<void> {
    try {
      const transaction = this.db.transaction(store, 'readwrite');
      const written = transaction.store.put(value, key);
      transaction.commit();
      await Promise.all([written, transaction.done]);
    } catch (error) {
      if ((error as DOMException).name !== 'QuotaExceededError') throw error;
      throw new Error(
        'The browser’s storage is full: this was not saved. Save your facts to a file, then free some space.',
        { cause: error },
      );
    }
  }
}
