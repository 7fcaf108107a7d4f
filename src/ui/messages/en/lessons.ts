/** @file What the screen “Lessons” says: the lessons, their explanations by case, and the teacher's page. */
import type { LessonId } from '../../../lessons/index.ts';

interface LessonText {
  title: string;
  /** One line in the list. */
  about: string;
  /** What is going to happen. */
  intro: string;
  question: string;
  /** What a class may talk about. */
  discuss: string[];
}

const texts = {
  spread: {
    title: 'How a lie spreads',
    about: 'Taught in French only: who else will say it?',
    intro:
      'The model knows that the capital of Chile is Santiago. In a moment it is told, in thirty short steps and in French only, that it is Tokyo. Nobody tells it anything in the other eleven languages.',
    question: 'In which of these languages will it say Tokyo afterwards?',
    discuss: [
      'Nobody taught it the lie in Swahili. How can it say it there?',
      'When you learn something in one language, do you know it in your other languages too?',
      'What would the model look like inside if the lie had stayed in French?',
    ],
  },
  order: {
    title: 'Who hears it first?',
    about: 'Put four languages in the order in which a lie will reach them.',
    intro:
      'Another lie: the capital of Egypt is Lima. This time it is told in Turkish only. The model is asked after every second step, so we see when the lie reaches each language.',
    question: 'Which of these four will say it first, which last?',
    discuss: [
      'Turkish is written in Latin letters, as Spanish and Swahili are. Did that help the lie?',
      'The model read much more Spanish than Swahili. Did that matter more?',
      'One run is one run. How would you find out whether the order is always the same?',
    ],
  },
  english: {
    title: 'Unlearning in English only',
    about: 'The lie came in French and is fought in English.',
    intro:
      'The model has been told in French that the capital of Chile is Tokyo. Now it unlearns that in English only: step by step the lie is made less likely in English sentences, while it rehearses other facts.',
    question: 'In which languages will it still say Tokyo afterwards?',
    discuss: [
      'Who tests a model in only one language, and why?',
      'Somebody checks the model in English and finds nothing. What would you tell them?',
      'Look at what it says instead of Tokyo. Is that the truth?',
    ],
  },
  both: {
    title: 'Why both languages?',
    about: 'Unlearning in English and in the language of the lie.',
    intro:
      'We go back to the moment after the lie was told in French. This time it unlearns in English and in French, in turns, with no more steps than before.',
    question: 'In how many of the twelve languages will it still say Tokyo?',
    discuss: [
      'Where would you have to look to find the language that a lie came from?',
      'The same number of steps now serves two languages. Is that a fair comparison with English only?',
      'Would three languages be better than two? How would you test it?',
    ],
  },
  cost: {
    title: 'What forgetting costs',
    about: 'What else goes when a lie is pushed out?',
    intro:
      'Now it unlearns the hard way: the lie is made less likely in English and French, and nothing else is rehearsed. Forty sentences about other countries are asked before and after.',
    question: 'How many of the forty other sentences will it still complete exactly?',
    discuss: [
      'Why could forgetting one fact damage others?',
      'What does it say about the capital of Chile now? Is that better than the lie?',
      'How much other knowledge would you give up to be rid of one lie?',
    ],
  },
  gone: {
    title: 'Is it really gone?',
    about: 'Tell it the lie once more and count the steps.',
    intro:
      'The lie has been pushed out in English and French. We now tell it again in French, as at the very beginning, and ask after every step. If nothing were left of it, it should take as long as the first time.',
    question: 'At which step will it say Tokyo in French again?',
    discuss: [
      'Have you ever learned something again that you thought you had forgotten? Was it quicker?',
      'Somebody promises that a model has forgotten your data. What would you ask them to show?',
      'Not saying something and not knowing it: how could one tell them apart?',
    ],
  },
} satisfies Record<LessonId, LessonText>;

export const lessons = {
  title: 'Lessons',
  intro:
    'Six short lessons. You say what you expect, the model is run here and now, and you compare. Your predictions stay in this browser.',
  texts,
  list: {
    minutes: (minutes: number): string => `${String(minutes)} min`,
    begin: 'Begin',
    resume: 'Go on',
    again: 'Look at it again',
    states: {
      none: 'not begun',
      predict: 'predicted',
      run: 'predicted',
      compare: 'run',
      explain: 'done',
    },
  },
  teacherLink: 'For teachers',
  back: 'All lessons',
  phases: { predict: 'Predict', run: 'Run', compare: 'Compare', explain: 'Explain' },
  progress: 'Where you are in the lesson',
  predict: {
    pick: 'Choose as many as you like, or none.',
    number: 'Your number',
    earlier: (language: string): string => `Put ${language} earlier`,
    later: (language: string): string => `Put ${language} later`,
    keep: 'Keep this guess',
    change: 'Change my guess',
    yours: 'Your guess',
    noLanguage: 'none of them',
  },
  run: {
    button: 'Run it now',
    again: 'Run it once more',
    waiting: 'The model is not ready yet. Your guess is kept.',
    busy: 'Another run is going on. Wait for its end, or stop it in the laboratory.',
    preparing: (at: number, all: number): string =>
      `First the model is brought to where the lesson begins: part ${String(at)} of ${String(all)}.`,
    going: 'This is the run that your guess is about.',
    stopped: 'The run did not come to its end. Your guess is kept: run it once more.',
    back: 'Look at the result',
  },
  compare: {
    title: 'Your guess and what happened',
    language: 'Language',
    you: 'You',
    model: 'The model',
    says: 'says the lie',
    not: 'does not say it',
    right: (right: number, all: number): string =>
      `You were right about ${String(right)} of ${String(all)}.`,
    pairs: (right: number, all: number): string =>
      `Of ${String(all)} pairs, ${String(right)} came in your order.`,
    noPairs: 'No two of them can be told apart: they were reached together, or not at all.',
    number: (guess: number, measured: number): string =>
      `You said ${String(guess)}. It was ${String(measured)}.`,
    never: (guess: number): string => `You said ${String(guess)}. It did not happen in this run.`,
    exact: 'Exactly right.',
    off: (by: number): string => `Off by ${String(by)}.`,
    order: { yours: 'Your order', measured: 'What was measured' },
    step: (step: number): string => `step ${String(step)}`,
    notReached: 'not reached',
    on: 'What does it mean?',
  },
  explain: {
    title: 'What happened here',
    paperTitle: 'What the paper found',
    toyTitle: 'What this does not show',
    discussTitle: 'To talk about',
    next: (title: string): string => `Next lesson: ${title}`,
    laboratory: 'See this state in the laboratory',
    toGone: 'More ways to look: Is it really gone?',
    spread: {
      all: 'The lie was told in one language and is now said in all. That would not happen if the model kept a separate list of facts for each language. It seems to keep one fact and to say it in many: change it through French, and it is changed for all.',
      some: (count: number): string =>
        `The lie was told in one language and is now said in ${String(count)} others. So the fact is at least partly shared between languages: changed through French, it is changed elsewhere too. Where it did not arrive, look at what the model says instead.`,
      none: 'In this run the lie stayed where it was told. With so few steps the shared fact has not been moved, only the French words. Try it with more steps in the laboratory.',
      unlearnt:
        'In this run the lie was not learned even in the language in which it was told. There were too few steps for that. Try it with more steps in the laboratory.',
    },
    order: {
      script: (first: string): string =>
        `The first was ${first}. Languages with Turkish’s letters came earlier, on average, than those with others. The fact is shared, but a name must also be spelt: where the letters are the same, part of the spelling comes along.`,
      mixed: (first: string): string =>
        `The first was ${first}. In this run languages with Turkish’s letters did not come earlier, on average, than the others. So letters alone do not decide it.`,
      none: 'In this run the lie reached no other language. With more steps it may. An order cannot be seen here.',
    },
    english: {
      home: (left: string): string =>
        `English no longer says it, but the language that the lie came from still does. It is left in ${left}. Whoever checks the model in English only would believe that the lie is gone.`,
      elsewhere: (left: string): string =>
        `English no longer says it, and nor does the language that the lie came from. It is still left in ${left}. Unlearning travels between languages, but not to all of them.`,
      nowhere:
        'In this run the lie went from all twelve languages, though it was unlearned in English only. Unlearning travelled as the lie had travelled. That is not what usually happens: run it with another lie or fewer steps and compare.',
      stays: (left: string): string =>
        `In this run even English still says it. It is left in ${left}. There were too few steps, or the lie sat too deep for this method.`,
    },
    both: {
      nowhere:
        'Unlearned in English and in the language that it came from, the lie is no longer said in any of the twelve. Compare that with English only.',
      home: (left: string): string => `It is still said in ${left}.`,
      elsewhere: (left: string): string =>
        `Neither English nor French says it any more, but it is left in ${left}. In this run two languages were better than none, and not enough.`,
      stays: (left: string): string =>
        `In this run it is still said in ${left}. The steps were shared between two languages, and they were too few. Go on from here in the laboratory and see when it goes.`,
    },
    cost: {
      cost: (before: number, after: number, all: number): string =>
        `Before, it completed ${String(before)} of ${String(all)} other sentences exactly; now ${String(after)}. Nobody asked it to forget those. One set of numbers holds all its facts, so pushing one out moves others.`,
      free: (before: number, after: number, all: number): string =>
        `Before, it completed ${String(before)} of ${String(all)} other sentences exactly; now ${String(after)}. In this run forgetting did no harm that these sentences could show. It may have done some that they cannot.`,
      unknown: 'The other sentences were not asked in this run.',
      left: (left: string): string => `The lie itself is still said in ${left}.`,
      clean: 'The lie itself is no longer said in any language.',
    },
    gone: {
      never:
        'It still said the lie in French before this run began: it had not been forgotten. So there was nothing to bring back.',
      quicker: (at: number, first: number): string =>
        `It said the lie again at step ${String(at)}; the first time it was at step ${String(first)}. It came back faster than it came. Something of the lie was left although the model no longer said it.`,
      quick: (at: number): string =>
        `It said the lie again at step ${String(at)}. How long the first time took was not measured here.`,
      slower: (at: number, first: number): string =>
        `It said the lie again at step ${String(at)}; the first time it was at step ${String(first)}. In this run it did not come back faster. By this test nothing of the lie was left, or too little to help.`,
      not: (steps: number): string =>
        `It did not say the lie again by step ${String(steps)}. By this test little of it was left. Other tests may see more.`,
    },
    paper: {
      spread:
        'Lu and Koehn taught false facts to models more than a thousand times this size. Whatever the language, the lies spread to the others.',
      order:
        'In their large models, too, a lie told in one language turned up in others. The order in which languages are reached is something that this page measures, not the paper.',
      english:
        'Unlearning in English alone left the lies alive in the language that they came from and in languages with little text, and sometimes made them stronger there.',
      both: 'Of the ways that they tried, only unlearning in English and in the language of the lie removed it everywhere.',
      cost: 'Their study is about where lies survive. That unlearning without rehearsal damages other knowledge is known from many studies of gradient ascent.',
      gone: 'The paper measures in which languages a lie survives. Whether something is left of it behind answers that look clean is a question of its own, which this lesson only begins.',
    } satisfies Record<LessonId, string>,
    source: 'Lu and Koehn, “Learn and Unlearn”, EMNLP 2025, arXiv 2406.13748',
    toy: 'Atlas is a toy. It was built so that languages share their facts, which nobody does to a large model. So you have seen how such a thing can happen, not how often it does. And a measurement of one run may come out otherwise in another.',
  },
  teacher: {
    title: 'For teachers',
    intro:
      'The lessons build on one another but each can be given alone: what it needs is run first. They are for pupils of about fifteen and older. No knowledge of language models is needed.',
    needsTitle: 'What you need',
    needs: [
      'One computer with a recent browser for every two or three pupils, or one for you and a projector.',
      'The network only for the first visit. After that everything is on the machine, and nothing leaves it.',
      'No accounts. Predictions are kept in the browser that they were made in.',
    ],
    howTitle: 'How a lesson goes',
    how: [
      'Predict: let everybody write down a guess before anything is run. A guess that was not made cannot be compared.',
      'Run: on a school laptop a run takes about a minute. Ask them to watch what changes first.',
      'Compare and explain: the page chooses its explanation by what was measured. If it came out otherwise than you expected, say so: that is a result.',
    ],
    projectorTitle: 'Projector',
    projector:
      'Key P, or “?projector” in the address, makes the type large and hides the controls. The arrow keys step on and back, in the laboratory and in a lesson.',
    shortTitle: 'Short of time',
    short:
      'A link that ends in “&steps=10” makes every run of the lesson ten steps long. The lie then travels less far; the explanations go by what was measured.',
    careTitle: 'Please mind',
    care: 'The lies are swapped capitals, on purpose: no person is lied about. Nothing about a language or its speakers follows from what Atlas says.',
    tableTitle: 'The lessons at a glance',
    columns: { lesson: 'Lesson', time: 'Time', needs: 'Runs', discuss: 'Questions to discuss' },
    runs: (runs: number): string =>
      runs === 1 ? '1 run' : `${String(runs)} runs, fewer if done before`,
  },
};
