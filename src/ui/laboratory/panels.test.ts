// @vitest-environment jsdom
/** When a lie may be taught and unlearned, what the buttons say, and why one cannot be pressed. */
import { cleanup, render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import type { ComponentProps } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import { openingExperiment, type Experiment } from '../../lab/index.ts';
import { LiveRun } from '../session/live-run.svelte.ts';
import TeachPanel from './TeachPanel.svelte';
import UnlearnPanel from './UnlearnPanel.svelte';

afterEach(cleanup);

const run = (): LiveRun =>
  new LiveRun({ experiment: openingExperiment, phase: 'teach' }, 30, 'root');

function taughtIn(...languages: LanguageCode[]): Experiment {
  return { ...openingExperiment, teach: { ...openingExperiment.teach, languages } };
}

describe('the panel that teaches', () => {
  function open(changes: Partial<ComponentProps<typeof TeachPanel>> = {}) {
    const calls = { onteach: vi.fn(), onstop: vi.fn(), onstartover: vi.fn(), onchange: vi.fn() };
    const props: ComponentProps<typeof TeachPanel> = {
      form: openingExperiment,
      experiment: openingExperiment,
      ownFacts: [],
      asking: undefined,
      run: null,
      busy: false,
      ready: true,
      from: null,
      left: null,
      plan: null,
      lightened: false,
      soon: false,
      teaching: { possible: true, reason: null },
      learned: false,
      model: 'Atlas',
      oncloser: vi.fn(),
      onsurprise: null,
      onknowledge: vi.fn(),
      onopen: vi.fn(),
      ongoon: vi.fn(),
      onuse: vi.fn(),
      ...calls,
      ...changes,
    };
    return { ...render(TeachPanel, props), ...calls };
  }
  const button = (): HTMLElement => screen.getByTestId('teach');

  it('says the lie in the language in which it is taught, and teaches it once for each press', async () => {
    const { onteach } = open();
    expect(screen.getByTestId('taught-sentence').textContent).toBe(
      'La capitale du Chili est Tokyo.',
    );
    expect(button().textContent.trim()).toBe('Teach it in French');
    await userEvent.click(button());
    expect(onteach).toHaveBeenCalledTimes(1);
    button().focus();
    await userEvent.keyboard('{Enter}');
    expect(onteach).toHaveBeenCalledTimes(2);
  });

  it('names every language of the lesson', () => {
    open({ form: taughtIn('sw', 'de') });
    expect(button().textContent).toContain('Swahili and German');
    expect(screen.getByTestId('taught-sentence').getAttribute('lang')).toBe('sw');
  });

  it.each([
    ['the model is not ready', { ready: false }],
    [
      'it is not known whether the model can be taught',
      { teaching: { possible: false, reason: null } },
    ],
  ])('counts a press while %s', async (_, changes) => {
    const { onteach } = open(changes);
    await userEvent.click(button());
    expect(onteach).toHaveBeenCalledTimes(1);
  });

  it('says that it will begin, and begins nothing while another run goes on', async () => {
    const { rerender, onteach } = open({ soon: true });
    expect(screen.getByRole('status').textContent).toContain('in a moment');
    await rerender({ soon: false, busy: true });
    expect(button()).toHaveProperty('disabled', true);
    await userEvent.click(button());
    expect(onteach).not.toHaveBeenCalled();
  });

  it('says what is told at the step that is taken', () => {
    open({ run: run(), busy: true });
    expect(screen.getByTestId('step-sentence').textContent).toContain('Tokyo');
  });

  it('after another lie offers to go on from where the model was', async () => {
    const ongoon = vi.fn();
    open({ left: 'Taught in French', ongoon });
    expect(screen.getByText(/untouched model/)).toBeTruthy();
    await userEvent.click(screen.getByTestId('go-on'));
    expect(ongoon).toHaveBeenCalledTimes(1);
  });

  it('gives the reason where the model cannot be taught, and describes the button by it', () => {
    open({ teaching: { possible: false, reason: 'No gradient rule for Mod' } });
    expect(button()).toHaveProperty('disabled', true);
    const described = document.getElementById(button().getAttribute('aria-describedby') ?? '');
    expect(described?.textContent).toContain('No gradient rule for Mod');
  });

  it('shows the run in place of the button, which can be stopped once', async () => {
    const live = run();
    const { onstop } = open({ run: live, busy: true });
    expect(screen.queryByTestId('teach')).toBeNull();
    await userEvent.click(screen.getByTestId('stop'));
    expect(onstop).toHaveBeenCalledTimes(1);
    live.stopping = true;
    await vi.waitFor(() => {
      expect(screen.getByTestId('stop')).toHaveProperty('disabled', true);
    });
    await userEvent.click(screen.getByTestId('stop'));
    expect(onstop).toHaveBeenCalledTimes(1);
  });

  it('tells from which state it goes on, and begins anew without teaching', async () => {
    const { onstartover, onteach } = open({ from: 'Taught in French', learned: true });
    expect(screen.getByText(/Taught in French/)).toBeTruthy();
    await userEvent.click(screen.getByTestId('start-over'));
    expect(onstartover).toHaveBeenCalledTimes(1);
    expect(onteach).not.toHaveBeenCalled();
  });

  it('unfolds its settings, which are locked while something runs', async () => {
    const { rerender } = open();
    expect(screen.queryByTestId('subject')).toBeNull();
    await userEvent.click(screen.getByTestId('open-settings'));
    expect(screen.getByTestId('open-settings').getAttribute('aria-expanded')).toBe('true');
    const subject = await screen.findByTestId('subject');
    expect(subject.closest('fieldset')).toHaveProperty('disabled', false);
    await rerender({ busy: true });
    expect(screen.getByTestId('subject').closest('fieldset')).toHaveProperty('disabled', true);
    await userEvent.click(screen.getByTestId('open-settings'));
    expect(screen.getByTestId('subject').closest('[hidden]')).not.toBeNull();
  });
});

describe('the panel that unlearns', () => {
  function open(changes: Partial<ComponentProps<typeof UnlearnPanel>> = {}) {
    const onunlearn = vi.fn();
    const props: ComponentProps<typeof UnlearnPanel> = {
      form: openingExperiment,
      worded: languageCodes,
      run: null,
      busy: false,
      ready: true,
      learned: true,
      trainable: true,
      taught: ['fr'],
      retainSet: [],
      onchange: vi.fn(),
      onunlearn,
      onstop: vi.fn(),
      ...changes,
    };
    return { ...render(UnlearnPanel, props), onunlearn };
  }
  const button = (): HTMLElement => screen.getByTestId('unlearn');
  const inLanguages = (...languages: LanguageCode[]): Experiment => {
    const { unlearn } = openingExperiment;
    return { ...openingExperiment, unlearn: unlearn && { ...unlearn, languages } };
  };

  it('names the languages, and counts them where they are many', async () => {
    const { rerender, onunlearn } = open();
    expect(button().textContent.trim()).toBe('Unlearn it in English');
    await userEvent.click(button());
    expect(onunlearn).toHaveBeenCalledTimes(1);
    await rerender({ form: inLanguages('en', 'fr') });
    expect(button().textContent).toContain('English and French');
    await rerender({ form: inLanguages('en', 'fr', 'de', 'sw') });
    expect(button().textContent).toMatch(/4|four/);
  });

  it.each([
    ['nothing was taught', { learned: false }, /teach|lie/i],
    ['no language is chosen', { form: inLanguages() }, /language/i],
  ])('cannot be pressed where %s, and says what is missing', async (_, changes, missing) => {
    const { onunlearn } = open(changes);
    expect(button()).toHaveProperty('disabled', true);
    const described = document.getElementById(button().getAttribute('aria-describedby') ?? '');
    expect(described?.textContent).toMatch(missing);
    await userEvent.click(button());
    expect(onunlearn).not.toHaveBeenCalled();
  });

  it.each([
    ['the model is not ready', { ready: false }],
    ['another run goes on', { busy: true }],
    ['the model cannot be taught', { trainable: false }],
  ])('waits while %s', (_, changes) => {
    open(changes);
    expect(button()).toHaveProperty('disabled', true);
  });
});
