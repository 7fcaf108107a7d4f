/** @file The twelve catalogues and the page's source: nothing missing, nothing untranslated, nothing said past them, nothing left over. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { languageCodes } from '../../src/facts/index.ts';
import {
  argumentsOf,
  compileCatalogue,
  folder,
  locales,
  messagesOf,
  plainText,
  prepositional,
  problems,
  readCatalogue,
  type Tree,
} from './catalogue.ts';
import { literalsOfCode, literalsOfComponent } from './literals.ts';
import { localeRow, localeRows } from './names.ts';
import { unread } from './usage.ts';

const english = readCatalogue('en');
const englishMessages = new Map(messagesOf(english));
const others = locales().filter((code) => code !== 'en');

/** Symbols of the definitions, as in the papers and in results: `P(false)`. */
const symbols = /^P\(\w+\)(, P\(\w+\))*$/;

/** Messages that are in each language the same letters as in English: names, symbols, and words that both languages have. */
const same: Readonly<Record<string, readonly string[]>> = {
  all: ['lessons.boards.atlas', 'name', 'research.compare.first', 'research.compare.second'],
  fr: [
    'facts.editor.fields.question',
    'audit.verdict.title',
    'audit.wordings.columns.question',
    'lessons.list.minutes',
    'models.adapter.alpha',
    'models.adapter.modules',
    'models.variants.int8',
    'models.variants.q1',
    'models.variants.q2',
    'models.variants.q4',
    'models.variants.q8',
    'research.live.pause',
    'storage.notes.title',
    'teach.relations.continent',
  ],
  es: [
    'lessons.list.minutes',
    'models.variants.int8',
    'models.variants.q1',
    'models.variants.q2',
    'models.variants.q4',
    'models.variants.q8',
    'origin.no',
    'research.methods.no',
    'teach.relations.capital',
  ],
  pt: [
    'lessons.list.minutes',
    'models.variants.int8',
    'models.variants.q1',
    'models.variants.q2',
    'models.variants.q4',
    'models.variants.q8',
    'teach.relations.capital',
  ],
  de: [
    'experiment.json.label',
    'lessons.list.minutes',
    'lessons.sheet.name',
    'models.adapter.alpha',
    'research.runs.loss',
  ],
  ru: [],
  zh: ['models.adapter.alpha'],
  tr: ['models.adapter.rank', 'models.variants.q1'],
  hi: [],
  id: [
    'models.adapter.alpha',
    'models.adapter.rank',
    'models.variants.q1',
    'research.runs.loss',
    'run.loss',
  ],
  sw: [],
};

const page = join(folder, '..');
const sources = new Map(
  readdirSync(page, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|svelte)$/.test(name) && !/\.test\.ts$|messages\/catalogue/.test(name))
    .map((name) => [name, readFileSync(join(page, name), 'utf8')]),
);

describe('the catalogues', () => {
  it.each(others)(
    '%s has every message of the English one, with its arguments and plurals',
    (code) => {
      expect(problems(code, readCatalogue(code), english)).toEqual([]);
    },
  );

  it('are there for every language of the model', () => {
    expect(locales()).toEqual(expect.arrayContaining([...languageCodes]));
    // A further one names and directs itself.
    const rows = localeRows();
    expect(rows.map(({ code }) => code).slice(0, languageCodes.length)).toEqual(languageCodes);
    expect(localeRow('it')).toEqual({ code: 'it', endonym: 'Italiano', direction: 'ltr' });
    expect(localeRow('he').direction).toBe('rtl');
  });

  it.each(others)('%s says nothing in English but what is listed here', (code) => {
    const untranslated = [...messagesOf(readCatalogue(code))]
      .filter(([path, message]) => message === englishMessages.get(path))
      .filter(([, message]) => /\p{L}/u.test(plainText(code, message)) && !symbols.test(message))
      .map(([path]) => path);
    expect(untranslated.sort()).toEqual([...(same['all'] ?? []), ...(same[code] ?? [])].sort());
  });

  it('have no message that the page never says', () => {
    expect(unread(englishMessages.keys(), sources.values())).toEqual([]);
  });
});

/** Code whose texts are no text of the page: CSS, names of fonts, SVG paths, drawings' attributes, the policy's directives. */
const exempt = /^(messages\/|styles\/|kit\/svg\.ts$|offline\/policy\.ts$)/;

describe('the page’s source', () => {
  it('has no text of its own', () => {
    const found = [...sources]
      .filter(([name]) => !exempt.test(name))
      .flatMap(([name, source]) =>
        (name.endsWith('.svelte') ? literalsOfComponent(source) : literalsOfCode(source)).map(
          (literal) => `${name}:${literal}`,
        ),
      );
    expect(found).toEqual([]);
  });
});

describe('the checks themselves', () => {
  const component = `<script lang="ts">
  const text = messages.board;
  const words = 'two words';
</script>
<p title="Told">{text.title}{busy ? 'Busy' : ''}</p>
<p aria-label={\`Row \${name}\`} class="plain"> Hello </p>`;
  let catalogue: Tree;

  beforeAll(() => {
    catalogue = { board: { title: 'Says', other: 'Else' }, run: { step: 'Step {step}' } };
  });

  it('find text in markup, in spoken attributes, and phrases in code', () => {
    expect(literalsOfComponent(component)).toEqual([
      '5: Told',
      '5: Busy',
      '6: Row',
      '6: Hello',
      '3: two words',
    ]);
    expect(literalsOfCode(`throw new RangeError('this is fine'); say('this is not');`)).toEqual([
      '1: this is not',
    ]);
  });

  it('find messages that nothing reads, by whatever name a part goes', () => {
    const paths = [...messagesOf(catalogue)].map(([path]) => path);
    const stepper = `function text({ run }: Messages) { return run.step({ step }); }`;
    expect(unread(paths, [component, stepper])).toEqual(['board.other']);
    expect(unread(paths, [component])).toEqual(['board.other', 'run.step']);
    expect(unread(paths, [component, 'say(messages.run[key])', 'messages.board[name]'])).toEqual(
      [],
    );
  });

  it('put Russian names of languages in the case that “на” asks for', async () => {
    expect(prepositional('Французский, турецкий и хинди')).toBe('Французском, турецком и хинди');
    expect(prepositional('русский')).toBe('русском');
    const source = compileCatalogue('ru', { said: 'на {languages, prepositional}' });
    const module = (await import(
      `data:text/javascript,${encodeURIComponent(source.replace(/^import .*$/gm, ''))}`
    )) as { default: { said: (values: { languages: string }) => string } };
    expect(module.default.said({ languages: 'английский' })).toBe('на английском');
    expect(() => argumentsOf('ru', '{languages, genitive}')).toThrow('no formatter');
    expect(() => argumentsOf('de', '{languages, prepositional}')).toThrow('prepositional');
  });

  it('find what a catalogue lacks, has too much, or says with other arguments', () => {
    const own = { board: { title: 'Sagt', more: 'Mehr' }, run: { step: 'Schritt' } };
    expect(problems('de', own, catalogue)).toEqual([
      'board.other: is missing',
      'board.more: English has no such message',
      'run.step: {step} is missing',
    ]);
  });
});
