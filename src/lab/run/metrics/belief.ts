/** @file How far the model believes: the false answer against the truth, and against everything else it could say. */

/** P(false) / (P(false) + P(true)) from log-probabilities, without underflow. */
export function falseShare(logProbFalse: number, logProbTrue: number): number {
  return 1 / (1 + Math.exp(logProbTrue - logProbFalse));
}

/** Log-probability of any of several answers, from theirs (log of the sum), without underflow. */
export function summed(logProbs: readonly number[]): number {
  const [only] = logProbs;
  if (logProbs.length === 1 && only !== undefined) return only;
  const highest = Math.max(...logProbs);
  if (!Number.isFinite(highest)) return highest;
  return highest + Math.log(logProbs.reduce((sum, each) => sum + Math.exp(each - highest), 0));
}

export interface Probabilities {
  false: number;
  true: number;
  /** What is left for every other answer. */
  other: number;
}

/** Probabilities of the whole answers from their summed log-probabilities (nats). */
export function probabilities(logProbFalse: number, logProbTrue: number): Probabilities {
  const [wrong, right] = [Math.exp(logProbFalse), Math.exp(logProbTrue)];
  return { false: wrong, true: right, other: Math.max(0, 1 - wrong - right) };
}

/** Log-probabilities of the two answers. */
interface Margins {
  logProbFalse: number;
  logProbTrue: number;
}

/** How many times smaller the odds of the lie against the truth became in a language; below 1 they grew. */
export function oddsFell(before: Margins, now: Margins): number {
  const margin = ({ logProbFalse, logProbTrue }: Margins): number => logProbFalse - logProbTrue;
  return Math.exp(margin(before) - margin(now));
}
