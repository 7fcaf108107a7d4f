/** @file What the screen “Storage” says, and what the page says of being kept, updated, and out of room. */
export const storage = {
  title: 'Storage',

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
