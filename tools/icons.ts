/** @file `npm run icons`: draws `public/icon.svg` in the sizes that a tab and an installed page need, into `public/icons`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright';
import { chromiumFlags, ensureChromium } from './chromium.ts';

const svg = readFileSync('public/icon.svg', 'utf8');
const background = '#23211d';
/** A maskable icon may be cut to a circle of 80 % of its width: the drawing stays inside, the ground goes to the edge. */
const drawings = [
  { name: '48', size: 48, scale: 1, ground: 'transparent' },
  { name: '180', size: 180, scale: 1, ground: background },
  ...[192, 512].flatMap((size) => [
    { name: String(size), size, scale: 1, ground: 'transparent' },
    { name: `maskable-${String(size)}`, size, scale: 0.8, ground: background },
  ]),
];

mkdirSync('public/icons', { recursive: true });
const browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags });
try {
  const page = await browser.newPage();
  for (const { name, size, scale, ground } of drawings) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(
      `<body style="margin:0;display:grid;place-items:center;block-size:100vh;background:${ground}">
        <div style="inline-size:${String(size * scale)}px;block-size:${String(size * scale)}px">${svg}</div>
      </body>`,
    );
    writeFileSync(`public/icons/${name}.png`, await page.screenshot({ omitBackground: true }));
  }
} finally {
  await browser.close();
}
