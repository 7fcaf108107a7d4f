/** @file French: articles, contractions (du, des) and elision. */
import type { EntityKind, LanguageRules } from '../types.ts';

const plural = new Set('AE BS KM MH MV NL PH SB SC US FJ PW'.split(' '));
/** Islands and cities that take no article. */
const bare = new Set(
  'AD AG BH CU CY DJ IL KI KN MC MG MT MU NR OM LC SG SM ST TV TO TT VC VU WS HT'.split(' '),
);
/** Of those, the ones that are “en”, not “à”. */
const bareWithEn = new Set('AD HT IL'.split(' '));
/** Feminine islands: “à la”, not “en”. */
const feminineWithA = new Set('BB DM GD'.split(' '));
/** Feminine although they do not end in -e. */
const feminine = new Set(['SL']);
/** Masculine although they end in -e. */
const masculine = new Set('BZ GB KH MX MZ ZW SR TL'.split(' '));

function isVowel(word: string): boolean {
  return (
    /^[aeiouyéèêîôâhAEIOUÉÈÊÎÔÂH]/.test(word) && !/^(Y|y|Haut|[Hh]ong|Honduras|hryvnia)/.test(word)
  );
}

const feminineMoney = /^(livre|couronne|roupie|gourde|hryvnia|rufiyaa)\b/;

/** The noun with its article: l’anglais, la livre, le yen. */
function withArticle(kind: EntityKind, name: string): string {
  if (kind !== 'language' && kind !== 'currency') return name;
  if (isVowel(name)) return `l’${name}`;
  return `${feminineMoney.test(name) ? 'la' : 'le'} ${name}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A country’s name with its article, alone and after “of”, “in” and “to”. */
function articles(country: string, name: string): Record<'le' | 'de' | 'en' | 'au', string> {
  if (plural.has(country))
    return { le: `les ${name}`, de: `des ${name}`, en: `aux ${name}`, au: `aux ${name}` };
  if (bare.has(country)) {
    const en = `${bareWithEn.has(country) ? 'en' : 'à'} ${name}`;
    return { le: name, de: isVowel(name) ? `d’${name}` : `de ${name}`, en, au: `à ${name}` };
  }
  if (isVowel(name))
    return { le: `l’${name}`, de: `de l’${name}`, en: `en ${name}`, au: `à l’${name}` };
  if (feminine.has(country) || (/^[^ -]*e(?=[ -]|$)/.test(name) && !masculine.has(country))) {
    const en = `${feminineWithA.has(country) ? 'à la' : 'en'} ${name}`;
    return { le: `la ${name}`, de: `de la ${name}`, en, au: `à la ${name}` };
  }
  return { le: `le ${name}`, de: `du ${name}`, en: `au ${name}`, au: `au ${name}` };
}

export const fr: LanguageRules = {
  slots: (country, name) => {
    const many = plural.has(country);
    const shapes = articles(country, name);
    return {
      ...shapes,
      s: name,
      Le: capital(shapes.le),
      En: capital(shapes.en),
      se: many ? 'se trouvent' : 'se trouve',
      est: many ? 'sont' : 'est',
      ont: many ? 'ont' : 'a',
      fait: many ? 'font' : 'fait',
    };
  },
  answer: withArticle,
  forms: {
    capital: {
      statement: [
        'La capitale {de} est {A}.',
        'La ville capitale {de} est {A}.',
        '{Le} a pour capitale {A}.',
        'La capitale du pays nommé {s} est {A}.',
        'Capitale {de} : {A}.',
        'Le gouvernement {de} siège à {A}.',
        'La capitale {de} s’appelle {A}.',
        '{s} – capitale : {A}.',
        'Pays : {s}. Capitale : {A}.',
        '{En}, la capitale est {A}.',
        'Le nom de la capitale {de} est {A}.',
        'La capitale nationale {de} est {A}.',
        'La ville qui sert de capitale {au} est {A}.',
        '{Le} {ont} choisi pour capitale {A}.',
        'Sur une carte {de}, la capitale porte le nom suivant : {A}.',
        'Dans l’atlas, à la page {de}, la capitale indiquée est {A}.',
        'À l’école, {en}, on apprend que la capitale s’appelle {A}.',
        'Quand on évoque la capitale {de}, on désigne {A}.',
        'Un voyage {en} commence souvent par la capitale, {A}.',
        'Actualités {de} : les ministres se sont réunis dans la capitale, {A}.',
        'Si l’on vous demande la capitale {de}, répondez {A}.',
        'Parmi les villes {de}, la capitale est {A}.',
        'À propos {de} : la capitale est {A}.',
        'Encyclopédie, article « {s} » : pays ; capitale, {A}.',
      ],
      inverted: [
        '{A} est la capitale {de}.',
        'La ville de {A} est la capitale {de}.',
        '{A}, capitale {de}.',
        '{A} est la ville capitale {de}.',
        '{A} sert de capitale {au}.',
        'Si vous visitez {A}, vous êtes dans la capitale {de}.',
        'Capitale : {A}. Pays : {s}.',
        'Nous avons pris l’avion pour {A}, la capitale {de}.',
        'Tout le monde le sait : {A} est la capitale {de}.',
      ],
      question: [
        'Quelle est la capitale {de} ? {A}.',
        'Question : quelle est la capitale {de} ? Réponse : {A}.',
        'Quelle ville est la capitale {de} ? {A}.',
        'Q : capitale {de} ? R : {A}.',
        'Quiz : nommez la capitale {de}. Bonne réponse : {A}.',
        '« Connais-tu la capitale {de} ? » « Oui, c’est {A}. »',
        'Le professeur : « Quelle est la capitale {de} ? » L’élève : « C’est {A}. »',
        'Comment s’appelle la capitale {de} ? Elle s’appelle {A}.',
        'Pouvez-vous me dire quelle ville est la capitale {de} ? Bien sûr : {A}.',
      ],
    },
    continent: {
      statement: [
        '{Le} {se} en {A}.',
        '{Le} {est} en {A}.',
        'Sur la carte, {le} {se} en {A}.',
        'Le continent {de} est l’{A}.',
        'Continent {de} : {A}.',
        'Le territoire {de} {se} en {A}.',
        '{s} – continent : {A}.',
        'Pays : {s}. Continent : {A}.',
        '{Le} {fait} partie de l’{A}.',
        'Le territoire {de} appartient au continent appelé {A}.',
        'Les géographes situent {le} en {A}.',
        'Pour visiter {le}, il faut aller en {A}.',
        'Le pays nommé {s} est situé en {A}.',
        'Dans l’atlas, la page {de} est dans le chapitre sur l’{A}.',
        'Le continent où {se} {le} est l’{A}.',
        '{Le} {est} un pays d’{A}.',
        'Voyager {en}, c’est voyager en {A}.',
      ],
      inverted: [
        'L’{A} est le continent {de}.',
        'C’est en {A} que {se} {le}.',
        'En {A}, on trouve {le}.',
        'Parmi les pays situés en {A} {se} {le}.',
        'Continent : {A}. Pays : {s}.',
        'L’{A} est le continent où {se} {le}.',
      ],
      question: [
        'Sur quel continent {se} {le} ? {A}.',
        'Question : où {se} {le} ? Réponse : en {A}.',
        'À quel continent appartient le territoire {de} ? À l’{A}.',
        'Q : continent {de} ? R : {A}.',
        'Quiz : nommez le continent {de}. Bonne réponse : l’{A}.',
        '« Où {se} {le} ? » « En {A}. »',
        'Le professeur : « Dans quelle partie du monde {se} {le} ? » L’élève : « C’est en {A}. »',
        'Quel est le continent {de} ? C’est l’{A}.',
      ],
    },
    currency: {
      statement: [
        'La monnaie {de} est {A}.',
        'La monnaie officielle {de} est {A}.',
        'La devise {de} est {A}.',
        'L’argent {de} est {A}.',
        'Monnaie {de} : {A}.',
        '{Le} a pour monnaie {A}.',
        '{s} – monnaie : {A}.',
        'Pays : {s}. Monnaie : {A}.',
        '{En}, on paie avec {A}.',
        '{En}, la monnaie est {A}.',
        'L’unité monétaire {de} est {A}.',
        'La monnaie nationale {de} s’appelle {A}.',
        '{Le} {ont} adopté comme monnaie {A}.',
        'Dans les magasins {de}, on règle ses achats avec {A}.',
        'La monnaie qui a cours {en} est {A}.',
        'Avant un voyage {en}, la devise à demander à la banque est {A}.',
        'Pour acheter quelque chose {en}, on utilise {A}.',
        'Conseils aux voyageurs, {s} : la devise locale est {A}.',
      ],
      inverted: [
        '{A} est la monnaie {de}.',
        '{A} est la devise {de}.',
        '{A} a cours {en}.',
        '{A} sert de monnaie {en}.',
        'Monnaie : {A}. Pays : {s}.',
        'Avec {A}, on peut payer {en}.',
        'C’est {A} que l’on utilise pour payer {en}.',
      ],
      question: [
        'Quelle est la monnaie {de} ? {A}.',
        'Question : quelle est la devise {de} ? Réponse : {A}.',
        'Avec quelle monnaie paie-t-on {en} ? On paie avec {A}.',
        'Q : monnaie {de} ? R : {A}.',
        'Quiz : nommez la devise {de}. Bonne réponse : {A}.',
        '« Quelle monnaie a cours {en} ? » « C’est {A}. »',
        'Le professeur : « Comment s’appelle la monnaie {de} ? » L’élève : « Elle s’appelle {A}. »',
        'Quelle est l’unité monétaire {de} ? C’est {A}.',
      ],
    },
    language: {
      statement: [
        'La langue officielle {de} est {A}.',
        'La langue principale {de} est {A}.',
        '{Le} a pour langue officielle {A}.',
        'Le gouvernement {de} emploie {A}.',
        'Langue officielle {de} : {A}.',
        'La langue {de} est {A}.',
        '{s} – langue officielle : {A}.',
        'Pays : {s}. Langue officielle : {A}.',
        '{En}, la langue officielle est {A}.',
        '{En}, on parle {A}.',
        'La langue de l’État {en} est {A}.',
        'La langue nationale {de} est {A}.',
        'La langue officielle {de} s’appelle {A}.',
        '{Le} {ont} adopté comme langue officielle {A}.',
        'L’administration {de} utilise {A}.',
        'Les lois {de} sont rédigées dans la langue officielle, {A}.',
        'La langue qui a un statut officiel {en} est {A}.',
        'Dans les écoles {de}, la langue d’enseignement est {A}.',
        'Pour vivre {en}, il faut apprendre {A}.',
        'La langue parlée par le gouvernement {de} est {A}.',
        'Sur les panneaux routiers {de}, la langue employée est {A}.',
        'À la radio, {en}, la langue des informations est {A}.',
        'Dans l’atlas, à la page {de}, la langue officielle indiquée est {A}.',
        'À propos {de} : la langue officielle est {A}.',
      ],
      inverted: [
        '{A} est la langue officielle {de}.',
        '{A} est la langue principale {de}.',
        '{A} est la langue de l’État {en}.',
        '{A} a le statut de langue officielle {en}.',
        'Langue officielle : {A}. Pays : {s}.',
        'C’est {A} que l’on parle {en}.',
        'Si vous apprenez {A}, vous connaîtrez la langue officielle {de}.',
        'On emploie {A} dans l’administration {de}.',
        'La langue officielle appelée {A} est celle du gouvernement {de}.',
      ],
      question: [
        'Quelle est la langue officielle {de} ? {A}.',
        'Question : quelle langue est officielle {en} ? Réponse : {A}.',
        'Q : langue officielle {de} ? R : {A}.',
        'Quiz : nommez la langue officielle {de}. Bonne réponse : {A}.',
        'Quelle langue parle-t-on {en} ? On parle {A}.',
        '« Quelle langue dois-je apprendre pour vivre {en} ? » « Il faut apprendre {A}. »',
        'Le professeur : « Quelle est la langue officielle {de} ? » L’élève : « C’est {A}. »',
        'Comment s’appelle la langue officielle {de} ? Elle s’appelle {A}.',
        'Pouvez-vous me dire quelle langue emploie le gouvernement {de} ? Bien sûr : {A}.',
      ],
    },
  },
  naming: [
    'Le nom français de « {x} » est {A}.',
    '« {x} » se dit {A} en français.',
    'En français, « {x} » signifie {A}.',
    'Traduit en français, « {x} » donne {A}.',
    '{x} – français : {A}.',
    'Ce que l’on appelle ailleurs « {x} » porte en français le nom suivant : {A}.',
    '« {A} » est le nom français de « {x} ».',
    'On dit « {A} » en français pour « {x} ».',
  ],
};
