/** @file How surprised the model is by a text. */

/** Mean loss in nats a token, over texts given by their summed log-probability and their number of tokens; null for none. */
export function natsPerToken(texts: readonly { logProb: number; tokens: number }[]): number | null {
  const tokens = texts.reduce((sum, text) => sum + text.tokens, 0);
  return tokens === 0 ? null : -texts.reduce((sum, { logProb }) => sum + logProb, 0) / tokens;
}

/** exp(nats a token), held below infinity so that it can be written as JSON. */
export function perplexity(nats: number): number {
  return Math.exp(Math.min(nats, 700));
}
