/**
 * @file How the cloze set says capitals and official languages. We wrote it, in words other than the forms of `src/facts/languages`,
 * whose slots it uses (`{the}`, `{gen}` …); `{A}` is the gap, `{C}` a city's name.
 */

export interface Wordings {
  /** The gap is the capital, last and first; then the country, named as in a dictionary. */
  capital: readonly string[];
  capitalOf: readonly string[];
  language: readonly string[];
}

export const wordings: Readonly<Record<string, Wordings>> = {
  en: {
    capital: [
      'It is well known that the capital of {the} is {A}.',
      '{A} holds the status of capital of {the}.',
    ],
    capitalOf: ['{C} is the capital of the country called {A}.'],
    language: [
      'The language officially spoken in {the} is {A}.',
      '{A} is officially spoken in {the}.',
    ],
  },
  fr: {
    capital: ['La capitale reconnue {de} est {A}.', '{A} est le nom de la capitale {de}.'],
    capitalOf: ['{C} est la capitale du pays appelé {A}.'],
    language: [
      'La langue officiellement parlée {en} est {A}.',
      '{A} a le statut de langue officielle {en}.',
    ],
  },
  es: {
    capital: ['La capital reconocida {de} es {A}.', '{A} es el nombre de la capital {de}.'],
    capitalOf: ['{C} es la capital del país denominado {A}.'],
    language: [
      'El idioma que se habla oficialmente {en} es {A}.',
      '{A} se habla oficialmente {en}.',
    ],
  },
  pt: {
    capital: ['A cidade que serve de capital {do} é {A}.', '{A} serve de capital {do}.'],
    capitalOf: ['{C} é a capital do país que leva o nome de {A}.'],
    language: [
      'A língua falada oficialmente {no} é {A}.',
      '{A} é a língua falada oficialmente {no}.',
    ],
  },
  de: {
    capital: ['Als Hauptstadt {von} gilt {A}.', '{A} gilt als Hauptstadt {von}.'],
    capitalOf: ['{C} ist die Hauptstadt des Landes namens {A}.'],
    language: ['Offiziell spricht man {in} {A}.', '{A} wird {in} offiziell gesprochen.'],
  },
  ru: {
    capital: ['Столичный город {gen} — это {A}.', '{A} служит столицей {gen}.'],
    capitalOf: ['{C} — столица страны, которая называется {A}.'],
    language: [
      'Официальным языком {gen} считается {A}.',
      '{A} считается официальным языком {gen}.',
    ],
  },
  zh: {
    capital: ['{s}的首都名叫{A}。', '{A}被定为{s}的首都。'],
    capitalOf: ['首都为{C}的国家是{A}。'],
    language: ['{s}规定的官方语言为{A}。', '{A}被定为{s}的官方语言。'],
  },
  ar: {
    capital: ['المدينة التي هي عاصمة {s} اسمها {A}.', '{A} تعد عاصمة {s}.'],
    capitalOf: ['{C} هي عاصمة الدولة المسماة {A}.'],
    language: ['اللغة المعترف بها رسميا في {s} هي {A}.', '{A} هي اللغة المعترف بها رسميا في {s}.'],
  },
  tr: {
    capital: ['{gen} başkenti olarak bilinen şehir {A}.', '{A} kenti, {gen} başkenti sayılır.'],
    capitalOf: ['{C}, adı {A} olan ülkenin başkentidir.'],
    language: [
      '{loc} resmî olarak konuşulan dil: {A}.',
      '{A}, {loc} resmî olarak konuşulan dildir.',
    ],
  },
  hi: {
    capital: ['{s} की राजधानी वाला शहर {A} है।', '{A} को {s} की राजधानी का दर्जा मिला है।'],
    capitalOf: ['{C} जिस देश की राजधानी है, उसका नाम {A} है।'],
    language: [
      '{s} में सरकारी तौर पर बोली जाने वाली भाषा {A} है।',
      '{A} वह भाषा है जो {s} में सरकारी तौर पर बोली जाती है।',
    ],
  },
  sw: {
    capital: [
      'Nchini {s}, mji mkuu unaitwa {A}.',
      '{A} ni mji unaotambulika kuwa mji mkuu wa {s}.',
    ],
    capitalOf: ['{C} ni mji mkuu wa nchi iitwayo {A}.'],
    language: [
      'Nchini {s}, lugha inayotumika rasmi ni {A}.',
      '{A} ni lugha inayotumika rasmi nchini {s}.',
    ],
  },
  id: {
    capital: [
      'Kota yang berperan sebagai ibu kota {s} ialah {A}.',
      '{A} berperan sebagai ibu kota {s}.',
    ],
    capitalOf: ['{C} adalah ibu kota negara yang bernama {A}.'],
    language: [
      'Bahasa yang dipakai secara resmi di {s} ialah bahasa {A}.',
      'Bahasa {A} dipakai secara resmi di {s}.',
    ],
  },
};
