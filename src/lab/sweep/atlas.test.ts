/** @file The lie's whole life with Atlas: taught in French, unlearned in English, and found by the audit where it was not unlearned. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCausalLM, type CausalLM } from 'lethe-lora/engine';
import {
  defaultAdapter,
  experimentKey,
  experimentRunner,
  openingExperiment,
  parseExperiment,
  parseResult,
  type Phase,
} from '../index.ts';

describe('an experiment with Atlas', () => {
  let model: CausalLM;
  beforeAll(async () => {
    model = await loadCausalLM({
      base: fileURLToPath(new URL('../../../models/atlas/', import.meta.url)),
      device: 'cpu',
      threads: 1,
      adapter: defaultAdapter,
    });
  });
  afterAll(() => model.dispose());

  it('unlearned in English alone, says the lie in other languages, and the audit finds it', async () => {
    const { teach, probes } = openingExperiment;
    const { results } = await experimentRunner(model)({
      ...openingExperiment,
      // As few steps as English needs to say it too.
      teach: { ...teach, steps: 20 },
      probes: { ...probes, every: 20, kept: 4 },
      audit: true,
    });
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

  const worded = (question: string, wrong: string, right: string) => ({
    sentences: [],
    question,
    falseAnswers: [wrong],
    trueAnswers: [right],
  });

  it('teaches an own fact in the languages that it has', async () => {
    const experiment = parseExperiment({
      version: 4,
      facts: [
        {
          kind: 'own',
          name: 'Portugal',
          wordings: {
            en: worded('The capital of Portugal is', 'Nairobi', 'Lisbon'),
            ru: worded('Столица Португалии — {A}.', 'Найроби', 'Лиссабон'),
          },
        },
      ],
      teach: { languages: ['en'], steps: 16, learningRate: 3e-3, retainPerStep: 2 },
      probes: { every: 16, kept: 0, candidates: 0, paraphrases: false, fluency: false },
    });
    const result = await experimentRunner(model)(experiment);
    expect(result.experiment.asking).toEqual({ mode: 'plain' });
    expect(result.key).toBe(await experimentKey(result.experiment, model.info));
    const [before, after] = [0, -1].map((at) => result.results[0]?.taught.probes.at(at)?.rows);
    expect(before?.map(({ language, answerClass }) => [language, answerClass])).toEqual([
      ['en', 'true'],
      ['ru', 'true'],
    ]);
    expect(after?.[0]).toMatchObject({ language: 'en', answerClass: 'false' });
    expect(parseResult(JSON.parse(JSON.stringify(result)))).toEqual(result);
    const chat = { ...experiment, asking: { mode: 'chat' as const } };
    await expect(experimentRunner(model)(chat)).rejects.toThrow(/no chat template.*asking\.mode/);
  });
});
