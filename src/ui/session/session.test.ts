import { describe, expect, it } from 'vitest';
import {
  defaultFact,
  openingExperiment,
  pathTo,
  type CheckpointMeta,
  type Probe,
} from '../../lab/index.ts';
import { Session } from './session.svelte.ts';

const probe = (step: number, answer: string | null): Probe => ({
  step,
  retained: null,
  rows: [
    {
      language: 'en',
      logProbFalse: -1,
      logProbTrue: -2,
      falseShare: 0.7,
      answer,
      answerClass: answer === null ? null : 'false',
    },
  ],
});

const checkpoint = (id: string, parent: string | null, rest: Partial<CheckpointMeta> = {}) => ({
  id,
  parent,
  name: id,
  createdAt: 1,
  modelId: 'm',
  modelDigest: 'd',
  experiment: null,
  phase: null,
  ending: null,
  step: 0,
  runStep: 0,
  losses: [],
  probes: [],
  digest: '',
  ...rest,
});

const teach = { experiment: openingExperiment, phase: 'teach' } as const;

describe('the session', () => {
  it('forgets what was measured of another fact, and wants no late answer to it', () => {
    const session = new Session();
    const isWanted = session.question();
    session.show(probe(0, 'Tokyo'));
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

  it('follows a run: an answer stays until the next one, and what went wrong is told', () => {
    const session = new Session();
    session.loaded(checkpoint('root', null));
    session.runRequested(teach, 30);
    expect(session).toMatchObject({ phase: 'running', current: 'root' });
    expect(session.run).toMatchObject({ parent: 'root', step: 0, steps: 30 });
    session.take({ type: 'probe', probe: probe(0, 'Tokyo') });
    session.take({ type: 'probe', probe: probe(2, null) });
    expect(session.rows[0]).toMatchObject({ answer: 'Tokyo', falseShare: 0.7 });
    expect(session.run?.probes.map(({ step }) => step)).toEqual([0, 2]);
    session.take({ type: 'ended', ending: 'stopped', message: 'after two' });
    const meta = checkpoint('taught', 'root', { ...teach, ending: 'stopped', runStep: 2 });
    session.runFinished(meta);
    expect(session).toMatchObject({ phase: 'ready', run: null, here: meta });
    // How it ended, the finding and the history say; only what went wrong is a notice.
    expect(session.notice).toBeNull();
    // It goes on from its own measurements.
    session.runRequested(teach, 30, { ...meta, probes: [probe(0, 'Tokyo'), probe(2, 'Tokyo')] });
    expect(session.run).toMatchObject({ parent: 'root', step: 2 });
    session.take({ type: 'probe', probe: probe(2, 'Kyoto') });
    expect(session.run?.probes.map(({ rows }) => rows[0]?.answer)).toEqual(['Tokyo', 'Kyoto']);
  });

  it('shows what was measured of a checkpoint, where it was asked so and about this', () => {
    const session = new Session();
    const taught = checkpoint('taught', 'root', { ...teach, probes: [probe(4, 'Tokyo')] });
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
    const tree = [checkpoint('a', 'c'), checkpoint('b', 'a'), checkpoint('c', 'b')];
    expect(pathTo(tree, 'c').map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});
