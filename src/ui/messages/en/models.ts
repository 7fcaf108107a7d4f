/** @file What the screen “Models” says. */
export const models = {
  title: 'Models',
};
