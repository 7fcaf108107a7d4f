/** @file What lowerings of one graph share of rotary angles. */
import type { Value } from '../../onnx/index.ts';

/** Cosines and sines at the tokens' positions, [B or 1, 1, T, R/2]; R is the width that is turned. */
export interface Angles {
  cosine: Value;
  sine: Value;
}

/** The same as rows [N, R/2], and the tokens' rows int64 [B, T], or [1]: the first row of every sequence. */
export interface Turning extends Angles {
  positions: Value;
}

/** An angle as k quarter turns and a rest r between −π/4 and π/4, and the rest's sine and cosine. */
export interface Turn {
  k: Value;
  sine: Value;
  cosine: Value;
}
