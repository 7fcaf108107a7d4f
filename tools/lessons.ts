/**
 * @file `npm run lessons [part of a variation’s name] [--lesson id]`: runs the lessons on Atlas and its twin with every variation of
 * `src/lessons/recorded/variations.ts`, and writes what was measured.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultAdapter, nothingDone, run, runKey, type ExperimentRun } from '../src/lab/index.ts';
import { explain, discuss, outcomeOf, comparisonIds } from '../src/lessons/index.ts';
import { checkpointOf, recordedProbe, type Recordings } from '../src/lessons/recorded/recording.ts';
import { varied, variations, waysOf } from '../src/lessons/recorded/variations.ts';
import { loadCausalLM, type AdapterState, type CausalLM } from 'lethe-lora/engine';

const file = 'src/lessons/recorded/recordings.json';
const { values, positionals } = parseArgs({
  options: { lesson: { type: 'string' } },
  allowPositionals: true,
});
const [part] = positionals;
/** With a part of a name, or a lesson: only these are made, and what is recorded of the others stays. */
const isWanted = (variation: string, lesson: string): boolean =>
  variation.includes(part ?? '') && (values.lesson ?? lesson) === lesson;

const load = (name: string): Promise<CausalLM> =>
  loadCausalLM({
    base: resolve(`models/${name}/`),
    device: 'cpu',
    threads: 1,
    adapter: defaultAdapter,
  });
const [atlas, twin] = await Promise.all([load('atlas'), load('atlas-plain')]);
const recordings: Recordings =
  part === undefined && values.lesson === undefined
    ? { runs: [], lessons: [] }
    : (JSON.parse(readFileSync(file, 'utf8')) as Recordings);
recordings.lessons = recordings.lessons.filter(
  ({ variation, lesson }) => !isWanted(variation, lesson),
);
/** Where each way led: the run's number, and the state that it left. */
const reached = new Map<string, { number: number; state: AdapterState }>();

/** Makes the way's runs, as far as they were not made for another one; gives their numbers. */
async function go(model: CausalLM, way: readonly ExperimentRun[]): Promise<number[]> {
  const numbers: number[] = [];
  let key = model === twin ? 'twin' : '';
  let state = model.freshState();
  for (const taken of way) {
    key += runKey(taken);
    let known = reached.get(key);
    if (!known) {
      await model.setState(state);
      const { ending, runStep, probes } = await run(model, taken, nothingDone, {
        onEvent: () => undefined,
        shouldStop: () => false,
      });
      const number =
        recordings.runs.push({
          from: numbers.at(-1) ?? null,
          ending,
          steps: runStep,
          probes: probes.map((probe) => recordedProbe(probe, taken.experiment.probes.kept)),
        }) - 1;
      known = { number, state: await model.getState() };
      reached.set(key, known);
    }
    numbers.push(known.number);
    state = known.state;
  }
  return numbers;
}

for (const variation of variations)
  for (const id of variation.lessons.filter((lesson) => isWanted(variation.name, lesson))) {
    const lesson = varied(id, variation);
    const ways: Record<string, number[]> = {};
    for (const { id: name, way } of waysOf(lesson))
      ways[name] = await go(lesson.onTwin && name === 'run' ? twin : atlas, way);
    recordings.lessons.push({ lesson: id, variation: variation.name, ways });
    // What comes of it, to see at once which outcomes are still lacking.
    const metas = (name: string) =>
      (ways[name] ?? []).flatMap((number, index) => {
        const taken = waysOf(lesson).find((each) => each.id === name)?.way[index];
        const own = recordings.runs[number];
        return own && taken ? [checkpointOf(own, number, taken)] : [];
      });
    const way = metas('run');
    const end = way.at(-1);
    if (!end) continue;
    const beside = Object.fromEntries(comparisonIds.map((each) => [each, metas(each).at(-1)]));
    const outcome = outcomeOf(end, way, beside);
    const keys = [...explain(lesson, outcome), '|', ...discuss(lesson, outcome)].map((each) =>
      typeof each === 'string' ? each : each.key,
    );
    const { kept, steps, ending, goneAt } = outcome;
    console.log(
      variation.name,
      id,
      keys.join(' '),
      JSON.stringify({ steps, ending, kept, goneAt }),
    );
  }
await Promise.all([atlas.dispose(), twin.dispose()]);
writeFileSync(file, `${JSON.stringify(recordings)}\n`);
