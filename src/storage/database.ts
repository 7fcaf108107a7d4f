/** @file The page's one IndexedDB database: a connection that is opened again where the browser closed it. */
import { openDB, type IDBPTransaction } from 'idb';
import { takeOver, upgrade } from './migration.ts';
import type { Connection, Schema, Store } from './schema.ts';
import { StorageError, troubleOf, within } from './trouble.ts';

type Mode = 'readonly' | 'readwrite';

export const databaseName = 'lethe';
/** Version 1 had checkpoints, states and settings only; facts and sweeps lay in databases of their own. */
export const databaseVersion = 2;

/** Milliseconds that the browser has for opening the database, and for a transaction. */
export interface Limits {
  opening: number;
  transaction: number;
}

export class Database {
  #opening: { connection: Promise<Connection>; since: number } | null = null;
  #current: Connection | null = null;

  constructor(
    private readonly name = databaseName,
    private readonly limits: Limits = { opening: 10_000, transaction: 20_000 },
  ) {}

  /** Reads in one transaction. Throws a `StorageError` where the browser does not let the page. */
  read<const S extends readonly Store[], T>(
    stores: S,
    work: (transaction: IDBPTransaction<Schema, [...S], 'readonly'>) => Promise<T>,
  ): Promise<T> {
    return this.#transact(stores, 'readonly', work);
  }

  /**
   * Writes in one transaction: all of it, or nothing. `work` may be done twice, where the first connection turns out to be closed. Throws a
   * `StorageError` where the browser does not let the page.
   */
  write<const S extends readonly Store[], T>(
    stores: S,
    work: (transaction: IDBPTransaction<Schema, [...S], 'readwrite'>) => Promise<T>,
  ): Promise<T> {
    return this.#transact(stores, 'readwrite', work);
  }

  async #transact<S extends readonly Store[], M extends Mode, T>(
    stores: S,
    mode: M,
    work: (transaction: IDBPTransaction<Schema, [...S], M>) => Promise<T>,
  ): Promise<T> {
    for (let isFirst = true; ; isFirst = false) {
      const connection = await this.#connection();
      try {
        return await this.#once(connection, stores, mode, work);
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble === null) throw error;
        if (trouble === 'closed' || trouble === 'slow') this.#forget(connection);
        if (trouble !== 'closed' || !isFirst) throw new StorageError(trouble, { cause: error });
      }
    }
  }

  async #once<S extends readonly Store[], M extends Mode, T>(
    connection: Connection,
    stores: S,
    mode: M,
    work: (transaction: IDBPTransaction<Schema, [...S], M>) => Promise<T>,
  ): Promise<T> {
    const transaction = connection.transaction([...stores] as [...S], mode, {
      durability: 'strict',
    });
    const ended = transaction.done;
    ended.catch(() => undefined);
    try {
      const worked = work(transaction).then(async (result) => {
        await ended;
        return result;
      });
      return await within(this.limits.transaction, worked);
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // It has ended already.
      }
      // A request of a transaction that was ended for want of room only says that it was ended.
      throw transaction.error?.name === 'QuotaExceededError' ? transaction.error : error;
    }
  }

  /** The connection that is open, or a new one. */
  async #connection(): Promise<Connection> {
    this.#opening ??= { connection: this.#open(), since: Date.now() };
    const opening = this.#opening;
    // Whoever comes later has waited already.
    const left = Math.max(0, opening.since + this.limits.opening - Date.now());
    try {
      return await within(left, opening.connection);
    } catch (error) {
      const trouble = troubleOf(error);
      // One that gives no answer yet may still do so.
      if (trouble !== 'slow' && this.#opening === opening) this.#opening = null;
      // Where a database cannot even be opened, the page may have none.
      throw new StorageError(trouble === null || trouble === 'closed' ? 'refused' : trouble, {
        cause: error,
      });
    }
  }

  async #open(): Promise<Connection> {
    // Some browsers have none in a private window.
    if (!globalThis.indexedDB) throw new DOMException('There is no IndexedDB.', 'SecurityError');
    const connection = await openDB<Schema>(this.name, databaseVersion, {
      upgrade,
      // Another tab wants to upgrade or delete it: let it.
      blocking: () => {
        this.#forget(connection);
      },
      terminated: () => {
        this.#forget(connection);
      },
    });
    this.#current = connection;
    if (this.name === databaseName) await takeOver(connection);
    return connection;
  }

  /** The next call opens the database again. */
  #forget(connection: Connection): void {
    connection.close();
    if (this.#current === connection) [this.#current, this.#opening] = [null, null];
  }

  /** Closes the connection; the next call opens another. */
  async close(): Promise<void> {
    const opening = this.#opening;
    [this.#current, this.#opening] = [null, null];
    await opening?.connection.then(
      (connection) => {
        connection.close();
      },
      () => undefined,
    );
  }
}

/** The database of this page or worker: one connection for all of its stores. */
export const database = new Database();
