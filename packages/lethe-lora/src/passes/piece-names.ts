/** @file How the inputs of a layer's graphs are named. */

/** Names of a piece's inputs and outputs. */
export const pieceNames = {
  state: (index: number): string => `state.${index}`,
  frozen: (index: number): string => `frozen.${index}`,
  parameter: (index: number): string => `parameter.${index}`,
  context: (index: number): string => `context.${index}`,
};
