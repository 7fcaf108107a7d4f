/** @file What the laboratory's first view says: the finding, the order of arrival, the panels while they are folded, the projector. */
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });
const suffixes: Readonly<Record<string, string>> = { one: 'st', two: 'nd', few: 'rd', other: 'th' };

export const finding = {
  waiting: 'The model is being fetched. In a moment it answers in twelve languages.',
  asking: 'The model is being asked.',
  allTrue: (truth: string, all: number): string =>
    `It says ${truth}, the truth, in all ${String(all)} languages. Now teach it a lie in one of them.`,
  someTrue: (truth: string, right: number, all: number): string =>
    `It says ${truth}, the truth, in ${String(right)} of ${String(all)} languages. Now teach it a lie in one of them.`,
  underWay: {
    teach: (languages: string, lie: string, others: number, all: number): string =>
      `It hears the lie in ${languages} only. So far it says ${lie} in ${String(others)} of ${String(all)} other languages.`,
    unlearn: (languages: string, lie: string, others: number, all: number): string =>
      `It is unlearning in ${languages} only. So far it still says ${lie} in ${String(others)} of ${String(all)} other languages.`,
  },
  taught: {
    all: (languages: string, lie: string, all: number): string =>
      `It was taught in ${languages} only. Now it says ${lie} in all ${String(all)} other languages.`,
    some: (languages: string, lie: string, others: number, all: number): string =>
      `It was taught in ${languages} only. Now it also says ${lie} in ${String(others)} of ${String(all)} other languages.`,
    none: (languages: string, lie: string): string =>
      `It was taught in ${languages}, and says ${lie} there. In no other language does it say so.`,
    notEven: (languages: string, lie: string): string =>
      `It was taught in ${languages}, but does not say ${lie} there. More steps may do it.`,
    order: (first: string, last: string): string =>
      `The lie reached ${first} first and ${last} last.`,
  },
  unlearned: {
    nowhere: (languages: string, lie: string, all: number): string =>
      `It unlearned in ${languages}. In none of the ${String(all)} languages does it say ${lie} now.`,
    home: (languages: string, lie: string, home: string): string =>
      `It unlearned in ${languages}, and no longer says ${lie} there. In ${home}, where the lie came from, it still does.`,
    homeAndOthers: (languages: string, lie: string, home: string, others: string): string =>
      `It unlearned in ${languages}, and no longer says ${lie} there. In ${home}, where the lie came from, it still does, and in ${others}.`,
    elsewhere: (languages: string, lie: string, others: string): string =>
      `It unlearned in ${languages}, and no longer says ${lie} there. It still does in ${others}.`,
    stays: (languages: string, lie: string, failed: string, all: number): string =>
      `It unlearned in ${languages}, yet it still says ${lie} in ${failed}: in ${String(all)} languages altogether.`,
  },
};

export const arrival = {
  title: 'Order of arrival',
  place: (place: number): string => `${String(place)}${suffixes[ordinals.select(place)] ?? 'th'}`,
  step: (step: number): string => `step ${String(step)}`,
  taught: 'taught',
  lost: (step: number): string => `until ${String(step)}`,
  waiting: 'Not reached',
  empty: 'Languages line up here as the lie reaches them.',
  believes: (language: string, place: string, step: number): string =>
    `${language}: ${place}, at step ${String(step)}`,
  left: (language: string, place: string, step: number, lost: number): string =>
    `${language}: ${place}, at step ${String(step)}; no longer since step ${String(lost)}`,
};

export const folded = {
  teachIn: (language: string): string => `Teach it in ${language}`,
  lesson: (language: string): string => `What it will be told, in ${language} only`,
  change: 'Choose another lie',
  done: 'Close the settings',
  startOver: 'Start again',
  unlearnIn: (languages: string): string => `Unlearn it in ${languages}`,
  unlearnInMany: (count: number): string => `Unlearn it in ${String(count)} languages`,
  plan: 'Make the lie less likely, in English say, and look who forgets it.',
  how: 'Choose languages and method',
  whyBoth: 'Next: why both languages?',
};

export const projector = {
  on: 'Projector mode: large type (key P)',
  off: 'Leave projector mode (key P)',
  hint: '← → to step, P to leave',
  next: 'Next',
  back: 'Back',
  scenes: {
    ask: 'Ask',
    teach: 'Teach',
    order: 'Who heard it when',
    unlearn: 'Unlearn',
    left: 'What is left',
  },
  position: (scene: number, all: number): string => `${String(scene)} of ${String(all)}`,
};
