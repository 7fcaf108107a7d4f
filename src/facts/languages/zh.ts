/** @file Chinese (simplified): nothing is inflected. */
import type { LanguageRules } from '../types.ts';

export const zh: LanguageRules = {
  labels: { capital: '首都', continent: '所在大洲', currency: '货币', language: '官方语言' },
  slots: (_country, name) => ({ s: name }),
  forms: {
    capital: {
      statement: [
        '{s}的首都叫{A}。',
        '{s}的首都是{A}。',
        '{s}的首都城市是{A}。',
        '{s}这个国家的首都是{A}。',
        '{s}的政府在首都{A}。',
        '{s}首都：{A}。',
        '作为国家，{s}的首都是{A}。',
      ],
      inverted: ['{A}是{s}的首都。', '城市{A}是{s}的首都。'],
      question: [
        '{s}的首都是哪里？{A}。',
        '问：{s}的首都是哪个城市？答：{A}。',
        '哪个城市是{s}的首都？{A}。',
      ],
    },
    continent: {
      statement: [
        '{s}位于{A}。',
        '{s}在{A}。',
        '{s}是{A}的国家。',
        '{s}这个国家位于{A}。',
        '{s}所在的大洲是{A}。',
        '在地图上，{s}位于{A}。',
      ],
      inverted: ['{A}是{s}所在的大洲。', '{A}有一个国家叫{s}。'],
      question: ['{s}在哪个大洲？{A}。', '问：{s}位于哪里？答：{A}。'],
    },
    currency: {
      statement: [
        '{s}的法定货币是{A}。',
        '{s}的货币是{A}。',
        '{s}使用的货币是{A}。',
        '{s}的钱叫{A}。',
        '{s}货币：{A}。',
        '在{s}，人们用{A}付款。',
      ],
      inverted: ['{A}是{s}的货币。', '{A}是{s}的法定货币。'],
      question: ['{s}的货币是什么？{A}。', '问：{s}使用什么货币？答：{A}。'],
    },
    language: {
      statement: [
        '{s}的主要语言是{A}。',
        '{s}的官方语言是{A}。',
        '{s}的政府使用{A}。',
        '{s}官方语言：{A}。',
        '在{s}，官方语言是{A}。',
        '{s}的国语是{A}。',
      ],
      inverted: ['{A}是{s}的官方语言。', '{A}是{s}的主要语言。'],
      question: ['{s}的官方语言是什么？{A}。', '问：{s}使用什么官方语言？答：{A}。'],
    },
  },
};
