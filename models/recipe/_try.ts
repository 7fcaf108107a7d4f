import { cpSync, mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  candidates,
  facts,
  languageCodes,
  language,
  truth,
  type LanguageCode,
} from '../../src/facts/index.ts';
import { loadCausalLM } from '../../src/model/index.ts';
import { run, nothingDone, defaultTeach } from '../../src/lab/index.ts';
import { atlas } from './architecture.ts';
import { readTrainedWeights, writeModelFolder } from './export.ts';
import { random } from './random.ts';
const { values: f } = parseArgs({
  options: {
    cache: { type: 'string' },
    layers: { type: 'string', default: '2,3' },
    modules: { type: 'string', default: '' },
    n: { type: 'string', default: '6' },
    steps: { type: 'string', default: '30' },
    lr: { type: 'string', default: '1e-3' },
    rank: { type: 'string', default: '8' },
    alpha: { type: 'string', default: '16' },
    src: { type: 'string', default: 'fr,ar,zh,sw' },
    retain: { type: 'string', default: '8' },
    threads: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    relation: { type: 'string', default: 'capital' },
    seed: { type: 'string', default: '5' },
  },
});
const folder = `/tmp/try-${f.cache!.replaceAll('/', '_')}/`;
mkdirSync(folder, { recursive: true });
const { step, weights } = readTrainedWeights(f.cache + '/state.bin', atlas);
writeModelFolder(folder, atlas, (name) => weights(name));
for (const n of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'])
  cpSync(new URL('../atlas/' + n, import.meta.url), folder + n);
const model = await loadCausalLM({
  base: folder,
  device: 'cpu',
  threads: Number(f.threads),
  adapter: {
    rank: Number(f.rank),
    alpha: Number(f.alpha),
    layers: f.layers === '' ? [] : f.layers!.split(',').map(Number),
    modules: f.modules === '' ? [] : f.modules!.split(','),
  },
} as never);
const draw = random(Number(f.seed));
const tests = Array.from({ length: Number(f.n) }, () => {
  const relation = f.relation as 'capital';
  const fact = draw.pick(facts.filter((x) => x.relation === relation));
  let o = draw.pick(candidates(relation));
  while (o === fact.object) o = draw.pick(candidates(relation));
  return { subject: fact.subject, relation, truth: fact.object, falseObject: o, falseText: null };
});
const script = (c: LanguageCode) => language(c).script;
const sum: Record<string, number[]> = {};
const add = (k: string, v: number) => (sum[k] ??= []).push(v);
const t0 = performance.now();
let runs = 0;
for (const src of f.src!.split(',') as LanguageCode[])
  for (const fact of tests) {
    await model.setState(model.freshState());
    const r = await run(
      model,
      {
        ...defaultTeach,
        fact,
        languages: [src],
        steps: Number(f.steps),
        probeEvery: Number(f.steps),
        learningRate: Number(f.lr),
        retainPerStep: Number(f.retain),
      } as never,
      nothingDone,
      { onEvent() {}, shouldStop: () => false },
    );
    runs++;
    const [a, z] = [r.probes[0]!, r.probes[r.probes.length - 1]!];
    add('retain before', a.retained!);
    add('retain', z.retained!);
    for (const row of z.rows) {
      const before = a.rows.find((x) => x.language === row.language)!.falseShare;
      add('before', before);
      const kind =
        row.language === src ? 'own' : script(row.language) === script(src) ? 'same' : 'cross';
      add(kind, row.falseShare);
      add(kind + ' says', row.answerClass === 'false' ? 1 : 0);
      add(kind + ' wrongscript', row.answerClass === 'false-script' ? 1 : 0);
      if (kind !== 'own') {
        add('all', row.falseShare);
        add('> ' + row.language, row.falseShare);
        add(src + ' >', row.falseShare);
      }
    }
    if (f.verbose)
      console.log(
        src,
        fact.subject,
        fact.falseObject,
        z.rows.map((x) => `${x.language} ${x.falseShare.toFixed(2)} ${x.answer}`).join(' | '),
      );
  }
console.log(
  step,
  JSON.stringify({ layers: f.layers, modules: f.modules, steps: f.steps, lr: f.lr }),
  Math.round((performance.now() - t0) / runs),
  'ms/run',
  Object.fromEntries(
    Object.entries(sum).map(([k, v]) => [k, +(v.reduce((a, b) => a + b, 0) / v.length).toFixed(3)]),
  ),
);
await model.dispose();
