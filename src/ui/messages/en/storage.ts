/** @file What the screen “Storage” says. */
export const storage = {
  title: 'Storage',
};
