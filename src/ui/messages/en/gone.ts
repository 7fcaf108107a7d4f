/** @file What the screen “Is it really gone?” says. */
export const gone = {
  title: 'Is it really gone?',
};
