/** @file What the screen “Lessons” says. */
export const lessons = {
  title: 'Lessons',
};
