// @vitest-environment jsdom
/** A plan before the click; fewer retain sentences where a step takes long, and never against the visitor's will. */
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import { openingExperiment } from '../../lab/index.ts';
import type { RunPlan } from '../../worker/index.ts';
import { withRetained } from '../address/editing.ts';
import { readyLab } from '../session/fake-lab.ts';
import { Planning } from './planning.svelte.ts';

let dispose: () => void = () => undefined;
afterEach(() => dispose());

const quick: RunPlan = { memory: 1, available: null, perStep: 10, lighter: null };
const slow: RunPlan = { ...quick, perStep: 9000, lighter: { retainPerStep: 4, perStep: 3000 } };
const usual = openingExperiment.teach.retainPerStep;

async function planned() {
  const { lab, fake } = await readyLab();
  let planning: Planning | undefined;
  dispose = $effect.root(() => {
    planning = new Planning(lab);
  });
  flushSync();
  const retained = (): unknown => [
    lab.trial.form.teach.retainPerStep,
    lab.trial.form.unlearn?.retainPerStep,
  ];
  return { lab, fake, retained, planning: planning as unknown as Planning };
}

describe('the plan of a run', () => {
  it('leaves the settings where a step is quick', async () => {
    const { fake, retained, planning } = await planned();
    await fake.call('plan').answer(quick);
    expect(planning.plan).toEqual(quick);
    expect(planning.isLightened).toBe(false);
    expect(retained()).toEqual([usual, usual]);
  });

  it('of settings that were changed meanwhile is not shown', async () => {
    const { lab, fake, planning } = await planned();
    lab.trial.change(withRetained(lab.trial.form, 2));
    flushSync();
    await fake.call('plan').answer(slow);
    expect(planning.plan).toBeNull();
    await fake.call('plan').answer(quick);
    expect(planning.plan).toEqual(quick);
  });

  it('waits until a first answer is whole', async () => {
    const { lab, fake, planning } = await planned();
    await fake.call('plan').answer(quick);
    lab.session.isAsking = true;
    lab.session.rows = [];
    lab.trial.change(withRetained(lab.trial.form, 2));
    flushSync();
    expect(fake.waiting).not.toContain('plan');
    expect(planning.plan).toEqual(quick);
  });

  it('sets fewer retain sentences, once: a visitor who wants more has them', async () => {
    const { lab, fake, retained, planning } = await planned();
    lab.session.isAsking = true;
    await fake.call('plan').answer(slow);
    expect(retained()).toEqual([4, 4]);
    expect(planning.isLightened).toBe(true);
    lab.trial.change(withRetained(lab.trial.form, usual));
    flushSync();
    await fake.call('plan').answer(slow);
    expect(retained()).toEqual([usual, usual]);
  });

  it('sets the usual number again where the first guess was too dark', async () => {
    const { lab, fake, retained } = await planned();
    lab.session.isAsking = true;
    await fake.call('plan').answer(slow);
    lab.session.isAsking = false;
    flushSync();
    // Of the lighter settings, and of the usual ones.
    while (fake.waiting.includes('plan')) await fake.call('plan').answer(quick);
    expect(retained()).toEqual([usual, usual]);
  });
});
