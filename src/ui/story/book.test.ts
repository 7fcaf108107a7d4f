// @vitest-environment jsdom
/** A figure borrows the laboratory: what the reader had set up and where the model was is there again afterwards. */
import { describe, expect, it } from 'vitest';
import { openingExperiment } from '../../lab/index.ts';
import {
  checkpointOf,
  historyOf,
  info,
  probeOf,
  readyLab,
  root,
  settled,
} from '../session/fake-lab.ts';
import { storyOf } from './book.svelte.ts';

const mine = checkpointOf('mine', 'root', {
  experiment: openingExperiment,
  phase: 'teach',
  ending: 'finished',
  runStep: 3,
  probes: [probeOf('Tokyo', 3)],
});

/** A reader who has taught something, and has then set up another lie. */
async function reader() {
  const { lab, fake } = await readyLab();
  lab.session.checkpoints = [root, mine];
  void lab.checkpoints.go('mine');
  await fake.call('checkout').answer(mine);
  lab.trial.change({
    ...lab.trial.form,
    teach: { ...lab.trial.form.teach, languages: ['sw'], steps: 7 },
  });
  return { lab, fake, book: storyOf(lab), before: lab.trial.experiment };
}

describe('a figure', () => {
  it('asks the untouched model, and goes back to where the reader was', async () => {
    const { lab, fake, book, before } = await reader();
    book.press('ask', null);
    expect(book.running).toMatchObject({ figure: 'ask' });
    expect(fake.call('checkout').args).toEqual(['root']);
    await fake.call('checkout').answer(root);
    // No other one begins meanwhile.
    expect(book.free).toBe(false);
    book.press('teach', null);
    expect(book.soon).toBeNull();
    await fake.call('probe').answer(probeOf('Santiago'));
    expect(book.shown('ask')).toMatchObject({ ending: 'whole' });
    expect(book.shown('ask')?.rows[0]?.answer).toBe('Santiago');
    expect(fake.call('checkout').args).toEqual(['mine']);
    expect(book.running).toMatchObject({ returning: true });
    await fake.call('checkout').answer(mine);
    expect(book.running).toBeNull();
    expect(lab.session).toMatchObject({ current: 'mine', phase: 'ready' });
    expect(lab.session.rows[0]?.answer).toBe('Tokyo');
    expect(lab.trial.experiment).toEqual(before);
  });

  it('that runs leaves its own state in the history, and the reader where they were', async () => {
    const { lab, fake, book, before } = await reader();
    book.press('teach', 2);
    await fake.call('checkout').answer(root);
    await fake.call('probe').answer(probeOf('Santiago'));
    const { args, answer } = fake.call('run');
    expect(args[0]).toMatchObject({ phase: 'teach', experiment: { teach: { steps: 2 } } });
    const taught = checkpointOf('shown', 'root', {
      ...args[0],
      ending: 'finished',
      runStep: 2,
      probes: [probeOf('Santiago', 0), probeOf('Tokyo', 2)],
    });
    await answer(taught);
    await fake.call('history').answer(historyOf([root, mine, taught]));
    await fake.call('checkout').answer(mine);
    expect(book.shown('teach')).toMatchObject({ ending: 'whole', path: [root, taught] });
    expect(lab.session.current).toBe('mine');
    expect(lab.session.checkpoints).toHaveLength(3);
    expect(lab.trial.experiment).toEqual(before);
  });

  it('that is stopped begins no further run, and gives the laboratory back', async () => {
    const { lab, fake, book, before } = await reader();
    book.press('english', 4);
    await fake.call('checkout').answer(root);
    await fake.call('probe').answer(probeOf('Santiago'));
    const { args, answer } = fake.call('run');
    void book.stop();
    expect(fake.waiting).toContain('stop');
    const part = checkpointOf('part', 'root', {
      ...args[0],
      ending: 'stopped',
      runStep: 1,
      probes: [probeOf('Santiago', 0), probeOf('Santiago', 1)],
    });
    await answer(part);
    await fake.call('history').answer(historyOf([root, mine, part]));
    expect(fake.call('checkout').args).toEqual(['mine']);
    await fake.call('checkout').answer(mine);
    expect(book.shown('english')).toMatchObject({ ending: 'stopped', path: [root, part] });
    expect(lab.trial.experiment).toEqual(before);
    expect(fake.waiting).not.toContain('run');
  });

  it('that cannot be run says so, and gives the laboratory back', async () => {
    const { lab, fake, book } = await reader();
    book.press('teach', 2);
    await fake.call('checkout').answer(root);
    await fake.call('probe').answer(probeOf('Santiago'));
    await fake.call('run').fail(new Error('out of memory'));
    await fake.call('check').answer(info.can);
    await fake.call('history').answer(historyOf([root, mine]));
    await fake.call('checkout').answer(mine);
    expect(book.shown('teach')).toMatchObject({ ending: 'failed', path: [] });
    expect(lab.session.current).toBe('mine');
  });

  it('that is pressed while the model is asked is remembered, and the last one counts', async () => {
    const { lab, fake, book } = await reader();
    void lab.questions.ask();
    book.press('ask', null);
    book.press('teach', null);
    expect(book).toMatchObject({ soon: 'teach', running: null });
    await fake.call('probe').answer(probeOf('Tokyo'));
    await settled();
    expect(book.free).toBe(true);
  });
});
