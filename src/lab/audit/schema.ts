/** @file What an audit gave, as it is stored with a result: checked when it comes in, field by field. */
import * as v from 'valibot';
import { languageCodes } from '../../facts/index.ts';
import { measured, natural, perhapsMeasured } from '../check.ts';
import { testedFact } from '../fact/fact.ts';
import { asking } from '../fact/prompts.ts';
import { paraphraseShares, probeRow } from '../experiment/checkpoint.ts';
import { examinations, type AuditReport } from './types.ts';
import { conclusions, type Verdict } from './verdict.ts';

const language = v.picklist(languageCodes);
const languages = v.array(language);

function controlled<S extends v.GenericSchema>(what: S) {
  return v.object({ here: what, untouched: what });
}

const settings = v.object({
  examples: natural,
  draws: natural,
  steps: natural,
  learningRate: measured,
  retainPerStep: natural,
  relearnIn: v.nullable(language),
  kept: natural,
  seed: natural,
});

const direct = v.object({ rows: v.array(probeRow), retained: perhapsMeasured });

const paraphrases = v.array(v.object({ language, shares: paraphraseShares }));

const context = v.array(v.object({ language, share: measured, false: measured, true: measured }));

const choice = v.object({
  rows: v.array(v.object({ language, listed: v.array(measured), completed: v.array(measured) })),
  others: v.array(v.string()),
});

const lens = v.array(
  v.object({ language, layers: v.array(v.object({ false: measured, true: measured })) }),
);

const depth = v.array(
  v.object({
    language,
    layers: v.array(v.object({ untouched: measured, unlearned: measured })),
  }),
);

const rounding = v.object({
  rows: v.array(v.object({ language, shares: v.array(measured), false: v.array(measured) })),
  retained: v.array(perhapsMeasured),
});

const matrix = v.array(v.array(measured));
const across = v.object({ languages, shares: matrix, false: matrix });

const relearning = v.object({
  curves: v.array(v.object({ language, points: v.array(measured) })),
});

const savings = v.object({
  ...controlled(relearning).entries,
  language,
  other: v.nullable(v.object({ ...controlled(relearning).entries, object: v.string() })),
});

const places = v.nullable(v.number());
const saving = v.object({
  language,
  here: places,
  untouched: places,
  other: v.nullable(v.object({ here: places, untouched: places })),
  saved: perhapsMeasured,
  area: measured,
});

const trace = v.boolean();
const asked = natural;

const finding = v.variant('kind', [
  v.object({ kind: v.literal('where-unlearned'), trace, languages, said: languages }),
  v.object({ kind: v.literal('said'), trace, said: languages, asked, byUntouched: languages }),
  v.object({ kind: v.literal('leaning'), trace, languages }),
  v.object({ kind: v.literal('instead'), trace, truth: measured, other: measured }),
  v.object({ kind: v.literal('paraphrases'), trace, leads: natural, asked, languages }),
  v.object({ kind: v.literal('context'), trace, languages, asked }),
  v.object({
    kind: v.literal('choice'),
    trace,
    way: v.picklist(['listed', 'completed']),
    languages,
    asked,
  }),
  v.object({ kind: v.literal('lens'), trace, languages, asked, from: v.number(), to: v.number() }),
  v.object({
    kind: v.literal('depth'),
    trace,
    unlearned: perhapsMeasured,
    elsewhere: perhapsMeasured,
    from: v.number(),
    to: v.number(),
  }),
  v.object({
    kind: v.literal('rounding'),
    trace,
    languages,
    asked,
    bits: v.nullable(natural),
    retained: perhapsMeasured,
  }),
  v.object({ kind: v.literal('across'), trace, pairs: natural, asked, languages }),
  v.object({
    kind: v.literal('savings'),
    trace,
    language,
    steps: natural,
    compared: natural,
    sooner: languages,
    best: v.nullable(saving),
  }),
  v.object({
    kind: v.literal('kept'),
    trace,
    here: measured,
    untouched: measured,
    lost: v.boolean(),
  }),
  v.object({ kind: v.literal('missing'), trace, examinations: v.array(v.picklist(examinations)) }),
]);

/** A report with its verdict. */
export const auditResult: v.GenericSchema<unknown, AuditReport & Verdict> = v.object({
  fact: testedFact,
  asking: v.exactOptional(asking),
  taught: languages,
  unlearned: languages,
  settings,
  direct: v.exactOptional(controlled(direct)),
  paraphrases: v.exactOptional(controlled(paraphrases)),
  context: v.exactOptional(controlled(context)),
  choice: v.exactOptional(controlled(choice)),
  lens: v.exactOptional(controlled(lens)),
  depth: v.exactOptional(depth),
  rounding: v.exactOptional(controlled(rounding)),
  across: v.exactOptional(controlled(across)),
  savings: v.exactOptional(savings),
  impossible: v.record(v.picklist(examinations), v.string()),
  stopped: v.boolean(),
  conclusion: v.picklist(conclusions),
  findings: v.array(finding),
});
