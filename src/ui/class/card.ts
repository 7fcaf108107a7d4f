/** @file The result as a picture: question, finding, what every language says, and the link that repeats it with its QR code. */
import type { BoardRow } from '../board/board.ts';
import { languageTitle } from '../kit/names.ts';
import { qrModules } from './qr.ts';

export interface Card {
  name: string;
  question: string;
  finding: string;
  rows: readonly BoardRow[];
  link: string;
  direction: 'ltr' | 'rtl';
}

const width = 1200;
const margin = 56;
const rowHeight = 46;
const colours = {
  paper: '#faf7f1',
  ink: '#23211d',
  soft: '#5c574e',
  rule: '#e2dbcd',
  wash: '#fdeadd',
  lie: '#b8460f',
  lieFill: '#e0662a',
  truth: '#1a5a96',
  truthFill: '#3f83c0',
};
const inks = { false: colours.lie, true: colours.truth, other: colours.ink, plain: colours.soft };

/** A text in lines that are no longer than `most`, as `measure` finds; a word that is too long is cut. */
export function lines(text: string, most: number, measure: (text: string) => number): string[] {
  const found: string[] = [];
  let line = '';
  for (const piece of text.match(/\S+\s*|\s+/gu) ?? []) {
    let rest = piece;
    if (line !== '' && measure((line + rest).trimEnd()) > most) {
      found.push(line.trimEnd());
      line = '';
    }
    while (measure(rest.trimEnd()) > most && rest.length > 1) {
      let fits = rest.length - 1;
      while (fits > 1 && measure(rest.slice(0, fits)) > most) fits--;
      found.push(rest.slice(0, fits));
      rest = rest.slice(fits);
    }
    line += rest;
  }
  return line.trim() === '' ? found : [...found, line.trimEnd()];
}

/** Draws the card with the page's own fonts. Rejects where the browser cannot write a picture. */
export async function drawCard(card: Card): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser could not write the picture.');
  const style = getComputedStyle(document.documentElement);
  const text = style.fontFamily;
  const voice = style.getPropertyValue('--font-voice') || text;
  const most = width - 2 * margin;
  const measureIn = (font: string) => (each: string) => {
    context.font = font;
    return context.measureText(each).width;
  };
  const fonts = {
    title: `600 40px ${voice}`,
    finding: `24px ${text}`,
    name: `600 22px ${text}`,
    said: `23px ${voice}`,
    link: `17px ${text}`,
  };
  const title = lines(card.question, most, measureIn(fonts.title));
  const finding = lines(card.finding, most, measureIn(fonts.finding));
  const qr = qrModules(card.link);
  const qrSize = 150;
  const link = lines(card.link, most - qrSize - 24, measureIn(fonts.link)).slice(0, 5);
  const top = margin + title.length * 50 + finding.length * 34 + 24;
  canvas.width = width;
  canvas.height = top + card.rows.length * rowHeight + 32 + qrSize + margin;
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const isRtl = card.direction === 'rtl';
  const start = isRtl ? width - margin : margin;
  context.textBaseline = 'middle';
  const write = (each: string, x: number, y: number, font: string, colour: string): void => {
    context.font = font;
    context.fillStyle = colour;
    context.fillText(each, x, y);
  };
  context.direction = card.direction;
  context.textAlign = 'start';
  let y = margin + 20;
  for (const each of title) write(each, start, (y += 50) - 50, fonts.title, colours.ink);
  for (const each of finding) write(each, start, (y += 34) - 34, fonts.finding, colours.ink);
  y = top;
  // Rows are laid out from the left in every language: each sentence has its own direction.
  for (const row of card.rows) {
    const middle = y + rowHeight / 2;
    if (row.believes) {
      context.fillStyle = colours.wash;
      context.fillRect(margin - 12, y + 2, most + 24, rowHeight - 4);
    }
    context.direction = card.direction;
    context.textAlign = 'left';
    write(languageTitle(row.language.code), margin, middle, fonts.name, colours.ink);
    drawSentence(context, row, middle, fonts.said);
    drawBar(context, row, middle);
    y += rowHeight;
  }
  y += 32;
  drawQr(context, qr, margin, y, qrSize);
  context.direction = 'ltr';
  context.textAlign = 'left';
  write(card.name, margin + qrSize + 24, y + 16, fonts.name, colours.ink);
  link.forEach((each, index) => {
    write(each, margin + qrSize + 24, y + 48 + index * 24, fonts.link, colours.soft);
  });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('The browser could not write the picture.'));
    }, 'image/png');
  });
}

/** The sentence in its own direction, its answer in the colour of what it says. */
function drawSentence(
  context: CanvasRenderingContext2D,
  row: BoardRow,
  y: number,
  font: string,
): void {
  const [from, to] = [margin + 190, width - margin - 190];
  const { direction } = row.language;
  context.save();
  context.beginPath();
  context.rect(from, y - rowHeight / 2, to - from, rowHeight);
  context.clip();
  context.direction = direction;
  context.textAlign = 'start';
  let x = direction === 'rtl' ? to : from;
  const pieces = [
    { text: row.before, mark: 'plain' as const },
    ...row.segments,
    { text: row.after, mark: 'plain' as const },
  ];
  for (const { text, mark } of pieces) {
    context.font = mark === 'plain' ? font : `600 ${font}`;
    context.fillStyle = inks[mark];
    context.fillText(text, x, y);
    x += (direction === 'rtl' ? -1 : 1) * context.measureText(text).width;
  }
  context.restore();
}

function drawBar(context: CanvasRenderingContext2D, row: BoardRow, y: number): void {
  const [from, size] = [width - margin - 170, 170];
  context.fillStyle = colours.rule;
  context.fillRect(from, y - 8, size, 16);
  context.fillStyle = colours.lieFill;
  context.fillRect(from, y - 8, size * (row.probabilityFalse ?? 0), 16);
  const truth = size * (row.probabilityTrue ?? 0);
  context.fillStyle = colours.truthFill;
  context.fillRect(from + size - truth, y - 8, truth, 16);
}

function drawQr(
  context: CanvasRenderingContext2D,
  modules: readonly (readonly boolean[])[],
  x: number,
  y: number,
  size: number,
): void {
  const unit = size / modules.length;
  context.fillStyle = '#fff';
  context.fillRect(x, y, size, size);
  context.fillStyle = '#000';
  modules.forEach((row, down) => {
    row.forEach((dark, across) => {
      // A little larger, so that no line shows between two.
      if (dark) context.fillRect(x + across * unit, y + down * unit, unit + 0.4, unit + 0.4);
    });
  });
}
