import { describe, expect, it } from 'vitest';
import { defaultFact, openingExperiment, pathTo } from '../../lab/index.ts';
import { checkpointOf, probeOf } from './fake-lab.ts';
import { Session } from './session.svelte.ts';

const teach = { experiment: openingExperiment, phase: 'teach' } as const;

describe('the session', () => {
  it('forgets what was measured of another fact, and wants no late answer to it', () => {
    const session = new Session();
    const isWanted = session.question();
    session.show(probeOf('Tokyo', 0));
    expect(isWanted()).toBe(true);
    session.putOnTrial({ ...defaultFact, falseObject: 'city/berlin' });
    expect(session.rows).toEqual([]);
    expect(isWanted()).toBe(false);
    // Nor is it another state's, or one to a question that was put in another way.
    session.putOnTrial(defaultFact);
    expect(isWanted()).toBe(true);
    session.askIn({ mode: 'chat' });
    expect(isWanted()).toBe(false);
    session.askIn({ mode: 'plain' });
    expect(isWanted()).toBe(true);
    session.current = 'b';
    expect(isWanted()).toBe(false);
  });

  it('is not idle between the moment when a model is there and its first question', () => {
    const session = new Session();
    session.loadStarted();
    expect(session).toMatchObject({ phase: 'loading', isAsking: false });
    session.loaded(checkpointOf('root', null));
    expect(session).toMatchObject({ phase: 'ready', isAsking: true });
  });

  it('tells from the beginning of a first step how long a step takes, and then from the steps themselves', () => {
    const session = new Session();
    session.loaded(checkpointOf('root', null));
    session.runRequested(teach, 4);
    const { run } = session;
    run?.partDone(0, 1000);
    run?.partDone(0.05, 2000);
    expect(run?.millisecondsPerStep).toBeNull();
    run?.partDone(0.25, 6000);
    expect(run?.millisecondsPerStep).toBe(20_000);
    const step = { type: 'step', step: 1, steps: 4, loss: 2, gradientNorm: 1 } as const;
    session.take({ ...step, millisecondsPerStep: 24_000 });
    run?.partDone(0.5, 90_000);
    expect(run).toMatchObject({ millisecondsPerStep: 24_000, fraction: 0.5 });
  });

  it('follows a run: an answer stays until the next one, and what went wrong is told', () => {
    const session = new Session();
    session.loaded(checkpointOf('root', null));
    session.runRequested(teach, 30);
    expect(session).toMatchObject({ phase: 'running', current: 'root' });
    expect(session.run).toMatchObject({ parent: 'root', step: 0, steps: 30 });
    session.take({ type: 'probe', probe: probeOf('Tokyo', 0) });
    session.take({ type: 'probe', probe: probeOf(null, 2) });
    expect(session.rows[0]).toMatchObject({ answer: 'Tokyo', falseShare: 0.7 });
    expect(session.run?.probes.map(({ step }) => step)).toEqual([0, 2]);
    session.take({ type: 'ended', ending: 'stopped', message: 'after two' });
    const meta = checkpointOf('taught', 'root', { ...teach, ending: 'stopped', runStep: 2 });
    session.runFinished(meta);
    expect(session).toMatchObject({ phase: 'ready', run: null, here: meta });
    // How it ended, the finding and the history say; only what went wrong is a notice.
    expect(session.notice).toBeNull();
    // It goes on from its own measurements.
    session.runRequested(teach, 30, {
      ...meta,
      probes: [probeOf('Tokyo', 0), probeOf('Tokyo', 2)],
    });
    expect(session.run).toMatchObject({ parent: 'root', step: 2 });
    session.take({ type: 'probe', probe: probeOf('Kyoto', 2) });
    expect(session.run?.probes.map(({ rows }) => rows[0]?.answer)).toEqual(['Tokyo', 'Kyoto']);
  });

  it('shows what was measured of a checkpoint, where it was asked so and about this', () => {
    const session = new Session();
    const taught = checkpointOf('taught', 'root', { ...teach, probes: [probeOf('Tokyo', 4)] });
    session.checkedOut(taught);
    expect(session.rows[0]?.answer).toBe('Tokyo');
    session.askIn({ mode: 'chat' });
    session.checkedOut(taught);
    expect(session.rows).toEqual([]);
  });

  it('tells what fails, and does not throw', async () => {
    const session = new Session();
    await session.attempt(() => Promise.reject(new Error('no room')));
    expect(session.notice).toEqual({ kind: 'action-failed', detail: 'no room' });
    const busy = Object.assign(new Error(), { name: 'BusyElsewhereError' });
    session.runFailed(busy);
    expect(session.notice).toEqual({ kind: 'busy-elsewhere' });
  });

  it('finds the way to a checkpoint, even in a circle', () => {
    const tree = [checkpointOf('a', 'c'), checkpointOf('b', 'a'), checkpointOf('c', 'b')];
    expect(pathTo(tree, 'c').map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});
