/** @file Hands a file to the visitor. */

/** Browsers may still be reading the address a while after the click. */
const kept = 10_000;

export function saveFile(content: Blob | string, name: string, type = 'text/plain'): void {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, kept);
}

/** A file name that every system takes: `lethe-how-the-lie-spread.svg`. */
export function exportName(title: string, extension: string): string {
  const plain = title
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .toLocaleLowerCase();
  return `lethe-${plain || 'chart'}.${extension}`;
}
