/**
 * @file `npm run inspect -- <folder…> [--variant q4] [--json] [--device cpu|webgpu]`: can these models be asked, scored and taught, and
 * if not, everything that stands in the way; their adapters, bytes, and milliseconds a step. A folder is laid out as on the Hub; a path
 * of an ONNX file in one will do. Where `expected.json` lies in the folder, compares with it. Exits with 1 where one cannot be asked or
 * taught, or is off by more than a thousandth.
 */
import { parseArgs } from 'node:util';
import { inspectModel, isGood, messageOf, type Inspection } from './inspect/inspection.ts';
import { textOf } from './inspect/text.ts';

const usage = 'Usage: npm run inspect -- <folder…> [--variant q4] [--json] [--device cpu|webgpu]';

function fail(reason: string): never {
  console.error(reason);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        device: { type: 'string', default: 'cpu' },
        variant: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail(`${messageOf(error)}\n${usage}`);
  }
}

const { values: flags, positionals } = readArguments();
const { device, variant, json } = flags;
if (positionals.length === 0 || (device !== 'cpu' && device !== 'webgpu')) fail(usage);

const inspections: Inspection[] = [];
for (const folder of positionals) {
  const inspection = await inspectModel(folder, device, variant);
  inspections.push(inspection);
  if (!json) console.log(textOf(inspection) + '\n');
}
if (json) console.log(JSON.stringify(inspections, null, 2));
process.exit(inspections.every(isGood) ? 0 : 1);
