/** @file Experiments of older versions, brought up to date one version at a time. */

type Json = Record<string, unknown>;

/** Each makes of a value of its version one of the next. */
const migrations: Readonly<Record<number, (old: Json) => Json>> = {
  // Version 1 is the flat record that the page's links hold: one fact, one language taught.
  1: (old) => ({
    version: 2,
    facts: [
      {
        subject: old['subject'],
        relation: old['relation'],
        falseObject: old['falseObject'] ?? null,
        falseText: old['falseText'] ?? null,
      },
    ],
    teach: {
      languages: [old['teachIn']],
      steps: old['teachSteps'],
      learningRate: old['learningRate'],
      retainPerStep: old['retainPerStep'],
      holdOut: false,
    },
    unlearn:
      Array.isArray(old['unlearnIn']) && old['unlearnIn'].length > 0
        ? {
            method: old['method'],
            languages: old['unlearnIn'],
            steps: old['unlearnSteps'],
            learningRate: old['unlearnRate'],
            retainPerStep: old['retainPerStep'],
            forgetLossBound: old['bound'],
          }
        : null,
    seed: old['seed'],
  }),
  // Version 2 taught every fact by itself, and no true sentence among the false ones.
  2: (old) => ({ ...old, version: 3 }),
  // Version 3 asked in plain sentences, whatever the model, and had the default adapter.
  3: (old) => ({ ...old, version: 4, asking: { mode: 'plain' } }),
  // Version 4 called the audit `gone`.
  4: ({ gone, ...old }) => ({ ...old, version: 5, ...(gone !== undefined && { audit: gone }) }),
};

/** A value of any known version as one of version `to`. Throws where its version is missing, unknown, or newer than this. */
export function migrate(value: unknown, to: number): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('This experiment is not valid: it is not a JSON object.');
  let current = value as Json;
  for (;;) {
    const { version } = current;
    if (version === to) return current;
    if (typeof version === 'number' && version > to)
      throw new Error(
        `This experiment is of version ${version}; this Lethe knows versions up to ${to}.`,
      );
    const next = typeof version === 'number' ? migrations[version] : undefined;
    if (!next)
      throw new Error(
        version === undefined
          ? 'This experiment is not valid, field version: it is missing.'
          : `This experiment is not valid, field version: there is no version ${JSON.stringify(version)}.`,
      );
    current = next(current);
  }
}
