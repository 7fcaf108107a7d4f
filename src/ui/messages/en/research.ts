/** @file What the screen “Research” says. */

const plural = (count: number, one: string, other: string): string =>
  new Intl.PluralRules('en').select(count) === 'one' ? one : other;

export const research = {
  title: 'Research',
  intro:
    'Many experiments in a row, run on this machine in the background. Every row is kept in this browser as it comes.',
  views: {
    label: 'Views of the research screen',
    spread: 'Spread',
    grid: 'The paper’s grid',
    methods: 'Methods',
    compare: 'Compare',
    results: 'Results',
  },

  form: {
    title: 'New sweep',
    facts: 'Facts',
    count: 'How many',
    known: 'Facts that the model knows',
    knownHint: 'Chosen when the sweep begins: the model is asked which it answers right.',
    own: 'Facts of my own',
    ownHint: 'Set up a lie in the laboratory, then add it here.',
    add: (lie: string): string => `Add “${lie}”`,
    remove: (lie: string): string => `Remove “${lie}”`,
    ownLie: (name: string, lie: string): string => `${name}: ${lie}`,
    lie: (country: string, relation: string, lie: string): string =>
      `${country}, ${relation}: ${lie}`,
    taught: 'Taught in',
    unlearned: 'Unlearned in',
    methods: 'Methods',
    rates: 'Learning rates of unlearning',
    ratesHint: 'One or more numbers, separated by commas. Each makes a point of its own.',
    badRates: 'Give one to six numbers between 0.00001 and 0.05.',
    steps: 'Steps of a lesson',
    seed: 'Seed',
    all: 'All',
    none: 'None',
    chosen: (count: number, all: number): string => `${String(count)} of ${String(all)}`,
    size: (count: number): string =>
      `${String(count)} ${plural(count, 'experiment', 'experiments')}`,
    incomplete: 'Choose at least one of each.',
    start: 'Start',
    waiting: 'The sweep can start as soon as the model is ready.',
    busy: 'Another sweep is running: pause it first.',
    badLink: (part: string): string =>
      `This link’s sweep could not be read (“${part}”), so the usual one is shown.`,
  },

  live: {
    label: 'Running sweep',
    loading: 'Loading a model for the sweep',
    choosing: (asked: number): string =>
      `Choosing facts that the model knows: ${String(asked)} asked`,
    running: (done: string, total: string): string => `${done} of ${total} experiments done`,
    left: (time: string): string => `about ${time} left`,
    pause: 'Pause',
    progress: 'Progress of the sweep',
    finished: 'The sweep is done.',
    note: 'You may go on using the page. What is going on when you pause or leave is begun again later.',
  },

  source: {
    label: 'Results',
    none: 'No results yet.',
    sweep: (kind: string, facts: number, when: string): string =>
      `${kind}, ${String(facts)} ${plural(facts, 'fact', 'facts')}, ${when}`,
    kinds: { spread: 'Spread', grid: 'Grid', methods: 'Methods' },
    rows: (done: string, total: string): string => `${done} of ${total} rows`,
    resume: 'Go on',
    unfinished: 'This sweep is not finished.',
  },

  failure: {
    elsewhere: 'A sweep is running in another tab. Only one runs at a time.',
    failed: (detail: string): string => `The sweep could not go on. ${detail}`,
    file: (name: string, detail: string): string => `“${name}” could not be opened. ${detail}`,
    dismiss: 'Close',
    damaged: (name: string, reason: string): string =>
      `A stored sweep (${name}) cannot be read: ${reason}`,
  },

  figure: {
    svg: 'Save as SVG',
    png: 'Save as PNG',
    csv: 'Save data as CSV',
    table: 'The same numbers as a table',
    keys: 'Arrow keys go from one to the next; Enter opens it.',
    legend: 'Share of the lie',
    failed: (detail: string): string => `The file could not be made. ${detail}`,
  },

  spread: {
    title: 'How far a lie spreads: language taught, language asked',
    explain:
      'Each cell: share of the lie against the truth after the lesson, in %, averaged over the facts. The cells with a frame are the language that was taught.',
    taught: 'Taught in',
    asked: 'Asked in',
    cluster: 'Group languages by',
    clusters: { script: 'Script', resource: 'Resource level' },
    groups: {
      latin: 'Latin script',
      others: 'Other scripts',
      high: 'High resource',
      medium: 'Medium resource',
      low: 'Low resource',
    },
    cell: (taught: string, asked: string, share: string, runs: number): string =>
      `Taught in ${taught}, asked in ${asked}: ${share} for the lie (${String(runs)} ${plural(runs, 'lesson', 'lessons')})`,
    cellEmpty: (taught: string, asked: string): string =>
      `Taught in ${taught}, asked in ${asked}: not measured yet`,
    summary: (own: string, others: string): string =>
      `In the language taught the lie has ${own} on average; in the others ${others}.`,
    empty: 'Start a sweep, or choose results: the matrix fills in cell by cell.',
    columns: {
      taught: 'Taught in',
      asked: 'Asked in',
      before: 'Share of the lie before',
      after: 'Share of the lie after',
      says: 'Says the lie',
      lessons: 'Lessons',
    },
  },

  runs: {
    title: (taught: string, asked: string): string => `Taught in ${taught}, asked in ${asked}`,
    close: 'Close these runs',
    lessons: 'The lessons of this cell',
    none: 'No lesson of this cell is done yet.',
    curves: 'Share of the lie by step, one line a fact',
    losses: 'Loss of the lesson by step, one line a fact',
    step: 'Step',
    share: 'Share of the lie',
    loss: 'Loss',
    columns: {
      fact: 'Fact',
      lie: 'Lie',
      truth: 'Truth',
      before: 'Said before',
      after: 'Says after',
      shareBefore: 'Share before',
      shareAfter: 'Share after',
      says: 'It is',
      again: 'Again',
    },
    again: 'In the laboratory',
    againFor: (lie: string): string => `Set up “${lie}” in the laboratory`,
  },

  grid: {
    title: 'Unlearned in four ways, asked in four groups: measured here, beside the paper',
    explain: (below: string): string =>
      `Each cell: whether the lie is gone after unlearning, how many of the answers still say it, and the paper’s result. A lie counts as gone where fewer than ${below} of the answers say it. Medium resource counts as high. The columns of a mix are languages outside it.`,
    unlearned: 'Unlearned in',
    asked: 'Asked in',
    ways: {
      english: 'English',
      own: 'Language of the fake',
      mix: 'A mix of others',
      both: 'English and that of the fake',
    },
    groups: {
      english: 'English',
      own: 'Language of the fake',
      high: 'Others, high resource',
      low: 'Others, low resource',
    },
    gone: 'gone',
    stays: 'stays',
    notAsked: 'not measured',
    measured: (word: string, said: string): string => `${word}, said by ${said}`,
    legend: 'Answers that say the lie',
    paper: (word: string): string => `paper: ${word}`,
    differs: (word: string): string => `≠ paper: ${word}`,
    cell: (way: string, group: string, measured: string, paper: string): string =>
      `Unlearned in: ${way}. Asked in: ${group}. Measured: ${measured}. Paper: ${paper}.`,
    agree: (agreeing: number, measured: number): string =>
      `${String(agreeing)} of ${String(measured)} measured cells agree with the paper.`,
    agreeAll: (measured: number): string =>
      `All ${String(measured)} measured cells agree with the paper.`,
    differ: (way: string, group: string, measured: string, paper: string): string =>
      `Unlearned in: ${way}. Asked in: ${group}. Measured: ${measured}. Paper: ${paper}.`,
    paperNote:
      'The paper: Lu and Koehn, Learn and Unlearn: Addressing Misinformation in Multilingual LLMs (arXiv 2406.13748), on models of eight billion parameters. Atlas is a toy: where it differs, that is a finding about the toy.',
    insideMix: (said: string): string =>
      `In the languages of the mix themselves ${said} of the answers say the lie.`,
    empty: 'Start a sweep, or choose results: the grid fills in as they come.',
    columns: {
      way: 'Unlearned in',
      group: 'Asked in',
      share: 'Share of the lie',
      saysLie: 'Says the lie',
      saysTruth: 'Says the truth',
      measured: 'Measured',
      paper: 'Paper',
      answers: 'Answers',
      runs: 'Runs',
    },
  },

  methods: {
    title: 'Forgetting against keeping: one point a method and setting',
    explain:
      'Higher is more forgotten, over all languages. Further to the right is better kept. The line joins the points that no other one beats in both (the Pareto front): they are filled.',
    forgotten: 'Forgotten: 1 − share of the lie',
    axis: 'Keeping is measured by',
    axes: {
      kept: 'Kept facts still right',
      fluency: 'Perplexity before ÷ after',
      moved: 'Distance moved (less is better)',
    },
    point: (
      name: string,
      setting: string,
      forgotten: string,
      axis: string,
      value: string,
    ): string => `${name} (${setting}): ${forgotten} forgotten; ${axis}: ${value}`,
    onFront: (label: string): string => `${label}. On the front.`,
    rate: (rate: string): string => `learning rate ${rate}`,
    option: (name: string, value: string): string => `${name} ${value}`,
    counted: (points: number, front: number): string =>
      `${String(points)} ${plural(points, 'point', 'points')}, ${String(front)} on the front`,
    empty: 'Start a sweep, or open a file of results: each method becomes a point.',
    unmeasured: 'These results did not measure this.',
    columns: {
      method: 'Method',
      setting: 'Setting',
      languages: 'Unlearned in',
      forgotten: 'Forgotten, all languages',
      here: 'Forgotten where unlearned',
      elsewhere: 'Forgotten elsewhere',
      kept: 'Kept facts right',
      perplexity: 'Perplexity after ÷ before',
      moved: 'Distance moved',
      steps: 'Steps',
      runs: 'Runs',
      front: 'On the front',
    },
    yes: 'yes',
    no: 'no',
  },

  compare: {
    title: 'Two checkpoints side by side',
    first: 'A',
    second: 'B',
    choose: (side: string): string => `Checkpoint ${side}`,
    need: 'Teach or unlearn something in the laboratory first: then there are two states to compare.',
    loading: 'The history is read as soon as the model is ready.',
    about: (question: string, lie: string, truth: string): string =>
      `${question}: the lie is ${lie}, the truth ${truth}`,
    language: 'Language',
    says: (side: string): string => `Says in ${side}`,
    shareIn: (side: string): string => `Share in ${side}`,
    lieIn: (side: string): string => `P(lie) in ${side}`,
    truthIn: (side: string): string => `P(truth) in ${side}`,
    change: 'Change of the share',
    tableTitle: 'What each says, language by language',
    factsTitle: 'How each came about, and what it cost',
    unmeasured: 'not measured',
    tree: 'The tree of how they came about',
    pick: (side: string, name: string): string => `Show “${name}” as ${side}`,
    rows: {
      run: 'Run',
      languages: 'Languages',
      method: 'Method',
      steps: 'Steps',
      ending: 'Ending',
      learningRate: 'Learning rate',
      retainPerStep: 'True sentences in each step',
      seed: 'Seed',
      loss: 'Last loss',
      kept: 'Kept facts right',
      keptLost: 'Kept facts lost in this run',
      perplexity: 'Perplexity of kept sentences',
      moved: 'Distance moved in this run',
    },
    teach: 'Taught',
    unlearn: 'Unlearned',
    finished: 'all steps done',
    differs: 'differs',
    otherFact:
      'The two are about different facts: each is asked about its own, so only their costs can be compared.',
  },

  results: {
    title: 'Sweeps and files',
    open: 'Open results',
    drop: 'Files that npm run lab wrote (.jsonl) can be opened here, or dropped on this screen. They stay on this machine.',
    empty: 'Nothing is stored yet.',
    columns: { name: 'Name', rows: 'Rows', model: 'Model and device', actions: 'Actions' },
    show: 'Show',
    showNamed: (name: string): string => `Show “${name}”`,
    save: 'Save',
    saveNamed: (name: string): string => `Save “${name}” as a file`,
    experiments: 'Save experiments',
    experimentsNamed: (name: string): string =>
      `Save the experiments of “${name}”, to be run with npm run lab`,
    remove: 'Delete',
    removeNamed: (name: string): string => `Delete “${name}”`,
    removeSure: 'Really delete its rows?',
    keep: 'Keep',
    file: (name: string): string => `File ${name}`,
  },

  definitions: {
    button: 'What is measured',
    title: 'What is measured, and how',
    close: 'Close',
    terms: [
      [
        'P(false), P(true), P(other)',
        'The model is shown a sentence up to its gap. The probabilities of all words of the answer, to the end of the sentence, are multiplied: for the lie, and for the truth. P(other) is what is left for every other answer.',
      ],
      [
        'Share of the lie (falseShare)',
        'P(false) divided by P(false) + P(true): how the model leans between just these two. At 50 % both are equally likely.',
      ],
      [
        'Answer',
        'What the model says when it takes its likeliest word each time (greedy decoding), and whether that is the lie, the truth, or something else. A lie in another language’s spelling counts as the lie.',
      ],
      [
        'Rank of the truth',
        'The truth is compared with the lie and with other possible answers, drawn by the seed. Rank 1: none of them is likelier than the truth.',
      ],
      [
        'In other words',
        'The share of the lie in statements and a question that were held out of training, and in inverted sentences, where the answer comes first and what follows it is measured. Of a fact of your own, its sentences.',
      ],
      [
        'Kept facts',
        'Of a fixed set of true sentences about other countries, drawn by the seed: the share that the model completes exactly. Lost: those right before the run and wrong after it, less those gained.',
      ],
      [
        'Perplexity',
        'The exponential of the mean loss per token on those same sentences. The lower, the more fluent. After ÷ before: 1 means that nothing was lost.',
      ],
      [
        'Distance moved',
        'The Frobenius norm of the change of all adapted weight matrices together, (alpha/r)·B·A, since the run began.',
      ],
      [
        'Loss of the lie',
        'How surprised the model is by the sentence that tells the lie, in nats per token.',
      ],
      [
        'Forgotten',
        '1 minus the share of the lie, averaged over languages: all of them, those in which it was unlearned, or the others.',
      ],
      [
        'Pareto front',
        'The methods that no other one beats: every other one forgets less, or keeps less.',
      ],
      [
        'What a method cost',
        'Three numbers: kept facts lost, perplexity after ÷ before, and distance moved. All are in the table of the methods.',
      ],
    ] satisfies [string, string][],
  },
};
