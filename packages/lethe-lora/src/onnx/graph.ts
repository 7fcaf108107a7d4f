/** @file The graph: nodes, and values that know who makes them and who uses them. */
import { ownEntry } from '../own-entry.ts';
import type { AttributeProto } from 'onnx-buf';
import type { Dim } from './dims.ts';
import type { DataType, Tensor } from './tensor.ts';

export type Shape = readonly Dim[];

/** An attribute as Lethe handles it; sub-graphs and rarities stay the protobuf messages they were. */
export type Attribute =
  | { kind: 'float'; value: number }
  | { kind: 'int'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'tensor'; value: Tensor }
  | { kind: 'floats'; value: readonly number[] }
  | { kind: 'ints'; value: readonly number[] }
  | { kind: 'strings'; value: readonly string[] }
  | { kind: 'proto'; value: AttributeProto };

export type Attributes = Readonly<Record<string, Attribute>>;

/** One input slot of a node. */
export interface Use {
  node: Node;
  index: number;
}

/** A tensor in the graph: an input, an initializer (`tensor` set), or a node's output. */
export class Value {
  producer: Node | null = null;
  tensor: Tensor | null = null;
  type: DataType | undefined;
  shape: Shape | undefined;
  /** What a small integer tensor holds, where it is known: shapes in the making. */
  content: readonly Dim[] | undefined;
  readonly uses: Use[] = [];

  constructor(public name: string) {}

  get isConstant(): boolean {
    return this.tensor !== null;
  }
}

/** One operator. Absent optional inputs are null; unused optional outputs have an empty name in the file. */
export class Node {
  readonly inputs: (Value | null)[] = [];
  readonly outputs: (Value | null)[];

  constructor(
    readonly graph: Graph,
    readonly domain: string,
    readonly opType: string,
    public name: string,
    inputs: readonly (Value | null)[],
    outputs: readonly (Value | null)[],
    readonly attributes: Attributes,
  ) {
    this.outputs = [...outputs];
    inputs.forEach((value, index) => this.setInput(index, value));
    for (const value of outputs) if (value) value.producer = this;
  }

  /** `domain::opType`, the default domain left out: the key of every table of rules. */
  get op(): string {
    return this.domain === '' || this.domain === 'ai.onnx'
      ? this.opType
      : `${this.domain}::${this.opType}`;
  }

  /** Operator and name as an error should show them. */
  get label(): string {
    return `${this.opType} "${this.name}"`;
  }

  setInput(index: number, value: Value | null): void {
    const old = this.inputs[index];
    if (old) {
      const at = old.uses.findIndex((use) => use.node === this && use.index === index);
      old.uses.splice(at, 1);
    }
    while (this.inputs.length < index) this.inputs.push(null);
    this.inputs[index] = value;
    value?.uses.push({ node: this, index });
  }

  /** The input at an index, or null where it is absent. */
  input(index: number): Value | null {
    return this.inputs[index] ?? null;
  }

  /** The input at an index; throws where the operator needs it and it is absent. */
  need(index: number): Value {
    const value = this.inputs[index];
    if (!value) throw new Error(`${this.label} lacks its input ${index}.`);
    return value;
  }

  /** The output at an index; throws where it is absent. */
  out(index = 0): Value {
    const value = this.outputs[index];
    if (!value) throw new Error(`${this.label} lacks its output ${index}.`);
    return value;
  }

  /** The output at an index, made where the file left it out. */
  namedOut(index: number): Value {
    const value = (this.outputs[index] ??= this.graph.addValue(`${this.name}.${index}`));
    value.producer = this;
    return value;
  }

  int(name: string): number | undefined;
  int(name: string, fallback: number): number;
  int(name: string, fallback?: number): number | undefined {
    const attribute = ownEntry(this.attributes, name);
    return attribute?.kind === 'int' ? attribute.value : fallback;
  }

  float(name: string, fallback: number): number {
    const attribute = ownEntry(this.attributes, name);
    return attribute?.kind === 'float' ? attribute.value : fallback;
  }

  ints(name: string): readonly number[] | undefined {
    const attribute = ownEntry(this.attributes, name);
    return attribute?.kind === 'ints' ? attribute.value : undefined;
  }

  string(name: string, fallback: string): string {
    const attribute = ownEntry(this.attributes, name);
    return attribute?.kind === 'string' ? attribute.value : fallback;
  }
}

/** A whole model's graph. Passes work on a `clone()`, whose tensors are shared with the original. */
export class Graph {
  name = 'lethe';
  irVersion = 10;
  readonly opsets = new Map<string, number>();
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  nodes: Node[] = [];
  private readonly byName = new Map<string, Value>();
  private readonly nodeNames = new Set<string>();
  private counter = 0;

  /** Every value by name; names are unique. */
  value(name: string): Value | undefined {
    return this.byName.get(name);
  }

  /** The graph input of that name; throws when there is none. */
  input(name: string): Value {
    const value = this.inputs.find((candidate) => candidate.name === name);
    if (!value) throw new Error(`The graph has no input "${name}".`);
    return value;
  }

  output(name: string): Value {
    const value = this.outputs.find((candidate) => candidate.name === name);
    if (!value) throw new Error(`The graph has no output "${name}".`);
    return value;
  }

  get initializers(): Value[] {
    return [...this.byName.values()].filter((value) => value.isConstant);
  }

  /** A new value; a name that is taken gets a number. */
  addValue(hint: string): Value {
    let name = hint;
    while (name === '' || this.byName.has(name)) name = `${hint}.${++this.counter}`;
    const value = new Value(name);
    this.byName.set(name, value);
    return value;
  }

  /** A new input under just this name: another value of that name gets a number. Throws where an input or output has it. */
  addInput(name: string, type: DataType, shape: Shape): Value {
    const holder = this.byName.get(name);
    if (holder && (this.inputs.includes(holder) || this.outputs.includes(holder)))
      throw new Error(`The graph already has an input or output "${name}".`);
    const value = this.addValue(name);
    this.rename(value, name);
    value.type = type;
    value.shape = shape;
    this.inputs.push(value);
    return value;
  }

  addInitializer(hint: string, tensor: Tensor): Value {
    const value = this.addValue(hint);
    value.tensor = tensor;
    value.type = tensor.type;
    value.shape = tensor.dims;
    return value;
  }

  addNode(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: readonly (Value | null)[],
    attributes: Attributes = {},
    name = '',
  ): Node {
    const separator = op.indexOf('::');
    const domain = separator < 0 ? '' : op.slice(0, separator);
    const opType = separator < 0 ? op : op.slice(separator + 2);
    let unique = name;
    while (unique !== '' && this.nodeNames.has(unique)) unique = `${name}.${++this.counter}`;
    this.nodeNames.add(unique);
    const node = new Node(this, domain, opType, unique, inputs, outputs, attributes);
    this.nodes.push(node);
    return node;
  }

  /** Makes `value` an output of the graph under `name`, renaming whatever had that name. */
  addOutput(name: string, value: Value): void {
    this.rename(value, name);
    this.outputs.push(value);
  }

  rename(value: Value, name: string): void {
    if (value.name === name) return;
    const holder = this.byName.get(name);
    if (holder) {
      this.byName.delete(name);
      do holder.name = `${name}.${++this.counter}`;
      while (this.byName.has(holder.name));
      this.byName.set(holder.name, holder);
    }
    this.byName.delete(value.name);
    value.name = name;
    this.byName.set(name, value);
  }

  /** Every use of `from`, graph outputs included, becomes a use of `to`. Outputs keep their names. */
  replaceUses(from: Value, to: Value, except?: Node): void {
    for (const use of [...from.uses]) if (use.node !== except) use.node.setInput(use.index, to);
    const at = this.outputs.indexOf(from);
    if (at >= 0) {
      const { name } = from;
      this.outputs[at] = to;
      this.rename(to, name);
    }
  }

  /** Drops graph inputs that nothing uses, unless they are to be kept. */
  dropUnusedInputs(keep: ReadonlySet<string> = new Set()): void {
    const used = this.inputs.filter(
      (value) => value.uses.length > 0 || this.outputs.includes(value) || keep.has(value.name),
    );
    for (const value of this.inputs) if (!used.includes(value)) this.byName.delete(value.name);
    this.inputs.splice(0, this.inputs.length, ...used);
  }

  /** Removes nodes and initializers that no output needs, and puts the rest in topological order. */
  prune(): void {
    const order: Node[] = [];
    const state = new Map<Node, 'open' | 'done'>();
    const stack: Node[] = [];
    const visit = (root: Node | null): void => {
      if (!root || state.has(root)) return;
      stack.push(root);
      while (stack.length > 0) {
        const node = stack[stack.length - 1] as Node;
        if (state.get(node) === 'done') {
          stack.pop();
          continue;
        }
        const producers = node.inputs.flatMap((value) => value?.producer ?? []);
        const pending = producers.filter((producer) => state.get(producer) !== 'done');
        if (pending.length === 0) {
          state.set(node, 'done');
          order.push(node);
          stack.pop();
          continue;
        }
        if (state.get(node) === 'open') throw new Error(`The graph has a cycle at ${node.label}.`);
        state.set(node, 'open');
        stack.push(...pending);
      }
    };
    for (const output of this.outputs) visit(output.producer);
    for (const node of this.nodes) {
      if (state.has(node)) continue;
      node.inputs.forEach((_, index) => node.setInput(index, null));
      for (const value of node.outputs) if (value) this.byName.delete(value.name);
    }
    this.nodes = order;
    for (const value of [...this.byName.values()])
      if (value.isConstant && value.uses.length === 0 && !this.outputs.includes(value))
        this.byName.delete(value.name);
  }

  /** A copy whose nodes and values are its own; constant bytes are shared. */
  clone(): Graph {
    const copy = new Graph();
    copy.name = this.name;
    copy.irVersion = this.irVersion;
    copy.counter = this.counter;
    for (const name of this.nodeNames) copy.nodeNames.add(name);
    for (const [domain, version] of this.opsets) copy.opsets.set(domain, version);
    const map = new Map<Value, Value>();
    for (const value of this.byName.values()) {
      const twin = new Value(value.name);
      twin.tensor = value.tensor;
      twin.type = value.type;
      twin.shape = value.shape;
      twin.content = value.content;
      copy.byName.set(twin.name, twin);
      map.set(value, twin);
    }
    const twinOf = (value: Value | null): Value | null => (value && map.get(value)) ?? null;
    for (const node of this.nodes)
      copy.nodes.push(
        new Node(
          copy,
          node.domain,
          node.opType,
          node.name,
          node.inputs.map(twinOf),
          node.outputs.map(twinOf),
          node.attributes,
        ),
      );
    for (const value of this.inputs) copy.inputs.push(map.get(value) as Value);
    for (const value of this.outputs) copy.outputs.push(map.get(value) as Value);
    return copy;
  }
}
