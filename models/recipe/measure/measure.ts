/** @file What a measure of Atlas is: questions cut into tasks, and what their results come to. */
import type { LanguageCode } from '../../../src/facts/index.ts';
import type { CausalLM } from '../../../src/model/index.ts';
import type { Table } from './table.ts';

/** How much is measured. */
export interface Scope {
  /** Facts asked or false facts taught; the measure's own number where absent. */
  facts?: number;
  /** Languages asked (knowledge, transfer, cloze) or taught (spread, grid). */
  languages: readonly LanguageCode[];
  /** Path of the cloze set. */
  cloze: string;
}

/**
 * Tasks and results are plain data. A result depends on the model and its task alone, so tasks can be done in any order by any
 * process, and a result that is cached need not be measured again.
 */
export interface Measure<Task, Result, Summary> {
  tasks(scope: Scope): Task[];
  perform(model: CausalLM, task: Task): Promise<Result>;
  /** Results stand in the order of their tasks. */
  summarise(tasks: readonly Task[], results: readonly Result[]): Summary;
  tables(summary: Summary): Table[];
}
