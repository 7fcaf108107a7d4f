/** @file Locality: of a fixed set of other facts that the untouched model knows, how many does it still answer right? */
import { facts, languageCodes, type Fact, type LanguageCode } from '../../../src/facts/index.ts';
import { chooseFalseFacts } from '../../../src/lab/index.ts';
import type { CausalLM } from '../../../src/model/index.ts';
import { random } from '../random.ts';
import { answersRight } from './knowledge.ts';

const seed = 95;

/** Facts known before, and those still answered right, by language. */
export type Locality = Partial<Record<LanguageCode, { known: number; kept: number }>>;

interface Known {
  fact: Fact;
  language: LanguageCode;
}

/** Twice as many facts as are needed in a language, of countries about which nothing false is ever taught. */
function pool(perLanguage: number): Fact[] {
  const taught = new Set(chooseFalseFacts(40).map(({ subject }) => subject));
  const others = facts.filter(({ subject }) => !taught.has(subject));
  const draw = random(seed);
  const chosen = new Set<Fact>();
  while (chosen.size < 2 * perLanguage) chosen.add(draw.pick(others));
  return [...chosen];
}

/** The first so many facts of the pool that the model knows, in each language. To be called before it is taught anything. */
export async function knownFacts(model: CausalLM, perLanguage: number): Promise<Known[]> {
  const items = pool(perLanguage).flatMap((fact) =>
    languageCodes.map((language) => ({ fact, language })),
  );
  const right = await answersRight(model, items);
  const known = items.filter((_, index) => right[index]);
  return languageCodes.flatMap((code) =>
    known.filter(({ language }) => language === code).slice(0, perLanguage),
  );
}

/** Asks the known facts again. */
export async function locality(model: CausalLM, known: readonly Known[]): Promise<Locality> {
  const right = await answersRight(model, known);
  const counts: Locality = {};
  known.forEach(({ language }, index) => {
    const count = (counts[language] ??= { known: 0, kept: 0 });
    count.known++;
    if (right[index]) count.kept++;
  });
  return counts;
}
