/** @file What the screen “Storage” says, and what the page says of being kept, updated, and out of room. */
export const storage = {
  title: 'Storage',
  intro:
    'All that you do here stays in this browser. Here is what it takes, and the way to take it along.',

  space: {
    title: 'Room',
    used: (used: string, left: string): string => `${used} used, ${left} left`,
    unknown: 'This browser does not say how much room there is.',
    persisted: 'The browser keeps all of this until you delete it.',
    notPersisted:
      'If this computer runs short of room, the browser may delete all of this without asking.',
    persist: 'Ask it to keep everything',
    refused:
      'The browser did not agree. It may agree later, when you have used the page more often or installed it.',
  },

  kinds: {
    checkpoints: 'Checkpoints',
    experiments: 'Experiments',
    facts: 'Your own facts',
    models: 'Downloaded models',
    settings: 'Notes and what was selected',
    preferences: 'What the page remembers of you',
    page: 'The page itself',
    files: 'The model, the runtime and fonts',
  } as Readonly<Record<string, string>>,
  stored: {
    title: 'What is stored',
    reading: 'Looking at what is stored',
    nothing: 'nothing',
    items: (count: string): string => `Show all (${count})`,
    remove: (name: string): string => `Delete “${name}”`,
    removeAll: 'Delete all',
    removeAllOf: (kind: string): string => `Delete all: ${kind}`,
    sure: (what: string): string => `Delete “${what}”? This cannot be undone.`,
    sureAll: (kind: string): string => `Delete all of this: ${kind}? This cannot be undone.`,
    yes: 'Delete',
    no: 'Keep',
    inUse: 'in use',
    running: 'A run is going on. Nothing can be deleted until it has ended.',
    keepAgain: 'Keep them again',
    spared: 'What is in use now stays.',
  },

  session: {
    title: 'Take it along',
    plain:
      'One file holds everything that is stored here: checkpoints, experiments, your own facts and notes. Open it in another browser or on another computer.',
    save: 'Save everything to a file',
    open: 'Open such a file',
    working: 'Working',
    saved: (size: string): string => `Saved, ${size}. This is the digest of what is in the file:`,
    added: (count: string): string => `Added: ${count}`,
    same: (count: string): string => `Already here: ${count}`,
    different: (names: string): string =>
      `Another version of these is already here, and stays: ${names}`,
    noRoom: (names: string): string =>
      `There was no room for these. Free some room and open the file again: ${names}`,
    damaged: (name: string, reason: string): string => `“${name}” could not be read: ${reason}.`,
    lost: (reason: string): string => `A part of the file could not be read: ${reason}.`,
    whole: 'The file is whole: its digest fits.',
    notWhole: 'The file is damaged. All that could be read was added.',
  },

  notes: {
    title: 'Notes',
    label: 'Your notes on this session',
    plain: 'They are kept in this browser and go into the file.',
  },

  update: {
    ready: 'A new version of this page is ready.',
    waits: 'A new version of this page is ready. It waits until nothing here would be lost.',
    reload: 'Reload',
    later: 'Later',
  },

  low: (left: string): string =>
    `This browser has only ${left} left for this page. Free some room on the screen “Storage” before the next run.`,

  unsaved: {
    title: 'No room left in this browser',
    plain:
      'This could not be stored. It is kept in memory until the page is closed: free some room and try again, or save it to a file.',
    free: 'Free some room',
    retry: 'Try to store it again',
    download: 'Save to a file',
    downloadName: (name: string): string => `Save “${name}” to a file`,
  },

  offline: {
    keeping: (share: string): string => `Being kept for use without a network: ${share}`,
    kept: 'This page works without a network.',
    cutOff: 'Not all of this page could be kept for use without a network.',
  },
};
