/**
 * @file `npm run messages [-- locale…]`: writes the catalogue's type (`src/ui/messages/catalogue.ts`) from the English one, and lists what the
 * other catalogues lack, and the articles in the languages that have them. Exits with 1 where one has a problem.
 */
import { articles } from '../src/ui/address/screens.ts';
import {
  locales,
  localesOf,
  problems,
  readArticle,
  readCatalogue,
  writeType,
} from './messages/catalogue.ts';

const english = readCatalogue('en');
writeType();

const asked = process.argv.slice(2);
for (const locale of locales().filter((each) => asked.length === 0 || asked.includes(each))) {
  const found = problems(locale, readCatalogue(locale), english);
  console.log(found.length === 0 ? `${locale}: complete` : `${locale}:\n  ${found.join('\n  ')}`);
  if (found.length > 0) process.exitCode = 1;
}
for (const article of articles) {
  const original = readArticle('en', article);
  for (const locale of localesOf(article).filter(
    (each) => asked.length === 0 || asked.includes(each),
  )) {
    const found = problems(locale, readArticle(locale, article), original);
    const told = found.length === 0 ? 'complete' : `\n  ${found.join('\n  ')}`;
    console.log(`${article} in ${locale}: ${told}`);
    if (found.length > 0) process.exitCode = 1;
  }
}
