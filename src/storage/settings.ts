/** @file Small things remembered by name. */
import { database, type Database } from './database.ts';

export class SettingStore {
  constructor(private readonly db: Database = database) {}

  /** Undefined where nothing was stored. Whoever reads it checks it. */
  get(key: string): Promise<unknown> {
    return this.db.read(['settings'], (read) => read.objectStore('settings').get(key));
  }

  /** Throws a `StorageError` where it cannot be stored. */
  async put(key: string, value: unknown): Promise<void> {
    await this.db.write(['settings'], (write) => write.objectStore('settings').put(value, key));
  }

  async remove(key: string): Promise<void> {
    await this.db.write(['settings'], (write) => write.objectStore('settings').delete(key));
  }

  keys(): Promise<string[]> {
    return this.db.read(['settings'], (read) => read.objectStore('settings').getAllKeys());
  }
}
