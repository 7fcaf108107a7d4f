/** @file An inspection as lines of text. */
import type { Inspection, Verdict } from './inspection.ts';

/** As many nodes as a line names. */
const mostNodes = 12;

export function textOf(inspection: Inspection): string {
  const { folder, model, nodes, operators, modules, comparison } = inspection;
  const lines: string[] = [];
  const line = (name: string, value: string): void => {
    lines.push(`${name.padEnd(22)} ${value}`);
  };
  const verdict = (name: string, { possible, reasons }: Verdict, note = ''): void => {
    line(name, possible ? `yes${note}` : ['no', ...reasons].join(': '));
  };
  line('model', folder);
  if (model) {
    const others = model.variants.filter((each) => each !== model.variant);
    const beside = others.length > 0 ? ` (beside it: ${others.join(', ')})` : '';
    line('file', `${model.file}, ${model.variant}${beside}`);
    line('bytes', String(model.bytes));
    if (inspection.parameters !== null) line('parameters', String(inspection.parameters));
    const counts = Object.entries(operators).map(([op, count]) => `${op} ${count}`);
    line('nodes', `${nodes}: ${counts.join(', ')}`);
  }
  if (modules.length > 0)
    line('adapter', `${modules.length} modules, ${inspection.adapterNumbers} numbers at rank 8`);
  for (const { name, inFeatures, outFeatures } of modules)
    line('', `${name} ${inFeatures} → ${outFeatures}`);
  verdict('asked', inspection.asked);
  verdict('with an adapter', inspection.adapted);
  verdict('scored', inspection.scored);
  verdict('layers shown', inspection.lens);
  const { millisecondsPerStep: time } = inspection;
  verdict(
    'taught',
    inspection.taught,
    time === null ? '' : `, ${time.toFixed(1)} ms a step (median of 9, 4 sequences)`,
  );
  for (const { reason, nodes: names } of inspection.missing) {
    const more = names.length > mostNodes ? ` and ${names.length - mostNodes} more` : '';
    line('  missing', `${reason} ${names.slice(0, mostNodes).join(', ')}${more}`);
  }
  if (inspection.chatProblem !== null) line('chat template', inspection.chatProblem);
  if (comparison && 'reason' in comparison) line('compared', `no: ${comparison.reason}`);
  else if (comparison) {
    for (const name of ['loss', 'tokenLogProb', 'gradients', 'stepped'] as const)
      line(`error of ${name}`, comparison[name].toExponential(1));
    for (const { name, peft, lethe } of comparison.modules)
      line('  another module', `${name}: PEFT ${sizes(peft)}, here ${sizes(lethe)}`);
  }
  return lines.join('\n');
}

function sizes(size: readonly [number, number] | null): string {
  return size ? size.join(' → ') : 'none';
}
