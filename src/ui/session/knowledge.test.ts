/** Surveys: one at a time, for what is looked at now, and nothing of another manner of asking. */
import { describe, expect, it } from 'vitest';
import type { SurveyBatch } from '../../lab/index.ts';
import { FakeLab } from './fake-lab.ts';
import { Knowledge, type Wish } from './knowledge.svelte.ts';
import { answersOf } from './known.ts';

const capitals: Wish = { state: 'root', relation: 'capital', language: 'en' };

const batch = (state: string, answer: string): SurveyBatch => ({
  state,
  answers: [{ subject: 'country/CL', language: 'en', answer, isRight: false, logProbTrue: -1 }],
});

function begun(): { fake: FakeLab; knowledge: Knowledge } {
  const fake = new FakeLab();
  return { fake, knowledge: new Knowledge(fake.api) };
}

describe('a survey', () => {
  it('asks first in the language that is looked at, and takes answers as they come', async () => {
    const { fake, knowledge } = begun();
    void knowledge.ask({ ...capitals, language: 'sw' });
    const { args, answer } = fake.call('survey');
    expect(args[0]).toMatchObject({ relation: 'capital' });
    expect(args[0].languages[0]).toBe('sw');
    void args[1](batch('root', 'Tokyo'));
    expect(answersOf(knowledge.known, 'root', 'capital')).toHaveLength(1);
    await answer(true);
    expect(knowledge.isAsking).toBe(false);
  });

  it('ends for another one, which then begins', async () => {
    const { fake, knowledge } = begun();
    void knowledge.ask(capitals);
    void knowledge.ask({ ...capitals, relation: 'currency' });
    expect(fake.waiting).toEqual(['survey', 'stopSurvey']);
    await fake.call('stopSurvey').answer(undefined);
    await fake.call('survey').answer(false);
    expect(fake.call('survey').args[0].relation).toBe('currency');
    expect(knowledge.isAsking).toBe(true);
  });

  it('that gives way to a run is not begun again by itself', async () => {
    const { fake, knowledge } = begun();
    void knowledge.ask(capitals);
    await fake.call('survey').answer(false);
    expect(knowledge.isAsking).toBe(false);
    expect(fake.waiting).toEqual([]);
  });

  it('in another manner of asking forgets what the last one found, late answers included', async () => {
    const { fake, knowledge } = begun();
    void knowledge.ask(capitals);
    const { args, answer } = fake.call('survey');
    void args[1](batch('root', 'Tokyo'));
    void knowledge.forget({ mode: 'chat' });
    void args[1](batch('root', 'Oslo'));
    expect(answersOf(knowledge.known, 'root', 'capital')).toHaveLength(0);
    await fake.call('stopSurvey').answer(undefined);
    await answer(false);
    void knowledge.ask(capitals);
    expect(fake.call('survey').args[0].asking).toEqual({ mode: 'chat' });
  });

  it('that fails says why, and the next one begins', async () => {
    const { fake, knowledge } = begun();
    void knowledge.ask(capitals);
    await fake.call('survey').fail(new Error('A run is going on: stop it first.'));
    expect(knowledge).toMatchObject({
      isAsking: false,
      failure: 'A run is going on: stop it first.',
    });
    void knowledge.ask(capitals);
    expect(knowledge.failure).toBeNull();
    expect(fake.waiting).toEqual(['survey']);
  });
});
