/** The catalogues as `tools/vite/messages.ts` compiles them; an ambient module can name a type only so. */
declare module 'virtual:messages/*/first' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-imports
  const messages: Partial<import('./catalogue.ts').Messages>;
  export default messages;
  export const languageNames: Readonly<
    // eslint-disable-next-line @typescript-eslint/consistent-type-imports
    Record<import('../../facts/index.ts').LanguageCode, string>
  >;
}

declare module 'virtual:messages/*/screens' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-imports
  const messages: Partial<import('./catalogue.ts').Messages>;
  export default messages;
}
