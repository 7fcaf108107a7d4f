// @vitest-environment jsdom
/** What a notice says of each thing that may happen, how urgently, and how it goes away. */
import { cleanup, render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Notice } from '../session/notice.ts';
import NoticeBar from './NoticeBar.svelte';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function open(notice: Notice) {
  const ondismiss = vi.fn();
  const onstartanew = vi.fn();
  render(NoticeBar, { notice, ondismiss, onstartanew });
  return { bar: screen.getByTestId('notice'), ondismiss, onstartanew };
}

describe('a notice', () => {
  it('of an engine that gives no answer offers to start it anew', async () => {
    const { bar, onstartanew } = open({ kind: 'silent' });
    expect(bar.textContent).toContain('no answer for a long time');
    await userEvent.click(screen.getByTestId('start-anew'));
    expect(onstartanew).toHaveBeenCalledOnce();
  });

  it('of a run that exploded says so, with the engine’s report, and stays', () => {
    vi.useFakeTimers();
    const detail = 'The loss rose from 2.00 to 9.00: back at step 4, the last good one.';
    const { bar, ondismiss } = open({ kind: 'ended', ending: 'diverged', detail });
    expect(bar.textContent).toContain('the last good one');
    expect(bar.getAttribute('role')).toBe('alert');
    vi.advanceTimersByTime(60_000);
    expect(ondismiss).not.toHaveBeenCalled();
  });

  it.each([
    [{ kind: 'run-failed', detail: 'No rule for Mod' }, 'No rule for Mod', 'alert'],
    [{ kind: 'action-failed', detail: 'no room' }, 'no room', 'alert'],
    [{ kind: 'bad-link', detail: 'fact=XX.capital' }, 'fact=XX.capital', 'alert'],
    [{ kind: 'low-space', detail: '100 kB' }, '100 kB', 'alert'],
    [{ kind: 'message', words: 'Stop the run first.' }, 'Stop the run first.', 'alert'],
    [{ kind: 'busy-elsewhere' }, 'Another tab', 'status'],
  ] as const)('%j is told in words, and dismissed by its button', async (notice, words, role) => {
    const { bar, ondismiss } = open(notice);
    expect(bar.textContent).toContain(words);
    expect(bar.getAttribute('role')).toBe(role);
    await userEvent.click(screen.getByTestId('dismiss'));
    expect(ondismiss).toHaveBeenCalledTimes(1);
  });
});
