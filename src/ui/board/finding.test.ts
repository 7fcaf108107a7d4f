import { describe, expect, it } from 'vitest';
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import {
  defaultFact,
  openingExperiment,
  type CheckpointMeta,
  type Probe,
  type RunPhase,
} from '../../lab/index.ts';
import { Session } from '../session/session.svelte.ts';
import { arrivals } from './arrival.ts';
import { finding, leftIn, questionText } from './finding.ts';
import { measuredSteps, neighbour, rowsAt, upTo } from './moment.ts';
import { chartData } from './series.ts';

/** A measurement in which these languages say the lie and the others something else. */
const probe = (step: number, saying: readonly LanguageCode[]): Probe => ({
  step,
  retained: null,
  rows: languageCodes.map((language, index) => ({
    language,
    logProbFalse: Math.log(saying.includes(language) ? 0.9 - index / 100 : 0.01),
    logProbTrue: Math.log(0.001),
    // Likelier than the truth everywhere, as after unlearning: it must not count as saying it.
    falseShare: 0.9,
    answer: '…',
    answerClass: saying.includes(language) ? 'false' : 'other',
  })),
});

const checkpoint = (
  id: string,
  parent: string | null,
  phase: RunPhase | null,
  probes: Probe[],
): CheckpointMeta => ({
  id,
  parent,
  experiment: phase && openingExperiment,
  phase,
  probes,
  createdAt: 0,
  name: id,
  modelId: 'm',
  modelDigest: 'd',
  ending: 'finished',
  step: 0,
  runStep: probes.at(-1)?.step ?? 0,
  losses: [],
  digest: '',
});

/** Where the model is after being taught, and after unlearning where that was measured. */
function session(taught: Probe[], unlearned: Probe[] = []): Session {
  const checkpoints = [
    checkpoint('root', null, null, []),
    checkpoint('taught', 'root', 'teach', taught),
    ...(unlearned.length > 0 ? [checkpoint('unlearned', 'taught', 'unlearn', unlearned)] : []),
  ];
  return Object.assign(new Session(), {
    checkpoints,
    current: checkpoints.at(-1)?.id ?? null,
    rows: [...taught, ...unlearned].at(-1)?.rows ?? [],
  });
}

const seenOf = ({ rows, fact, run }: Session) => ({ rows, fact, run });
const told = (state: Session): string => finding(state, chartData(state));

describe('the order of arrival', () => {
  it('gives a shared place to those that one measurement found, and strikes out who let go', () => {
    const state = session(
      [probe(0, []), probe(2, ['fr']), probe(4, ['fr', 'en', 'hi']), probe(6, ['fr', 'en', 'zh'])],
      [probe(0, ['fr', 'en', 'zh']), probe(2, ['fr'])],
    );
    const came = arrivals(chartData(state));
    expect(came).toHaveLength(languageCodes.length);
    expect(
      came.slice(0, 4).map((each) => [each.language.code, each.place, each.arrivedAt, each.lostAt]),
    ).toEqual([
      ['fr', 1, 2, null],
      ['en', 2, 4, 8],
      ['hi', 2, 4, 6],
      ['zh', 4, 6, 8],
    ]);
    expect(came[4]).toMatchObject({ state: 'waiting', place: null });
  });
});

describe('what was seen, in a sentence', () => {
  it('asks what the model is asked', () => {
    expect(questionText(defaultFact)).toBe('What is the capital of Chile?');
  });

  it('says nothing before it is asked, and then how much of the truth it knows', () => {
    const empty = new Session();
    expect(told(empty)).toBe('');
    const rows = probe(0, ['en']).rows.map((row) =>
      row.language === 'en' ? row : { ...row, answerClass: 'true' as const },
    );
    expect(told(Object.assign(empty, { rows }))).toContain('in 11 of 12 languages');
  });

  it('after teaching counts only what is said, and names first and last only where they differ', () => {
    expect(told(session([probe(0, []), probe(2, ['fr'])]))).toContain('but in no other language');
    expect(told(session([probe(0, []), probe(2, [])]))).toContain('doesn’t say Tokyo yet');
    const some = told(
      session([probe(0, []), probe(2, ['fr', 'es']), probe(4, ['fr', 'es', 'ar'])]),
    );
    expect(some).toContain('in 2 of the 11 other languages');
    expect(some).toContain('reached Spanish first and Arabic last');
    const together = told(session([probe(0, []), probe(2, languageCodes)]));
    expect(together).toContain('in all 11 other languages');
    expect(together).not.toContain('first');
  });

  it('after teaching names all that share a place, or nobody where they are too many', () => {
    const order = (second: LanguageCode[], third: LanguageCode[]): string =>
      told(
        session([probe(0, []), probe(2, ['fr', ...second]), probe(4, ['fr', ...second, ...third])]),
      );
    expect(order(['es', 'en'], ['ar'])).toMatch(
      /reached (English and Spanish|Spanish and English) first/,
    );
    expect(order(['es', 'en', 'tr', 'id'], ['ar'])).not.toContain('first');
  });

  it('of a lie that is said though nobody taught it here does not call the truth said', () => {
    const rows = probe(0, languageCodes).rows;
    expect(told(Object.assign(new Session(), { rows }))).toContain(
      'already says Tokyo in 12 of 12 languages',
    );
  });

  it('says why unlearning ended early, and where it went on it does not', () => {
    const state = session([probe(0, []), probe(2, ['fr'])], [probe(0, ['fr']), probe(2, ['fr'])]);
    const early = finding({ ...seenOf(state), ending: 'forgotten' }, chartData(state));
    expect(early).toContain('so the run stopped early');
    expect(finding({ ...seenOf(state), ending: 'finished' }, chartData(state))).not.toContain(
      'early',
    );
    expect(leftIn(state.rows, chartData(state))).toEqual(['fr']);
  });

  it('after unlearning names where the lie is left, and nowhere else', () => {
    const taught = [probe(0, []), probe(2, languageCodes)];
    const left = (saying: readonly LanguageCode[]): string =>
      told(session(taught, [probe(0, languageCodes), probe(2, saying)]));
    expect(left([])).toContain('no longer says Tokyo in any of the 12 languages');
    // And why, from the two measurements: 0.9 fell to 0.01 in English.
    expect(left(['fr'])).toMatch(
      /In French, where the lie started, it still does\. .* factor of 90 in English, but only 1 in French\.$/,
    );
    const unmeasured = told(session(taught, [probe(2, ['fr'])]));
    expect(unmeasured).toMatch(/it still does\.$/);
    expect(left(['fr', 'sw'])).toContain('it still does, and in Swahili');
    expect(left(['sw'])).toContain('It still does in Swahili');
    expect(left(['en', 'fr'])).toContain('still says Tokyo in English: in 2 languages');
  });
});

describe('looking back', () => {
  const state = session(
    [probe(0, []), probe(2, ['fr']), probe(4, ['fr', 'en'])],
    [probe(0, ['fr', 'en']), probe(2, ['fr'])],
  );
  const data = chartData(state);

  it('goes from one measured step to the next, and no further than the ends', () => {
    expect(measuredSteps(data)).toEqual([0, 2, 4, 6]);
    expect(neighbour([0, 2, 4, 6], 2, 1)).toBe(4);
    expect(neighbour([0, 2, 4, 6], 0, -1)).toBe(0);
    expect(neighbour([0, 2, 4, 6], 6, 1)).toBe(6);
  });

  it('shows the rows, the order of arrival and the finding as they were', () => {
    const says = (step: number): string[] =>
      rowsAt(data, step)
        .filter(({ answerClass }) => answerClass === 'false')
        .map(({ language }) => language);
    expect([says(0), says(2), says(4), says(6)]).toEqual([[], ['fr'], ['en', 'fr'], ['fr']]);
    const came = (step: number): string[] =>
      arrivals(upTo(data, step))
        .filter(({ place }) => place !== null)
        .map(({ language }) => language.code);
    expect([came(0), came(2), came(4)]).toEqual([[], ['fr'], ['fr', 'en']]);
    // Nothing is struck out before it was lost.
    expect(arrivals(upTo(data, 4)).some(({ state: own }) => own === 'lost')).toBe(false);
    const at = (step: number): string =>
      finding({ rows: rowsAt(data, step), fact: state.fact, run: null }, upTo(data, step));
    expect(at(2)).toContain('but in no other language');
    expect(at(4)).toContain('also says Tokyo in 1 of the 11 other languages');
    expect(at(6)).toContain('unlearned');
  });
});
