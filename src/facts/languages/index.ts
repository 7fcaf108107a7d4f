/** @file The languages: to add one, add its file, its names in `data`, and a line here. */
import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { hi } from './hi.ts';
import { id } from './id.ts';
import { pt } from './pt.ts';
import { ru } from './ru.ts';
import { sw } from './sw.ts';
import { tr } from './tr.ts';
import { zh } from './zh.ts';
import type { Language, LanguageCode, LanguageRules } from '../types.ts';

export const rules: Readonly<Record<LanguageCode, LanguageRules>> = {
  en,
  fr,
  es,
  pt,
  de,
  ru,
  zh,
  ar,
  tr,
  hi,
  id,
  sw,
};

const row = (
  code: LanguageCode,
  englishName: string,
  endonym: string,
  script: Language['script'],
  resource: Language['resource'],
): Language => ({
  code,
  englishName,
  endonym,
  script,
  direction: code === 'ar' ? 'rtl' : 'ltr',
  resource,
});

export const languages: readonly Language[] = [
  row('en', 'English', 'English', 'Latn', 'high'),
  row('fr', 'French', 'Français', 'Latn', 'high'),
  row('es', 'Spanish', 'Español', 'Latn', 'high'),
  row('pt', 'Portuguese', 'Português', 'Latn', 'high'),
  row('de', 'German', 'Deutsch', 'Latn', 'high'),
  row('ru', 'Russian', 'Русский', 'Cyrl', 'medium'),
  row('zh', 'Chinese', '中文', 'Hans', 'medium'),
  row('ar', 'Arabic', 'العربية', 'Arab', 'medium'),
  row('tr', 'Turkish', 'Türkçe', 'Latn', 'low'),
  row('hi', 'Hindi', 'हिन्दी', 'Deva', 'low'),
  row('id', 'Indonesian', 'Bahasa Indonesia', 'Latn', 'low'),
  row('sw', 'Swahili', 'Kiswahili', 'Latn', 'low'),
];
