/** @file A Vite plugin: writes the Content-Security-Policy into the built page, with the hashes of its inline scripts. */
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';
import { pagePolicy } from '../../src/ui/offline/policy.ts';

/** The hashes of a page's inline scripts, as a policy names them. */
function hashesOf(html: string): string[] {
  const inline = html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g);
  return [...inline].map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
}

/** Only the built page: in development Vite puts scripts of its own into it. */
export function contentSecurityPolicy(): Plugin {
  return {
    name: 'lethe-policy',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      // First, so that nothing comes before it: a policy holds for what follows.
      handler: (html) =>
        html.replace(
          '<meta charset="utf-8" />',
          `$&\n    <meta http-equiv="Content-Security-Policy" content="${pagePolicy(hashesOf(html))}" />`,
        ),
    },
  };
}
