/** @file What CLDR and `world-countries` leave open: one answer a question, and names they lack or write at length. */

/** Names of countries that read better in a sentence than CLDR's. (Russian ones stand in russian.tsv.) */
export const countryNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  en: {
    CD: 'Democratic Republic of the Congo',
    CG: 'Republic of the Congo',
    CI: 'Ivory Coast',
    TR: 'Turkey',
    KN: 'Saint Kitts and Nevis',
    LC: 'Saint Lucia',
    VC: 'Saint Vincent and the Grenadines',
    CZ: 'Czech Republic',
    TL: 'East Timor',
  },
  fr: {
    CD: 'République démocratique du Congo',
    CG: 'République du Congo',
    ST: 'Sao Tomé-et-Principe',
    VN: 'Viêt Nam',
  },
  es: { CG: 'República del Congo', CI: 'Costa de Marfil', TL: 'Timor Oriental' },
  de: {
    CD: 'Demokratische Republik Kongo',
    CG: 'Republik Kongo',
    CI: 'Elfenbeinküste',
    CV: 'Kap Verde',
    TL: 'Osttimor',
    MH: 'Marshallinseln',
  },
  zh: { CD: '刚果民主共和国', CG: '刚果共和国', AE: '阿联酋' },
  ar: {
    CD: 'جمهورية الكونغو الديمقراطية',
    CG: 'جمهورية الكونغو',
    SA: 'السعودية',
    TL: 'تيمور الشرقية',
  },
  hi: { CD: 'कांगो लोकतांत्रिक गणराज्य', CG: 'कांगो गणराज्य', US: 'अमेरिका', TL: 'पूर्वी तिमोर' },
  tr: {
    CD: 'Demokratik Kongo Cumhuriyeti',
    CG: 'Kongo Cumhuriyeti',
    CI: 'Fildişi Sahili',
    CV: 'Yeşil Burun',
    TL: 'Doğu Timor',
  },
  sw: {
    CD: 'Jamhuri ya Kidemokrasia ya Kongo',
    CG: 'Jamhuri ya Kongo',
    CI: 'Ivory Coast',
    GB: 'Uingereza',
    TL: 'Timor ya Mashariki',
    CV: 'Cabo Verde',
    ZM: 'Zambia',
    DM: 'Dominica',
  },
  pt: {
    CD: 'República Democrática do Congo',
    BF: 'Burkina Faso',
    CZ: 'República Tcheca',
  },
  id: {
    CD: 'Republik Demokratik Kongo',
    CG: 'Republik Kongo',
    CI: 'Pantai Gading',
    CZ: 'Republik Ceko',
    SZ: 'Eswatini',
  },
};

/** Capitals that CLDR spells unusually or leaves in English. */
export const capitalNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pt: { BD: 'Daca', MD: 'Chisinau' },
  id: { BE: 'Brussel', MD: 'Chisinau', PT: 'Lisboa', RO: 'Bukares' },
};

/** Other spellings of capitals that are still met, by country. */
export const otherCapitalNames: Readonly<
  Record<string, Readonly<Record<string, readonly string[]>>>
> = {
  CN: { en: ['Peking'], es: ['Beijing'], ar: ['بيجين'] },
  IN: { de: ['New Delhi'] },
  KZ: { en: ['Nur-Sultan'], ru: ['Нур-Султан'] },
  MM: { en: ['Nay Pyi Taw'] },
  UA: {
    en: ['Kiev'],
    fr: ['Kiev'],
    es: ['Kyiv'],
    pt: ['Kyiv'],
    de: ['Kiew', 'Kyiv'],
    tr: ['Kyiv'],
    id: ['Kiev'],
    sw: ['Kiev'],
  },
  US: {
    en: ['Washington, D.C.', 'Washington, DC', 'Washington D.C.'],
    fr: ['Washington, D.C.'],
    es: ['Washington D. C.'],
    pt: ['Washington, D.C.'],
    de: ['Washington, D.C.'],
    ru: ['Вашингтон, округ Колумбия'],
    zh: ['华盛顿哥伦比亚特区', '华盛顿特区'],
    ar: ['واشنطن العاصمة'],
    tr: ['Washington, D.C.'],
    hi: ['वॉशिंगटन डी॰ सी॰', 'वाशिंगटन'],
    id: ['Washington, D.C.'],
    sw: ['Washington, D.C.'],
  },
};

/** Languages that CLDR names by their own name where the language has a word for them. */
export const languageNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  id: { da: 'Denmark', fi: 'Finlandia', pl: 'Polandia' },
};

/** Currencies that CLDR lacks or abbreviates in a language. */
export const currencyNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ru: { XAF: 'центральноафриканский франк', XOF: 'западноафриканский франк' },
  hi: { XAF: 'मध्य अफ़्रीकी फ़्रैंक', XOF: 'पश्चिम अफ़्रीकी फ़्रैंक' },
  pt: {
    XAF: 'franco CFA da África Central',
    XOF: 'franco CFA da África Ocidental',
    MKD: 'denar macedônio',
    HUF: 'forint húngaro',
    PEN: 'sol peruano',
    UAH: 'hryvnia ucraniana',
    ZMW: 'kwacha zambiana',
  },
  id: {
    BAM: 'mark konvertibel Bosnia-Herzegovina',
    ILS: 'shekel baru Israel',
    SZL: 'lilangeni Eswatini',
  },
};

export const overrides = {
  /** Time zone whose exemplar city is the capital where the names differ. */
  zone: { UA: 'Kiev' } as Readonly<Record<string, string>>,
  /** The currency where a country lists several, or none. */
  currency: {
    BS: 'BSD',
    BN: 'BND',
    BT: 'BTN',
    CU: 'CUP',
    FM: 'USD',
    KH: 'KHR',
    KI: 'AUD',
    LS: 'LSL',
    NA: 'NAD',
    PA: 'PAB',
    SZ: 'SZL',
    TV: 'AUD',
    ZW: 'USD',
    SL: 'SLE',
    HR: 'EUR',
    BG: 'BGN',
  } as Readonly<Record<string, string>>,
};

interface Region {
  region: string;
  subregion: string;
  cca2: string;
}

interface Continent {
  id: string;
  /** CLDR's code of the region. */
  code: string;
  names?: Readonly<Record<string, string>>;
}

/** Six continents as schools count them: the Caribbean and Central America belong to North America. */
export function continents({ region, subregion, cca2 }: Region): Continent {
  if (cca2 === 'CY') return { id: 'europe', code: '150' };
  if (region === 'Americas')
    return subregion === 'South America'
      ? { id: 'south-america', code: '005', names: { es: 'América del Sur' } }
      : { id: 'north-america', code: '003' };
  const known: Readonly<Record<string, Continent>> = {
    Africa: { id: 'africa', code: '002' },
    Asia: { id: 'asia', code: '142' },
    Europe: { id: 'europe', code: '150' },
    Oceania: { id: 'oceania', code: '009' },
  };
  const continent = known[region];
  if (!continent) throw new Error(`${cca2} lies in an unknown region, ${region}.`);
  return continent;
}

/** The language most used in government, by country. */
export const mainLanguages: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    en: 'AG AU BB BS BW BZ CA DM FJ FM GB GD GH GM GY IE IN JM KE KI KN LC LR LS MH MT MU MW NA NG NR NZ PG PH PK PW SB SD SL SS SZ TO TT TV UG US VC VU WS ZA ZM ZW SG',
    fr: 'BF BJ CD CF CG CI CM FR GA GN HT LU MC MG ML NE SC SN TG RW',
    es: 'AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PY SV UY VE',
    pt: 'AO BR CV GW MZ PT ST TL',
    ar: 'AE BH DJ DZ EG ER IQ JO KM KW LB LY MA MR OM QA SA SO SY TD TN YE',
    de: 'AT CH DE LI',
    nl: 'BE NL SR',
    it: 'IT SM',
    ru: 'BY RU',
    el: 'CY GR',
    ms: 'BN MY',
    ko: 'KP KR',
    ro: 'MD RO',
    sw: 'TZ',
    fa: 'IR',
    am: 'ET',
    sq: 'AL',
    ca: 'AD',
    hy: 'AM',
    az: 'AZ',
    rn: 'BI',
    bn: 'BD',
    bg: 'BG',
    bs: 'BA',
    dz: 'BT',
    zh: 'CN',
    cs: 'CZ',
    da: 'DK',
    et: 'EE',
    fi: 'FI',
    ka: 'GE',
    hr: 'HR',
    hu: 'HU',
    id: 'ID',
    is: 'IS',
    he: 'IL',
    ja: 'JP',
    kk: 'KZ',
    ky: 'KG',
    km: 'KH',
    lo: 'LA',
    si: 'LK',
    lt: 'LT',
    lv: 'LV',
    dv: 'MV',
    mk: 'MK',
    my: 'MM',
    mn: 'MN',
    no: 'NO',
    ne: 'NP',
    ps: 'AF',
    pl: 'PL',
    sr: 'ME RS',
    sk: 'SK',
    sl: 'SI',
    sv: 'SE',
    th: 'TH',
    tg: 'TJ',
    tk: 'TM',
    tr: 'TR',
    uk: 'UA',
    uz: 'UZ',
    vi: 'VN',
  }).flatMap(([language, countries]) => countries.split(' ').map((country) => [country, language])),
);
