// @vitest-environment jsdom
/** The audit on the page: its progress, its end, and whose report it is. */
import { describe, expect, it } from 'vitest';
import { defaultFact, type Examined } from '../../lab/index.ts';
import { Examinations } from './examinations.svelte.ts';
import { FakeLab, probeOf, readyLab, settled } from './fake-lab.ts';

const examined: Examined = { fact: defaultFact, taught: ['fr'], unlearned: ['en'] };
/** Reports are told apart by identity here; what is in them is for the verdict. */
const report = (name: string) => ({ name }) as never;

describe('an audit', () => {
  it('comes on with every event, never backwards, and ends with its report', async () => {
    const fake = new FakeLab();
    const examinations = new Examinations(fake.api);
    void examinations.examine('taught', examined, null);
    const { args, answer } = fake.call('examine');
    const seen = [examinations.progress];
    for (const examination of ['direct', 'paraphrases', 'savings'] as const)
      for (const fraction of [0, 0.5, 1]) {
        args[2]({ type: 'progress', examination, fraction });
        seen.push(examinations.progress);
      }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(1);
    args[2]({ type: 'report', report: report('so far') });
    expect(examinations.reportOf('taught', defaultFact, undefined)).toEqual(report('so far'));
    await answer(report('whole'));
    expect(examinations).toMatchObject({ live: null, failure: null, progress: 0 });
    // Its own port brings events after the result.
    args[2]({ type: 'report', report: report('late') });
    args[2]({ type: 'progress', examination: 'direct', fraction: 0.1 });
    expect(examinations.live).toBeNull();
    expect(examinations.reportOf('taught', defaultFact, undefined)).toEqual(report('whole'));
  });

  it('is of one state, one fact and one way of asking', async () => {
    const fake = new FakeLab();
    const examinations = new Examinations(fake.api);
    void examinations.examine('taught', examined, null);
    await fake.call('examine').answer(report('whole'));
    const other = { ...defaultFact, falseObject: 'city/rome' };
    expect(examinations.reportOf('root', defaultFact, undefined)).toBeNull();
    expect(examinations.reportOf('taught', other, undefined)).toBeNull();
    expect(examinations.reportOf('taught', defaultFact, { mode: 'chat' })).toBeNull();
    // A name that every object has is no state.
    expect(examinations.reportOf('__proto__', defaultFact, undefined)).toBeNull();
  });

  it('that is stopped shows so at once, keeps what it found, and stops nothing else', async () => {
    const fake = new FakeLab();
    const examinations = new Examinations(fake.api);
    await examinations.stop();
    expect(fake.waiting).toEqual([]);
    void examinations.examine('taught', examined, null);
    void examinations.stop();
    expect(examinations.live?.stopping).toBe(true);
    const { args, answer } = fake.call('examine');
    args[2]({ type: 'progress', examination: 'context', fraction: 0 });
    expect(examinations.live).toMatchObject({ stopping: true, examination: 'context' });
    await fake.call('stop').answer(undefined);
    await answer(report('half'));
    expect(examinations.reportOf('taught', defaultFact, undefined)).toEqual(report('half'));
  });

  it('that fails says why, and the page goes on', async () => {
    const { lab, fake } = await readyLab();
    void lab.examine();
    void lab.examine();
    expect(fake.waiting).toEqual(['examine']);
    expect(lab.session.phase).toBe('examining');
    // Nobody asks the model while it is in other states.
    void lab.questions.ask();
    lab.trial.pick('country/JP', 'capital');
    await fake.call('examine').fail(new Error('The device is lost.'));
    expect(lab.examinations.failure).toBe('The device is lost.');
    expect(lab.session.phase).toBe('ready');
    // The fact that was put on trial meanwhile is asked now.
    await fake.call('probe').answer(probeOf('Tokyo'));
    await settled();
    expect(lab.session.isAnswered).toBe(true);
  });
});
