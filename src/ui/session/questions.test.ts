// @vitest-environment jsdom
/** Questions and loading: late answers, another model meanwhile, typing, errors. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readQuery } from '../address/model-link.ts';
import {
  checkpointOf,
  FakeLab,
  historyOf,
  info,
  probeOf,
  readyLab,
  root,
  settled,
  taught,
} from './fake-lab.ts';
import { Lab } from './lab.ts';

describe('a question', () => {
  it('whose fact has changed is put again, and its late answer is not shown', async () => {
    const { lab, fake } = await readyLab();
    lab.trial.pick('country/JP', 'capital');
    void lab.questions.ask();
    lab.trial.pick('country/CL', 'capital');
    await fake.call('probe').answer(probeOf('Tokyo'));
    expect(lab.session.rows).toEqual([]);
    expect(fake.call('probe').args[0]).toMatchObject({ subject: 'country/CL' });
    await fake.call('probe').answer(probeOf('Santiago'));
    expect(lab.session.rows[0]?.answer).toBe('Santiago');
    // The question that is no longer wanted is ended.
    expect(fake.waiting).toEqual(['stopAsking']);
  });

  it('to a checkpoint that was left is not shown, but asked of the one in use', async () => {
    const { lab, fake } = await readyLab();
    void lab.questions.ask();
    void lab.checkpoints.go('taught');
    await fake.call('checkout').answer({ ...taught, probes: [] });
    await fake.call('probe').answer(probeOf('Santiago'));
    expect(lab.session.rows).toEqual([]);
    await fake.call('probe').answer(probeOf('Tokyo'));
    expect(lab.session).toMatchObject({ current: 'taught', isAsking: false });
    expect(lab.session.rows[0]?.answer).toBe('Tokyo');
  });

  it('is one at a time, and none during a run', async () => {
    const { lab, fake } = await readyLab();
    void lab.questions.ask();
    void lab.questions.ask();
    expect(fake.waiting).toEqual(['probe']);
    await fake.call('probe').answer(probeOf('Santiago'));
    void lab.runs.teach();
    void lab.questions.ask();
    expect(fake.waiting).toEqual(['run']);
  });

  it('that fails is told, and can be put again', async () => {
    const { lab, fake } = await readyLab();
    void lab.questions.ask();
    await fake.call('probe').fail(new Error('The device is lost.'));
    expect(lab.session).toMatchObject({
      isAsking: false,
      notice: { kind: 'action-failed', detail: 'The device is lost.' },
    });
    void lab.questions.ask();
    expect(fake.waiting).toEqual(['probe']);
  });

  it('of another model does not end the asking of this one', async () => {
    const { lab, fake } = await readyLab();
    void lab.questions.ask();
    const late = fake.call('probe');
    void lab.load('auto');
    await fake.call('load').answer({ info: { ...info, digest: 'other' }, current: taught });
    expect(fake.waiting).toEqual(['probe', 'probe', 'history']);
    await late.answer(probeOf('Oslo'));
    expect(lab.session.isAsking).toBe(true);
    expect(lab.session.rows).toEqual([]);
    expect(fake.waiting).toEqual(['probe', 'history']);
    await fake.call('probe').answer(probeOf('Tokyo'));
    expect(lab.session.isAsking).toBe(false);
    expect(lab.session.rows[0]?.answer).toBe('Tokyo');
  });

  it('of a model that was given up is no failure of the next one', async () => {
    const { lab, fake } = await readyLab();
    void lab.questions.ask();
    void lab.load('auto');
    await fake.call('probe').fail(new Error('This model has been disposed.'));
    expect(lab.session).toMatchObject({ phase: 'loading', notice: null });
  });

  describe('while somebody types', () => {
    beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => vi.useRealTimers());

    it('is put once, when typing is over', async () => {
      vi.useRealTimers();
      const { lab, fake } = await readyLab();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      for (const country of ['country/JP', 'country/FR', 'country/PE']) {
        lab.trial.pick(country, 'capital');
        vi.advanceTimersByTime(100);
      }
      expect(fake.waiting).toEqual([]);
      vi.advanceTimersByTime(1000);
      expect(fake.waiting).toEqual(['probe']);
      expect(fake.call('probe').args[0]).toMatchObject({ subject: 'country/PE' });
    });
  });
});

describe('loading', () => {
  it('that fails says why, and leaves nothing of the model before', async () => {
    const { lab, fake } = await readyLab();
    void lab.load('auto');
    expect(lab.session).toMatchObject({ phase: 'loading', info: null, checkpoints: [], rows: [] });
    await fake.call('load').fail(new Error('404'));
    expect(lab.session).toMatchObject({ phase: 'failed', failure: '404' });
    expect(fake.waiting).toEqual([]);
  });

  it('asks and reads the history at once, and only then what else can be done', async () => {
    const { lab, fake } = await readyLab();
    void lab.load('auto');
    const { args, answer } = fake.call('load');
    args[1]({ stage: 'download', fraction: 0.5 });
    expect(lab.session.progress?.fraction).toBe(0.5);
    await answer({ info, current: root });
    expect(fake.waiting).toEqual(['probe', 'history']);
    await fake.call('history').answer(historyOf([root]));
    await fake.call('probe').answer(probeOf('Santiago'));
    expect(fake.waiting).toEqual(['check']);
  });

  it('of a model at a link looks busy until the untouched model has answered', async () => {
    const fake = new FakeLab();
    const lab = new Lab(fake.api, readQuery('', document.baseURI));
    const { session } = lab;
    lab.trial.openedLink = true;
    void lab.load('auto');
    await fake.call('load').answer({ info, current: taught });
    // Its history is read before anything is asked.
    expect(fake.waiting).toEqual(['history']);
    expect(session).toMatchObject({ phase: 'ready', isAsking: true });
    await fake.call('history').answer(historyOf([root, taught]));
    expect(fake.waiting).toEqual(['checkout']);
    expect(session.isAsking).toBe(true);
    await fake.call('checkout').answer(root);
    await fake.call('probe').answer(probeOf('Santiago'));
    expect(session).toMatchObject({ current: 'root', isAsking: false });
  });

  it('at a link looks idle too where what is there has been asked before', async () => {
    const fake = new FakeLab();
    const lab = new Lab(fake.api, readQuery('', document.baseURI));
    lab.trial.openedLink = true;
    void lab.load('auto');
    await fake.call('load').answer({ info, current: taught });
    void lab.checkpoints.go('taught');
    await fake.call('checkout').answer(taught);
    await fake.call('history').answer(historyOf([taught]));
    expect(fake.waiting).not.toContain('probe');
    expect(lab.session).toMatchObject({ current: 'taught', isAsking: false });
  });

  it('takes no abilities of a model that was left meanwhile', async () => {
    const { lab, fake } = await readyLab();
    void lab.check();
    const late = fake.call('check');
    void lab.load('auto');
    await fake.call('load').answer({ info: { ...info, digest: 'other' }, current: root });
    await late.answer({ ...info.can, teach: { reason: 'not this one' } });
    expect(lab.session.info?.can.teach).toBe('yes');
  });

  it('of two models ends with the one that was chosen last, whichever is there first', async () => {
    const { lab, fake } = await readyLab();
    void lab.load('auto');
    const first = fake.call('load');
    void lab.load('auto');
    first.args[1]({ stage: 'download', fraction: 0.9 });
    expect(lab.session.progress).toBeNull();
    await first.fail(new Error('Another model was chosen meanwhile.'));
    expect(lab.session.phase).toBe('loading');
    await fake.call('load').answer({ info: { ...info, id: 'second' }, current: root });
    expect(lab.session).toMatchObject({ phase: 'ready', info: { id: 'second' } });
    expect(fake.waiting).toEqual(['probe', 'history']);
  });

  it('of another model waits for a run to be stopped', async () => {
    const { lab, fake } = await readyLab();
    void lab.runs.teach();
    void lab.useEmbedded();
    expect(fake.waiting).toEqual(['run']);
    expect(lab.session.notice?.kind).toBe('message');
  });
});

describe('the history', () => {
  it('is read again when another tab has changed it', async () => {
    const { lab, fake } = await readyLab();
    const tab = new BroadcastChannel('lethe/history');
    tab.postMessage(null);
    await vi.waitFor(() => fake.call('history'));
    const theirs = checkpointOf('theirs', 'root');
    await fake.call('history').answer(historyOf([root, theirs]));
    tab.close();
    expect(lab.session.checkpoints).toEqual([root, theirs]);
    // Where the model is does not change with it.
    expect(lab.session.current).toBe('root');
  });

  it('goes to the checkpoint that was clicked last', async () => {
    const { lab, fake } = await readyLab();
    void lab.checkpoints.go('taught');
    const first = fake.call('checkout');
    void lab.checkpoints.go('root');
    // The laboratory goes there one after the other, whichever it has read first.
    await first.answer(taught);
    await fake.call('checkout').answer(root);
    expect(lab.session.current).toBe('root');
  });

  it('says what could not be done, and still shows what there is', async () => {
    const { lab, fake } = await readyLab();
    void lab.checkpoints.remove('root');
    await fake.call('remove').fail(new Error('This is the state in use.'));
    expect(lab.session.notice).toMatchObject({ kind: 'action-failed' });
    void lab.checkpoints.saveUnsaved();
    await fake.call('saveUnsaved').fail(new Error('no room'));
    await fake.call('history').answer(historyOf([root], ['root']));
    expect(lab.session.unsaved).toEqual(['root']);
    expect(lab.busy).toBe(true);
    await settled();
    expect(lab.session.notice).toMatchObject({ detail: 'no room' });
  });
});
