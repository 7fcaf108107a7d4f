/** @file Hands a file to the visitor. */

/** Starts a download under a name; of a text, `type` says what it is. */
export function download(content: Blob | string, name: string, type = 'text/plain'): void {
  const file = typeof content === 'string' ? new Blob([content], { type }) : content;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 10_000);
}

/** A file name that every system takes, after a title, or else after what stands for one: `lethe-how-the-lie-spread.svg`. */
export function fileName(title: string, extension: string, otherwise = 'chart'): string {
  const plain = title
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .toLocaleLowerCase();
  return `lethe-${plain || otherwise}.${extension}`;
}
