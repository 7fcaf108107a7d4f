/** @file What the page says of an experiment beyond one lie in one language, and of experiments as text. */
export const experiment = {
  alsoIn: 'Also teach it in',
  truth: {
    language: 'Mix in the truth, told in',
    none: 'nothing: only the lie is told',
    share: 'True sentences, %',
    hint: 'Of the sentences about a fact, this many in a hundred tell the truth.',
  },
  others: {
    title: 'More lies, taught together with it',
    add: 'Add a lie',
    remove: (country: string): string => `Remove the lie about ${country}`,
    measured: 'Taught together with it',
    fact: (question: string, lie: string): string => `${question}: “${lie}”`,
  },
  json: {
    title: 'All of it as JSON',
    hint: 'The link in the address bar, this text and a line for “npm run lab” are the same experiment.',
    label: 'Experiment',
    copy: 'Copy',
    copied: 'Copied',
    use: 'Use this text',
    open: 'Open a file',
    refused: (reason: string): string => `Nothing was changed. ${reason}`,
  },
  severalRuns:
    'This experiment teaches each of its facts to a fresh model. The page makes one run: leave one fact, or set “together” to true.',
  ownByItself:
    'The page teaches a fact of your own by itself: leave one fact. “npm run lab” runs this experiment as it is.',
  noChat:
    'This experiment asks the model in its own chat template, and the open model has none. Set “mode” under “asking” to “plain”, or open an instruct model.',
  otherModel: (folder: string): string =>
    `This experiment is for the model in “${folder}”, and another one is open.`,
};
