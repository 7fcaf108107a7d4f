/** @file How much of the false answer is memorised, token by token, whatever its probability. */
import type { Score } from 'lethe-lora/engine';

/**
 * Extraction strength of a continuation of T tokens, in [0, 1]: 1 − k/T for the smallest k from which on greedy decoding, given the true
 * text before each token, says every one (Carlini et al. 2021, arXiv 2012.07805; OpenUnlearning's `extraction_strength`, arXiv 2506.12618).
 * 1: nothing of it must be given; 0: not even its last token would be said.
 */
export function extractionStrength({ tail, tokens }: Score): number {
  return tail / tokens;
}

/**
 * Exact memorisation of a continuation, in [0, 1]: the share of its tokens that greedy decoding says, each given the true text before it
 * (Tirumala et al. 2022, arXiv 2205.10770; OpenUnlearning's `exact_memorization`).
 */
export function exactMemorisation({ greedy, tokens }: Score): number {
  return greedy / tokens;
}
