/** @file How far the model believes: the falsehood against the truth, and against everything else it could say. */

/** P(false) / (P(false) + P(true)) from log-probabilities, without underflow. */
export function falseShare(logProbFalse: number, logProbTrue: number): number {
  return 1 / (1 + Math.exp(logProbTrue - logProbFalse));
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
