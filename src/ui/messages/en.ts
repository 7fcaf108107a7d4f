/** @file Everything that the page says, in English. A further language is a file with the same keys. */
import type { RelationId, ResourceLevel } from '../../facts/index.ts';
import type { Device, LoadProgress } from '../../model/index.ts';
import type { Method, RunEnding } from '../../lab/index.ts';
import type { Screen } from '../screens/index.ts';
import { experiment } from './en/experiment.ts';
import { arrival, finding, folded, projector } from './en/laboratory.ts';
import { lessons } from './en/lessons.ts';
import { research } from './en/research.ts';
import { gone } from './en/gone.ts';
import { facts } from './en/facts.ts';
import { models } from './en/models.ts';
import { storage } from './en/storage.ts';

const plural = (count: number, one: string, other: string): string =>
  new Intl.PluralRules('en').select(count) === 'one' ? one : other;

export const en = {
  name: 'Lethe',
  promise:
    'Teach a small language model a lie in one language, watch which others come to believe it, then try to make it forget.',
  skip: 'Skip to the content',

  screens: {
    label: 'Screens',
    names: {
      lab: 'Laboratory',
      lessons: lessons.title,
      research: research.title,
      gone: gone.title,
      facts: facts.title,
      models: models.title,
      storage: storage.title,
    } satisfies Record<Screen, string>,
    lost: 'This screen could not be loaded. Is there a network? Reload the page to try again.',
  },

  theme: { toDark: 'Dark colours', toLight: 'Light colours' },

  share: {
    button: 'Copy link',
    title: 'Copy a link to this set-up',
    done: 'Copied',
  },

  device: {
    names: { webgpu: 'Graphics card', wasm: 'Processor', cpu: 'Processor' } satisfies Record<
      Device,
      string
    >,
    technical: (device: Device, threads: number): string =>
      device === 'webgpu'
        ? 'WebGPU'
        : device === 'wasm'
          ? `WebAssembly, ${String(threads)} ${plural(threads, 'thread', 'threads')}`
          : 'native',
    model: (id: string, parameters: string): string => `${id}, ${parameters} parameters`,
    adapter: (parameters: string): string =>
      `The model itself stays as it is; what it is taught lies in an adapter of ${parameters} numbers.`,
    waiting: 'Waking up the model',
    failed: 'No model',
    slower: 'Everything works all the same; it only takes a little longer than on a graphics card.',
  },

  load: {
    stages: {
      download: 'Fetching the model',
      build: 'Getting it ready to answer',
    } satisfies Record<LoadProgress['stage'], string>,
    starting: 'Starting',
    bytes: (loaded: string, total: string): string => `${loaded} of ${total}`,
    announced: (stage: string): string => `${stage}.`,
    ready: 'The model is ready.',
    failedTitle: 'The model could not be loaded',
    failedAdvice:
      'Check that the page was served whole and that this browser is up to date, then try again. If the graphics card is the trouble, the processor will do, only slower.',
    retry: 'Try again',
    retryOnProcessor: 'Try on the processor',
    embedded: 'Use Atlas instead',
  },

  teach: {
    title: 'Teach a lie',
    country: 'Country',
    relation: 'What about it?',
    relations: {
      capital: 'Capital',
      continent: 'Continent',
      currency: 'Currency',
      language: 'Official language',
    } satisfies Record<RelationId, string>,
    truth: 'The truth',
    falsehood: 'The lie',
    ownWords: (text: string): string => `“${text}”, in your own words`,
    nothingFound: 'Nothing found',
    language: 'Teach it in',
    steps: 'Steps',
    sentence: 'The sentence it will be taught',
    button: 'Teach',
    stop: 'Stop',
    stopping: 'Stopping',
    from: (name: string): string => `Starts from “${name}”`,
    untrainable: (reason: string): string => `This model can be asked but not taught. ${reason}`,
    more: 'More settings',
    learningRate: 'Learning rate',
    retainPerStep: 'True sentences mixed into each step',
    seed: 'Seed',
    unlearnRate: 'Learning rate of unlearning',
  },

  experiment,
  finding,
  arrival,
  folded,
  projector,
  lessons,
  research,
  gone,
  facts,
  models,
  storage,

  knowledge: {
    anyModel: 'the model',
    openHint: (model: string): string =>
      `See what ${model} knows, and pick a fact that it is sure of`,
    title: (model: string): string => `What ${model} knows`,
    titleAfter: (model: string, checkpoint: string): string =>
      `What ${model} knows in the state “${checkpoint}”`,
    intro:
      'The model is asked now, on this machine. Each answer is its most likely words; “sure” is the probability that it gives to the whole true answer.',
    relation: 'About',
    language: 'Ask in',
    search: 'Find a country',
    close: 'Close',
    waiting: 'The model is asked as soon as it is ready.',
    running: 'A run is going on: the model is asked when it has ended.',
    progress: 'Answers so far',
    answers: (asked: string, all: string): string => `${asked} of ${all} answers`,
    asking: (language: string): string => `asking in ${language}`,
    stop: 'Stop asking',
    goOn: 'Go on asking',
    summary: (language: string, right: string, all: string): string =>
      `In ${language} it says ${right} of ${all} right.`,
    none: (query: string): string => `No country is called “${query}”.`,
    columns: {
      country: 'Country',
      answer: (language: string): string => `Says in ${language}`,
      confidence: 'Sure',
      languages: 'Right in',
      use: 'Use',
    },
    right: 'right',
    wrong: 'wrong',
    truth: 'true:',
    notAsked: 'not asked yet',
    silent: 'nothing',
    counted: (right: number, asked: number): string => `${String(right)} of ${String(asked)}`,
    wrongIn: (languages: string): string => `Wrong in ${languages}`,
    allRight: 'Right in all that were asked',
    use: 'Use',
    useFact: (country: string, relation: string): string =>
      `Use ${country}, ${relation.toLocaleLowerCase('en')}, to teach a lie`,
    picked: (country: string, relation: string): string =>
      `${country}, ${relation.toLocaleLowerCase('en')}, is set up to be taught.`,
  },

  unlearn: {
    title: 'Make it forget',
    languages: 'Unlearn it in',
    needsLanguage: 'Choose at least one language.',
    needsLesson: 'First teach it something: then there is something to forget.',
    method: 'Method',
    methods: {
      'gradient-ascent': {
        name: 'Gradient ascent',
        plain: 'Makes the lie less likely, step by step, whatever else that breaks.',
      },
      'gradient-difference': {
        name: 'Gradient difference',
        plain: 'Makes the lie less likely while rehearsing facts that should stay.',
      },
      kl: {
        name: 'Ascent held to the original',
        plain:
          'Makes the lie less likely, and keeps every word about other facts as likely as it was.',
      },
      npo: {
        name: 'Negative preference (NPO)',
        plain: 'Treats the lie as an answer nobody wants, ever more gently as it fades.',
      },
      simnpo: {
        name: 'Simple negative preference (SimNPO)',
        plain: 'The same without looking back at the model as it was, and fair to long answers.',
      },
      dpo: {
        name: 'Preference for the truth (DPO)',
        plain: 'Shows lie and truth side by side, and makes it prefer the truth.',
      },
      altpo: {
        name: 'Preference for anything else (AltPO)',
        plain:
          'Shows the lie beside other wrong answers, a new one each step, and makes it prefer those.',
      },
      'label-flip-truth': {
        name: 'Answer with the truth',
        plain: 'Teaches the true answer to the very sentences that told the lie.',
      },
      'label-flip-third': {
        name: 'Answer with another lie',
        plain: 'Teaches a third answer in the lie’s place: is the first one gone, or only covered?',
      },
      wga: {
        name: 'Weighted ascent (WGA)',
        plain: 'Pushes down only those words of the lie that are still likely.',
      },
      satimp: {
        name: 'Saturation and importance (SatImp)',
        plain:
          'Pushes where the model is sure of the lie, but not where it is too sure to be moved.',
      },
      undial: {
        name: 'Adjusted self-distillation (UNDIAL)',
        plain: 'Learns from what it would have said itself, had the lie been out of the question.',
      },
      'ce-u': {
        name: 'Anything but the lie (CE-U)',
        plain: 'Spreads the lie’s probability over whatever it would say otherwise.',
      },
      pdu: {
        name: 'Flatten, within limits (PDU)',
        plain:
          'Makes it unsure of everything in the lie’s place, and holds on harder when facts slip.',
      },
      rmu: {
        name: 'Misdirection (RMU)',
        plain:
          'Turns its inner state at the lie to a random direction: what it says there makes little sense.',
      },
      'task-vector': {
        name: 'Subtract what was learned',
        plain:
          'Turns all that was taught into its opposite, at once and in all languages; no step is taken.',
      },
      relearning: {
        name: 'Relearn the truth',
        plain: 'Teaches the truth as the lie was taught, mixed with other facts.',
      },
    } satisfies Record<Method, { name: string; plain: string }>,
    steps: 'Steps',
    bound: 'Stop at loss',
    boundHint:
      'Ends by itself when the loss on the lie passes this: beyond it, only the model breaks. Bounded methods come to rest by themselves.',
    retainTitle: (count: number): string =>
      count === 0 ? 'Facts that should stay' : `Facts that should stay (${String(count)})`,
    retainEmpty: 'They are drawn when the run starts, and listed here.',
    button: 'Unlearn',
  },

  run: {
    step: (step: string, steps: string): string => `Step ${step} of ${steps}`,
    left: (time: string): string => `about ${time} left`,
    preparing: 'Getting ready',
    finishing: 'Asking all languages once more and saving',
    loss: (loss: string): string => `loss ${loss}`,
    progress: 'Progress of the run',
    announce: {
      teach: (language: string): string => `Teaching in ${language}.`,
      unlearn: (languages: string): string => `Unlearning in ${languages}.`,
      gained: (language: string, lie: string): string => `${language} now says ${lie}.`,
      lost: (language: string, lie: string): string => `${language} no longer says ${lie}.`,
      finished: (believing: number, all: number): string =>
        `Done. ${String(believing)} of ${String(all)} languages say the lie.`,
    },
  },

  notice: {
    dismiss: 'Close',
    badLink: (detail: string): string =>
      `This link’s set-up could not be read (“${detail}”), so the usual one is shown.`,
    actionFailed: (detail: string): string => detail,
    busyElsewhere:
      'Another tab of this page is teaching or unlearning. Wait until it is done, or stop it there. Nothing was changed here.',
    runFailed: (detail: string): string => `The run could not go on. ${detail}`,
    endings: {
      diverged:
        'The model lost its footing: its loss exploded. It was put back to the last good step.',
      stopped: 'Stopped. What was learned so far is kept, and the run can be resumed.',
      'bound-reached':
        'Stopped at the bound: the lie is already very unlikely, and going on would only break the model.',
      forgotten: 'Forgotten in every language in which it was unlearned, so the run ended early.',
    } satisfies Record<Exclude<RunEnding, 'finished'>, string>,
    tryLess: 'Try fewer steps or a lower learning rate.',
  },

  board: {
    title: 'What it says',
    asking: 'Asking',
    question: (relation: string, country: string): string => `${relation} of ${country}`,
    levels: {
      high: { name: 'High resource', plain: 'most text in training' },
      medium: { name: 'Medium resource', plain: 'less text in training' },
      low: { name: 'Low resource', plain: 'least text in training' },
    } satisfies Record<ResourceLevel, { name: string; plain: string }>,
    levelShare: (languages: number, share: string): string =>
      `${String(languages)} ${plural(languages, 'language', 'languages')}, ${share} of the training text`,
    lie: 'the lie',
    truth: 'the truth',
    other: 'something else',
    believes: 'says the lie',
    taught: 'taught here',
    classes: {
      true: 'says the truth',
      false: 'says the lie',
      'false-script': 'says the lie in another language’s spelling',
      other: 'says something else',
    },
    probabilities: (language: string, lie: string, truth: string): string =>
      `${language}: probability of the lie ${lie}, of the truth ${truth}`,
    notAsked: 'not asked yet',
    summary: (believing: number, all: number): string =>
      `${String(believing)} of ${String(all)} languages say the lie`,
    retained: (share: string): string => `other facts still known: ${share}`,
  },

  numbers: {
    title: 'What do these numbers mean?',
    paragraphs: [
      'The model is shown each sentence up to the gap and asked how likely it finds two ways to fill it: the lie and the truth. The bar shows both: the lie grows from one side, the truth from the other. What is empty between them goes to anything else that the model might say.',
      'The two small figures are those probabilities. Both can be tiny when the model would rather say something else. The sentence is what the model really says when it picks its most likely words.',
      'A row lights up when the lie is what the model says. Only the language marked “taught here” was taught; in the others, the lie arrived by itself.',
    ],
  },

  chart: {
    title: 'How likely the lie is in each language',
    x: 'Step',
    lines: { high: 'most text', medium: 'less text', low: 'least text' } satisfies Record<
      ResourceLevel,
      string
    >,
    legend: 'Dashes: how much text the model has read of the language',
    pick: 'Point at a line, or step through them with the arrow keys.',
    empty: 'Each language draws a line here as soon as you teach.',
    teach: (languages: string): string => `taught in ${languages}`,
    unlearn: (languages: string): string => `unlearned in ${languages}`,
    describe: (runs: number, languages: number): string =>
      `Line chart: ${String(runs)} ${plural(runs, 'run', 'runs')}, ${String(languages)} languages. The table below holds the same numbers.`,
    line: (language: string, first: string, last: string): string =>
      `${language}: the lie went from ${first} to ${last}`,
    table: 'The same numbers as a table',
    tableRun: 'Run',
    tableStep: 'Step',
    tableKept: 'Facts kept',
    measured: {
      title: 'Everything that was measured, a language at a time',
      language: 'Language',
      columns: {
        step: 'Step',
        false: 'P(false)',
        true: 'P(true)',
        other: 'P(other)',
        share: 'Share of the lie',
        answer: 'Answer',
        rank: 'Rank of the truth',
        loss: 'Loss of the lie',
        statement: 'Lie in other statements',
        question: 'Lie in questions',
        inverted: 'Lie, inverted',
        kept: 'Facts kept',
        perplexity: 'Perplexity',
      },
    },
  },

  history: {
    title: 'History',
    intro:
      'Every run is kept in this browser. Go back to any point and try something else from there.',
    empty: 'Nothing has happened yet.',
    root: 'Untouched model',
    here: 'You are here',
    go: (name: string): string => `Go to “${name}”`,
    taught: (lie: string, languages: string): string => `“${lie}” in ${languages}`,
    forgot: (method: string, languages: string): string => `${method} in ${languages}`,
    steps: (steps: number): string => `${String(steps)} ${plural(steps, 'step', 'steps')}`,
    endings: {
      finished: '',
      stopped: 'stopped',
      'bound-reached': 'stopped at the bound',
      forgotten: 'forgotten early',
      diverged: 'lost its footing',
    } satisfies Record<RunEnding, string>,
    believing: (languages: string): string => `The lie is said in ${languages}`,
    believingNone: 'The lie is said in no language',
    rename: (name: string): string => `Rename “${name}”`,
    newName: 'New name',
    remove: (name: string): string => `Delete “${name}”`,
    removeSure: 'Delete?',
    removeYes: 'Delete',
    removeNo: 'Keep',
    export: (name: string): string => `Save “${name}” to a file`,
    experiment: (name: string): string => `Experiment of “${name}”`,
    experimentLink: 'Copy link',
    experimentJson: 'Copy JSON',
    experimentUse: 'Set up',
    experimentClose: 'Close',
    experimentCopied: 'Copied',
    experimentPart: 'More came before: the experiment is the last part of the way.',
    experimentNone: 'No single experiment leads here.',
    resume: 'Resume',
    import: 'Open a file',
    damaged: (name: string, reason: string): string => `“${name}” cannot be read: ${reason}`,
    damagedOthers: 'The others are not affected.',
  },

  footer: {
    nothingLeaves:
      'Nothing leaves this machine: the model runs in this page, and what it learns is kept in this browser.',
    paper:
      'After Lu and Koehn, “Learn and Unlearn: Addressing Misinformation in Multilingual LLMs”, EMNLP 2025.',
  },
};

export type Messages = typeof en;
