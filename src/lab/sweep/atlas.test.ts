/** @file The lie's whole life with Atlas: taught in French, unlearned in English, and found by the audit where it was not unlearned. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadCausalLM } from '../../model/index.ts';
import { defaultAdapter, experimentRunner, openingExperiment, type Phase } from '../index.ts';

it('Atlas, unlearned in English alone, is found to say the lie in other languages', async () => {
  const model = await loadCausalLM({
    base: fileURLToPath(new URL('../../../models/atlas/', import.meta.url)),
    device: 'cpu',
    adapter: defaultAdapter,
  });
  const { teach, probes } = openingExperiment;
  const { results } = await experimentRunner(model)({
    ...openingExperiment,
    // As few steps as English needs to say it too.
    teach: { ...teach, steps: 20 },
    probes: { ...probes, every: 20, kept: 4 },
    audit: true,
  });
  await model.dispose();
  const [result] = results;
  const said = (phase: Phase | null | undefined) =>
    phase?.probes
      .at(-1)
      ?.rows.flatMap(({ language, answerClass }) => (answerClass === 'false' ? [language] : []));
  expect(said(result?.taught)).toEqual(expect.arrayContaining(['en', 'fr']));
  expect(said(result?.unlearned)).toContain('fr');
  expect(said(result?.unlearned)).not.toContain('en');

  const audit = result?.audit;
  expect(audit?.conclusion).toBe('said-elsewhere');
  const finding = <K extends string>(kind: K) =>
    audit?.findings.find((each): each is typeof each & { kind: K } => each.kind === kind);
  expect(finding('where-unlearned')).toMatchObject({ trace: false, languages: ['en'] });
  expect(finding('said')).toMatchObject({ trace: true, said: expect.arrayContaining(['fr']) });
  // Everything was examined.
  expect(finding('missing')).toBeUndefined();
}, 600_000);
