/* The catalogues as `tools/vite/messages.ts` compiles them; an ambient module can name a type only so. */
/* eslint-disable @typescript-eslint/consistent-type-imports */

declare module 'virtual:messages' {
  type Messages = import('./catalogue.ts').Messages;
  type LanguageCode = import('../../facts/index.ts').LanguageCode;
  /** The page's languages, one for each folder of catalogues, under the names that they have in themselves. */
  export const locales: readonly {
    code: string;
    endonym: string;
    direction: 'ltr' | 'rtl';
  }[];
  export const catalogues: Readonly<
    Record<
      string,
      {
        first: () => Promise<{
          default: Partial<Messages>;
          languageNames: Readonly<Record<LanguageCode, string>>;
        }>;
        screens: () => Promise<{ default: Partial<Messages> }>;
      }
    >
  >;
}

declare module 'virtual:articles' {
  type Articles = import('./catalogue.ts').Articles;
  type LanguageCode = import('../../facts/index.ts').LanguageCode;
  /** How each article is fetched, in each language that it is in, with what that calls the languages. */
  export const articles: {
    [A in keyof Articles]: Readonly<
      Record<
        string,
        () => Promise<{
          default: Articles[A];
          languageNames: Readonly<Record<LanguageCode, string>>;
        }>
      >
    >;
  };
}
