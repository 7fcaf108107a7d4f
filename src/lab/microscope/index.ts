/** @file The face of `src/lab/microscope`: what a step does, and what unlearning did, seen from near. */
export { dissect, type Dissection, type Guess, type LikelyToken, type Moved } from './dissect.ts';
export { leftover, type LayerReading, type Leftover, type LeftoverAsked } from './leftover.ts';
