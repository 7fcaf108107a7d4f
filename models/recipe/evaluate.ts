/**
 * @file `npm run atlas:evaluate`: asks the shipped model every fact in every language and writes `models/atlas/evaluation.json`:
 * the share that greedy decoding answers exactly right, by language and relation, with what it gets wrong.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  facts,
  languages,
  probeForm,
  relations,
  sentence,
  type LanguageCode,
} from '../../src/facts/index.ts';
import { loadCausalLM } from '../../src/model/index.ts';
import { format } from 'prettier';

const folder = fileURLToPath(new URL('../atlas/', import.meta.url));
const model = await loadCausalLM({ base: folder, device: 'cpu' });

const accuracy: Partial<Record<LanguageCode, Record<string, number>>> = {};
const wrong: Partial<Record<LanguageCode, string[]>> = {};
for (const { code } of languages) {
  const items = facts.map((fact) => ({
    fact,
    said: sentence(fact, probeForm(fact.relation, code)),
  }));
  const scores = await model.score(
    items.map(({ said }) => ({ prompt: said.before, continuation: said.answer + said.after })),
  );
  const right = (relation?: string): number => {
    const chosen = items.flatMap(({ fact }, index) =>
      relation === undefined || fact.relation === relation ? [scores[index]?.isGreedy] : [],
    );
    return Number((chosen.filter(Boolean).length / chosen.length).toFixed(4));
  };
  accuracy[code] = {
    all: right(),
    ...Object.fromEntries(relations.map((relation) => [relation, right(relation)])),
  };
  wrong[code] = items.flatMap(({ said }, index) =>
    scores[index]?.isGreedy ? [] : [said.before + said.answer + said.after],
  );
  console.log(code, JSON.stringify(accuracy[code]));
}
await model.dispose();

const report = { model: model.info.digest, facts: facts.length, accuracy, wrong };
writeFileSync(
  folder + 'evaluation.json',
  await format(JSON.stringify(report), { parser: 'json', printWidth: 120 }),
);
