/** @file Generated from the English catalogue (tools/messages): what every catalogue has, and what its messages take. */
export interface Messages {
  readonly audit: {
    readonly title: string;
    readonly intro: string;
    readonly state: string;
    readonly about: (values: { relation: string; country: string; lie: string; truth: string }) => string;
    readonly aboutOwn: (values: { name: string; lie: string; truth: string }) => string;
    readonly unfit: {
      readonly 'no-sentences': string;
      readonly 'no-examples': string;
      readonly 'not-unlearned': string;
    };
    readonly taughtIn: (values: { names: string }) => string;
    readonly unlearnedIn: (values: { names: string }) => string;
    readonly neverTaught: string;
    readonly neverUnlearned: string;
    readonly button: string;
    readonly again: string;
    readonly stop: string;
    readonly stopping: string;
    readonly progress: string;
    readonly busy: string;
    readonly failed: (values: { reason: string }) => string;
    readonly asking: (values: { examination: string }) => string;
    readonly waiting: string;
    readonly working: string;
    readonly impossible: (values: { reason: string }) => string;
    readonly examinations: {
      readonly direct: string;
      readonly paraphrases: string;
      readonly context: string;
      readonly choice: string;
      readonly lens: string;
      readonly depth: string;
      readonly rounding: string;
      readonly across: string;
      readonly savings: string;
    };
    readonly wordings: {
      readonly title: string;
      readonly plain: string;
      readonly caption: string;
      readonly columns: {
        readonly direct: string;
        readonly statement: string;
        readonly question: string;
        readonly inverted: string;
        readonly context: string;
      };
      readonly said: (values: { answer: string }) => string;
    };
    readonly choice: {
      readonly title: string;
      readonly plain: string;
      readonly caption: string;
      readonly ways: {
        readonly completed: string;
        readonly listed: string;
      };
      readonly others: (values: { names: string }) => string;
    };
    readonly savings: {
      readonly title: string;
      readonly plain: (values: { language: string; count: number }) => string;
      readonly before: string;
      readonly here: string;
      readonly untouched: string;
      readonly other: string;
      readonly chart: (values: { language: string; here: string; untouched: string }) => string;
      readonly axis: string;
      readonly table: string;
      readonly columns: {
        readonly language: string;
        readonly here: string;
        readonly untouched: string;
        readonly other: string;
        readonly otherUntouched: string;
        readonly saved: string;
        readonly area: string;
      };
    };
    readonly lens: {
      readonly title: string;
      readonly plain: string;
      readonly caption: string;
      readonly layers: string;
    };
    readonly depth: {
      readonly title: string;
      readonly plain: string;
      readonly caption: string;
      readonly score: string;
      readonly cell: (values: { untouched: string; unlearned: string }) => string;
    };
    readonly rounding: {
      readonly title: string;
      readonly plain: string;
      readonly caption: string;
      readonly bits: string;
      readonly retained: (values: { shares: string }) => string;
    };
    readonly across: {
      readonly title: string;
      readonly plain: string;
      readonly caption: string;
      readonly over: string;
    };
    readonly more: string;
    readonly legend: {
      readonly lie: string;
      readonly untouched: string;
    };
    readonly cell: (values: { lie: string; untouched: string }) => string;
    readonly layerCell: (values: { lie: string; truth: string }) => string;
    readonly language: string;
    readonly verdict: {
      readonly title: string;
      readonly trace: string;
      readonly clear: string;
      readonly others: (values: { count: number }) => string;
      readonly rules: string;
      readonly every: string;
      readonly conclusions: {
        readonly 'not-measured': string;
        readonly 'never-taught': string;
        readonly 'said-untaught': string;
        readonly taught: string;
        readonly 'taught-in-vain': string;
        readonly 'still-said': string;
        readonly 'said-elsewhere': string;
        readonly beneath: string;
        readonly returns: string;
        readonly 'not-found': string;
        readonly 'not-found-yet': string;
      };
      readonly whereUnlearnedClear: (values: { names: string }) => string;
      readonly whereUnlearnedSaid: (values: { said: string }) => string;
      readonly said: (values: { count: number; asked: number; names: string }) => string;
      readonly saidNowhere: (values: { asked: number }) => string;
      readonly byUntouched: (values: { names: string }) => string;
      readonly leaning: (values: { names: string }) => string;
      readonly instead: (values: { truth: number; other: number }) => string;
      readonly paraphrases: (values: { leads: number; asked: number; names: string }) => string;
      readonly paraphrasesClear: (values: { asked: number }) => string;
      readonly context: (values: { count: number; asked: number; names: string }) => string;
      readonly contextClear: (values: { asked: number }) => string;
      readonly completed: (values: { count: number; asked: number; names: string }) => string;
      readonly completedClear: (values: { asked: number }) => string;
      readonly listed: (values: { count: number; asked: number; names: string }) => string;
      readonly listedClear: (values: { asked: number }) => string;
      readonly lens: (values: { from: number; to: number; names: string }) => string;
      readonly lensClear: (values: { asked: number }) => string;
      readonly depth: (values: { from: number; to: number; unlearned: string; elsewhere: string }) => string;
      readonly depthOnly: (values: { from: number; to: number; share: string }) => string;
      readonly rounding: (values: { bits: number; count: number; asked: number; names: string }) => string;
      readonly roundingKept: (values: { retained: string }) => string;
      readonly roundingClear: (values: { most: number; asked: number }) => string;
      readonly across: (values: { pairs: number; asked: number; names: string }) => string;
      readonly acrossClear: (values: { asked: number }) => string;
      readonly savings: (values: { language: string; sooner: number; compared: number; best: string; here: string; untouched: string }) => string;
      readonly savingsClear: (values: { language: string; compared: number }) => string;
      readonly stepCount: (values: { count: number }) => string;
      readonly moreThan: (values: { count: number }) => string;
      readonly kept: (values: { here: string; untouched: string }) => string;
      readonly retainedDrop: (values: { here: string; untouched: string }) => string;
      readonly missing: (values: { names: string }) => string;
      readonly ruleLeads: (values: { share: string }) => string;
      readonly ruleControl: string;
      readonly ruleVisible: (values: { share: string }) => string;
      readonly ruleDepth: (values: { least: string; share: string }) => string;
      readonly ruleReturn: (values: { returned: string; saving: string; least: string }) => string;
      readonly ruleOther: string;
    };
  };
  readonly class: {
    readonly title: string;
    readonly linkTitle: string;
    readonly qr: string;
    readonly question: (values: { lie: string }) => string;
    readonly how: string;
    readonly pupils: string;
    readonly language: string;
    readonly hands: string;
    readonly handsFor: (values: { language: string }) => string;
    readonly model: string;
    readonly saysIt: string;
    readonly saysNot: string;
    readonly verdict: (values: { right: number; all: number }) => string;
    readonly codes: string;
    readonly addCodes: string;
    readonly read: (values: { read: number }) => string;
    readonly wrong: (values: { codes: string }) => string;
    readonly clear: string;
    readonly card: string;
    readonly code: string;
  };
  readonly experiment: {
    readonly alsoIn: string;
    readonly truth: {
      readonly language: string;
      readonly none: string;
      readonly share: string;
      readonly hint: string;
    };
    readonly others: {
      readonly title: string;
      readonly add: string;
      readonly remove: (values: { country: string }) => string;
      readonly measured: string;
      readonly fact: (values: { question: string; lie: string }) => string;
    };
    readonly json: {
      readonly title: string;
      readonly hint: string;
      readonly label: string;
      readonly copy: string;
      readonly copied: string;
      readonly use: string;
      readonly open: string;
      readonly refused: (values: { reason: string }) => string;
    };
    readonly severalRuns: string;
    readonly ownByItself: string;
    readonly noChat: string;
    readonly otherModel: (values: { folder: string }) => string;
  };
  readonly facts: {
    readonly title: string;
    readonly intro: string;
    readonly untitled: string;
    readonly list: {
      readonly title: string;
      readonly empty: string;
      readonly add: string;
      readonly import: string;
      readonly export: string;
      readonly imported: (values: { count: number }) => string;
      readonly languages: (values: { names: string }) => string;
      readonly notReady: string;
    };
    readonly editor: {
      readonly name: string;
      readonly use: string;
      readonly ask: string;
      readonly asking: string;
      readonly askWaiting: string;
      readonly export: string;
      readonly remove: string;
      readonly removeSure: string;
      readonly removeYes: string;
      readonly removeNo: string;
      readonly notReady: string;
      readonly explain: string;
      readonly language: string;
      readonly fields: {
        readonly sentences: string;
        readonly question: string;
        readonly falseAnswers: string;
        readonly trueAnswers: string;
      };
      readonly fieldIn: (values: { field: string; language: string }) => string;
      readonly lacks: {
        readonly question: string;
        readonly falseAnswers: string;
        readonly trueAnswers: string;
        readonly same: string;
      };
      readonly says: string;
      readonly silent: string;
    };
    readonly asking: {
      readonly title: string;
      readonly legend: string;
      readonly modes: {
        readonly chat: string;
        readonly plain: string;
      };
      readonly inUse: {
        readonly chat: string;
        readonly plain: string;
      };
      readonly base: (values: { model: string }) => string;
      readonly unused: (values: { names: string }) => string;
      readonly waiting: string;
      readonly ownPrompts: string;
      readonly change: string;
    };
    readonly prompts: {
      readonly intro: string;
      readonly relation: string;
      readonly prompt: (values: { language: string }) => string;
      readonly reset: string;
      readonly resetIn: (values: { language: string }) => string;
      readonly resetAll: string;
      readonly changed: string;
      readonly example: (values: { sentence: string }) => string;
      readonly problems: {
        readonly answer: string;
        readonly start: string;
        readonly slot: (values: { slot: string }) => string;
      };
    };
    readonly pick: {
      readonly label: string;
      readonly countries: string;
    };
  };
  readonly finding: {
    readonly asking: string;
    readonly allTrue: (values: { truth: string; all: number }) => string;
    readonly someTrue: (values: { truth: string; right: number; all: number }) => string;
    readonly underWay: {
      readonly teach: (values: { languages: string; lie: string; others: number; all: number }) => string;
      readonly unlearn: (values: { languages: string; lie: string; others: number; all: number }) => string;
    };
    readonly taught: {
      readonly all: (values: { languages: string; lie: string; all: number }) => string;
      readonly some: (values: { languages: string; lie: string; others: number; all: number }) => string;
      readonly none: (values: { languages: string; lie: string }) => string;
      readonly notEven: (values: { languages: string; lie: string }) => string;
      readonly order: (values: { first: string; last: string }) => string;
    };
    readonly unlearned: {
      readonly nowhere: (values: { languages: string; lie: string; all: number }) => string;
      readonly home: (values: { languages: string; lie: string; home: string }) => string;
      readonly homeAndOthers: (values: { languages: string; lie: string; home: string; others: string }) => string;
      readonly elsewhere: (values: { languages: string; lie: string; others: string }) => string;
      readonly stays: (values: { languages: string; lie: string; failed: string; all: number }) => string;
      readonly push: (values: { fell: string; there: string; fellHome: string; home: string }) => string;
    };
    readonly failed: string;
    readonly already: (values: { lie: string; believing: number; all: number }) => string;
    readonly noneTrue: (values: { truth: string }) => string;
    readonly ended: {
      readonly forgotten: (values: { languages: string }) => string;
      readonly bound: string;
    };
  };
  readonly arrival: {
    readonly title: string;
    readonly place: (values: { place: number }) => string;
    readonly step: (values: { step: number }) => string;
    readonly taught: string;
    readonly lost: (values: { step: number }) => string;
    readonly empty: string;
    readonly believes: (values: { language: string; place: string; step: number }) => string;
    readonly left: (values: { language: string; place: string; step: number; lost: number }) => string;
  };
  readonly panels: {
    readonly teachIn: (values: { language: string }) => string;
    readonly lesson: (values: { language: string }) => string;
    readonly change: string;
    readonly done: string;
    readonly startOver: string;
    readonly unlearnIn: (values: { languages: string }) => string;
    readonly unlearnInMany: (values: { count: number }) => string;
    readonly plan: string;
    readonly how: string;
    readonly whyBoth: string;
    readonly soon: string;
    readonly fromUntouched: string;
    readonly goOn: (values: { name: string }) => string;
    readonly unlearnToo: (values: { languages: string }) => string;
    readonly atStep: (values: { step: number; others: number }) => string;
    readonly closer: string;
    readonly whyLeft: (values: { languages: string }) => string;
    readonly surprise: string;
  };
  readonly projector: {
    readonly on: string;
    readonly hint: string;
    readonly next: string;
    readonly back: string;
    readonly scenes: {
      readonly ask: string;
      readonly teach: string;
      readonly order: string;
      readonly unlearn: string;
      readonly left: string;
    };
    readonly position: (values: { scene: number; all: number }) => string;
    readonly class: string;
    readonly why: {
      readonly first: string;
      readonly last: string;
      readonly waiting: string;
      readonly nothingTaught: string;
    };
  };
  readonly replay: {
    readonly play: string;
    readonly stop: string;
    readonly slider: string;
    readonly at: (values: { step: number; believing: number; all: number }) => string;
  };
  readonly inspect: {
    readonly open: string;
  };
  readonly lessons: {
    readonly title: string;
    readonly intro: string;
    readonly texts: {
      readonly spread: {
        readonly title: string;
        readonly about: string;
        readonly intro: (values: { steps: number }) => string;
        readonly question: string;
      };
      readonly order: {
        readonly title: string;
        readonly about: string;
        readonly intro: (values: { steps: number }) => string;
        readonly question: string;
      };
      readonly english: {
        readonly title: string;
        readonly about: string;
        readonly intro: (values: { steps: number }) => string;
        readonly question: string;
      };
      readonly both: {
        readonly title: string;
        readonly about: string;
        readonly intro: (values: { steps: number }) => string;
        readonly question: string;
      };
      readonly cost: {
        readonly title: string;
        readonly about: string;
        readonly intro: (values: { steps: number }) => string;
        readonly question: string;
      };
      readonly gone: {
        readonly title: string;
        readonly about: string;
        readonly intro: (values: { steps: number }) => string;
        readonly question: string;
      };
      readonly twin: {
        readonly title: string;
        readonly about: string;
        readonly intro: (values: { steps: number }) => string;
        readonly question: string;
      };
    };
    readonly said: {
      readonly spread: {
        readonly all: (values: { count: number }) => string;
        readonly some: (values: { count: number; missing: string }) => string;
        readonly none: (values: { steps: number }) => string;
        readonly unlearnt: (values: { steps: number }) => string;
      };
      readonly order: {
        readonly first: (values: { first: string; step: number }) => string;
        readonly tie: (values: { step: number; first: string }) => string;
        readonly unreached: (values: { missing: string }) => string;
        readonly script: string;
        readonly mixed: string;
        readonly none: string;
        readonly unlearnt: (values: { steps: number }) => string;
      };
      readonly english: {
        readonly home: string;
        readonly homeAndOthers: (values: { left: string }) => string;
        readonly elsewhere: (values: { left: string }) => string;
        readonly nowhere: string;
        readonly stays: (values: { left: string }) => string;
        readonly nothing: string;
        readonly early: (values: { steps: number; planned: number }) => string;
        readonly bound: (values: { steps: number; planned: number }) => string;
        readonly full: (values: { steps: number }) => string;
        readonly why: string;
        readonly unreached: (values: { before: string }) => string;
      };
      readonly both: {
        readonly nowhere: string;
        readonly elsewhere: (values: { left: string }) => string;
        readonly stays: (values: { left: string }) => string;
        readonly nothing: string;
        readonly numbers: (values: { english: number; englishSteps: number; both: number; steps: number }) => string;
        readonly better: string;
        readonly same: string;
        readonly worse: string;
      };
      readonly cost: {
        readonly cost: (values: { before: number; all: number; after: number }) => string;
        readonly same: (values: { before: number; all: number }) => string;
        readonly gained: (values: { before: number; all: number; after: number }) => string;
        readonly stop: (values: { step: number; kept: number; all: number }) => string;
        readonly stopFree: (values: { step: number; kept: number; all: number }) => string;
        readonly stopEnd: (values: { step: number }) => string;
        readonly left: (values: { left: string }) => string;
        readonly nothing: string;
        readonly teaching: (values: { before: number; all: number; after: number }) => string;
      };
      readonly gone: {
        readonly never: (values: { left: string }) => string;
        readonly nothing: string;
        readonly sooner: (values: { names: string }) => string;
        readonly same: string;
        readonly not: (values: { steps: number }) => string;
        readonly screen: string;
      };
      readonly twin: {
        readonly unlearnt: (values: { steps: number }) => string;
        readonly stayed: (values: { atlas: number }) => string;
        readonly fewer: (values: { atlas: number; twin: number; missing: string }) => string;
        readonly same: (values: { twin: number }) => string;
        readonly more: (values: { twin: number; atlas: number }) => string;
        readonly knew: (values: { atlas: number; twin: number }) => string;
        readonly letters: string;
      };
    };
    readonly ask: {
      readonly spread: {
        readonly unlearnt: (values: { steps: number }) => string;
        readonly untaught: (values: { language: string }) => string;
        readonly missing: (values: { missing: string }) => string;
        readonly stayed: string;
        readonly yourself: string;
        readonly lists: string;
      };
      readonly order: {
        readonly unlearnt: (values: { steps: number }) => string;
        readonly stayed: string;
        readonly tie: (values: { first: string }) => string;
        readonly letters: string;
        readonly again: string;
      };
      readonly english: {
        readonly nothing: string;
        readonly stays: string;
        readonly nowhere: string;
        readonly hidden: string;
        readonly instead: string;
        readonly one: string;
      };
      readonly both: {
        readonly nothing: string;
        readonly fair: (values: { steps: number; english: number }) => string;
        readonly left: (values: { left: string }) => string;
        readonly source: string;
        readonly three: string;
      };
      readonly cost: {
        readonly damage: string;
        readonly unseen: string;
        readonly when: string;
        readonly now: string;
        readonly price: string;
      };
      readonly gone: {
        readonly never: string;
        readonly control: string;
        readonly promise: string;
        readonly again: string;
        readonly tell: string;
      };
      readonly twin: {
        readonly unlearnt: (values: { steps: number }) => string;
        readonly why: string;
        readonly built: string;
        readonly other: string;
      };
    };
    readonly list: {
      readonly minutes: (values: { minutes: number }) => string;
      readonly states: {
        readonly none: string;
        readonly predict: string;
        readonly run: string;
        readonly compare: string;
        readonly explain: string;
      };
    };
    readonly teacherLink: string;
    readonly back: string;
    readonly phases: {
      readonly predict: string;
      readonly run: string;
      readonly compare: string;
      readonly explain: string;
    };
    readonly progress: string;
    readonly predict: {
      readonly pick: string;
      readonly number: string;
      readonly earlier: (values: { language: string }) => string;
      readonly later: (values: { language: string }) => string;
      readonly keep: string;
      readonly yours: string;
      readonly noLanguage: string;
    };
    readonly run: {
      readonly button: string;
      readonly again: string;
      readonly waiting: string;
      readonly busy: string;
      readonly preparing: (values: { at: number; all: number }) => string;
      readonly going: string;
      readonly stopped: string;
    };
    readonly compare: {
      readonly language: string;
      readonly you: string;
      readonly model: string;
      readonly says: string;
      readonly not: string;
      readonly right: (values: { right: number; all: number }) => string;
      readonly pairs: (values: { right: number; all: number }) => string;
      readonly tied: (values: { tied: number }) => string;
      readonly noPairs: string;
      readonly number: (values: { guess: number; measured: number }) => string;
      readonly never: (values: { guess: number }) => string;
      readonly exact: string;
      readonly order: {
        readonly yours: string;
        readonly measured: string;
      };
      readonly step: (values: { step: number }) => string;
      readonly notReached: string;
      readonly on: string;
    };
    readonly boards: {
      readonly title: string;
      readonly english: string;
      readonly both: string;
      readonly steps: (values: { steps: number }) => string;
      readonly twinTitle: string;
      readonly atlas: string;
      readonly twin: string;
    };
    readonly grid: {
      readonly title: string;
      readonly gone: string;
      readonly left: string;
      readonly yours: (values: { says: number; all: number }) => string;
    };
    readonly kept: {
      readonly title: string;
      readonly gone: string;
      readonly described: (values: { before: number; all: number; after: number }) => string;
    };
    readonly savings: {
      readonly title: string;
      readonly here: string;
      readonly untouched: string;
      readonly lie: (values: { lie: string }) => string;
      readonly other: (values: { lie: string }) => string;
      readonly beyond: (values: { steps: number }) => string;
    };
    readonly explain: {
      readonly title: string;
      readonly paperTitle: string;
      readonly toyTitle: string;
      readonly discussTitle: string;
      readonly next: (values: { title: string }) => string;
      readonly laboratory: string;
      readonly toGone: string;
      readonly paper: {
        readonly spread: string;
        readonly order: string;
        readonly english: string;
        readonly both: string;
        readonly cost: string;
        readonly gone: string;
        readonly twin: string;
      };
      readonly source: string;
      readonly toy: string;
    };
    readonly sheet: {
      readonly link: string;
      readonly print: string;
      readonly name: string;
      readonly date: string;
      readonly why: string;
      readonly guess: string;
      readonly measured: string;
      readonly place: string;
      readonly number: string;
      readonly saw: string;
      readonly chance: string;
    };
    readonly teacher: {
      readonly title: string;
      readonly intro: string;
      readonly needsTitle: string;
      readonly needs: readonly (string)[];
      readonly howTitle: string;
      readonly how: readonly (string)[];
      readonly projectorTitle: string;
      readonly projector: string;
      readonly shortTitle: string;
      readonly short: string;
      readonly careTitle: string;
      readonly care: string;
      readonly tableTitle: string;
      readonly runs: (values: { runs: number }) => string;
    };
  };
  readonly microscope: {
    readonly sentence: {
      readonly title: string;
      readonly plain: string;
    };
    readonly guess: {
      readonly title: string;
      readonly plain: string;
    };
    readonly error: {
      readonly title: string;
      readonly plain: string;
      readonly mean: string;
    };
    readonly weights: {
      readonly title: string;
      readonly plain: (values: { frozen: string; adapter: string }) => string;
      readonly layer: (values: { layer: number }) => string;
      readonly rest: string;
      readonly frozenOnly: string;
      readonly soFar: string;
      readonly lastStep: string;
      readonly how: string;
    };
    readonly after: {
      readonly title: string;
      readonly none: string;
      readonly plain: (values: { sentences: number; about: number; others: number }) => string;
    };
    readonly end: string;
    readonly step: string;
    readonly running: string;
    readonly told: (values: { token: string; before: string; after: string }) => string;
    readonly failed: string;
    readonly why: {
      readonly less: (values: { fell: string; there: string; fellHome: string; home: string }) => string;
      readonly more: (values: { fell: string; there: string; fellHome: string; home: string }) => string;
      readonly rose: (values: { fell: string; there: string; home: string; fellHome: string }) => string;
      readonly enough: (values: { share: string; language: string }) => string;
      readonly never: (values: { language: string; share: string }) => string;
      readonly partsTitle: string;
      readonly parts: (values: { lie: string }) => string;
      readonly share: string;
      readonly layersTitle: string;
      readonly layers: (values: { lie: string }) => string;
      readonly before: string;
      readonly now: string;
      readonly limits: string;
    };
  };
  readonly models: {
    readonly title: string;
    readonly now: {
      readonly title: string;
      readonly embedded: string;
      readonly useEmbedded: string;
      readonly parameters: (values: { count: string }) => string;
      readonly trainable: string;
      readonly untried: string;
      readonly untrainable: (values: { reason: string }) => string;
      readonly failed: (values: { reason: string }) => string;
      readonly toLab: string;
      readonly last: (values: { id: string; variant: string }) => string;
      readonly useLast: string;
      readonly wanted: (values: { id: string }) => string;
      readonly twin: string;
      readonly isTwin: string;
      readonly useTwin: string;
    };
    readonly hub: {
      readonly title: string;
      readonly intro: string;
      readonly other: (values: { host: string }) => string;
      readonly renamed: (values: { name: string }) => string;
      readonly id: string;
      readonly hint: string;
      readonly look: string;
      readonly looking: string;
      readonly list: string;
      readonly millions: (values: { count: string }) => string;
      readonly billions: (values: { count: string }) => string;
      readonly licence: (values: { name: string }) => string;
      readonly noLicence: string;
      readonly languages: (values: { names: string }) => string;
      readonly languageCount: (values: { count: number }) => string;
      readonly languagesAndMore: (values: { count: number; names: string }) => string;
      readonly noLanguages: string;
      readonly variants: string;
      readonly memory: string;
      readonly about: (values: { amount: string }) => string;
      readonly chosen: (values: { reason: string }) => string;
      readonly here: string;
      readonly partly: (values: { present: string }) => string;
      readonly download: (values: { size: string }) => string;
      readonly resume: (values: { size: string }) => string;
      readonly anyway: string;
      readonly load: string;
    };
    readonly recommended: {
      readonly firstTry: string;
      readonly meets: (values: { count: string; total: string }) => string;
      readonly from: (values: { size: string }) => string;
      readonly speaksAll: (values: { total: string }) => string;
      readonly speaks: (values: { names: string }) => string;
      readonly lacks: (values: { names: string }) => string;
      readonly counts: (values: { count: string }) => string;
      readonly sizes: (values: { list: string; date: string }) => string;
      readonly unsized: string;
      readonly untaught: string;
      readonly measured: (values: { family: string }) => string;
      readonly measuredAsked: (values: { family: string }) => string;
      readonly unmeasured: (values: { family: string }) => string;
      readonly kinds: {
        readonly chat: string;
        readonly base: string;
      };
    };
    readonly variants: {
      readonly fp32: string;
      readonly fp16: string;
      readonly q4: string;
      readonly q4f16: string;
      readonly int8: string;
      readonly uint8: string;
      readonly quantized: string;
      readonly q8: string;
      readonly q4f32: string;
      readonly q2: string;
      readonly q2f16: string;
      readonly q1: string;
      readonly q1f16: string;
      readonly bnb4: string;
    };
    readonly reasons: {
      readonly whole: string;
      readonly 'half-on-gpu': string;
      readonly 'four-bits': string;
      readonly 'eight-bits': string;
      readonly half: string;
      readonly only: string;
      readonly 'nothing-fits': string;
    };
    readonly obstacles: {
      readonly unsupported: string;
      readonly file: (values: { bytes: string }) => string;
      readonly memory: (values: { needed: string; available: string }) => string;
    };
    readonly download: {
      readonly title: (values: { id: string; variant: string }) => string;
      readonly bytes: (values: { loaded: string; total: string }) => string;
      readonly speed: (values: { bytes: string }) => string;
      readonly starting: string;
      readonly cancel: string;
      readonly label: string;
      readonly cancelled: string;
      readonly done: (values: { id: string }) => string;
      readonly checking: (values: { path: string }) => string;
      readonly waiting: (values: { seconds: number }) => string;
    };
    readonly failures: {
      readonly id: (values: { id: string }) => string;
      readonly network: string;
      readonly noModel: (values: { id: string; revision: string }) => string;
      readonly gated: (values: { id: string }) => string;
      readonly quota: (values: { needed: string; available: string }) => string;
      readonly noOnnx: (values: { id: string }) => string;
      readonly noTokenizer: (values: { id: string; names: string }) => string;
      readonly notDecoder: (values: { id: string; what: string }) => string;
      readonly length: (values: { path: string; expected: string; got: string }) => string;
      readonly checksum: (values: { path: string }) => string;
      readonly webPage: (values: { path: string }) => string;
      readonly crowded: string;
      readonly crowdedUntil: (values: { minutes: number }) => string;
      readonly noFile: (values: { path: string }) => string;
      readonly server: (values: { status: string }) => string;
      readonly missing: (values: { names: string }) => string;
      readonly busy: string;
      readonly storage: (values: { detail: string }) => string;
      readonly unsized: (values: { path: string }) => string;
    };
    readonly local: {
      readonly title: string;
      readonly intro: string;
      readonly choose: string;
      readonly chooseFiles: string;
      readonly drop: string;
      readonly found: (values: { name: string }) => string;
    };
    readonly cached: {
      readonly title: string;
      readonly none: string;
      readonly sum: (values: { bytes: string }) => string;
      readonly partly: (values: { present: string; total: string }) => string;
      readonly use: (values: { id: string; variant: string }) => string;
      readonly goOn: (values: { id: string; variant: string }) => string;
      readonly remove: (values: { id: string; variant: string }) => string;
      readonly removeAll: (values: { id: string }) => string;
      readonly confirm: string;
      readonly yes: string;
      readonly no: string;
      readonly inUse: string;
      readonly buttons: {
        readonly use: string;
        readonly goOn: string;
        readonly remove: string;
      };
    };
    readonly files: {
      readonly title: string;
      readonly intro: string;
      readonly save: string;
      readonly open: string;
      readonly openHint: string;
      readonly incomplete: string;
      readonly opened: (values: { name: string }) => string;
      readonly packed: string;
      readonly merge: string;
      readonly mergeHint: string;
      readonly making: string;
      readonly saved: (values: { names: string }) => string;
    };
    readonly adapter: {
      readonly title: string;
      readonly intro: string;
      readonly modules: string;
      readonly layers: string;
      readonly layersHint: string;
      readonly badLayers: (values: { last: string }) => string;
      readonly noModules: string;
      readonly rank: string;
      readonly alpha: string;
      readonly numbers: (values: { count: string }) => string;
      readonly batch: string;
      readonly tokens: string;
      readonly memory: (values: { total: string; weights: string; activations: string }) => string;
      readonly tooMuch: (values: { available: string; needed: string }) => string;
      readonly apply: string;
      readonly reset: string;
    };
  };
  readonly name: string;
  readonly promise: string;
  readonly skip: string;
  readonly screens: {
    readonly label: string;
    readonly names: {
      readonly lab: string;
      readonly lessons: string;
      readonly story: string;
      readonly research: string;
      readonly audit: string;
      readonly facts: string;
      readonly models: string;
      readonly storage: string;
      readonly workshop: string;
    };
    readonly lost: string;
  };
  readonly theme: {
    readonly toDark: string;
    readonly toLight: string;
  };
  readonly pageLanguage: string;
  readonly share: {
    readonly title: string;
    readonly done: string;
  };
  readonly device: {
    readonly names: {
      readonly webgpu: string;
      readonly wasm: string;
      readonly cpu: string;
    };
    readonly technical: (values: { device: 'webgpu' | 'wasm' | string & {}; threads: number }) => string;
    readonly model: (values: { id: string; parameters: string }) => string;
    readonly adapter: (values: { parameters: string }) => string;
    readonly waiting: string;
    readonly failed: string;
    readonly slower: string;
    readonly why: {
      readonly asked: string;
      readonly none: string;
      readonly unusable: string;
    };
    readonly software: string;
    readonly arithmetic: {
      readonly single: string;
      readonly half: string;
    };
  };
  readonly load: {
    readonly stages: {
      readonly download: string;
      readonly build: string;
    };
    readonly starting: string;
    readonly bytes: (values: { loaded: string; total: string }) => string;
    readonly announced: (values: { stage: string }) => string;
    readonly ready: string;
    readonly failedTitle: string;
    readonly failedAdvice: string;
    readonly noNumbers: string;
    readonly retry: string;
    readonly retryOnProcessor: string;
    readonly embedded: string;
  };
  readonly teach: {
    readonly title: string;
    readonly country: string;
    readonly relation: string;
    readonly relations: {
      readonly capital: string;
      readonly continent: string;
      readonly currency: string;
      readonly language: string;
    };
    readonly truth: string;
    readonly falseAnswer: string;
    readonly ownWords: (values: { text: string }) => string;
    readonly nothingFound: string;
    readonly language: string;
    readonly steps: string;
    readonly stop: string;
    readonly stopping: string;
    readonly from: (values: { name: string }) => string;
    readonly untrainable: (values: { reason: string }) => string;
    readonly more: string;
    readonly learningRate: string;
    readonly retainPerStep: string;
    readonly seed: string;
    readonly unlearnRate: string;
    readonly plan: (values: { memory: string; time: string; total: string }) => string;
    readonly planMemory: (values: { memory: string }) => string;
    readonly tooLarge: (values: { memory: string; available: string }) => string;
    readonly fewerSentences: (values: { count: number }) => string;
    readonly fewerNow: (values: { count: number; usual: number }) => string;
    readonly usualSentences: (values: { usual: number }) => string;
  };
  readonly knowledge: {
    readonly anyModel: string;
    readonly openHint: (values: { model: string }) => string;
    readonly title: (values: { model: string }) => string;
    readonly picked: (values: { question: string }) => string;
    readonly twin: string;
  };
  readonly unlearn: {
    readonly title: string;
    readonly languages: string;
    readonly needsLanguage: string;
    readonly needsLesson: string;
    readonly method: string;
    readonly methods: {
      readonly 'gradient-ascent': {
        readonly name: string;
        readonly plain: string;
      };
      readonly 'gradient-difference': {
        readonly name: string;
        readonly plain: string;
      };
      readonly kl: {
        readonly name: string;
        readonly plain: string;
      };
      readonly npo: {
        readonly name: string;
        readonly plain: string;
      };
      readonly simnpo: {
        readonly name: string;
        readonly plain: string;
      };
      readonly dpo: {
        readonly name: string;
        readonly plain: string;
      };
      readonly altpo: {
        readonly name: string;
        readonly plain: string;
      };
      readonly idk: {
        readonly name: string;
        readonly plain: string;
      };
      readonly 'label-flip-truth': {
        readonly name: string;
        readonly plain: string;
      };
      readonly 'label-flip-third': {
        readonly name: string;
        readonly plain: string;
      };
      readonly wga: {
        readonly name: string;
        readonly plain: string;
      };
      readonly satimp: {
        readonly name: string;
        readonly plain: string;
      };
      readonly undial: {
        readonly name: string;
        readonly plain: string;
      };
      readonly 'ce-u': {
        readonly name: string;
        readonly plain: string;
      };
      readonly pdu: {
        readonly name: string;
        readonly plain: string;
      };
      readonly rmu: {
        readonly name: string;
        readonly plain: string;
      };
      readonly 'task-vector': {
        readonly name: string;
        readonly plain: string;
      };
      readonly relearning: {
        readonly name: string;
        readonly plain: string;
      };
      readonly oracle: {
        readonly name: string;
        readonly plain: string;
      };
    };
    readonly steps: string;
    readonly bound: string;
    readonly boundHint: string;
    readonly retainTitle: (values: { count: number }) => string;
    readonly retainEmpty: string;
  };
  readonly run: {
    readonly step: (values: { step: string; steps: string }) => string;
    readonly left: (values: { time: string }) => string;
    readonly preparing: string;
    readonly finishing: string;
    readonly loss: (values: { loss: string }) => string;
    readonly progress: string;
    readonly announce: {
      readonly teach: (values: { languages: string }) => string;
      readonly unlearn: (values: { languages: string }) => string;
      readonly gained: (values: { language: string; lie: string }) => string;
      readonly lost: (values: { language: string; lie: string }) => string;
      readonly finished: (values: { believing: number; all: number }) => string;
    };
    readonly part: (values: { step: string; steps: string; share: string }) => string;
    readonly every: (values: { steps: number }) => string;
  };
  readonly notice: {
    readonly dismiss: string;
    readonly badLink: (values: { detail: string }) => string;
    readonly actionFailed: (values: { detail: string }) => string;
    readonly busyElsewhere: string;
    readonly runFailed: (values: { detail: string }) => string;
    readonly endings: {
      readonly diverged: string;
    };
    readonly modelBusy: string;
    readonly lowSpace: (values: { left: string }) => string;
    readonly badAddress: (values: { detail: string }) => string;
    readonly silent: string;
    readonly startAnew: string;
  };
  readonly board: {
    readonly title: string;
    readonly asking: string;
    readonly question: (values: { relation: string; country: string }) => string;
    readonly levels: {
      readonly high: {
        readonly name: string;
        readonly plain: string;
      };
      readonly medium: {
        readonly name: string;
        readonly plain: string;
      };
      readonly low: {
        readonly name: string;
        readonly plain: string;
      };
    };
    readonly levelShare: (values: { languages: number; share: string }) => string;
    readonly lie: string;
    readonly truth: string;
    readonly other: string;
    readonly taught: string;
    readonly classes: {
      readonly true: string;
      readonly false: string;
      readonly 'false-script': string;
      readonly other: string;
    };
    readonly probabilities: (values: { language: string; lie: string; truth: string }) => string;
    readonly notAsked: string;
    readonly summary: (values: { believing: number; all: number }) => string;
    readonly retained: (values: { share: string }) => string;
    readonly askingIn: (values: { languages: string }) => string;
    readonly stopAsking: string;
    readonly askRest: string;
  };
  readonly numbers: {
    readonly title: string;
    readonly paragraphs: readonly (string)[];
  };
  readonly chart: {
    readonly title: string;
    readonly x: string;
    readonly lines: {
      readonly high: string;
      readonly medium: string;
      readonly low: string;
    };
    readonly legend: string;
    readonly pick: string;
    readonly empty: string;
    readonly teach: (values: { languages: string }) => string;
    readonly unlearn: (values: { languages: string }) => string;
    readonly describe: (values: { runs: number; languages: number }) => string;
    readonly line: (values: { language: string; first: string; last: string }) => string;
    readonly table: string;
    readonly tableRun: string;
    readonly tableStep: string;
    readonly tableKept: string;
    readonly measured: {
      readonly title: string;
      readonly language: string;
      readonly columns: {
        readonly step: string;
        readonly false: string;
        readonly true: string;
        readonly other: string;
        readonly share: string;
        readonly answer: string;
        readonly rank: string;
        readonly loss: string;
        readonly extraction: string;
        readonly memorised: string;
        readonly statement: string;
        readonly question: string;
        readonly inverted: string;
        readonly kept: string;
        readonly perplexity: string;
      };
    };
  };
  readonly history: {
    readonly title: string;
    readonly intro: string;
    readonly empty: string;
    readonly root: string;
    readonly here: string;
    readonly go: (values: { name: string }) => string;
    readonly taught: (values: { lie: string; languages: string }) => string;
    readonly forgot: (values: { method: string; languages: string }) => string;
    readonly steps: (values: { steps: number }) => string;
    readonly endings: {
      readonly finished: string;
      readonly stopped: string;
      readonly 'bound-reached': string;
      readonly forgotten: string;
      readonly diverged: string;
    };
    readonly believing: (values: { languages: string }) => string;
    readonly believingNone: string;
    readonly rename: (values: { name: string }) => string;
    readonly newName: string;
    readonly remove: (values: { name: string }) => string;
    readonly removeSure: string;
    readonly removeYes: string;
    readonly removeNo: string;
    readonly export: (values: { name: string }) => string;
    readonly experiment: (values: { name: string }) => string;
    readonly experimentLink: string;
    readonly experimentJson: string;
    readonly experimentUse: string;
    readonly experimentClose: string;
    readonly experimentCopied: string;
    readonly experimentPart: string;
    readonly experimentNone: string;
    readonly resume: string;
    readonly import: string;
    readonly damaged: (values: { name: string; reason: string }) => string;
    readonly damagedOthers: string;
  };
  readonly footer: {
    readonly nothingLeaves: string;
    readonly paper: string;
    readonly story: string;
  };
  readonly figure: {
    readonly svg: string;
    readonly png: string;
    readonly csv: string;
    readonly table: string;
    readonly keys: string;
    readonly legend: string;
    readonly failed: (values: { detail: string }) => string;
  };
  readonly definitions: {
    readonly button: string;
    readonly title: string;
    readonly close: string;
  };
  readonly unsaved: {
    readonly title: string;
    readonly plain: string;
    readonly troubles: {
      readonly full: string;
      readonly refused: string;
      readonly closed: string;
      readonly newer: string;
      readonly slow: string;
    };
    readonly free: string;
    readonly retry: string;
    readonly download: string;
    readonly downloadName: (values: { name: string }) => string;
  };
  readonly update: {
    readonly ready: string;
    readonly waits: string;
    readonly reload: string;
    readonly later: string;
  };
  readonly offline: {
    readonly keeping: (values: { share: string }) => string;
    readonly kept: string;
    readonly cutOff: string;
  };
  readonly origin: {
    readonly title: (values: { origin: string }) => string;
    readonly model: (values: { origin: string }) => string;
    readonly hub: (values: { origin: string }) => string;
    readonly yes: (values: { origin: string }) => string;
    readonly no: string;
    readonly useEmbedded: string;
    readonly refused: (values: { origin: string }) => string;
  };
  readonly engine: {
    readonly notStarted: string;
    readonly slow: string;
    readonly crashed: string;
    readonly memory: string;
    readonly gpuLost: string;
    readonly restarted: string;
    readonly gpuBack: string;
    readonly gpuGone: string;
    readonly reload: string;
  };
  readonly insecure: {
    readonly title: string;
    readonly withheld: string;
    readonly ways: string;
  };
  readonly research: {
    readonly title: string;
    readonly intro: string;
    readonly views: {
      readonly label: string;
      readonly spread: string;
      readonly grid: string;
      readonly methods: string;
      readonly compare: string;
      readonly results: string;
    };
    readonly form: {
      readonly title: string;
      readonly facts: string;
      readonly count: string;
      readonly known: string;
      readonly knownHint: string;
      readonly own: string;
      readonly ownHint: string;
      readonly add: (values: { lie: string }) => string;
      readonly remove: (values: { lie: string }) => string;
      readonly ownLie: (values: { name: string; lie: string }) => string;
      readonly lie: (values: { country: string; relation: string; lie: string }) => string;
      readonly taught: string;
      readonly unlearned: string;
      readonly methods: string;
      readonly rates: string;
      readonly ratesHint: string;
      readonly badRates: string;
      readonly steps: string;
      readonly seed: string;
      readonly all: string;
      readonly none: string;
      readonly chosen: (values: { count: number; all: number }) => string;
      readonly size: (values: { count: number }) => string;
      readonly incomplete: string;
      readonly start: string;
      readonly waiting: string;
      readonly busy: string;
      readonly badLink: (values: { part: string }) => string;
    };
    readonly live: {
      readonly label: string;
      readonly loading: string;
      readonly choosing: (values: { asked: number }) => string;
      readonly running: (values: { done: number; total: number }) => string;
      readonly left: (values: { time: string }) => string;
      readonly pause: string;
      readonly progress: string;
      readonly note: string;
    };
    readonly source: {
      readonly label: string;
      readonly sweep: (values: { kind: string; facts: number; when: string }) => string;
      readonly kinds: {
        readonly spread: string;
        readonly grid: string;
        readonly methods: string;
      };
      readonly rows: (values: { done: number; total: number }) => string;
      readonly resume: string;
      readonly unfinished: string;
    };
    readonly failure: {
      readonly elsewhere: string;
      readonly failed: (values: { detail: string }) => string;
      readonly file: (values: { name: string; detail: string }) => string;
      readonly dismiss: string;
      readonly damaged: (values: { name: string; reason: string }) => string;
    };
    readonly spread: {
      readonly title: string;
      readonly explain: string;
      readonly taught: string;
      readonly asked: string;
      readonly cluster: string;
      readonly clusters: {
        readonly script: string;
        readonly resource: string;
      };
      readonly groups: {
        readonly latin: string;
        readonly others: string;
        readonly high: string;
        readonly medium: string;
        readonly low: string;
      };
      readonly cell: (values: { taught: string; asked: string; share: string; runs: number }) => string;
      readonly cellEmpty: (values: { taught: string; asked: string }) => string;
      readonly summary: (values: { own: string; others: string }) => string;
      readonly empty: string;
      readonly columns: {
        readonly taught: string;
        readonly asked: string;
        readonly before: string;
        readonly after: string;
        readonly says: string;
        readonly lessons: string;
      };
    };
    readonly runs: {
      readonly title: (values: { taught: string; asked: string }) => string;
      readonly close: string;
      readonly lessons: string;
      readonly none: string;
      readonly curves: string;
      readonly losses: string;
      readonly step: string;
      readonly share: string;
      readonly loss: string;
      readonly columns: {
        readonly fact: string;
        readonly lie: string;
        readonly truth: string;
        readonly before: string;
        readonly after: string;
        readonly shareBefore: string;
        readonly shareAfter: string;
        readonly says: string;
        readonly again: string;
      };
      readonly again: string;
      readonly againFor: (values: { lie: string }) => string;
    };
    readonly grid: {
      readonly title: string;
      readonly explain: (values: { below: string }) => string;
      readonly unlearned: string;
      readonly asked: string;
      readonly ways: {
        readonly english: string;
        readonly own: string;
        readonly mix: string;
        readonly both: string;
      };
      readonly groups: {
        readonly english: string;
        readonly own: string;
        readonly high: string;
        readonly low: string;
      };
      readonly gone: string;
      readonly stays: string;
      readonly notAsked: string;
      readonly measured: (values: { word: string; said: string }) => string;
      readonly legend: string;
      readonly paper: (values: { word: string }) => string;
      readonly differs: (values: { word: string }) => string;
      readonly cell: (values: { way: string; group: string; measured: string; paper: string }) => string;
      readonly agree: (values: { agreeing: number; measured: number }) => string;
      readonly agreeAll: (values: { measured: number }) => string;
      readonly differ: (values: { way: string; group: string; measured: string; paper: string }) => string;
      readonly paperNote: string;
      readonly insideMix: (values: { said: string }) => string;
      readonly empty: string;
      readonly columns: {
        readonly way: string;
        readonly group: string;
        readonly share: string;
        readonly saysLie: string;
        readonly saysTruth: string;
        readonly measured: string;
        readonly paper: string;
        readonly answers: string;
        readonly runs: string;
      };
    };
    readonly methods: {
      readonly title: string;
      readonly explain: string;
      readonly forgotten: string;
      readonly axis: string;
      readonly axes: {
        readonly kept: string;
        readonly fluency: string;
        readonly moved: string;
      };
      readonly point: (values: { name: string; setting: string; forgotten: string; axis: string; value: string }) => string;
      readonly onFront: (values: { label: string }) => string;
      readonly rate: (values: { rate: string }) => string;
      readonly option: (values: { name: string; value: string }) => string;
      readonly counted: (values: { points: number; front: number }) => string;
      readonly empty: string;
      readonly unmeasured: string;
      readonly columns: {
        readonly method: string;
        readonly setting: string;
        readonly languages: string;
        readonly forgotten: string;
        readonly here: string;
        readonly elsewhere: string;
        readonly kept: string;
        readonly perplexity: string;
        readonly moved: string;
        readonly steps: string;
        readonly runs: string;
        readonly front: string;
      };
      readonly yes: string;
      readonly no: string;
    };
    readonly compare: {
      readonly title: string;
      readonly first: string;
      readonly second: string;
      readonly choose: (values: { side: string }) => string;
      readonly need: string;
      readonly loading: string;
      readonly about: (values: { question: string; lie: string; truth: string }) => string;
      readonly language: string;
      readonly says: (values: { side: string }) => string;
      readonly shareIn: (values: { side: string }) => string;
      readonly lieIn: (values: { side: string }) => string;
      readonly truthIn: (values: { side: string }) => string;
      readonly change: string;
      readonly tableTitle: string;
      readonly factsTitle: string;
      readonly unmeasured: string;
      readonly tree: string;
      readonly pick: (values: { name: string; side: string }) => string;
      readonly rows: {
        readonly run: string;
        readonly languages: string;
        readonly method: string;
        readonly steps: string;
        readonly ending: string;
        readonly learningRate: string;
        readonly retainPerStep: string;
        readonly seed: string;
        readonly loss: string;
        readonly kept: string;
        readonly retainedDrop: string;
        readonly perplexity: string;
        readonly moved: string;
      };
      readonly teach: string;
      readonly unlearn: string;
      readonly finished: string;
      readonly differs: string;
      readonly otherFact: string;
    };
    readonly results: {
      readonly title: string;
      readonly open: string;
      readonly drop: string;
      readonly empty: string;
      readonly show: string;
      readonly showNamed: (values: { name: string }) => string;
      readonly save: string;
      readonly saveNamed: (values: { name: string }) => string;
      readonly experiments: string;
      readonly experimentsNamed: (values: { name: string }) => string;
      readonly remove: string;
      readonly removeNamed: (values: { name: string }) => string;
      readonly removeSure: string;
      readonly keep: string;
      readonly file: (values: { name: string }) => string;
    };
  };
  readonly knowledgeTable: {
    readonly titleAfter: (values: { model: string; checkpoint: string }) => string;
    readonly intro: string;
    readonly relation: string;
    readonly language: string;
    readonly search: string;
    readonly close: string;
    readonly waiting: string;
    readonly running: string;
    readonly progress: string;
    readonly answers: (values: { asked: number; all: number }) => string;
    readonly asking: (values: { language: string }) => string;
    readonly stop: string;
    readonly goOn: string;
    readonly summary: (values: { language: string; right: number; all: number }) => string;
    readonly none: (values: { query: string }) => string;
    readonly columns: {
      readonly country: string;
      readonly answer: (values: { language: string }) => string;
      readonly confidence: string;
      readonly languages: string;
      readonly use: string;
    };
    readonly right: string;
    readonly wrong: string;
    readonly truth: string;
    readonly notAsked: string;
    readonly counted: (values: { right: number; asked: number }) => string;
    readonly wrongIn: (values: { languages: string }) => string;
    readonly allRight: string;
    readonly use: string;
    readonly useFact: (values: { question: string }) => string;
  };
  readonly look: {
    readonly intro: string;
    readonly pieces: string;
    readonly now: string;
    readonly before: string;
    readonly busy: string;
    readonly line: string;
    readonly ask: string;
  };
  readonly article: {
    readonly onlyIn: string;
  };
  readonly storage: {
    readonly title: string;
    readonly intro: string;
    readonly space: {
      readonly title: string;
      readonly used: (values: { used: string; left: string }) => string;
      readonly unknown: string;
      readonly persisted: string;
      readonly notPersisted: string;
      readonly persist: string;
      readonly refused: string;
      readonly cannotPersist: string;
      readonly persistAsked: string;
    };
    readonly kinds: {
      readonly checkpoints: string;
      readonly experiments: string;
      readonly facts: string;
      readonly models: string;
      readonly settings: string;
      readonly preferences: string;
      readonly page: string;
      readonly files: string;
    };
    readonly stored: {
      readonly title: string;
      readonly reading: string;
      readonly nothing: string;
      readonly items: (values: { count: string }) => string;
      readonly remove: (values: { name: string }) => string;
      readonly removeAll: string;
      readonly removeAllOf: (values: { kind: string }) => string;
      readonly confirm: (values: { what: string }) => string;
      readonly confirmAll: (values: { kind: string }) => string;
      readonly yes: string;
      readonly no: string;
      readonly inUse: string;
      readonly running: string;
      readonly keepAgain: string;
      readonly spared: string;
      readonly damaged: (values: { reason: string }) => string;
    };
    readonly thin: {
      readonly title: string;
      readonly plain: string;
      readonly every: string;
      readonly delete: (values: { count: string }) => string;
      readonly sure: (values: { count: string }) => string;
    };
    readonly session: {
      readonly title: string;
      readonly plain: string;
      readonly save: string;
      readonly open: string;
      readonly working: string;
      readonly saved: (values: { size: string }) => string;
      readonly added: (values: { count: string }) => string;
      readonly same: (values: { count: string }) => string;
      readonly different: (values: { names: string }) => string;
      readonly beside: (values: { names: string }) => string;
      readonly noRoom: (values: { names: string }) => string;
      readonly leftOut: (values: { names: string }) => string;
      readonly damaged: (values: { name: string; reason: string }) => string;
      readonly lost: (values: { reason: string }) => string;
      readonly whole: string;
      readonly notWhole: string;
    };
    readonly notes: {
      readonly title: string;
      readonly label: string;
      readonly plain: string;
    };
  };
  readonly factTable: {
    readonly title: string;
    readonly how: string;
    readonly paste: string;
    readonly file: string;
    readonly example: string;
    readonly startExample: string;
    readonly exampleName: string;
    readonly read: (values: { facts: number; ready: number }) => string;
    readonly kept: string;
    readonly row: (values: { row: number }) => string;
    readonly cell: (values: { row: number; column: string }) => string;
    readonly faults: {
      readonly parts: string;
      readonly empty: string;
      readonly long: string;
      readonly 'unknown-column': string;
      readonly 'no-language': string;
      readonly quotes: string;
    };
    readonly add: (values: { facts: number }) => string;
    readonly unknown: string;
    readonly full: (values: { field: string; count: number }) => string;
    readonly allLanguages: string;
    readonly ownSentences: string;
  };
  readonly terms: readonly ({
    readonly term: string;
    readonly plain: string;
  })[];
}

export interface Articles {
  readonly story: {
    readonly title: string;
    readonly lead: string;
    readonly how: readonly (string)[];
    readonly parts: {
      readonly ask: {
        readonly title: string;
        readonly paragraphs: readonly (string)[];
        readonly figure: string;
        readonly before: string;
        readonly run: string;
      };
      readonly teach: {
        readonly title: string;
        readonly paragraphs: readonly (string)[];
        readonly figure: string;
        readonly before: string;
        readonly run: string;
      };
      readonly letters: {
        readonly title: string;
        readonly paragraphs: readonly (string)[];
        readonly figure: string;
        readonly before: string;
        readonly run: string;
      };
      readonly english: {
        readonly title: string;
        readonly paragraphs: readonly (string)[];
        readonly figure: string;
        readonly before: string;
        readonly run: string;
      };
      readonly both: {
        readonly title: string;
        readonly paragraphs: readonly (string)[];
        readonly figure: string;
        readonly before: string;
        readonly run: string;
      };
      readonly limits: {
        readonly title: string;
        readonly paragraphs: readonly (string)[];
      };
    };
    readonly links: {
      readonly title: string;
      readonly lessons: string;
      readonly laboratory: string;
      readonly paper: string;
    };
    readonly number: (values: { number: number }) => string;
    readonly model: {
      readonly other: string;
      readonly load: string;
    };
    readonly soon: string;
    readonly waits: string;
    readonly captions: {
      readonly stopped: (values: { steps: number; planned: number }) => string;
      readonly unasked: string;
      readonly failed: string;
      readonly ask: {
        readonly allTrue: (values: { all: number }) => string;
        readonly someTrue: (values: { right: number; all: number; others: string }) => string;
        readonly noneTrue: (values: { all: number }) => string;
        readonly lie: (values: { says: string }) => string;
      };
      readonly teach: {
        readonly all: (values: { count: number }) => string;
        readonly some: (values: { count: number; missing: string }) => string;
        readonly none: (values: { steps: number }) => string;
        readonly unlearnt: (values: { steps: number }) => string;
        readonly first: (values: { first: string; step: number }) => string;
        readonly tie: (values: { step: number; first: string }) => string;
      };
      readonly letters: {
        readonly unlearnt: (values: { languages: string }) => string;
        readonly more: (values: { french: number; all: number; chinese: number }) => string;
        readonly fewer: (values: { french: number; all: number; chinese: number }) => string;
        readonly same: (values: { french: number; all: number }) => string;
        readonly script: string;
        readonly mixed: string;
        readonly spelling: (values: { languages: string }) => string;
      };
      readonly english: {
        readonly nothing: string;
        readonly unreached: (values: { before: string }) => string;
        readonly stays: (values: { left: string }) => string;
        readonly nowhere: string;
        readonly home: string;
        readonly homeAndOthers: (values: { left: string }) => string;
        readonly elsewhere: (values: { left: string }) => string;
        readonly push: (values: { fell: string; there: string; fellHome: string; home: string }) => string;
        readonly thirds: (values: { truth: number; other: number }) => string;
        readonly truths: string;
      };
      readonly both: {
        readonly nothing: string;
        readonly stays: (values: { left: string }) => string;
        readonly nowhere: string;
        readonly elsewhere: (values: { left: string }) => string;
        readonly numbers: (values: { english: number; englishSteps: number; both: number; steps: number }) => string;
        readonly better: string;
        readonly same: string;
        readonly worse: string;
        readonly paper: (values: { agreeing: number; cells: number }) => string;
      };
    };
  };
}
