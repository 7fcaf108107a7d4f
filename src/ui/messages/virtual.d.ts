/** The catalogues as `tools/vite/messages.ts` compiles them; an ambient module can name a type only so. */
declare module 'virtual:messages/*' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-imports
  const messages: Partial<import('./catalogue.ts').Messages>;
  export default messages;
}
