/** @file `npm run atlas:plot`: draws the loss of `models/atlas/training.jsonl` as `loss.svg` beside it; with `--plain` the twin's. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';

const isPlain = process.argv.includes('--plain');
const folder = fileURLToPath(new URL(isPlain ? '../atlas-plain/' : '../atlas/', import.meta.url));
const points = readFileSync(`${folder}training.jsonl`, 'utf8')
  .trim()
  .split('\n')
  .map((text) => JSON.parse(text) as { step: number; loss?: number })
  .filter((entry): entry is { step: number; loss: number } => entry.loss !== undefined);

const [width, height] = [720, 320];
const x = scaleLinear([0, points.at(-1)?.step ?? 1], [48, width - 16]);
const y = scaleLinear([0, Math.max(...points.map(({ loss }) => loss))], [height - 36, 16]).nice();
const path = line<{ step: number; loss: number }>(
  ({ step }) => x(step),
  ({ loss }) => y(loss),
)(points);

const grid = y
  .ticks(5)
  .map(
    (value) =>
      `<path d="M48 ${y(value)}H${width - 16}" stroke="#ddd6c8"/><text x="42" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  )
  .join('');
const steps = x
  .ticks(8)
  .map((value) => `<text x="${x(value)}" y="${height - 18}" text-anchor="middle">${value}</text>`)
  .join('');
writeFileSync(
  `${folder}loss.svg`,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#5c574e">
<title>${isPlain ? 'The twin' : 'Atlas'}: training loss (nats a token) by step</title>
<rect width="${width}" height="${height}" fill="#fffdf9"/>
${grid}${steps}
<text x="${width / 2}" y="${height - 3}" text-anchor="middle">step</text><text x="52" y="28">loss, nats a token</text>
<path d="${path ?? ''}" fill="none" stroke="#b8460f" stroke-width="1.75"/>
</svg>
`,
);
