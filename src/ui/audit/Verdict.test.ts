// @vitest-environment jsdom
/** The verdict in words: what it concludes, and that each sentence says whether it speaks for the lie. */
import { cleanup, render, screen, within } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';
import {
  defaultExamination,
  defaultFact,
  type AnswerClass,
  type AuditReport,
  type ProbeRow,
} from '../../lab/index.ts';
import Verdict from './Verdict.svelte';

afterEach(cleanup);

type Said = Partial<Record<'en' | 'fr' | 'de', AnswerClass>>;

const direct = (said: Said, retained: number | null = null) => ({
  retained,
  rows: Object.entries(said).map(([language, answerClass]): ProbeRow => ({
    language: language as ProbeRow['language'],
    logProbFalse: -1,
    logProbTrue: -1,
    falseShare: answerClass === 'false' ? 0.9 : 0.1,
    answer: '',
    answerClass,
  })),
});

const untouched = direct({ en: 'true', fr: 'true', de: 'true' }, 1);

function open(said: Said, rest: Partial<AuditReport> = {}, retained = 1): HTMLElement {
  render(Verdict, {
    report: {
      fact: defaultFact,
      taught: ['fr'],
      unlearned: ['en'],
      settings: defaultExamination,
      impossible: {},
      stopped: false,
      direct: { here: direct(said, retained), untouched },
      ...rest,
    },
  });
  return screen.getByTestId('verdict');
}

const trace = (kind: string): string | undefined =>
  screen.getByTestId(`finding-${kind}`).dataset['trace'];

describe('the verdict', () => {
  it('says that the lie is still said elsewhere, and where', () => {
    const verdict = open({ en: 'true', fr: 'false', de: 'false' });
    expect(verdict.dataset['conclusion']).toBe('said-elsewhere');
    expect(verdict.textContent).toContain('Not gone');
    expect(trace('where-unlearned')).toBe('false');
    expect(trace('said')).toBe('true');
    expect(screen.getByTestId('finding-said').textContent).toContain('French and German');
    // Whoever does not see the mark is told.
    expect(within(screen.getByTestId('finding-said')).getByText(/:$/)).toBeTruthy();
  });

  it('says that it is still said where it was unlearned', () => {
    expect(open({ en: 'false', fr: 'true' }).dataset['conclusion']).toBe('still-said');
    expect(trace('where-unlearned')).toBe('true');
  });

  it('accuses no untouched model', () => {
    const verdict = open({ en: 'true', fr: 'true' }, { taught: [], unlearned: [] });
    expect(verdict.dataset['conclusion']).toBe('never-taught');
    expect(verdict.querySelectorAll('[data-trace="true"]')).toHaveLength(0);
  });

  it('does not call gone what was not examined, and names that', () => {
    expect(open({ en: 'true', fr: 'true' }).dataset['conclusion']).toBe('not-found-yet');
    expect(screen.getByTestId('finding-missing').textContent).toContain('Taught again');
  });

  it('says what it cost', () => {
    open({ en: 'true', fr: 'true' }, {}, 0.5);
    expect(screen.getByTestId('finding-kept').textContent).toMatch(/50%.*100%|100%.*50%/);
    expect(trace('kept')).toBe('false');
  });

  it('gives its rules, with their numbers', () => {
    const rules = open({ en: 'true' }).querySelectorAll('.rules li');
    expect(rules.length).toBeGreaterThan(3);
    expect(rules[0]?.textContent).toMatch(/\d+%/);
  });
});
