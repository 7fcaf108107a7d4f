/**
 * @file What each sentence of a lesson asserts, read off the recorded measurements themselves: by other code than chooses the sentence, so that
 * the one can be held against the other.
 */
import { language, languageCodes, type LanguageCode } from '../../facts/index.ts';
import type { CheckpointMeta } from '../../lab/index.ts';
import type { Value } from '../rules.ts';

/** The measurements of a lesson's runs: the one that answers its question, those that led there, and those beside it. */
export interface Recorded {
  run: CheckpointMeta;
  way: readonly CheckpointMeta[];
  beside: Readonly<Record<string, CheckpointMeta | undefined>>;
}

type Values = Readonly<Record<string, Value>>;
type Claim = (record: Recorded, values: Values) => boolean;

const falsely = ['false', 'false-script'];

/** Languages that say the lie at a run's n-th measurement, counted from its end where n is negative. */
function saying({ probes }: CheckpointMeta, at: number): LanguageCode[] {
  return (probes.at(at)?.rows ?? [])
    .filter(({ answerClass }) => falsely.includes(answerClass ?? ''))
    .map(({ language: code }) => code);
}

const phase = ({ experiment, phase: name }: CheckpointMeta) => experiment?.[name ?? 'teach'];
const where = ({ run }: Recorded): readonly LanguageCode[] => phase(run)?.languages ?? [];
const source = ({ way }: Recorded): readonly LanguageCode[] =>
  phase(way[0] as CheckpointMeta)?.languages ?? [];
const others = (record: Recorded) => languageCodes.filter((code) => !where(record).includes(code));
const before = ({ run }: Recorded) => saying(run, 0);
const after = ({ run }: Recorded) => saying(run, -1);
const says = (record: Recorded, code: LanguageCode) => after(record).includes(code);
const learned = (record: Recorded) => where(record).some((code) => says(record, code));
const reached = (record: Recorded) => others(record).filter((code) => says(record, code));
const missing = (record: Recorded) => others(record).filter((code) => !says(record, code));
const gone = (record: Recorded, codes: readonly LanguageCode[]) =>
  codes.every((code) => !says(record, code));

/** A list of languages, whatever its order; a number. */
const same = (value: Value | undefined, codes: readonly LanguageCode[]): boolean =>
  Array.isArray(value) && [...value].sort().join() === [...codes].sort().join();

const kept = ({ experiment, probes }: CheckpointMeta, at: number): number =>
  Math.round((probes.at(at)?.retained ?? NaN) * (experiment?.probes.kept ?? NaN));
const counts = ({ run }: Recorded, values: Values): boolean =>
  values['before'] === kept(run, 0) &&
  values['after'] === kept(run, -1) &&
  values['all'] === run.experiment?.probes.kept;
const steps = ({ run }: Recorded, values: Values): boolean => values['steps'] === run.runStep;
const planned = ({ run }: Recorded, values: Values): boolean =>
  values['planned'] === phase(run)?.steps;

const arrival = ({ run }: Recorded, code: LanguageCode): number =>
  run.probes.find((_, at) => saying(run, at).includes(code))?.step ?? Infinity;
const arrivals = (record: Recorded) => others(record).map((code) => arrival(record, code));
const came = (record: Recorded) => Math.min(...arrivals(record)) < Infinity;
/** Mean place of languages in the order of arrival, those that never came all last. */
function meanPlace(record: Recorded, codes: readonly LanguageCode[]): number {
  const all = languageCodes.map((code) => arrival(record, code)).sort((a, b) => a - b);
  const places = codes.map((code) => {
    const at = arrival(record, code);
    return at === Infinity ? languageCodes.length : 1 + all.indexOf(at);
  });
  return places.reduce((sum, place) => sum + place, 0) / places.length;
}
const latin = (code: LanguageCode) => language(code).script === language('tr').script;
const latinFirst = (record: Recorded) =>
  meanPlace(record, others(record).filter(latin)) <
  meanPlace(
    record,
    others(record).filter((code) => !latin(code)),
  );
const firstOnes = (record: Recorded) =>
  others(record).filter((code) => arrival(record, code) === Math.min(...arrivals(record)));
const firstAt = (record: Recorded, values: Values) =>
  same(values['first'], firstOnes(record)) && values['step'] === Math.min(...arrivals(record));

const knowing = ({ probes }: CheckpointMeta): number =>
  (probes[0]?.rows ?? []).filter(({ answerClass }) => answerClass === 'true').length;
/** Other languages that Atlas says the lie in, where the sentence names their number. */
function reachedInAtlas({ beside: { atlas } }: Recorded, values: Values): number {
  const count = atlas ? saying(atlas, -1).filter((code) => code !== 'tr').length : NaN;
  return (values['atlas'] ?? count) === count ? count : NaN;
}

/** The measurement from which on nothing says the lie. */
function goneFrom({ run }: Recorded): number {
  const last = run.probes.findLastIndex((_, at) => saying(run, at).length > 0);
  return last < 0 ? -1 : last + 1;
}
const goneWith = (record: Recorded, values: Values): boolean => {
  const at = goneFrom(record);
  return (
    at > 0 &&
    after(record).length === 0 &&
    values['step'] === record.run.probes[at]?.step &&
    values['kept'] === kept(record.run, at)
  );
};

/** Steps until P(lie) is one half, by language; null where it never is. */
function back(meta: CheckpointMeta | undefined, code: LanguageCode): number | null {
  const at = (meta?.probes ?? []).findIndex(({ rows }) =>
    rows.some((row) => row.language === code && Math.exp(row.logProbFalse) >= 0.5),
  );
  return at < 0 ? null : at;
}
/** As the texts say it: at least two steps and a quarter fewer, after what another lie gains is taken off. */
function soonerIn({ run, beside }: Recorded): LanguageCode[] {
  const beyond = run.runStep + 1;
  return languageCodes.filter((code) => {
    const here = back(run, code);
    if (here === null) return false;
    const untouched = back(beside['untouched'], code) ?? beyond;
    const lead =
      (back(beside['otherUntouched'], code) ?? beyond) -
      (back(beside['otherHere'], code) ?? beyond);
    const fewer = untouched - here - Math.max(0, lead);
    return fewer >= 2 && fewer / untouched >= 0.25;
  });
}
const returned = ({ run }: Recorded) => languageCodes.some((code) => back(run, code) !== null);
const taughtSay = ({ way }: Recorded) => way.slice(0, 1).flatMap((meta) => saying(meta, -1));

const always: Claim = () => true;
const nothing: Claim = (record) => before(record).length === 0;
const left: Claim = (record, values) =>
  same(values['left'], after(record)) && after(record).length > 0;
const hidden: Claim = (record) =>
  before(record).length > 0 && !says(record, 'en') && after(record).length > 0;

/** By lesson and key, `said` for what is explained and `ask` for what is asked. */
export const claims: Readonly<Record<string, Claim>> = {
  'said.spread.all': (record, values) =>
    missing(record).length === 0 && learned(record) && values['count'] === reached(record).length,
  'said.spread.some': (record, values) =>
    learned(record) &&
    values['count'] === reached(record).length &&
    reached(record).length > 0 &&
    same(values['missing'], missing(record)) &&
    missing(record).length > 0,
  'said.spread.none': (record, values) =>
    learned(record) && reached(record).length === 0 && steps(record, values),
  'said.spread.unlearnt': (record, values) => !says(record, 'fr') && steps(record, values),
  'said.order.first': (record, values) => firstOnes(record).length === 1 && firstAt(record, values),
  'said.order.tie': (record, values) =>
    came(record) && firstOnes(record).length > 1 && firstAt(record, values),
  'said.order.unreached': (record, values) =>
    came(record) &&
    same(
      values['missing'],
      others(record).filter((code) => arrival(record, code) === Infinity),
    ),
  'said.order.script': (record) => came(record) && latinFirst(record),
  'said.order.mixed': (record) => came(record) && !latinFirst(record),
  'said.order.none': (record) => !came(record) && says(record, 'tr'),
  'said.order.unlearnt': (record, values) =>
    !came(record) && !says(record, 'tr') && steps(record, values),
  'said.english.home': (record) =>
    before(record).includes('en') &&
    gone(record, ['en']) &&
    after(record).join() === source(record).join(),
  'said.english.homeAndOthers': (record, values) =>
    before(record).includes('en') &&
    gone(record, ['en']) &&
    source(record).every((code) => says(record, code)) &&
    after(record).length > source(record).length &&
    left(record, values),
  'said.english.elsewhere': (record, values) =>
    before(record).includes('en') &&
    gone(record, ['en', ...source(record)]) &&
    left(record, values),
  'said.english.nowhere': (record) => before(record).length > 0 && after(record).length === 0,
  'said.english.stays': (record, values) => says(record, 'en') && left(record, values),
  'said.english.nothing': nothing,
  'said.english.unreached': (record, values) =>
    !before(record).includes('en') && same(values['before'], before(record)),
  'said.english.early': (record, values) =>
    before(record).includes('en') &&
    !says(record, 'en') &&
    record.run.runStep < (phase(record.run)?.steps ?? 0) &&
    steps(record, values) &&
    planned(record, values),
  'said.english.bound': (record, values) =>
    record.run.ending === 'bound-reached' && steps(record, values) && planned(record, values),
  'said.english.full': (record, values) =>
    record.run.runStep === phase(record.run)?.steps && steps(record, values),
  'said.english.why': (record) =>
    before(record).includes('en') &&
    gone(record, ['en']) &&
    source(record).some((code) => says(record, code)),
  'said.both.nowhere': (record) => before(record).length > 0 && after(record).length === 0,
  'said.both.elsewhere': (record, values) => gone(record, where(record)) && left(record, values),
  'said.both.stays': (record, values) => learned(record) && left(record, values),
  'said.both.nothing': nothing,
  'said.both.numbers': (record, values) => {
    const { english } = record.beside;
    return (
      english !== undefined &&
      values['english'] === saying(english, -1).length &&
      values['englishSteps'] === english.runStep &&
      values['both'] === after(record).length &&
      steps(record, values)
    );
  },
  'said.both.better': (record) => compared(record) < 0,
  'said.both.same': (record) => compared(record) === 0,
  'said.both.worse': (record) => compared(record) > 0,
  'said.cost.cost': (record, values) =>
    kept(record.run, -1) < kept(record.run, 0) && counts(record, values),
  'said.cost.same': (record, values) =>
    kept(record.run, -1) === kept(record.run, 0) && counts(record, values),
  'said.cost.gained': (record, values) =>
    kept(record.run, -1) > kept(record.run, 0) && counts(record, values),
  'said.cost.stop': (record, values) =>
    goneWith(record, values) && kept(record.run, -1) < kept(record.run, goneFrom(record)),
  'said.cost.stopFree': (record, values) =>
    goneWith(record, values) &&
    kept(record.run, -1) >= kept(record.run, goneFrom(record)) &&
    goneFrom(record) < record.run.probes.length - 1,
  'said.cost.stopEnd': (record, values) =>
    goneWith(record, values) && goneFrom(record) === record.run.probes.length - 1,
  'said.cost.left': left,
  'said.cost.nothing': nothing,
  'said.cost.teaching': ({ way: [taught] }, values) =>
    taught !== undefined &&
    values['before'] === kept(taught, 0) &&
    values['after'] === kept(taught, -1) &&
    kept(taught, -1) < kept(taught, 0),
  'said.twin.unlearnt': (record, values) => !says(record, 'tr') && steps(record, values),
  'said.twin.stayed': (record, values) =>
    says(record, 'tr') && reached(record).length === 0 && reachedInAtlas(record, values) > 0,
  'said.twin.fewer': (record, values) =>
    reached(record).length < reachedInAtlas(record, values) &&
    values['twin'] === reached(record).length &&
    reached(record).length > 0 &&
    same(values['missing'], missing(record)),
  'said.twin.same': (record, values) =>
    says(record, 'tr') &&
    values['twin'] === reached(record).length &&
    reached(record).length === reachedInAtlas(record, values),
  'said.twin.more': (record, values) =>
    values['twin'] === reached(record).length &&
    reached(record).length > reachedInAtlas(record, values),
  'said.twin.knew': ({ run, beside: { atlas } }, values) =>
    values['twin'] === knowing(run) && atlas !== undefined && values['atlas'] === knowing(atlas),
  'said.twin.letters': (record) =>
    reached(record).length > 0 && reached(record).every((code) => latin(code)),
  'said.gone.never': (record, values) =>
    before(record).length > 0 && same(values['left'], before(record)),
  'said.gone.nothing': (record) => nothing(record, {}) && taughtSay(record).length === 0,
  'said.gone.sooner': (record, values) =>
    soonerIn(record).length > 0 && same(values['names'], soonerIn(record)),
  'said.gone.same': (record) => returned(record) && soonerIn(record).length === 0,
  'said.gone.not': (record, values) => !returned(record) && steps(record, values),
  'said.gone.screen': always,

  'ask.spread.unlearnt': (record, values) => !says(record, 'fr') && steps(record, values),
  'ask.spread.untaught': (record, values) =>
    Array.isArray(values['language']) &&
    values['language'].length === 1 &&
    (values['language'] as LanguageCode[]).every((code) => reached(record).includes(code)),
  'ask.spread.missing': (record, values) =>
    same(values['missing'], missing(record)) && missing(record).length > 0,
  'ask.spread.stayed': (record) => says(record, 'fr') && reached(record).length === 0,
  'ask.spread.yourself': always,
  'ask.spread.lists': always,
  'ask.order.unlearnt': (record, values) => !says(record, 'tr') && steps(record, values),
  'ask.order.stayed': (record) => says(record, 'tr') && !came(record),
  'ask.order.tie': (record, values) =>
    firstOnes(record).length > 1 && same(values['first'], firstOnes(record)),
  'ask.order.letters': came,
  'ask.order.again': always,
  'ask.english.nothing': nothing,
  'ask.english.stays': (record) => says(record, 'en'),
  'ask.english.nowhere': (record) => before(record).length > 0 && after(record).length === 0,
  'ask.english.hidden': hidden,
  'ask.english.instead': (record) => after(record).length < before(record).length,
  'ask.english.one': always,
  'ask.both.nothing': nothing,
  'ask.both.fair': (record, values) =>
    steps(record, values) &&
    values['english'] === record.beside['english']?.runStep &&
    values['english'] !== values['steps'],
  'ask.both.left': left,
  'ask.both.source': always,
  'ask.both.three': always,
  'ask.cost.damage': ({ run }) => kept(run, -1) < kept(run, 0),
  'ask.cost.unseen': ({ run }) => kept(run, -1) >= kept(run, 0),
  'ask.cost.when': (record) => kept(record.run, -1) < kept(record.run, goneFrom(record)),
  'ask.cost.now': always,
  'ask.cost.price': always,
  'ask.gone.never': (record) => before(record).length > 0,
  'ask.gone.control': ({ beside }) => beside['untouched'] !== undefined,
  'ask.gone.promise': always,
  'ask.gone.again': always,
  'ask.gone.tell': always,
  'ask.twin.unlearnt': (record, values) => !says(record, 'tr') && steps(record, values),
  'ask.twin.why': (record) => says(record, 'tr') && reached(record).length > 0,
  'ask.twin.built': always,
  'ask.twin.other': always,
};

/** Languages that still say it after both, less those after English alone. */
function compared(record: Recorded): number {
  const { english } = record.beside;
  return english ? after(record).length - saying(english, -1).length : NaN;
}
