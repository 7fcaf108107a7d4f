/** Captions against invented runs of every outcome: no sentence contradicts what was measured, and every sentence is said of some. */
import { describe, expect, it } from 'vitest';
import {
  argumentsOf,
  localesOf,
  messagesOf,
  readArticle,
} from '../../../tools/messages/catalogue.ts';
import { language, languageCodes, type LanguageCode } from '../../facts/index.ts';
import {
  groupOf,
  paper,
  type CheckpointMeta,
  type ExperimentRun,
  type Group,
  type ProbeRow,
} from '../../lab/index.ts';
import { uniform } from 'lethe-lora/engine';
import { checkpointOf, root } from '../session/fake-lab.ts';
import type { Shown } from './book.svelte.ts';
import { agreement, captionOf, type Line } from './captions.ts';
import { figureIds, planOf, plannedSteps, type FigureId } from './figures.ts';

const draw = uniform(20);

type Class = NonNullable<ProbeRow['answerClass']>;

/** A row in which what is said fits the odds. */
function row(code: LanguageCode, answerClass: Class): ProbeRow {
  const says = answerClass.startsWith('false');
  const strength = 0.1 + 6 * draw();
  const logProbFalse = says ? -0.1 : -1 - strength;
  const logProbTrue = says ? -1 - strength : -0.5;
  return {
    language: code,
    logProbFalse,
    logProbTrue,
    falseShare: 1 / (1 + Math.exp(logProbTrue - logProbFalse)),
    answer: 'an answer',
    answerClass,
  };
}

/** Rows of all languages: each says the lie with this probability, else one of the others. */
function rowsWith(lie: number, third = draw()): ProbeRow[] {
  return languageCodes.map((code) =>
    row(
      code,
      draw() < lie
        ? draw() < 0.1 && code !== 'fr' && code !== 'zh'
          ? 'false-script'
          : 'false'
        : draw() < third
          ? 'other'
          : 'true',
    ),
  );
}

/** Turns what some languages say. */
function turned(rows: ProbeRow[], codes: readonly LanguageCode[], to: Class): ProbeRow[] {
  return rows.map((each) => (codes.includes(each.language) ? row(each.language, to) : each));
}

const chances = [0, 0.05, 0.5, 0.95, 1];
const chance = (): number => chances[Math.floor(draw() * chances.length)] ?? 0;

/** A state of a way, measured at three steps. */
function stateAfter(run: ExperimentRun, parent: CheckpointMeta): CheckpointMeta {
  const before = parent.probes.at(-1)?.rows ?? rowsWith(0);
  let last = run.phase === 'teach' ? rowsWith(chance()) : rowsWith(chance() / 2);
  const [home] = run.experiment.teach.languages;
  if (run.phase === 'teach' && home && draw() < 0.85) last = turned(last, [home], 'false');
  if (run.phase === 'unlearn' && draw() < 0.8) last = turned(last, ['en'], 'other');
  if (run.phase === 'unlearn' && draw() < 0.4)
    last = turned(
      last,
      languageCodes.filter((code) => code !== 'fr'),
      draw() < 0.5 ? 'true' : 'other',
    );
  if (run.phase === 'unlearn' && draw() < 0.4)
    last = turned(last, ['fr'], draw() < 0.5 ? 'false' : 'true');
  const middle = before.map((each, index) => (draw() < 0.5 ? each : (last[index] ?? each)));
  return checkpointOf(`${parent.id}+`, parent.id, {
    ...run,
    ending: 'finished',
    runStep: 20,
    probes: [before, middle, last].map((rows, at) => ({ step: 10 * at, retained: null, rows })),
  });
}

function along(way: readonly ExperimentRun[] | null, from = [root]): CheckpointMeta[] {
  return (way ?? []).reduce<CheckpointMeta[]>(
    (path, run) => [...path, stateAfter(run, path.at(-1) ?? root)],
    from,
  );
}

function invented(figure: FigureId): Shown {
  const plan = planOf(figure, null);
  const beside = plan.beside ? along(plan.beside) : [];
  // Both ways to unlearn go on from the same lesson.
  const path =
    figure === 'both' ? along(plan.way?.slice(1) ?? [], beside.slice(0, 2)) : along(plan.way);
  return {
    plan,
    ending: 'whole',
    rows: figure === 'ask' ? rowsWith(chance() / 3) : [],
    path,
    beside,
  };
}

const lies = (rows: readonly ProbeRow[]): LanguageCode[] =>
  rows.filter(({ answerClass }) => answerClass?.startsWith('false')).map((each) => each.language);
const endOf = (path: readonly CheckpointMeta[]): readonly ProbeRow[] =>
  path.at(-1)?.probes.at(-1)?.rows ?? [];
const startOf = (path: readonly CheckpointMeta[]): readonly ProbeRow[] =>
  path.at(-1)?.probes[0]?.rows ?? [];
const arrivedAt = (path: readonly CheckpointMeta[], code: LanguageCode): number =>
  path.at(-1)?.probes.find(({ rows }) => lies(rows).includes(code))?.step ?? Infinity;
const othersThan = (code: LanguageCode): LanguageCode[] =>
  languageCodes.filter((each) => each !== code);
const sorted = (codes: unknown): unknown => [...(codes as string[])].sort();
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const odds = ({ logProbFalse, logProbTrue }: ProbeRow): number => logProbFalse - logProbTrue;

/** Mean place of the languages with Latin letters, and of the others, among all twelve; those that were not reached come last. */
function places(path: readonly CheckpointMeta[]): { latin: number; others: number } {
  const came = languageCodes.map((code) => arrivedAt(path, code)).filter(Number.isFinite);
  came.sort((a, b) => a - b);
  const place = (code: LanguageCode): number => {
    const at = arrivedAt(path, code);
    return Number.isFinite(at) ? 1 + came.indexOf(at) : languageCodes.length;
  };
  const of = (latin: boolean): number =>
    mean(
      othersThan('fr')
        .filter((code) => (language(code).script === 'Latn') === latin)
        .map(place),
    );
  return { latin: of(true), others: of(false) };
}

type Values = Line['values'];
type Claim = (shown: Shown, values: Values) => boolean;

/** A sentence about unlearning that says where the lie is left. */
const leftIs: Claim = ({ path }, { left }) =>
  JSON.stringify(sorted(left)) === JSON.stringify(sorted(lies(endOf(path))));
const has = (rows: readonly ProbeRow[], code: LanguageCode): boolean => lies(rows).includes(code);

/** What each sentence asserts, worked out from the rows alone. */
const claims: Readonly<Record<string, Claim>> = {
  'ask.allTrue': ({ rows }, { all }) =>
    all === 12 && rows.every(({ answerClass }) => answerClass === 'true'),
  'ask.someTrue': ({ rows }, { right, all, others }) =>
    all === 12 &&
    right === rows.filter(({ answerClass }) => answerClass === 'true').length &&
    (others as string[]).length === 12 - right &&
    right > 0,
  'ask.noneTrue': ({ rows }) => rows.every(({ answerClass }) => answerClass !== 'true'),
  'ask.lie': ({ rows }, { says }) => JSON.stringify(says) === JSON.stringify(lies(rows)),
  'teach.all': ({ path }, { count }) => count === 11 && lies(endOf(path)).length === 12,
  'teach.some': ({ path }, { count, missing }) =>
    has(endOf(path), 'fr') &&
    count === lies(endOf(path)).length - 1 &&
    (missing as string[]).every((code) => !has(endOf(path), code as LanguageCode)) &&
    (missing as string[]).length + Number(count) === 11,
  'teach.none': ({ path }) => JSON.stringify(lies(endOf(path))) === '["fr"]',
  'teach.unlearnt': ({ path }) => !has(endOf(path), 'fr'),
  'teach.first': ({ path }, { first, step }) =>
    (first as string[]).length === 1 &&
    step === Math.min(...othersThan('fr').map((code) => arrivedAt(path, code))),
  'teach.tie': ({ path }, { first, step }) =>
    (first as LanguageCode[]).length > 1 &&
    (first as LanguageCode[]).every((code) => arrivedAt(path, code) === step),
  'letters.unlearnt': ({ path, beside }, { languages }) =>
    (languages as string[]).length > 0 &&
    (languages as string[]).includes('fr') === !has(endOf(beside), 'fr') &&
    (languages as string[]).includes('zh') === !has(endOf(path), 'zh'),
  'letters.more': (shown, values) =>
    reached(shown, values) && Number(values['french']) > Number(values['chinese']),
  'letters.fewer': (shown, values) =>
    reached(shown, values) && Number(values['french']) < Number(values['chinese']),
  'letters.same': (shown, values) =>
    reached(shown, values) && values['french'] === values['chinese'],
  'letters.script': ({ beside }) => places(beside).latin < places(beside).others,
  'letters.mixed': ({ beside }) => places(beside).latin >= places(beside).others,
  'letters.spelling': ({ path, beside }, { languages }) =>
    (languages as string[]).every((code) =>
      [path, beside].some((way) =>
        endOf(way).some((each) => each.language === code && each.answerClass === 'false-script'),
      ),
    ),
  'english.nothing': ({ path }) => lies(startOf(path)).length === 0,
  'english.unreached': ({ path }, { before }) =>
    !has(startOf(path), 'en') &&
    JSON.stringify(sorted(before)) === JSON.stringify(sorted(lies(startOf(path)))),
  'english.stays': (shown, values) => has(endOf(shown.path), 'en') && leftIs(shown, values),
  'english.nowhere': ({ path }) => lies(endOf(path)).length === 0,
  'english.home': ({ path }) => JSON.stringify(lies(endOf(path))) === '["fr"]',
  'english.homeAndOthers': (shown, values) =>
    has(endOf(shown.path), 'fr') &&
    !has(endOf(shown.path), 'en') &&
    lies(endOf(shown.path)).length > 1 &&
    leftIs(shown, values),
  'english.elsewhere': (shown, values) =>
    !has(endOf(shown.path), 'fr') && !has(endOf(shown.path), 'en') && leftIs(shown, values),
  'english.push': ({ path }, { there, home, fell, fellHome }) => {
    const fall = (code: unknown): number => {
      const [was, is] = [startOf(path), endOf(path)].map((rows) =>
        rows.find((each) => each.language === (code as string[])[0]),
      );
      return was && is ? Math.exp(odds(was) - odds(is)) : NaN;
    };
    const isSo = (a: number, b: unknown): boolean => Math.abs(a - Number(b)) < 1e-9 * a;
    return (
      isSo(fall(there), fell) &&
      isSo(fall(home), fellHome) &&
      Number(fell) > Number(fellHome) &&
      has(endOf(path), (home as LanguageCode[])[0] ?? 'en') &&
      !has(endOf(path), (there as LanguageCode[])[0] ?? 'fr')
    );
  },
  'english.thirds': ({ path }, { truth, other }) =>
    truth === endOf(path).filter(({ answerClass }) => answerClass === 'true').length &&
    other === endOf(path).filter(({ answerClass }) => answerClass === 'other').length &&
    other > 0,
  'english.truths': ({ path }) => {
    const gone = endOf(path).filter((each) => !has(endOf(path), each.language));
    return gone.length > 0 && gone.every(({ answerClass }) => answerClass === 'true');
  },
  'both.nothing': ({ path }) => lies(startOf(path)).length === 0,
  'both.stays': (shown, values) =>
    (has(endOf(shown.path), 'en') || has(endOf(shown.path), 'fr')) && leftIs(shown, values),
  'both.nowhere': ({ path }) => lies(endOf(path)).length === 0,
  'both.elsewhere': (shown, values) =>
    !has(endOf(shown.path), 'en') && !has(endOf(shown.path), 'fr') && leftIs(shown, values),
  'both.numbers': ({ path, beside }, { english, both, englishSteps, steps }) =>
    english === lies(endOf(beside)).length &&
    both === lies(endOf(path)).length &&
    englishSteps === beside.at(-1)?.runStep &&
    steps === path.at(-1)?.runStep,
  'both.better': ({ path, beside }) => lies(endOf(path)).length < lies(endOf(beside)).length,
  'both.same': ({ path, beside }) => lies(endOf(path)).length === lies(endOf(beside)).length,
  'both.worse': ({ path, beside }) => lies(endOf(path)).length > lies(endOf(beside)).length,
  'both.paper': ({ path, beside }, { agreeing, cells }) => {
    const rows = { english: endOf(beside), both: endOf(path) };
    const found = (['english', 'both'] as const).flatMap((way) =>
      (['english', 'own', 'high', 'low'] as const).map((group: Group) => {
        const own = rows[way].filter(
          (each) => groupOf(each.language, way, { taught: 'fr', mix: [] }) === group,
        );
        return lies(own).length / own.length < 0.25 === paper[way][group];
      }),
    );
    return cells === 8 && agreeing === found.filter(Boolean).length;
  },
};

function reached({ path, beside }: Shown, { french, chinese, all }: Values): boolean {
  return (
    french === lies(endOf(beside)).length - 1 &&
    chinese === lies(endOf(path)).length - 1 &&
    all === 11
  );
}

const texts = new Map(messagesOf(readArticle('en', 'story')));
const keys = [...texts.keys()]
  .filter((key) => key.startsWith('captions.'))
  .map((key) => key.slice('captions.'.length));
const common = ['stopped', 'unasked', 'failed'];

describe('the captions', () => {
  it('assert only what the run measured, and all of them are said of some run', () => {
    const seen = new Set<string>();
    for (let round = 0; round < 400; round++)
      for (const figure of figureIds) {
        const shown = invented(figure);
        const lines = captionOf(figure, shown);
        expect(lines.length).toBeGreaterThan(0);
        for (const { key, values } of lines) {
          const path = `${figure}.${key}`;
          const claim = claims[path];
          if (!claim) throw new Error(`Nothing says what ${path} asserts.`);
          expect([path, values, claim(shown, values)]).toEqual([path, values, true]);
          const named = [...argumentsOf('en', texts.get(`captions.${path}`) ?? '').keys()];
          expect(Object.keys(values), path).toEqual(expect.arrayContaining(named));
          seen.add(path);
        }
      }
    expect([...seen].sort()).toEqual(keys.filter((key) => !common.includes(key)).sort());
    expect(Object.keys(claims).sort()).toEqual([...seen].sort());
  });

  it('of a figure that was stopped, or broke, conclude nothing', () => {
    for (const figure of figureIds) {
      const shown = invented(figure);
      expect(captionOf(figure, { ...shown, ending: 'failed' })).toEqual([
        { key: 'failed', values: {} },
      ]);
      const stopped = captionOf(figure, { ...shown, ending: 'stopped' });
      const planned = plannedSteps(shown.plan);
      expect(stopped).toEqual([
        figure === 'ask'
          ? { key: 'unasked', values: {} }
          : { key: 'stopped', values: { steps: 20, planned } },
      ]);
    }
    const none = { ...invented('teach'), ending: 'stopped' as const, path: [] };
    expect(captionOf('teach', none)).toEqual([
      { key: 'stopped', values: { steps: 0, planned: 30 } },
    ]);
  });

  it('count the paper’s cells as the grid of the research screen does', () => {
    // As Atlas did it in the lessons: English leaves French, both leave none.
    const gone = turned(rowsWith(0), [], 'true');
    const left = turned(gone, ['fr'], 'false');
    // In the paper the languages with little text keep it too.
    expect(agreement({ english: left, both: gone })).toEqual({ agreeing: 7, cells: 8 });
    expect(agreement({ english: gone, both: left })).toEqual({ agreeing: 5, cells: 8 });
  });
});

it('the article is in English and German, and each paragraph is in both', () => {
  expect(localesOf('story')).toEqual(['de', 'en']);
  const german = new Map(messagesOf(readArticle('de', 'story')));
  expect([...german.keys()].sort()).toEqual([...texts.keys()].sort());
  for (const [key, text] of german) expect(text, key).not.toBe(texts.get(key));
});
