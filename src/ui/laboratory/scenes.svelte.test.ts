// @vitest-environment jsdom
/** The projector's scenes: what a step on begins, when it waits, and why it does nothing. */
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import { Replay } from '../board/replay.svelte.ts';
import { chartData } from '../board/series.ts';
import { messages } from '../messages/index.ts';
import { historyOf, readyLab, root, settled, taught } from '../session/fake-lab.ts';
import type { Stepper } from '../session/projector.svelte.ts';
import { scenes, Scenes } from './scenes.svelte.ts';

let dispose: () => void = () => undefined;
afterEach(() => dispose());

async function onProjector() {
  const { lab, fake } = await readyLab();
  if (!lab.projector.on) lab.projector.toggle();
  dispose = $effect.root(() => {
    const data = $derived(chartData(lab.session));
    new Scenes(lab, () => data, new Replay(() => data));
  });
  flushSync();
  const stepper = (): Stepper => {
    flushSync();
    if (!lab.projector.stepper) throw new Error('Nothing to step through.');
    return lab.projector.stepper;
  };
  /** The checkpoint after a lesson is where the model is. */
  const beTaught = (): void => {
    lab.session.checkpoints = historyOf([root, taught]).checkpoints;
    lab.session.current = taught.id;
  };
  return { lab, fake, stepper, beTaught };
}

describe('the scenes', () => {
  const { why } = messages.projector;

  it('begin with the question; there is nothing before it', async () => {
    const { stepper } = await onProjector();
    expect(stepper()).toMatchObject({ position: 1, count: scenes.length, told: '' });
    stepper().back();
    expect(stepper()).toMatchObject({ position: 1, told: why.first });
  });

  it('a step on teaches, once, and the step after it shows what is under way', async () => {
    const { fake, stepper } = await onProjector();
    stepper().next();
    expect(stepper().position).toBe(2);
    expect(fake.waiting).toEqual(['run']);
    expect(fake.call('run').args[0]).toMatchObject({ phase: 'teach' });
    stepper().next();
    expect(stepper().position).toBe(3);
    expect(fake.waiting).toEqual(['run']);
  });

  it('waits with a run until the model has answered, and then begins it by itself', async () => {
    const { lab, fake, stepper } = await onProjector();
    lab.session.isAsking = true;
    stepper().next();
    expect(stepper()).toMatchObject({ position: 1, told: why.waiting });
    expect(fake.waiting).toEqual([]);
    lab.session.isAsking = false;
    expect(stepper()).toMatchObject({ position: 2, told: '' });
    expect(fake.waiting).toEqual(['run']);
  });

  it('a step back takes back the wish to go on', async () => {
    const { lab, fake, stepper } = await onProjector();
    lab.session.isAsking = true;
    stepper().next();
    stepper().back();
    lab.session.isAsking = false;
    expect(stepper().position).toBe(1);
    await settled();
    expect(fake.waiting).toEqual([]);
  });

  it('unlearn what was taught; going back repeats nothing, and the last says that it is the last', async () => {
    const { fake, stepper, beTaught } = await onProjector();
    beTaught();
    stepper().next();
    stepper().next();
    expect(stepper().position).toBe(3);
    expect(fake.waiting).toEqual([]);
    stepper().next();
    expect(stepper().position).toBe(4);
    expect(fake.call('run').args[0]).toMatchObject({ phase: 'unlearn' });
    stepper().next();
    stepper().next();
    expect(stepper()).toMatchObject({ position: 5, told: why.last });
    stepper().back();
    expect(stepper().position).toBe(4);
    expect(fake.waiting).toEqual(['run']);
  });

  it('do not unlearn where teaching failed', async () => {
    const { fake, stepper } = await onProjector();
    stepper().next();
    await fake.call('run').fail(new Error('The model is gone.'));
    stepper().next();
    stepper().next();
    expect(stepper()).toMatchObject({ position: 3, told: why.nothingTaught });
    expect(fake.waiting).not.toContain('run');
  });
});
