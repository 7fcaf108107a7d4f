// @vitest-environment jsdom
/** A prediction as it is made: languages, a number, an order, each by mouse and by keyboard. */
import { cleanup, render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Guess, Question } from '../../lessons/index.ts';
import LessonGuess from './LessonGuess.svelte';

afterEach(cleanup);

function open(question: Question, guess: Guess) {
  const onchange = vi.fn<(guess: Guess) => void>();
  return { ...render(LessonGuess, { question, guess, label: 'In which?', onchange }), onchange };
}

describe('a guess', () => {
  it('of languages keeps the question’s order, whichever is chosen first', async () => {
    const question: Question = { kind: 'languages', among: ['en', 'fr', 'sw'] };
    const { onchange, rerender } = open(question, { kind: 'languages', languages: ['sw'] });
    expect(screen.getByRole('group', { name: 'In which?' })).toBeTruthy();
    await userEvent.click(screen.getByTestId('guess-en'));
    const both: Guess = { kind: 'languages', languages: ['en', 'sw'] };
    expect(onchange).toHaveBeenLastCalledWith(both);
    await rerender({ guess: both });
    screen.getByTestId('guess-sw').focus();
    await userEvent.keyboard(' ');
    expect(onchange).toHaveBeenLastCalledWith({ kind: 'languages', languages: ['en'] });
  });

  it.each([
    ['7.6', 8],
    ['99', 12],
    ['-3', 0],
    ['', 5],
  ])('of a number takes %s as %i', async (typed, value) => {
    const question: Question = { kind: 'number', min: 0, max: 12 };
    const { onchange } = open(question, { kind: 'number', value: 5 });
    const field = screen.getByTestId('guess-number');
    await userEvent.clear(field);
    if (typed) await userEvent.type(field, typed);
    await userEvent.tab();
    expect(onchange).toHaveBeenLastCalledWith({ kind: 'number', value });
    expect((field as HTMLInputElement).value).toBe(String(value));
  });

  it('of an order moves a language one place, and none over an end', async () => {
    const question: Question = { kind: 'order', among: ['ru', 'es', 'zh'] };
    const { onchange } = open(question, { kind: 'order', languages: ['ru', 'es', 'zh'] });
    await userEvent.click(screen.getByTestId('later-ru'));
    expect(onchange).toHaveBeenLastCalledWith({ kind: 'order', languages: ['es', 'ru', 'zh'] });
    await userEvent.click(screen.getByTestId('earlier-zh'));
    expect(onchange).toHaveBeenLastCalledWith({ kind: 'order', languages: ['ru', 'zh', 'es'] });
    expect(screen.getByTestId('earlier-ru')).toHaveProperty('disabled', true);
    expect(screen.getByTestId('later-zh')).toHaveProperty('disabled', true);
    expect(onchange).toHaveBeenCalledTimes(2);
  });
});
