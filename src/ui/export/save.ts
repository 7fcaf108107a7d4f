/** @file Hands what was made of a drawing or a table to the visitor. */
import { download } from '../view/download.ts';

export function saveFile(content: Blob | string, name: string, type = 'text/plain'): void {
  download(typeof content === 'string' ? new Blob([content], { type }) : content, name);
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
