/** @file The visitor's own facts and prompts: read once, changed as they are typed, and written at once. */
import {
  canonicalJson,
  factsFromJson,
  factsToJson,
  type Asking,
  type AskingMode,
  type DraftFact,
} from '../../lab/index.ts';
import type { LanguageCode, RelationId } from '../../facts/index.ts';
import { FactStore, SettingStore, type Damaged } from '../../storage/index.ts';
import { reasonOf } from '../messages/index.ts';
import {
  changedPrompts,
  readPreference,
  defaultPreference,
  withAsking,
  type AskingPreference,
} from './asking-preference.ts';

export interface StoredFact extends DraftFact {
  id: string;
  createdAt: number;
}

export class OwnFacts {
  facts: readonly StoredFact[] = $state.raw([]);
  preference: AskingPreference = $state.raw(defaultPreference);
  /** Records that cannot be used: they are set aside, and the others stay. */
  damaged: readonly Damaged[] = $state.raw([]);
  /** What could not be read or written, to be told. */
  failure: string | null = $state(null);

  readonly #store = new FactStore();
  readonly #settings = new SettingStore();
  /** Ids of facts that are here as typed and not so in the database. */
  #unstored: readonly string[] = [];
  #loading: Promise<void> | null = null;

  /** Reads what is stored; the page goes on without where there is no storage. */
  load(): Promise<void> {
    this.#loading ??= this.#attempt(async () => {
      const { facts, damaged } = await this.#store.list();
      [this.facts, this.damaged] = [facts, damaged];
      this.preference = readPreference(await this.#settings.get('manner'));
    });
    return this.#loading;
  }

  /** A new fact, after the others; gives its id. */
  add(draft: DraftFact): string {
    const id = crypto.randomUUID();
    this.#put({ ...draft, id, createdAt: Date.now() });
    return id;
  }

  change(id: string, draft: DraftFact): void {
    const old = this.facts.find((fact) => fact.id === id);
    if (old) this.#put({ ...draft, id, createdAt: old.createdAt });
  }

  #put({ id, createdAt, name, wordings }: StoredFact): void {
    const fact = { id, createdAt, name, wordings };
    const at = this.facts.findIndex((each) => each.id === id);
    this.facts = at < 0 ? [...this.facts, fact] : this.facts.with(at, fact);
    this.#unstored = [...this.#unstored, id];
    void this.#attempt(() => this.#storeAll());
  }

  /** What was typed last, and whatever the browser refused to store before. */
  async #storeAll(): Promise<void> {
    const waiting = this.facts.filter(({ id }) => this.#unstored.includes(id));
    this.#unstored = [];
    for (const [index, { id, createdAt, name, wordings }] of waiting.entries())
      try {
        await this.#store.put(id, { createdAt, name, wordings });
      } catch (error) {
        const left = waiting.slice(index).map((fact) => fact.id);
        this.#unstored = [...this.#unstored, ...left];
        throw error;
      }
  }

  remove(id: string): void {
    this.facts = this.facts.filter((fact) => fact.id !== id);
    this.#unstored = this.#unstored.filter((each) => each !== id);
    void this.#attempt(() => this.#store.remove(id));
  }

  /** Adds a file's facts, but those that are there already; gives how many. Throws with the wrong field's name. */
  import(json: string): number {
    const known = this.facts.map(contentOf);
    const added = factsFromJson(json).filter((draft) => !known.includes(contentOf(draft)));
    for (const draft of added) this.add(draft);
    return added.length;
  }

  export(facts: readonly DraftFact[] = this.facts): string {
    return factsToJson(facts);
  }

  /** How the model is asked, where the visitor decides; null: by its template where it has one. */
  choose(mode: AskingMode | null): void {
    this.#setPreference({ ...this.preference, mode });
  }

  /** Changes a prompt; null restores the default. */
  setPrompt(mode: AskingMode, relation: RelationId, code: LanguageCode, text: string | null): void {
    const prompts = changedPrompts(this.preference.prompts[mode], relation, code, text);
    this.#setPreference({
      ...this.preference,
      prompts: { ...this.preference.prompts, [mode]: prompts },
    });
  }

  /** Asks as a link or an experiment says. It is not kept: what the visitor had chosen is there again at the next visit. */
  borrow(asking: Asking | null): void {
    this.preference = withAsking(this.preference, asking);
  }

  #setPreference(preference: AskingPreference): void {
    this.preference = preference;
    void this.#attempt(() => this.#settings.put('manner', preference));
  }

  async #attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
      this.failure &&= null;
    } catch (error) {
      this.failure = reasonOf(error);
    }
  }
}

function contentOf({ name, wordings }: DraftFact): string {
  return canonicalJson({ name, wordings });
}
