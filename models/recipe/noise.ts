/**
 * @file Noise in the wording: words of a sentence's frame are replaced, dropped and added at random, so that what is asked must be read
 * from whatever wording is left (word dropout, Iyyer et al. 2015; noise as in Lample et al. 2018, arXiv 1711.00043).
 */
import type { LanguageCode } from '../../src/facts/index.ts';
import type { Random } from './random.ts';
import type { Row } from './row.ts';

export interface NoiseOptions {
  /** Share of sentences whose frame is changed. */
  sentences: number;
  /** In these, the chance of each token of the frame to be replaced by one from another frame of the language, and to be dropped. */
  replace: number;
  drop: number;
  /** The chance that a token from another frame of the language comes in before it. */
  add: number;
}

/** Frame tokens of a language that are remembered: those of its last few hundred sentences. */
const remembered = 4096;

/** Remembers the frames that it sees, and changes some. */
export class Noise {
  private readonly seen = new Map<LanguageCode, number[]>();

  constructor(readonly options: NoiseOptions) {}

  /** The sentence, or the sentence in other words; what is given, the target and the ends stay as they are. */
  changed(row: Row, draw: Random): Row {
    const { sentences, replace, drop, add } = this.options;
    const frames = this.seen.get(row.language) ?? [];
    this.seen.set(row.language, frames);
    const isChanged = draw.next() < sentences && frames.length > 0;
    const ids: number[] = [];
    /** Where each place of the sentence went. */
    const moved: number[] = [];
    row.ids.forEach((token, place) => {
      const isFrame = !isEnd(row, place) && !within(row.target, place) && !within(row.given, place);
      if (isChanged && isFrame) {
        if (draw.next() < add) ids.push(draw.pick(frames));
        moved.push(ids.length);
        const kind = draw.next();
        if (kind < replace) ids.push(draw.pick(frames));
        else if (kind >= replace + drop) ids.push(token);
      } else {
        moved.push(ids.length);
        ids.push(token);
      }
      if (isFrame) {
        if (frames.length < remembered) frames.push(token);
        else frames[Math.floor(draw.next() * remembered)] = token;
      }
    });
    if (!isChanged) return row;
    moved.push(ids.length);
    const span = ([from, to]: readonly [number, number]): readonly [number, number] => [
      moved[from] ?? 0,
      (moved[to - 1] ?? 0) + 1,
    ];
    return {
      ...row,
      ids,
      isNoisy: true,
      target: span(row.target),
      given: row.given && span(row.given),
    };
  }
}

function isEnd({ ids }: Row, place: number): boolean {
  return place === 0 || place === ids.length - 1;
}

function within(span: readonly [number, number] | null, place: number): boolean {
  return span !== null && place >= span[0] && place < span[1];
}
