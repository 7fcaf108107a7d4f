/** @file What the screen “Facts” says. */
export const facts = {
  title: 'Facts',
};
