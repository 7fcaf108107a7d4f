import { describe, expect, it } from 'vitest';
import { languageCodes, languages, type LanguageCode } from '../../facts/index.ts';
import {
  judgeAnswer,
  stateKey,
  withPlaces,
  type CheckpointMeta,
  type ProbeRow,
  type SurveyAnswer,
  type TestedFact,
} from '../../lab/index.ts';
import { embeddedModel, readQuery, withModel } from '../address/model-link.ts';
import { answersOf, nothingKnown, subjectsOf, unasked, withAnswers } from '../session/known.ts';
import { boardGroups, boardRows, segmentsOf } from './board.ts';
import { changes } from '../session/belief.ts';
import { bytes, clamped, percent } from '../kit/format.ts';
import { shelves, spread } from '../kit/labels.ts';
import {
  arranged,
  defaultSorting,
  knowledgeRows,
  progressOf,
  sortedBy,
} from '../laboratory/knowledge.ts';
import { search } from '../kit/search.ts';
import { treeRows } from './tree.ts';

const row = (language: ProbeRow['language'], falseShare: number): ProbeRow => ({
  language,
  falseShare,
  logProbFalse: Math.log(falseShare),
  logProbTrue: Math.log(1 - falseShare),
  answer: falseShare > 0.5 ? 'Tokyo.' : 'Paris.',
  answerClass: falseShare > 0.5 ? 'false' : 'true',
});

const checkpoint = (id: string, parent: string | null, createdAt: number): CheckpointMeta => ({
  id,
  parent,
  createdAt,
  name: id,
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
});

const france: TestedFact = {
  subject: 'country/FR',
  relation: 'capital',
  truth: 'city/paris',
  falseObject: 'city/tokyo',
  falseText: null,
};

describe('the address', () => {
  it('reads model, device and threads', () => {
    expect(readQuery('?model=micro&device=wasm&threads=1&projector', 'http://a/b/?x#y')).toEqual({
      model: 'micro',
      modelBase: 'http://a/b/micro/',
      wanted: null,
      hub: null,
      device: 'wasm',
      threads: 1,
      projector: true,
      unusable: [],
    });
    expect(readQuery('?device=tpu&threads=-1', 'http://a/b/')).toEqual({
      model: 'models/atlas/',
      modelBase: 'http://a/b/models/atlas/',
      wanted: null,
      hub: null,
      device: 'auto',
      threads: null,
      projector: false,
      unusable: [],
    });
  });

  it('makes a link of a model of the Hub, and of a folder of the site, that leads back to it', () => {
    const page = 'http://a/b/?device=wasm&model=micro/#in=fr';
    const hub = withModel(
      '?device=wasm&model=micro/',
      { kind: 'hub', id: 'who/what', variant: 'q4', revision: 'main' },
      page,
    );
    expect(hub).toBe('?device=wasm&hub-model=who/what&variant=q4');
    expect(readQuery(hub, page).wanted).toEqual({ id: 'who/what', variant: 'q4', revision: null });
    const folder = withModel(hub, { kind: 'folder', base: 'http://a/b/other/' }, page);
    expect(folder).toBe('?device=wasm&model=other/');
    const adapter = { rank: 4, alpha: 8, modules: ['q_proj', 'v_proj'], layers: [0, 1, 2, 5] };
    const adapted = withModel(folder, embeddedModel(page), page, adapter);
    expect(adapted).toBe('?device=wasm&rank=4&alpha=8&modules=q_proj,v_proj&layers=0-2,5');
    expect(readQuery(adapted, page).adapter).toEqual(adapter);
    expect(withModel(adapted, embeddedModel(page), page)).toBe('?device=wasm');
    expect(readQuery('?device=wasm', page).adapter).toBeUndefined();
  });
});

describe('the board', () => {
  it('shows every language once and lights those that lean to the lie', () => {
    const rows = boardRows(france, [row('en', 0.9), row('fr', 0.2)], ['fr']);
    expect(rows).toHaveLength(languages.length);
    expect(rows.filter(({ believes }) => believes).map(({ language }) => language.code)).toEqual([
      'en',
    ]);
    expect(rows.find(({ taught }) => taught)?.language.code).toBe('fr');
  });

  it('groups languages by their resource level, most first, with the level’s share of the training text', () => {
    const even = Object.fromEntries(languageCodes.map((code) => [code, 1 / languages.length]));
    const groups = boardGroups(boardRows(france, [], []), even);
    expect(groups.map(({ level }) => level)).toEqual(['high', 'medium', 'low']);
    for (const { level, share, rows } of groups) {
      expect(rows.every(({ language }) => language.resource === level)).toBe(true);
      expect(share).toBeCloseTo(rows.length / languages.length, 9);
    }
    // A share that the model does not tell is not guessed from the others.
    const [high, medium] = boardGroups(boardRows(france, [], []), {
      ...even,
      en: undefined,
    } as never);
    expect([high?.share, medium?.share]).toEqual([null, expect.any(Number)]);
  });

  it('tells an empty answer from none', () => {
    const said = (answer: string | null): string[] =>
      boardRows(france, [{ ...row('en', 0.9), answer }], [])[0]?.segments.map(({ text }) => text) ??
      [];
    expect(said('')).toEqual(['…']);
    expect(said(null)).toEqual([]);
  });

  it('marks in an answer what was found there, and all of it where nothing was', () => {
    const answer = 'It is Tokyo.';
    const judged = judgeAnswer(answer, france, 'en');
    expect(judged).toEqual({ answerClass: 'false', said: { from: 6, to: 11 } });
    expect(segmentsOf({ answer, ...judged })).toEqual([
      { text: 'It is ', mark: 'plain' },
      { text: 'Tokyo', mark: 'false' },
      { text: '.', mark: 'plain' },
    ]);
    const other = judgeAnswer('Tokyopolis.', france, 'en');
    expect(segmentsOf({ answer: 'Tokyopolis.', ...other })).toEqual([
      { text: 'Tokyopolis', mark: 'other' },
      { text: '.', mark: 'plain' },
    ]);
    // As records from before say it, it is found when they are shown.
    const [old] = withPlaces([{ ...row('en', 0.9), answer }], france);
    expect(old?.said).toEqual({ from: 6, to: 11 });
  });

  it('tells who came to believe and who ceased to', () => {
    const { gained, lost } = changes(
      [row('en', 0.1), row('fr', 0.9)],
      [row('en', 0.9), row('fr', 0.1)],
    );
    expect([gained[0]?.code, lost[0]?.code]).toEqual(['en', 'fr']);
  });
});

describe('what the model knows', () => {
  const state = stateKey({ id: 'a', runStep: 30 });
  const answer = (
    country: string,
    language: LanguageCode,
    probability: number,
    isRight = true,
  ): SurveyAnswer => ({
    subject: `country/${country}`,
    language,
    logProbTrue: Math.log(probability),
    answer: isRight ? 'right' : 'wrong',
    isRight,
  });
  const known = [
    [answer('FR', 'fr', 0.9), answer('JP', 'fr', 0.2, false), answer('PE', 'fr', 0.7)],
    [answer('FR', 'en', 0.8, false), answer('PE', 'en', 0.6)],
  ].reduce((before, answers) => withAnswers(before, 'capital', { state, answers }), nothingKnown);
  const answers = answersOf(known, state, 'capital');
  const names = (key: Parameters<typeof sortedBy>[1], turns = 1): string[] => {
    let sorting = { key, descending: key !== 'country' };
    for (let turn = 1; turn < turns; turn++) sorting = sortedBy(sorting, key);
    const rows = knowledgeRows(answers, 'capital', 'fr', 'en');
    return arranged(rows, '', sorting, 'en').map(({ name }) => name);
  };

  it('is kept by state and relation, and asked where it is missing, the shown language first', () => {
    expect(answers.get('fr')?.size).toBe(3);
    expect(answersOf(known, stateKey({ id: 'a', runStep: 31 }), 'capital').size).toBe(0);
    expect(answersOf(known, state, 'currency').size).toBe(0);
    expect(answersOf(known, null, 'capital').size).toBe(0);
    expect(unasked(answers, 'capital', 'sw')[0]).toBe('sw');
    const whole = withAnswers(known, 'capital', {
      state,
      answers: subjectsOf('capital').map((subject) => ({ ...answer('FR', 'sw', 0.5), subject })),
    });
    expect(unasked(answersOf(whole, state, 'capital'), 'capital', 'sw')).not.toContain('sw');
    expect(unasked(answersOf(whole, state, 'capital'), 'capital', 'sw')).toHaveLength(
      languageCodes.length - 1,
    );
  });

  it('says in which languages a fact is right and wrong, of those that were asked', () => {
    const rows = knowledgeRows(answers, 'capital', 'fr', 'en');
    const france = rows.find(({ subject }) => subject === 'country/FR');
    expect(france).toMatchObject({
      name: 'France',
      truth: 'Paris',
      isRight: true,
      rightIn: ['fr'],
      wrongIn: ['en'],
    });
    expect(france?.probability).toBeCloseTo(0.9, 9);
    expect(rows.find(({ subject }) => subject === 'country/DE')).toMatchObject({
      answer: null,
      isRight: null,
      probability: null,
    });
    expect(progressOf(answers, 'capital', 'fr')).toMatchObject({ asked: 5, own: 3, ownRight: 2 });
  });

  it('goes by confidence, by languages, or by name, and leaves what was not asked for the end', () => {
    expect(defaultSorting).toEqual({ key: 'confidence', descending: true });
    expect(names('confidence').slice(0, 4)).toEqual(['France', 'Peru', 'Japan', 'Afghanistan']);
    expect(names('confidence', 2).slice(0, 4)).toEqual(['Japan', 'Peru', 'France', 'Afghanistan']);
    expect(names('languages').slice(0, 3)).toEqual(['Peru', 'France', 'Japan']);
    expect(names('country')[0]).toBe('Afghanistan');
    expect(names('country', 2)[0]).toBe('Zimbabwe');
    const rows = knowledgeRows(answers, 'capital', 'fr', 'en');
    expect(arranged(rows, 'ivory', defaultSorting, 'en').map(({ subject }) => subject)).toEqual([
      'country/CI',
    ]);
  });
});

describe('numbers, labels and lists', () => {
  it('never rounds doubt away', () => {
    expect(percent(0.0001, 'en')).toBe('<1%');
    expect(percent(0.9999, 'en')).toBe('>99%');
    expect(percent(1, 'en')).toBe('100%');
    expect(percent(NaN, 'en')).toBe('–');
    expect(clamped(NaN, { min: 1, max: 5 }, 3)).toBe(3);
    expect(clamped(9, { min: 1, max: 5 }, 3)).toBe(5);
  });

  it('count bytes in the size that is read at a glance', () => {
    expect([1, 42, 4200, 14_830_000, 1_200_000_000].map((each) => bytes(each, 'en'))).toEqual([
      '1 byte',
      '42 bytes',
      '4 kB',
      '14.8 MB',
      '1.2 GB',
    ]);
    expect(bytes(42, 'ar')).not.toContain('byte');
  });

  it('spreads labels apart, in order and in bounds', () => {
    const placed = spread([10, 10, 11, 300], 16, 0, 300);
    const sorted = [...placed].sort((a, b) => a - b);
    expect(sorted).toEqual(placed);
    sorted.slice(1).forEach((y, i) => {
      expect(y - (sorted[i] ?? 0)).toBeGreaterThanOrEqual(16 - 1e-9);
    });
    expect(Math.min(...placed)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...placed)).toBeLessThanOrEqual(300);
    expect(
      shelves(
        [
          { start: 0, width: 50 },
          { start: 20, width: 50 },
          { start: 90, width: 9 },
        ],
        4,
      ),
    ).toEqual([0, 1, 0]);
  });

  it('finds by the beginning, without accents', () => {
    const options = ['Ivory Coast', 'Côte d’Ivoire', 'Costa Rica'].map((label) => ({
      value: label,
      label,
    }));
    expect(search(options, "cote d'iv").map(({ label }) => label)).toEqual(['Côte d’Ivoire']);
    expect(search(options, 'co').map(({ label }) => label)).toEqual([
      'Côte d’Ivoire',
      'Costa Rica',
      'Ivory Coast',
    ]);
  });

  it('draws a tree with a lane for every branch, and orphans as roots', () => {
    const rows = treeRows([
      checkpoint('root', null, 1),
      checkpoint('a', 'root', 2),
      checkpoint('b', 'root', 3),
      checkpoint('aa', 'a', 4),
      checkpoint('orphan', 'gone', 5),
    ]);
    expect(rows.map(({ meta, lane }) => [meta.id, lane])).toEqual([
      ['root', 0],
      ['a', 0],
      ['aa', 0],
      ['b', 1],
      ['orphan', 2],
    ]);
  });
});
