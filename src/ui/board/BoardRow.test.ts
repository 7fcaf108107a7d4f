// @vitest-environment jsdom
/** What a row of the board shows for a measurement, to the eye and to a screen reader. */
import { cleanup, render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultFact, type AnswerClass, type ProbeRow } from '../../lab/index.ts';
import { boardRows } from './board.ts';
import BoardRow from './BoardRow.svelte';

afterEach(cleanup);

function shown(answer: string | null, answerClass: AnswerClass | null, falseShare = 0.75) {
  const measured: ProbeRow = {
    language: 'fr',
    logProbFalse: Math.log(0.6),
    logProbTrue: Math.log(0.2),
    falseShare,
    answer,
    answerClass,
  };
  const row = boardRows(defaultFact, [measured], ['fr']).find(
    ({ language }) => language.code === 'fr',
  );
  if (!row) throw new Error('French has no row.');
  const onhighlight = vi.fn();
  const props = { row, highlighted: false, figures: true, onhighlight };
  return { ...render(BoardRow, props), onhighlight, props };
}

describe('a row of the board', () => {
  it('lights up for the lie, marks its words, and says so to who does not see them', () => {
    shown('Tokyo', 'false');
    expect(screen.getByTestId('row-fr').dataset).toMatchObject({ believes: 'true' });
    const answer = screen.getByTestId('answer-fr');
    expect(answer.dataset['class']).toBe('false');
    expect(answer.querySelector('.said-false')?.textContent).toBe('Tokyo');
    expect(screen.getByRole('listitem').textContent).toContain('La capitale du Chili est Tokyo.');
    expect(screen.getByRole('listitem').textContent).toMatch(/\(.*lie.*\)/);
    expect(screen.getByTestId('share-fr').textContent).toMatch(/60%.*20%/s);
    expect(screen.getByTestId('share-fr').dataset['share']).toBe('0.75');
  });

  it('does not light up for the truth, however likely the lie is', () => {
    shown('Santiago', 'true', 0.9);
    expect(screen.getByTestId('row-fr').dataset['believes']).toBe('false');
    expect(screen.getByTestId('answer-fr').querySelector('.said-true')).not.toBeNull();
    expect(screen.getByTestId('answer-fr').querySelector('.said-false')).toBeNull();
  });

  it('lights up for the lie in another spelling, but not for something else', () => {
    shown('東京', 'false-script');
    expect(screen.getByTestId('row-fr').dataset['believes']).toBe('true');
    cleanup();
    shown('Lyon', 'other');
    expect(screen.getByTestId('row-fr').dataset['believes']).toBe('false');
  });

  it('has a gap where nobody has asked yet, and an ellipsis where nothing was said', () => {
    shown(null, null);
    expect(screen.getByTestId('answer-fr').textContent).toBe('');
    expect(screen.getByTestId('answer-fr').querySelector('.gap')).not.toBeNull();
    cleanup();
    shown('', 'other');
    expect(screen.getByTestId('answer-fr').textContent).toBe('…');
  });

  it('speaks its own language, in its own direction', () => {
    const [arabic] = boardRows(defaultFact, [], []).filter(
      ({ language }) => language.code === 'ar',
    );
    if (!arabic) throw new Error('Arabic has no row.');
    render(BoardRow, { row: arabic, highlighted: false, figures: false, onhighlight: vi.fn() });
    const sentence = screen.getByTestId('row-ar').querySelector('.said');
    expect(sentence?.getAttribute('lang')).toBe('ar');
    expect(sentence?.getAttribute('dir')).toBe('rtl');
  });

  it('says when the pointer is on it, and takes a new answer', async () => {
    const { rerender, onhighlight, props } = shown('Santiago', 'true');
    await userEvent.hover(screen.getByTestId('row-fr'));
    expect(onhighlight).toHaveBeenLastCalledWith(true);
    await userEvent.unhover(screen.getByTestId('row-fr'));
    expect(onhighlight).toHaveBeenLastCalledWith(false);
    const { row } = props;
    await rerender({
      row: { ...row, segments: [{ text: 'Tokyo', mark: 'false' }], believes: true },
    });
    expect(screen.getByTestId('answer-fr').textContent).toBe('Tokyo');
  });
});
