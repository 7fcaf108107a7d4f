/** @file The page's own language: its catalogue and the locale that its numbers are written in. */
import type { LanguageCode } from '../../facts/index.ts';
import { en, type Messages } from './en.ts';

export type { Messages } from './en.ts';

export const locale: LanguageCode = 'en';
export const messages: Messages = en;
