/** @file From a run's measurements to a lesson's outcome, and how a prediction fares against it. */
import type { LanguageCode } from '../facts/index.ts';
import { saysFalseAnswer, type CheckpointMeta, type Probe } from '../lab/index.ts';
import type { Guess, Outcome } from './types.ts';

/** Step of the first measurement in which a language says the lie. */
function arrival(probes: readonly Probe[], code: LanguageCode): number | null {
  const found = probes.find(({ rows }) =>
    rows.some((row) => row.language === code && saysFalseAnswer(row)),
  );
  return found?.step ?? null;
}

/**
 * What an experiment's checkpoint measured. `way` are the checkpoints that led to it, the root first. Throws where it holds no
 * measurement of before and after.
 */
export function outcomeOf(meta: CheckpointMeta, way: readonly CheckpointMeta[]): Outcome {
  const [first, last] = [meta.probes[0], meta.probes.at(-1)];
  if (!meta.experiment || !first || !last) throw new Error('The run measured nothing.');
  const all = meta.experiment.probes.kept;
  const steps = last.rows.map(({ language }) => arrival(meta.probes, language));
  const inOrder = steps.filter((step) => step !== null).sort((a, b) => a - b);
  const taught = way.find(({ phase }) => phase === 'teach');
  const home = taught?.experiment?.teach.languages[0];
  return {
    checkpoint: meta.id,
    steps: meta.runStep,
    languages: last.rows.map((row, index) => {
      const arrivedAt = steps[index] ?? null;
      return {
        language: row.language,
        says: saysFalseAnswer(row),
        saidBefore: first.rows.some(
          (each) => each.language === row.language && saysFalseAnswer(each),
        ),
        probability: Math.exp(row.logProbFalse),
        arrivedAt,
        place: arrivedAt === null ? null : 1 + inOrder.indexOf(arrivedAt),
      };
    }),
    kept:
      first.retained === null || last.retained === null
        ? null
        : {
            before: Math.round(first.retained * all),
            after: Math.round(last.retained * all),
            all,
          },
    firstTaughtAt: taught && home ? arrival(taught.probes, home) : null,
  };
}

/** Languages that say the lie at the end. */
export function sayers({ languages }: Outcome): LanguageCode[] {
  return languages.filter(({ says }) => says).map(({ language }) => language);
}

/** How many of the languages a guess was right about. */
export function rightLanguages(
  guess: Extract<Guess, { kind: 'languages' }>,
  among: readonly LanguageCode[],
  outcome: Outcome,
): number {
  const says = sayers(outcome);
  return among.filter((code) => guess.languages.includes(code) === says.includes(code)).length;
}

/**
 * Pairs of a guessed order that came in that order, of all pairs that can be told apart: those of which at least one came, and that
 * no measurement found together.
 */
export function rightPairs(
  guess: Extract<Guess, { kind: 'order' }>,
  outcome: Outcome,
): { right: number; all: number } {
  const when = (code: LanguageCode): number =>
    outcome.languages.find(({ language }) => language === code)?.arrivedAt ?? Infinity;
  const pairs = guess.languages.flatMap((earlier, index) =>
    guess.languages.slice(index + 1).map((later) => [when(earlier), when(later)] as const),
  );
  const told = pairs.filter(([earlier, later]) => earlier !== later);
  return { right: told.filter(([earlier, later]) => earlier < later).length, all: told.length };
}
