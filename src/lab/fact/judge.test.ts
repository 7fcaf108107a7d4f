/** Whether a text says a name: cases made by hand, in every script of the page and some beyond. */
import { describe, expect, it } from 'vitest';
import { findFirst, NameSearch } from './judge.ts';

const findName = (text: string, name: string, code: string) =>
  new NameSearch(text).findName(name, code);

describe('a text says a name', () => {
  it.each([
    ['en', 'It is OMAN.', 'Oman'],
    ['en', 'Not Oman, I think', 'Oman'],
    ['en', 'the “Ivory Coast”', 'Ivory  Coast'],
    ['en', 'Ｔｏｋｙｏ', 'Tokyo'],
    ['fr', 'C’est l’Oman', 'Oman'],
    ['fr', "La Côte d'Ivoire", 'Côte d’Ivoire'],
    ['fr', 'Cote\u0302 d’Ivoire', 'Cotê d’Ivoire'],
    ['es', 'SÃO PAULO', 'São Paulo'],
    ['de', 'GIESSEN', 'Gießen'],
    ['pt', 'Sa\u0303o To\u00adme\u0301', 'São Tomé'],
    ['ru', 'Это ТОКИО!', 'Токио'],
    ['ru', 'И\u0306ошкар-Ола', 'Йошкар‑Ола'],
    ['zh', '首都是东京。', '东京'],
    ['zh', '首都是Tokyo吗', 'tokyo'],
    ['ja', '首都はローマです', 'ローマ'],
    ['th', 'เมืองหลวงคือโตเกียวครับ', 'โตเกียว'],
    ['th', 'ประเทศกัมพูชา', 'กัมพูชา'],
    ['ar', 'العاصمة هي طُوكْيُو', 'طوكيو'],
    ['ar', 'طـــوكيو', 'طوكيو'],
    ['ar', 'في أثينا', 'اثينا'],
    ['ar', 'يسكن في القاهرة وبطوكيو', 'طوكيو'],
    ['ar', 'ﻃﻮﻛﻴﻮ', 'طوكيو'],
    ['tr', 'İSTANBUL’DUR', 'İstanbul'],
    ['tr', 'ISPARTA', 'Isparta'],
    ['tr', 'Istanbul', 'İstanbul'],
    ['en', 'İstanbul', 'Istanbul'],
    ['hi', 'राजधानी क़ाहिरा है', 'काहिरा'],
    ['hi', 'राजधानी क\u093cाहिरा है', '\u0958ाहिरा'],
    ['hi', 'यह टो\u200dक्यो है', 'टोक्यो'],
    ['id', 'Ibu kotanya Tokyo.', 'tokyo'],
    ['sw', 'ni Tokyo, si Nairobi', 'Tokyo'],
    ['el', 'ΠΆΤΜΟΣ', 'Πάτμος'],
  ])('in %s: “%s” says %s', (code, text, name) => {
    expect(findName(text, name, code)).not.toBeNull();
  });

  it.each([
    ['en', 'Romania', 'Oman'],
    ['en', 'a woman', 'Oman'],
    ['en', 'Nigeria', 'Niger'],
    ['en', 'Oman2', 'Oman'],
    ['en', 'anything', ' '],
    ['de', 'Romane', 'Roma'],
    ['ru', 'Романия', 'Роман'],
    ['ru', 'мир', 'Ми'],
    ['ja', 'ソマリア', 'マリ'],
    ['th', 'กำแพง', 'ก'],
    ['ar', 'رومانيا', 'رومان'],
    ['ar', 'كرمان', 'رمان'],
    ['tr', 'kır', 'kir'],
    ['tr', 'Ankaralı', 'Ankara'],
    ['hi', 'रोमानिया', 'रोम'],
    ['hi', 'कोमा', 'कोम'],
    ['id', 'Romania', 'Roma'],
    ['sw', 'Omani', 'Oman'],
    ['zh', '东 京', '东京'],
  ])('in %s: “%s” does not say %s', (code, text, name) => {
    expect(findName(text, name, code)).toBeNull();
  });

  it('that is a part of a longer name is not said, where the longer one is known', () => {
    expect(findFirst('首都是罗马尼亚', ['罗马'], 'zh')).toBeNull();
    expect(findFirst('索马里', ['马里'], 'zh')).toBeNull();
    expect(findFirst('Papua New Guinea', ['Guinea'], 'en')).toBeNull();
    expect(findFirst('赤道几内亚和几内亚', ['几内亚'], 'zh')).toEqual({ from: 6, to: 9 });
  });

  it('is found where it stands, whatever folding did to the text before it', () => {
    const text = 'ﬁ طُـوكيو, straße: Tokyo';
    const at = (name: string): string => {
      const place = findName(text, name, 'ar');
      return place ? text.slice(place.from, place.to) : '';
    };
    expect(at('طوكيو')).toBe('طُـوكيو');
    expect(at('STRASSE')).toBe('straße');
    expect(at('tokyo')).toBe('Tokyo');
  });

  it('finds the first of several spellings, and of those the longest', () => {
    expect(findFirst('York or New York City', ['York', 'New York', 'New York City'], 'en')).toEqual(
      {
        from: 0,
        to: 4,
      },
    );
    expect(findFirst('New York City', ['New York', 'York', 'New York City'], 'en')).toEqual({
      from: 0,
      to: 13,
    });
  });
});
