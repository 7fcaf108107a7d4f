/**
 * @file `npm run messages [-- locale…]`: writes the catalogue's type (`src/ui/messages/catalogue.ts`) from the English one, and lists what the
 * other catalogues lack. Exits with 1 where one has a problem.
 */
import { locales, problems, readCatalogue, writeType } from './messages/catalogue.ts';

const english = readCatalogue('en');
writeType();

const asked = process.argv.slice(2);
for (const locale of locales().filter((each) => asked.length === 0 || asked.includes(each))) {
  const found = problems(locale, readCatalogue(locale), english);
  console.log(found.length === 0 ? `${locale}: complete` : `${locale}:\n  ${found.join('\n  ')}`);
  if (found.length > 0) process.exitCode = 1;
}
