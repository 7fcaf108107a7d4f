/** @file A Vite plugin: writes the page's first style sheet into index.html, so that the first paint waits for one file only. */
import { dirname } from 'node:path';
import type { Plugin } from 'vite';

const link = /<link rel="stylesheet"[^>]* href="\.\/([^"]+)">/g;

export function inlineStyle(): Plugin {
  return {
    name: 'lethe-inline-style',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        return html.replace(link, (_link, name: string) => {
          const asset = bundle[name];
          if (asset?.type !== 'asset') this.error(`index.html links ${name}, which is not there.`);
          // Nothing else asks for it: what is loaded later brings the styles of its own.
          Reflect.deleteProperty(bundle, name);
          const styles = String(asset.source).trim();
          // A style sheet's addresses start from its own folder, the page's from the page's.
          return `<style>${styles.replaceAll('url(./', `url(./${dirname(name)}/`)}</style>`;
        });
      },
    },
  };
}
