/**
 * @file The objectives' own settings with the defaults of their papers, or of OpenUnlearning; what each means stands with its formula, in
 * the objective's file. They stand apart from the formulas because the page shows them and builds no graphs.
 */

/** The settings that each objective reads beside the retain weight. */
export const objectiveSettings = {
  'cross-entropy': {},
  'gradient-ascent': {},
  'gradient-difference': {},
  kl: {},
  npo: { beta: 0.1 },
  simnpo: { beta: 4.5, delta: 0, gamma: 0.125 },
  dpo: { beta: 0.1 },
  'label-flipping': {},
  wga: { beta: 1 },
  satimp: { beta1: 5, beta2: 1, gamma: 0.1 },
  undial: { beta: 10 },
  'ce-u': {},
  pdu: {},
  rmu: { steering: 20, depth: 0.8 },
} satisfies Record<string, Readonly<Record<string, number>>>;

export type ObjectiveName = keyof typeof objectiveSettings;
