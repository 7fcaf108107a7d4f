// @vitest-environment jsdom
/** Runs as the page follows them: orders, second clicks, stops, errors, and what happens to the form meanwhile. */
import { describe, expect, it } from 'vitest';
import { openingExperiment } from '../../lab/index.ts';
import { readQuery } from '../address/model-link.ts';
import { FakeLab, historyOf, info, probeOf, readyLab, root, taught } from './fake-lab.ts';
import { Lab } from './lab.ts';
import { isTaught } from './session.svelte.ts';

const afterwards = historyOf([root, taught]);
const step = { type: 'step', steps: 30, loss: 2, gradientNorm: 1, millisecondsPerStep: 9 } as const;

describe('a run', () => {
  it('is followed from the click to the checkpoint, and other tabs hear of it', async () => {
    const { lab, fake } = await readyLab();
    const { session } = lab;
    const tab = new BroadcastChannel('lethe/history');
    const heard = new Promise((resolve) => tab.addEventListener('message', resolve));
    void lab.runs.teach();
    expect(session).toMatchObject({ phase: 'running', run: { step: 0, steps: 30 } });
    const {
      args: [run, onEvent, name],
      answer,
    } = fake.call('run');
    expect(run).toMatchObject({ phase: 'teach', experiment: { unlearn: null } });
    expect(name).toBe('Taught in French');
    onEvent({ ...step, step: 1 });
    onEvent({ type: 'probe', probe: probeOf('Tokyo', 2) });
    expect(session.run).toMatchObject({ step: 1, loss: 2 });
    expect(session.rows[0]?.answer).toBe('Tokyo');
    onEvent({ type: 'saved', meta: taught });
    onEvent({ type: 'ended', ending: 'finished', message: '' });
    await answer(taught);
    await fake.call('history').answer(afterwards);
    expect(session).toMatchObject({ phase: 'ready', run: null, current: 'taught', notice: null });
    expect(session.checkpoints).toEqual([root, taught]);
    await heard;
    tab.close();
    // What was measured last is shown; nothing more is asked.
    expect(session.rows[0]?.answer).toBe('Tokyo');
    expect(fake.waiting).toEqual([]);
  });

  it('of one step under the microscope leaves what is set up as it was', async () => {
    const { lab, fake } = await readyLab();
    void lab.runs.takeStep();
    const {
      args: [run],
    } = fake.call('run');
    expect(run).toMatchObject({ phase: 'teach', experiment: { teach: { steps: 1 } } });
    expect(lab.trial.experiment.teach.steps).toBe(openingExperiment.teach.steps);
    await fake.call('run').answer(taught);
    await fake.call('history').answer(afterwards);
    void lab.dissect();
    expect(lab.session.phase).toBe('examining');
    await fake.call('dissect').fail(new Error('broken'));
    expect(lab.session).toMatchObject({ phase: 'ready', notice: { kind: 'action-failed' } });
  });

  it('why the lie is left is measured since the last state that no unlearning led to', async () => {
    const { lab, fake } = await readyLab();
    const forgotten = { ...taught, id: 'forgotten', parent: 'taught', phase: 'unlearn' as const };
    lab.session.checkpoints = [root, taught, forgotten];
    lab.session.current = 'forgotten';
    void lab.leftover(['en']);
    expect(fake.call('leftover').args[1]).toBe('taught');
    await fake.call('leftover').answer({ parts: [], layers: null });
    expect(lab.session.phase).toBe('ready');
  });

  it('begins once, however often it is clicked', async () => {
    const { lab, fake } = await readyLab();
    void lab.runs.teach();
    void lab.runs.teach();
    void lab.runs.unlearn();
    expect(fake.waiting).toEqual(['run']);
    await fake.call('run').answer(taught);
    await fake.call('history').answer(afterwards);
    expect(lab.session.phase).toBe('ready');
    expect(fake.waiting).toEqual([]);
  });

  it('does not begin during an audit', async () => {
    const { lab, fake } = await readyLab();
    void lab.examine();
    void lab.runs.teach();
    expect(lab.session.phase).toBe('examining');
    expect(fake.waiting).toEqual(['examine']);
  });

  it('asked for before the model is ready begins when it is', async () => {
    const fake = new FakeLab();
    const lab = new Lab(fake.api, readQuery('', document.baseURI));
    void lab.load('auto');
    void lab.runs.teach();
    expect(lab.session.teachSoon).toBe(true);
    const unknown = { ...info, can: { ...info.can, teach: 'unknown' as const } };
    await fake.call('load').answer({ info: unknown, current: root });
    await fake.call('probe').answer(probeOf('Santiago'));
    expect(fake.waiting).not.toContain('run');
    await fake.call('history').answer(historyOf([root]));
    await fake.call('check').answer(info.can);
    expect(fake.waiting).toEqual(['run']);
    expect(lab.session.teachSoon).toBe(false);
  });

  it('asked for too early of a model that cannot be taught never begins', async () => {
    const fake = new FakeLab();
    const lab = new Lab(fake.api, readQuery('', document.baseURI));
    void lab.load('auto');
    void lab.runs.teach();
    const unknown = { ...info, can: { ...info.can, teach: 'unknown' as const } };
    await fake.call('load').answer({ info: unknown, current: root });
    await fake.call('probe').answer(probeOf('Santiago'));
    await fake.call('history').answer(historyOf([root]));
    await fake.call('check').answer({ ...info.can, teach: { reason: 'No rule for Mod' } });
    expect(lab.session.teachSoon).toBe(false);
    expect(fake.waiting).toEqual([]);
  });

  it('of another lie begins at the untouched model, and may go on from where the model was', async () => {
    const { lab, fake } = await readyLab();
    void lab.checkpoints.go('taught');
    await fake.call('checkout').answer({ ...taught, probes: [probeOf('Tokyo', 30)] });
    lab.trial.pick('country/JP', 'capital');
    const { args, answer } = fake.call('checkout');
    expect(args).toEqual(['root']);
    await answer(root);
    expect(lab.session).toMatchObject({ current: 'root', leftAt: 'taught' });
    await fake.call('probe').answer(probeOf('Tokyo'));
    void lab.checkpoints.goOnFrom('taught');
    await fake.call('checkout').answer(taught);
    expect(lab.session).toMatchObject({ current: 'taught', leftAt: null });
    expect(lab.trial.fact).toMatchObject({ subject: 'country/JP' });
    // What was taught is another fact.
    expect(isTaught(lab.session)).toBe(false);
  });

  it('that is stopped in the middle says so, and goes on from there', async () => {
    const { lab, fake } = await readyLab();
    const { session } = lab;
    void lab.runs.teach();
    const { args, answer } = fake.call('run');
    args[1]({ ...step, step: 1 });
    void lab.runs.stop();
    expect(session.run?.stopping).toBe(true);
    // A step that was under way is still heard of before the end.
    args[1]({ ...step, step: 2 });
    await fake.call('stop').answer(undefined);
    expect(session).toMatchObject({ phase: 'running', run: { step: 2 } });
    args[1]({ type: 'ended', ending: 'stopped', message: 'after two' });
    const stopped = { ...taught, ending: 'stopped', runStep: 2, probes: [probeOf('Tokyo', 2)] };
    await answer(stopped as typeof taught);
    await fake.call('history').answer(historyOf([root, stopped as typeof taught]));
    // The history says that it was stopped: nothing lies over the answers for that.
    expect(session.notice).toBeNull();
    expect(session.here?.ending).toBe('stopped');

    void lab.runs.resume(stopped as typeof taught);
    expect(session.run).toMatchObject({ step: 2, parent: 'root' });
    expect(fake.call('resume').args[0]).toBe('taught');
  });

  it('that fails is told, gives the buttons back, and asks what the model can do', async () => {
    const { lab, fake } = await readyLab();
    void lab.runs.teach();
    await fake.call('run').fail(new Error('No gradient rule for Mod'));
    expect(lab.session).toMatchObject({
      phase: 'ready',
      run: null,
      current: 'root',
      notice: { kind: 'run-failed', detail: 'No gradient rule for Mod' },
    });
    const can = { ...info.can, teach: { reason: 'No gradient rule for Mod' } };
    await fake.call('check').answer(can);
    expect(lab.session.info?.can.teach).toEqual(can.teach);
  });

  it('that another tab keeps from beginning is no failure', async () => {
    const { lab, fake } = await readyLab();
    void lab.runs.teach();
    const busy = Object.assign(new Error('Another tab …'), { name: 'BusyElsewhereError' });
    await fake.call('run').fail(busy);
    expect(lab.session.notice).toEqual({ kind: 'busy-elsewhere' });
  });

  it('asks afterwards where a link put another fact on trial meanwhile', async () => {
    const { lab, fake } = await readyLab();
    void lab.runs.teach();
    const { args, answer } = fake.call('run');
    lab.trial.pick('country/JP', 'capital');
    // What is measured now is about the other fact: it is not shown as this one's.
    args[1]({ type: 'probe', probe: probeOf('Tokyo', 2) });
    expect(lab.session.rows).toEqual([]);
    await answer(taught);
    await fake.call('history').answer(afterwards);
    expect(fake.call('probe').args[0]).toMatchObject({ subject: 'country/JP' });
  });

  it('does not take another checkpoint for its own when events come late', async () => {
    const { lab, fake } = await readyLab();
    void lab.runs.teach();
    const { args, answer } = fake.call('run');
    await answer(taught);
    await fake.call('history').answer(afterwards);
    args[1]({ type: 'probe', probe: probeOf('Nairobi', 4) });
    args[1]({ ...step, step: 4 });
    expect(lab.session.run).toBeNull();
    expect(lab.session.rows[0]?.answer).not.toBe('Nairobi');
  });

  it('unlearns the lesson that led here, whatever the form says by now', async () => {
    const { lab, fake } = await readyLab();
    void lab.checkpoints.go('taught');
    await fake.call('checkout').answer({ ...taught, probes: [probeOf('Tokyo', 30)] });
    const { form } = lab.trial;
    lab.trial.change({ ...form, teach: { ...form.teach, steps: 7, languages: ['sw'] } });
    void lab.runs.unlearn();
    const [{ experiment, phase }] = fake.call('run').args;
    expect(phase).toBe('unlearn');
    expect(experiment.teach).toEqual(openingExperiment.teach);
  });

  it('of a lesson takes its fact over, with the model and the way of asking in use', async () => {
    const { lab, fake } = await readyLab();
    const [fact] = openingExperiment.facts;
    const other = { ...fact, falseObject: 'city/rome' } as NonNullable<typeof fact>;
    const experiment = { ...openingExperiment, model: 'elsewhere/', facts: [other] };
    void lab.runs.perform({ experiment, phase: 'teach' });
    expect(fake.call('run').args[0].experiment.model).toBe('models/atlas/');
    expect(lab.trial.fact).toEqual(other);
  });
});
