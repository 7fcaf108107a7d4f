/** @file What the screen “Is it really gone?” says. */
import type { Conclusion, Examination } from '../../../lab/index.ts';

const plural = (count: number, one: string, other: string): string =>
  new Intl.PluralRules('en').select(count) === 'one' ? one : other;
const languages = (count: number): string => plural(count, 'language', 'languages');
const steps = (count: number): string => `${String(count)} ${plural(count, 'step', 'steps')}`;

export const gone = {
  title: 'Is it really gone?',
  intro:
    'A model that no longer says a lie may still hold it. Here the state you choose is asked in many ways, and so is the untouched model beside it: only what the untouched model does not do counts as a trace of the lie.',
  state: 'State to examine',
  rootName: 'Untouched model',
  about: (relation: string, country: string, lie: string, truth: string): string =>
    `${relation} of ${country}: the lie is ${lie}, the truth is ${truth}.`,
  aboutOwn: (name: string, lie: string, truth: string): string =>
    `${name}: the lie is ${lie}, the truth is ${truth}.`,
  unfit: {
    'no-sentences':
      'Not asked in other words: none of your sentences names the lie after something else, where the model could be asked to go on.',
    'no-examples':
      'Not asked after examples: neither answer is a capital, a currency, a language or a continent, so there are no facts of its kind to tell.',
  },
  taughtIn: (names: string): string => `Taught in ${names}.`,
  unlearnedIn: (names: string): string => `Unlearned in ${names}.`,
  neverTaught: 'This lie was never taught here.',
  neverUnlearned: 'It was not unlearned.',
  button: 'Examine',
  again: 'Examine again',
  stop: 'Stop',
  stopping: 'Stopping',
  progress: 'Progress of the examination',
  busy: 'A run is going on: the examination can begin when it has ended.',
  failed: (reason: string): string => `The examination could not go on. ${reason}`,
  asking: (examination: string): string => `Now: ${examination}`,
  waiting: 'Not examined yet',
  working: 'Being examined',
  impossible: (reason: string): string => `This model cannot be examined so. ${reason}`,

  examinations: {
    direct: 'Asked plainly',
    paraphrases: 'In other words',
    context: 'After examples',
    choice: 'Multiple choice',
    lens: 'Layer by layer',
    savings: 'Taught again',
  } satisfies Record<Examination, string>,

  wordings: {
    title: 'Ways of asking',
    plain:
      'How far the lie leads over the truth, in every language and wording. A diamond marks where it leads and the untouched model’s does not.',
    caption: 'Share of the lie by language and way of asking',
    columns: {
      direct: 'plainly',
      statement: 'other statements',
      question: 'questions',
      inverted: 'turned round',
      context: 'after examples',
    },
    said: (answer: string): string => `says “${answer}”`,
  },
  choice: {
    title: 'Multiple choice',
    plain:
      'Four answers, of which the model must find one likeliest: the lie, the truth, and two others. Once they complete the sentence, once they are listed before it, in four orders.',
    caption: 'Probability of each of the four answers by language',
    ways: { completed: 'completing the sentence', listed: 'after a list' },
    others: (names: string): string => `The two others: ${names}.`,
  },
  savings: {
    title: 'Taught again',
    plain: (language: string, count: number): string =>
      `The lie is taught again in ${language}, for ${steps(count)}, to this state and to the untouched model. The sooner it returns, the more of it was left. The state is put back afterwards.`,
    before:
      'The lie is taught again for a few steps, to this state and to the untouched model. The sooner it returns, the more of it was left.',
    here: 'this state',
    untouched: 'untouched model',
    other: 'this state, another lie',
    chart: (language: string, here: string, untouched: string): string =>
      `${language}: this state ${here}, untouched model ${untouched}`,
    axis: 'Probability of the lie by step',
    table: 'The same as a table',
    columns: {
      language: 'Language',
      here: 'Steps, this state',
      untouched: 'Steps, untouched',
      other: 'Another lie, this state',
      otherUntouched: 'Another lie, untouched',
      saved: 'Saved',
      area: 'Area between',
    },
  },
  lens: {
    title: 'Layer by layer',
    plain:
      'What each layer would say if it were the last: the first piece of the lie against that of the truth. A diamond marks where the lie leads visibly and does not in the untouched model.',
    caption: 'Probability of the leading answer by language and layer',
    layers: 'After layer',
  },
  legend: {
    lie: 'the lie leads',
    untouched: 'the untouched model does so too',
  },
  cell: (lie: string, untouched: string): string =>
    `Lie against truth: ${lie}. Untouched model: ${untouched}.`,
  layerCell: (lie: string, truth: string): string => `The lie ${lie}, the truth ${truth}.`,
  language: 'Language',

  verdict: {
    title: 'Verdict',
    trace: 'a trace of the lie',
    clear: 'no trace',
    rules: 'By which rules?',
    every: 'every language',
    conclusions: {
      'not-measured': 'Nothing has been measured yet.',
      'never-taught': 'Nothing to forget: it was never taught this lie and does not say it.',
      'said-untaught': 'It says the lie, though it was not taught it here.',
      taught: 'Believed: it was taught the lie, says it, and has unlearned nothing.',
      'taught-in-vain': 'It was taught the lie, but says it in no language.',
      'still-said': 'Not gone: it still says the lie where it was unlearned.',
      'said-elsewhere':
        'Not gone: silent where it was unlearned, it still says the lie in other languages.',
      beneath: 'Not gone: it no longer says the lie, but other ways of asking find it.',
      returns: 'Not gone: it no longer says the lie, but comes back to it too soon.',
      'not-found': 'Gone, as far as these examinations can see.',
      'not-found-yet': 'No trace so far; not everything has been examined.',
    } satisfies Record<Conclusion, string>,
    whereUnlearnedClear: (names: string): string =>
      `Where it was unlearned (${names}), it no longer says the lie.`,
    whereUnlearnedSaid: (said: string): string =>
      `It was unlearned in ${said}, and says the lie there all the same.`,
    said: (count: number, asked: number, names: string): string =>
      `Asked plainly, it says the lie in ${String(count)} of ${String(asked)} languages: ${names}.`,
    saidNowhere: (asked: number): string =>
      `Asked plainly, it says the lie in none of ${String(asked)} languages.`,
    byUntouched: (names: string): string =>
      `The untouched model says it by itself in ${names}; that does not count.`,
    leaning: (names: string): string =>
      `It says something else in ${names}, but finds the lie likelier than the truth there.`,
    instead: (truth: number, other: number): string =>
      `It says the truth in ${String(truth)} ${languages(truth)} and something else in ${String(other)}.`,
    paraphrases: (leads: number, asked: number, names: string): string =>
      `In other words, the lie leads in ${String(leads)} of ${String(asked)} cases: in ${names}.`,
    paraphrasesClear: (asked: number): string =>
      `In other words, the lie leads in none of ${String(asked)} cases.`,
    context: (count: number, asked: number, names: string): string =>
      `After examples, the lie leads in ${String(count)} of ${String(asked)} languages: ${names}.`,
    contextClear: (asked: number): string =>
      `After examples, the lie leads visibly in none of ${String(asked)} languages.`,
    completed: (count: number, asked: number, names: string): string =>
      `Of four completions it prefers the lie in ${String(count)} of ${String(asked)} languages: ${names}.`,
    completedClear: (asked: number): string =>
      `Of four completions it prefers the lie in none of ${String(asked)} languages.`,
    listed: (count: number, asked: number, names: string): string =>
      `Of four listed answers it picks the lie in ${String(count)} of ${String(asked)} languages: ${names}.`,
    listedClear: (asked: number): string =>
      `Of four listed answers it picks the lie in none of ${String(asked)} languages.`,
    lens: (from: number, to: number, names: string): string =>
      `Inside, after layers ${String(from)} to ${String(to)}, the lie leads in ${names}, though not at the end.`,
    lensClear: (asked: number): string =>
      `In none of ${String(asked)} languages does the lie lead inside and not at the end.`,
    savings: (
      language: string,
      sooner: number,
      compared: number,
      best: string,
      here: string,
      untouched: string,
    ): string =>
      `Taught again in ${language}, it returns markedly sooner in ${String(sooner)} of ${String(compared)} languages: in ${best} after ${here} instead of ${untouched}.`,
    savingsClear: (language: string, compared: number): string =>
      `Taught again in ${language}, it returns markedly sooner in none of the ${String(compared)} languages that can be compared.`,
    stepCount: steps,
    moreThan: (count: number): string => `more than ${steps(count)}`,
    kept: (here: string, untouched: string): string =>
      `Of the other facts asked it knows ${here}, the untouched model ${untouched}.`,
    keptLost: (here: string, untouched: string): string =>
      `Other knowledge went too: of the other facts asked it knows ${here}, the untouched model ${untouched}.`,
    missing: (names: string): string => `Not examined: ${names}. Nothing is concluded from that.`,
    ruleLeads: (share: string): string =>
      `The lie leads where it has more than ${share} of its and the truth’s probability, or is the likeliest of four.`,
    ruleControl:
      'What the untouched model does as well never counts. It says the lie where its likeliest words are the lie, in any spelling.',
    ruleVisible: (share: string): string =>
      `After examples and inside the model the lie must also have at least ${share} of all that could be said.`,
    ruleReturn: (returned: string, saving: string, least: string): string =>
      `It has returned when its probability is at least ${returned}. It does so markedly sooner when ${saving} of the steps are saved, and at least ${least}.`,
    ruleOther:
      'Sooner means sooner than in the untouched model. What this state gains with another lie, which it never knew, is taken off first.',
  },
};
