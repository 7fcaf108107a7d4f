/** @file Portuguese, as in Brazil: articles and their contractions (do, da, no, na, ao, à). */
import type { EntityKind, LanguageRules } from '../types.ts';

/** Countries named without an article. */
const bare = new Set(
  'AD AG AO BB BD BF BW BZ CM CU CV CY FJ GD GH HN IL KI KN LC LU MA MC ME MG MM MT MU MZ NR OM PT PW RW SG SL SM ST SV SZ TL TO TT TV UG VC VU WS'.split(
    ' ',
  ),
);
const masculine = new Set(
  'AF AZ BH BI BJ BN BR BT CA CL DJ EC EG GA GB HT IQ IR JP KE KG KH KW KZ LA LB LI LK LS ML MW MX NE NP PA PE PK PY QA SD SN SR SS TD TG TJ TM UY UZ VN YE ZW'.split(
    ' ',
  ),
);
const masculinePlural = new Set('AE NL US'.split(' '));
const femininePlural = new Set('BS KM MH MV PH SB SC'.split(' '));

const feminineMoney =
  /^(coroa|dobra|hryvnia|kina|kwacha|lempira|libra|lira|naira|ouguiya|paʻanga|pula|rupia)\b/;

function articleOf(country: string): '' | 'o' | 'a' | 'os' | 'as' {
  if (bare.has(country)) return '';
  if (masculine.has(country)) return 'o';
  if (masculinePlural.has(country)) return 'os';
  return femininePlural.has(country) ? 'as' : 'a';
}

/** The noun with its article: o inglês, a libra, o iene. */
function withArticle(kind: EntityKind, name: string): string {
  if (kind === 'language') return `o ${name}`;
  if (kind === 'currency') return `${feminineMoney.test(name) ? 'a' : 'o'} ${name}`;
  return name;
}

export const pt: LanguageRules = {
  slots: (country, name) => {
    const article = articleOf(country);
    const full = article ? `${article} ${name}` : name;
    const plural = article.endsWith('s');
    return {
      s: name,
      o: full,
      O: full.charAt(0).toUpperCase() + full.slice(1),
      do: article ? `d${full}` : `de ${name}`,
      no: article ? `n${full}` : `em ${name}`,
      ao: article.startsWith('a') ? `à${full.slice(1)}` : `a${article ? '' : ' '}${full}`,
      fica: plural ? 'ficam' : 'fica',
      esta: plural ? 'estão' : 'está',
      eh: plural ? 'são' : 'é',
      faz: plural ? 'fazem' : 'faz',
      pertence: plural ? 'pertencem' : 'pertence',
      tem: plural ? 'têm' : 'tem',
      usa: plural ? 'usam' : 'usa',
    };
  },
  answer: withArticle,
  forms: {
    capital: {
      statement: [
        'A capital {do} é {A}.',
        'A capital {do} se chama {A}.',
        'A capital oficial {do} é {A}.',
        'O nome da capital {do} é {A}.',
        '{O} {tem} como capital {A}.',
        'A cidade que é capital {do} chama-se {A}.',
        'Capital {do}: {A}.',
        'País: {s}. Capital: {A}.',
        '{s} – capital: {A}.',
        'Ficha do país: {s}; cidade capital: {A}.',
        'No mapa {do}, a capital aparece com o nome {A}.',
        'Quem visita a capital {do} conhece {A}.',
        'Quem viaja {ao} costuma passar pela capital, {A}.',
        'Segundo a enciclopédia, a capital {do} é {A}.',
        'Todo aluno aprende que a capital {do} é {A}.',
        'A sede do governo {do} é {A}.',
        'O governo {do} trabalha na capital, {A}.',
        'Os ministros {do} se reúnem na capital do país, {A}.',
        '{O} {eh} um país cuja capital é {A}.',
        'As notícias {do} chegam da capital, {A}.',
        'O centro político {do} é {A}.',
        'Na prova de geografia, a capital {do} era {A}.',
        'Entre as cidades {do}, a capital é {A}.',
        'A cidade escolhida como capital {do} foi {A}.',
        'Guia de viagem {do}: a capital é {A}.',
        'Lembre-se: a capital {do} é {A}.',
      ],
      inverted: [
        '{A} é a capital {do}.',
        '{A} é a sede do governo {do}.',
        '{A} é o nome da capital {do}.',
        'Chama-se {A} a capital {do}.',
        'É {A} a capital {do}.',
        'Capital: {A}. País: {s}.',
        'A cidade chamada {A} é a capital {do}.',
        '{A} é o centro político {do}.',
        '{A} é onde fica o governo {do}.',
      ],
      question: [
        'Qual é a capital {do}? {A}.',
        'Pergunta: qual é a capital {do}? Resposta: {A}.',
        'Que cidade é a capital {do}? {A}.',
        'Como se chama a capital {do}? {A}.',
        '— Você sabe qual é a capital {do}? — Sei, é {A}.',
        'Questionário: a capital {do} é qual cidade? Resposta certa: {A}.',
        'P: Capital {do}? R: {A}.',
        'O professor perguntou qual é a capital {do}, e o aluno respondeu: {A}.',
        'Onde trabalha o governo {do}? Na capital, {A}.',
      ],
    },
    continent: {
      statement: [
        '{O} {fica} na {A}.',
        '{O} {esta} na {A}.',
        'O continente {do} é a {A}.',
        '{O} {pertence} à {A}.',
        '{O} {faz} parte da {A}.',
        'No mapa-múndi, {o} {fica} na {A}.',
        'O território {do} fica na {A}.',
        'Continente {do}: {A}.',
        'País: {s}. Continente: {A}.',
        '{s} – continente: {A}.',
        '{O} {eh} um país da {A}.',
        'Uma viagem {ao} é uma viagem à {A}.',
        'O povo {do} vive na {A}.',
        'Na aula de geografia aprendemos que {o} {fica} na {A}.',
        'Segundo o atlas, {o} {pertence} à {A}.',
      ],
      inverted: [
        'A {A} é o continente {do}.',
        'É na {A} que {fica} {o}.',
        'Na {A} {fica} {o}.',
        'A {A} é o continente onde {fica} {o}.',
        'Continente: {A}. País: {s}.',
        'Da {A} {faz} parte {o}.',
      ],
      question: [
        'Em que continente {fica} {o}? Na {A}.',
        'Pergunta: onde {fica} {o}? Resposta: na {A}.',
        'Qual é o continente {do}? {A}.',
        'A que continente {pertence} {o}? À {A}.',
        '— Você sabe onde {fica} {o}? — Claro, na {A}.',
        'P: Continente {do}? R: {A}.',
        'Questionário: {o} {fica} em qual continente? Resposta certa: {A}.',
      ],
    },
    currency: {
      statement: [
        'A moeda {do} é {A}.',
        'A moeda oficial {do} é {A}.',
        '{O} {tem} como moeda {A}.',
        '{O} {usa} como moeda {A}.',
        'A unidade monetária {do} é {A}.',
        'O dinheiro {do} é {A}.',
        'Moeda {do}: {A}.',
        'País: {s}. Moeda: {A}.',
        '{s} – moeda: {A}.',
        'A moeda que circula {no} é {A}.',
        'Nas lojas {do}, a moeda aceita é {A}.',
        'Quem viaja {ao} troca dinheiro, pois a moeda local é {A}.',
        'Os salários {no} são pagos na moeda local, {A}.',
        'Na economia {do}, a moeda de curso legal é {A}.',
        'A divisa {do} é {A}.',
        'Segundo a enciclopédia, a moeda {do} é {A}.',
      ],
      inverted: [
        '{A} é a moeda {do}.',
        '{A} é a moeda oficial {do}.',
        '{A} circula como moeda {no}.',
        'É {A} a moeda {do}.',
        'Moeda: {A}. País: {s}.',
        '{A} é a unidade monetária {do}.',
      ],
      question: [
        'Qual é a moeda {do}? É {A}.',
        'Pergunta: qual é a moeda {do}? Resposta: {A}.',
        'Que moeda se usa {no}? Usa-se {A}.',
        'Com que moeda se paga {no}? A moeda é {A}.',
        'P: Moeda {do}? R: {A}.',
        '— Que dinheiro circula {no}? — Lá a moeda é {A}.',
        'Qual é o dinheiro {do}? É {A}.',
      ],
    },
    language: {
      statement: [
        'A língua oficial {do} é {A}.',
        'O idioma oficial {do} é {A}.',
        'A língua principal {do} é {A}.',
        '{O} {tem} como língua oficial {A}.',
        '{O} {usa} como idioma oficial {A}.',
        'O governo {do} usa {A}.',
        'A língua do governo {do} é {A}.',
        'Língua oficial {do}: {A}.',
        'Idioma {do}: {A}.',
        'País: {s}. Língua oficial: {A}.',
        '{s} – idioma oficial: {A}.',
        'As leis {do} são escritas na língua oficial, {A}.',
        'Nas escolas {do}, a língua de ensino é {A}.',
        'Nos documentos oficiais {do}, a língua usada é {A}.',
        '{O} {eh} um país cuja língua oficial é {A}.',
        'Quem viaja {ao} vai ouvir {A}.',
        'Quem mora {no} costuma aprender {A}.',
        'O idioma reconhecido pelo Estado {no} é {A}.',
        'Segundo a enciclopédia, o idioma oficial {do} é {A}.',
        'A administração pública {do} trabalha com {A}.',
        'Lembre-se: a língua oficial {do} é {A}.',
        'Para falar com as autoridades {do}, use {A}.',
        'O diário oficial {do} é publicado na língua do Estado, {A}.',
        'Guia de viagem {do}: o idioma oficial é {A}.',
      ],
      inverted: [
        '{A} é a língua oficial {do}.',
        '{A} é o idioma oficial {do}.',
        '{A} é a língua principal {do}.',
        'É {A} a língua oficial {do}.',
        'Língua oficial: {A}. País: {s}.',
        '{A} tem status de língua oficial {no}.',
        '{A} é a língua do governo {do}.',
        'Usa-se {A} nos documentos oficiais {do}.',
        'Com {A} você entende as leis {do}.',
      ],
      question: [
        'Qual é a língua oficial {do}? É {A}.',
        'Pergunta: qual é o idioma oficial {do}? Resposta: {A}.',
        'Que língua é oficial {no}? É {A}.',
        'Que idioma o governo {do} usa? Usa {A}.',
        '— Qual é a língua {do}? — A língua oficial é {A}.',
        'P: Língua oficial {do}? R: {A}.',
        'Questionário: que língua se usa nos documentos oficiais {do}? Resposta certa: {A}.',
        'Em que língua são escritas as leis {do}? A língua é {A}.',
        'Qual é o idioma do governo {do}? É {A}.',
      ],
    },
  },
  naming: [
    'O nome de “{x}” em português é {A}.',
    '“{x}” se chama {A} em português.',
    '{x} – em português: {A}.',
    'Em português, “{x}” se diz {A}.',
    'Pergunta: como se diz “{x}” em português? Resposta: {A}.',
    'Tradução de “{x}” para o português: {A}.',
    'O que outros chamam de {x} é, em português, {A}.',
    '{A} é o nome português de “{x}”.',
    'Palavra portuguesa: {A}; em outra língua: {x}.',
  ],
};
