/** @file What the screen “Research” says. */
export const research = {
  title: 'Research',
};
