import { describe, expect, it } from 'vitest';
import { defaultFact, type PlanDraft, type OwnFact, type PlanKind } from '../../lab/index.ts';
import { hashWith } from '../research/view.ts';
import { defaultDrafts, planDraftOf, parseRates, planQuery } from './plan-address.ts';

const through = (draft: PlanDraft): PlanDraft =>
  planDraftOf(
    draft.kind,
    new URLSearchParams(hashWith(new URLSearchParams(), planQuery(draft)).split('?')[1]),
  );

describe('a sweep in the address', () => {
  it.each(Object.keys(defaultDrafts) as PlanKind[])('%s comes back as it was', (kind) => {
    expect(through(defaultDrafts[kind])).toEqual(defaultDrafts[kind]);
    expect(planDraftOf(kind, new URLSearchParams())).toEqual(defaultDrafts[kind]);
  });

  it('holds facts with lies that were chosen or typed', () => {
    const typed = { ...defaultFact, falseObject: null, falseText: 'a;b, c: ~d & é' };
    const draft: PlanDraft = {
      ...defaultDrafts.methods,
      facts: [defaultFact, typed],
      rates: [1e-4, 2e-3],
    };
    expect(through(draft)).toEqual(draft);
  });

  it('holds facts of one’s own', () => {
    const wording = {
      sentences: ['Nairobi; since: today'],
      question: 'Où ?',
      falseAnswers: ['Nairobi'],
      trueAnswers: ['Lisbon'],
    };
    const own: OwnFact = { kind: 'own', name: 'A city, moved', wordings: { fr: wording } };
    const draft: PlanDraft = { ...defaultDrafts.spread, facts: [own, defaultFact] };
    expect(through(draft)).toEqual(draft);
  });

  it.each([
    ['facts=0'],
    ['facts=own:broken'],
    ['facts=XX.capital:city/tokyo'],
    ['facts=CL.capital:city/santiago'],
    ['in=fr,xx'],
    ['steps=0'],
    ['seed=1.5'],
    ['by=magic'],
    ['rates=5'],
  ])('that cannot be read is refused: %s', (query) => {
    expect(() => planDraftOf('methods', new URLSearchParams(query))).toThrow(query);
  });
});

it('learning rates are read with a decimal comma, an Arabic comma and Arabic digits too', () => {
  expect(parseRates('0.001, 0.002')).toEqual([0.001, 0.002]);
  expect(parseRates('0,001 0,002')).toEqual([0.001, 0.002]);
  expect(parseRates('0,001, 0,002')).toEqual([0.001, 0.002]);
  expect(parseRates('٠٫٠٠١، ٠٫٠٠٢')).toEqual([0.001, 0.002]);
  expect(parseRates('0, 5')).toBeNull();
  expect(parseRates(' ')).toEqual([]);
});
