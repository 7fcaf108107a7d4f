/**
 * @file The page's Content-Security-Policy: what the browser lets it run and talk to, whatever a link, a model or a mistake of ours would
 * have it do. The built page carries it in a `meta` element (`tools/vite/policy.ts`); servers (`tools/serve.ts`, and `src/sw.ts` on a
 * static host) send it with every file, because a worker has only the policy that its own script came with.
 */

/** Where the page may be shown in a frame: anywhere. It has no account, and nothing that a click could give away to another site. */
const frames = 'frame-ancestors *';

/**
 * The directives, as workers have them.
 *
 * - Nothing is evaluated: only WebAssembly is compiled (`wasm-unsafe-eval`), which is ONNX Runtime and the checksum.
 * - `connect-src` cannot name the servers that a visitor will agree to: a policy never grows. So it allows encrypted ones and this
 *   computer's own, and which of them is asked is decided in `src/ui/address/origins.ts`.
 * - Styles may be inline: Plot writes them into its figures, and they run nothing.
 */
const directives = [
  `default-src 'self'`,
  `script-src 'self' 'wasm-unsafe-eval'`,
  `worker-src 'self'`,
  `connect-src 'self' https: http://localhost:* http://127.0.0.1:*`,
  `img-src 'self' data: blob:`,
  `style-src 'self' 'unsafe-inline'`,
  `object-src 'none'`,
  `base-uri 'none'`,
  `form-action 'none'`,
];

/**
 * What the page itself is bound to: its inline scripts by their hashes, as `'sha256-…'`; and no text becomes a part of it or the address of
 * a script (Trusted Types) but by Svelte's own templates, and by `default` in `index.html`, which takes this site's scripts only.
 */
export function pagePolicy(scripts: readonly string[]): string {
  return [
    ...directives.map((each) =>
      each.startsWith('script-src') ? [each, ...scripts].join(' ') : each,
    ),
    `require-trusted-types-for 'script'`,
    `trusted-types svelte-trusted-html default`,
  ].join('; ');
}

/** The policy as a header, with what no `meta` element may say; `inPage` is what the page's own says, where the file is the page. */
export function policyHeader(inPage: string | null = null): string {
  return `${inPage ?? directives.join('; ')}; ${frames}`;
}

/** What the `meta` element of a page says; null where there is none. */
export function policyOf(html: string): string | null {
  return /<meta http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? null;
}
