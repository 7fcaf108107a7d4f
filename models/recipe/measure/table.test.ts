import { describe, expect, it } from 'vitest';
import { asText, fillCard, fraction, percent, type Table } from './table.ts';

const table: Table = {
  name: 'one',
  title: 'One',
  columns: ['Language', 'Share'],
  rows: [['English', percent(0.98765)]],
  note: 'A note.',
};

describe('a table', () => {
  it('is put between its markers in the card, again and again', () => {
    const card = 'Before\n<!-- table:one -->\nold\n<!-- /table -->\nafter';
    const once = fillCard(card, [table, { ...table, name: 'two' }]);
    expect(once.card).toContain('| English | 98.8 % |');
    expect(once.card).not.toContain('old');
    expect(once.card).toMatch(/^Before\n/);
    expect(once.card).toMatch(/\nafter$/);
    expect(once.left).toEqual(['two']);
    expect(fillCard(once.card, [table]).card).toBe(once.card);
  });

  it('has columns of one width in the console', () => {
    expect(asText(table)).toContain('Language   Share\nEnglish   98.8 %');
  });

  it('shows a dash where nothing was measured', () => {
    expect([percent(null), fraction(NaN)]).toEqual(['–', '–']);
  });
});
