/** @file The visitor's own facts: written as they are typed, finished or not. */
import * as v from 'valibot';
import { database, type Database } from './database.ts';
import { check, moment, parseDraftFact, type DraftFact } from './records.ts';
import type { Damaged } from './checkpoints.ts';

export interface StoredFact extends DraftFact {
  createdAt: number;
}

const dated = v.looseObject({ createdAt: moment });

/** The value as a fact of the visitor; throws with the name of the first wrong field. */
export function parseFact(value: unknown): StoredFact {
  const { createdAt, ...draft } = check(dated, value, 'This fact is not valid');
  return { createdAt, ...parseDraftFact(draft) };
}

export class FactStore {
  constructor(private readonly db: Database = database) {}

  /** All facts, oldest first; records that cannot be read are named, and the others stay. */
  async list(): Promise<{ facts: (StoredFact & { id: string })[]; damaged: Damaged[] }> {
    const facts: (StoredFact & { id: string })[] = [];
    const damaged: Damaged[] = [];
    for (const [id, value] of await this.all()) {
      try {
        facts.push({ id, ...parseFact(value) });
      } catch (error) {
        damaged.push({ id, name: nameOf(value) ?? id, reason: (error as Error).message });
      }
    }
    return { facts: facts.sort((a, b) => a.createdAt - b.createdAt), damaged };
  }

  /** Everything that is stored, by its key, unchecked. */
  all(): Promise<[string, unknown][]> {
    return this.db.read(['facts'], async (read) => {
      const store = read.objectStore('facts');
      const keys = await store.getAllKeys();
      const values = await store.getAll();
      return keys.map((key, index): [string, unknown] => [key, values[index]]);
    });
  }

  get(id: string): Promise<unknown> {
    return this.db.read(['facts'], (read) => read.objectStore('facts').get(id));
  }

  /** Commits at once, so that what was typed last survives the page's end. Throws a `StorageError` where it cannot be stored. */
  async put(id: string, value: StoredFact): Promise<void> {
    parseFact(value);
    await this.db.write(['facts'], async (write) => {
      const written = write.objectStore('facts').put(value, id);
      write.commit();
      await written;
    });
  }

  async remove(id: string): Promise<void> {
    await this.db.write(['facts'], (write) => write.objectStore('facts').delete(id));
  }
}

function nameOf(value: unknown): string | null {
  const name = (value as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? name.slice(0, 200) : null;
}
