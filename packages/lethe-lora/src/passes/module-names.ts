/** @file Names of a decoder's modules as PEFT writes them: out of the names that exporters and quantisers leave, and by a model type's table. */
import type { Node, Value } from '../onnx/index.ts';
import type { Projection, ProjectionPart } from './projection.ts';

/** How a model's PyTorch modules differ from what its file's own names tell; paths begin behind the layer's number. */
export interface ModuleTable {
  /** Where the layers are, such as `transformer.encoder.layers`. */
  readonly layers?: string;
  /** PyTorch's module, and the file's from top to bottom of its weight: of one, the file calls it otherwise. */
  readonly modules?: Readonly<Record<string, readonly string[]>>;
  /** Products of the file that are no linear module in PyTorch; they get no adapter. */
  readonly without?: readonly string[];
}

/** What quantisers and converters append to the name of a weight or a product. */
const suffix =
  /(_(Q\d\w*|DQ\w*|quant\w*|Bnb4|fp16|float16|transposed|QuantizeLinear|DequantizeLinear))+$/;

/** A path's part up to its first number, that number, and what comes behind it. */
const numbered = /^(.*?)(\.\d+\.)(.+)$/;

/** Components that name the tensor or the operator in a module, not a module. */
const inModule = /^(q?weight|bias|kernel|MatMul|Gemm|Add|DequantizeLinear)(_\w+)?$/;

/** The module's path by the weight's name, else by the name of the bias added after it, else by the node's own or its output's. */
export function modulePath(node: Node, weight: Value): string | undefined {
  const names = [weight.name];
  const c = node.op === 'Gemm' ? node.input(2) : null;
  if (c) names.push(c.name);
  for (const use of node.out().uses) {
    const bias = use.node.op === 'Add' ? use.node.inputs[1 - use.index] : undefined;
    if (bias?.isConstant) names.push(bias.name);
  }
  const ofNode = [node, node.out()].map(({ name }) =>
    rooted(node, name.replace(/^\//, '').replaceAll('/', '.')),
  );
  names.push(...ofNode);
  const ofLayer = names.find((name) => numbered.test(name));
  if (ofLayer !== undefined) return canonicalPath(ofLayer);
  return names.map(canonicalPath).find((path) => /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/.test(path));
}

/**
 * A node's path from the model on. A traced name begins at the module that was called: where a model calls `model.decoder` itself, at
 * `decoder`. The weights are named in full.
 */
function rooted({ graph }: Node, path: string): string {
  const [first = ''] = path.split('.', 1);
  let above = '';
  for (const { name } of graph.initializers) {
    const components = name.split('.');
    const at = components.length > 2 ? components.indexOf(first) : -1;
    if (at === 0) return path;
    if (at > 0) above = `${components.slice(0, at).join('.')}.`;
  }
  return above + path;
}

/**
 * A weight's name as PEFT writes the module: without the suffixes and wrappers that exporters and quantisers add, and with the
 * onnxruntime-genai builder's `attn` spelt `self_attn`.
 */
export function canonicalPath(name: string): string {
  const components = name.split('.');
  const last = (): string => (components.at(-1) ?? '').replace(suffix, '');
  while (components.length > 1 && inModule.test(last())) components.pop();
  return [...components.slice(0, -1), last()]
    .join('.')
    .replace(/^(m|model\.(?=(model|transformer)\.))\.?(?=\w+\.)/, (prefix) =>
      prefix === 'm.' || prefix.startsWith('model.') ? '' : prefix,
    )
    .replace(/(\blayers\.\d+\.)attn\./, '$1self_attn.');
}

/** The projections under PyTorch's names. Parts that PyTorch has in one module share its adapter, each with its own rows of B. */
export function renamed(projections: readonly Projection[], table: ModuleTable): Projection[] {
  const { layers, modules = {}, without = [] } = table;
  const kept = projections.filter(({ path }) => !without.includes(numbered.exec(path)?.[3] ?? ''));
  const parts = new Map(kept.flatMap(({ parts: own }) => own.map((each) => [each.name, each])));
  const names = new Map<string, ProjectionPart>();
  for (const [module, tails] of Object.entries(modules))
    for (const first of parts.keys()) {
      const [, before = '', number = '', tail] = numbered.exec(first) ?? [];
      if (tail !== tails[0]) continue;
      const found = tails.map((each) => parts.get(before + number + each));
      if (!found.every((each) => each !== undefined)) continue;
      const rows = found.reduce((sum, { length }) => sum + length, 0);
      let from = 0;
      for (const each of found) {
        const name = before + number + module;
        names.set(each.name, { ...each, name, module: lastOf(module), from, rows });
        from += each.length;
      }
    }
  return kept.map((projection) => ({
    ...projection,
    parts: joined(projection.parts.map((each) => names.get(each.name) ?? each)).map((each) =>
      layers ? { ...each, name: each.name.replace(numbered, `${layers}$2$3`) } : each,
    ),
  }));
}

export function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** Neighbours in a product that are neighbours in one module, as one part. */
function joined(parts: readonly ProjectionPart[]): ProjectionPart[] {
  const result: ProjectionPart[] = [];
  for (const part of parts) {
    const before = result.at(-1);
    const goesOn =
      before?.name === part.name &&
      before.from + before.length === part.from &&
      before.start + before.length === part.start;
    if (goesOn) result[result.length - 1] = { ...before, length: before.length + part.length };
    else result.push(part);
  }
  return result;
}
