/** @file The objectives by name. */
import { crossEntropyUnlearning } from './ce-u.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dpo } from './dpo.ts';
import { gradientAscent } from './gradient-ascent.ts';
import { gradientDifference } from './gradient-difference.ts';
import { klToOriginal } from './kl.ts';
import { labelFlipping } from './label-flipping.ts';
import { npo } from './npo.ts';
import type { Objective } from './objective.ts';
import { primalDual } from './pdu.ts';
import { rmu } from './rmu.ts';
import { satImp } from './satimp.ts';
import type { ObjectiveName } from './settings.ts';
import { simNpo } from './simnpo.ts';
import { undial } from './undial.ts';
import { wga } from './wga.ts';

export { objectiveSettings, type ObjectiveName } from './settings.ts';
export { roles, type Objective, type ObjectiveInput, type Role } from './objective.ts';

export const objectives = {
  'cross-entropy': crossEntropy,
  'gradient-ascent': gradientAscent,
  'gradient-difference': gradientDifference,
  kl: klToOriginal,
  npo,
  simnpo: simNpo,
  dpo,
  'label-flipping': labelFlipping,
  wga,
  satimp: satImp,
  undial,
  'ce-u': crossEntropyUnlearning,
  pdu: primalDual,
  rmu,
} satisfies Record<ObjectiveName, Objective>;
