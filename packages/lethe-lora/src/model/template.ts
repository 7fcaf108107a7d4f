/**
 * @file Renders a chat template. Templates come from strangers: this interpreter stops at a limit of work, depth and size, so that none
 * hangs the page or fills the memory. It is the one of Transformers.js (`@huggingface/jinja`), counted at every expression.
 */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';

type Value = ReturnType<Interpreter['evaluate']>;
type Statement = NonNullable<Parameters<Interpreter['evaluate']>[0]>;

/** Far above what published templates need for a long conversation. */
export const templateLimits = {
  /** Characters of the template; the longest known ones have about 20,000. */
  source: 2 ** 17,
  /** White space in one piece: the lexer takes quadratic time for it. */
  blank: 2 ** 9,
  /** Of one rendering: an expression is 1, a list's item or a text's character a 32nd. */
  work: 100_000,
  /** Expressions within each other. */
  depth: 200,
  /** Characters of any text, with one for every item of a list or mapping in it. */
  text: 2 ** 18,
  /** Items that `range` makes. */
  items: 10_000,
  /** For whatever the count of work does not foresee. */
  milliseconds: 2000,
};

/** Raised where a template is stopped; `reason` says why in a few words. */
export class TemplateLimitError extends Error {
  constructor(readonly reason: string) {
    super(`The model’s chat template was stopped: ${reason}. Use plain sentences instead.`);
    this.name = 'TemplateLimitError';
  }
}

/** What a template may name: texts, lists and records, and functions of such. */
export type TemplateValues = Readonly<Record<string, unknown>>;

/**
 * Parses a template and gives the function that renders it, with the settings that Transformers has (`trim_blocks`, `lstrip_blocks`).
 * Both throw `TemplateLimitError`, or an error with what the template or the interpreter says.
 */
export function compileTemplate(source: string): (values: TemplateValues) => string {
  if (source.length > templateLimits.source) throw new TemplateLimitError('it is too long');
  if (new RegExp(`\\s{${templateLimits.blank}}`).test(source))
    throw new TemplateLimitError('it has too much white space in one piece');
  const [program, written] = bounded(() => {
    const parsed = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
    return [parsed, writtenIn(parsed)] as const;
  });
  return (values) => {
    const environment = new Environment();
    for (const [name, value] of Object.entries({ ...globals, ...values }))
      environment.set(name, value);
    return bounded(() => String(new BoundedInterpreter(environment, written).run(program).value));
  };
}

/** What the engine itself refuses (a stack or a text that is too long) is said as the limits are; in Firefox a stack is an InternalError. */
function bounded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'RangeError' && name !== 'InternalError') throw error;
    throw new TemplateLimitError(
      /stack|recursion/i.test(message) ? 'it is nested too deeply' : 'it needs too much memory',
    );
  }
}

const globals: TemplateValues = {
  ...{ true: true, True: true, false: false, False: false, none: null, None: null },
  raise_exception: (reason: unknown) => {
    throw new Error(String(reason));
  },
  range: (...bounds: unknown[]) => range(bounds),
};

function range(bounds: readonly unknown[]): number[] {
  const [first = 0, second, step = 1] = bounds;
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  if (![start, stop, step].every(Number.isInteger) || step === 0)
    throw new Error('range() takes whole numbers, and a step that is not 0');
  const length = Math.max(0, Math.ceil((Number(stop) - Number(start)) / Number(step)));
  if (length > templateLimits.items)
    throw new TemplateLimitError(`it makes a list of more than ${templateLimits.items} numbers`);
  return Array.from({ length }, (_, index) => Number(start) + index * Number(step));
}

/** An expression that was evaluated before: where the size of a result must be known before it is made. */
class Evaluated {
  readonly type = 'Evaluated';
  constructor(readonly value: Value) {}
}

/** Fields of the nodes that are looked into. */
type Node = Statement & Readonly<Record<string, Statement | readonly Statement[] | undefined>>;

/** Filters whose arguments multiply the length of what they are given. */
const multiplying = new Set(['indent', 'join', 'tojson']);

class BoundedInterpreter extends Interpreter {
  private work = 0;
  private depth = 0;
  private steps = 0;
  private readonly since = performance.now();
  /** Of lists and mappings that can no longer change. */
  private readonly weights = new WeakMap<Value, number>();
  /** `replace` methods whose length is watched already. */
  private readonly watched = new WeakSet();

  /** `written`: the expressions whose values are written out. */
  constructor(
    environment: Environment,
    private readonly written: WeakSet<Statement>,
  ) {
    super(environment);
  }

  override evaluate(statement: Statement | undefined, environment: Environment): Value {
    if (statement instanceof Evaluated) return statement.value;
    this.spend(1);
    this.depth++;
    try {
      if (this.depth > templateLimits.depth)
        throw new TemplateLimitError('it is nested too deeply');
      const value = super.evaluate(statement && this.prepared(statement, environment), environment);
      const weight = this.weigh(value);
      if (statement && this.written.has(statement)) this.spend(weight / 32);
      // The interpreter finds a name that is not known by an exception.
      if (statement?.type === 'Identifier' && value.type === 'UndefinedValue') this.spend(10);
      return value;
    } finally {
      this.depth--;
    }
  }

  private spend(work: number): void {
    this.work += work;
    if (this.work > templateLimits.work) throw new TemplateLimitError('it takes too many steps');
    if (++this.steps % 32 === 0 && performance.now() - this.since > templateLimits.milliseconds)
      throw new TemplateLimitError('it takes too long');
  }

  /** The same statement, with those parts evaluated that say how large its result would be; throws where that is too large. */
  private prepared(statement: Statement, environment: Environment): Statement {
    const node = statement as Node;
    switch (node.type) {
      case 'FilterStatement': {
        const operand = { type: 'Program', body: node['body'] };
        const whole = { type: 'FilterExpression', operand, filter: node['filter'] };
        return this.preparedFilter(whole as unknown as Node, environment);
      }
      case 'FilterExpression':
        return this.preparedFilter(node, environment);
      case 'MemberExpression': {
        const object = this.evaluate(node['object'] as Statement, environment);
        this.watchReplace(object);
        return { ...node, object: new Evaluated(object) } as Statement;
      }
      case 'For': {
        const iterable = node['iterable'] as Node;
        const select = iterable.type === 'SelectExpression';
        const list = this.evaluate(select ? (iterable['lhs'] as Statement) : iterable, environment);
        // The interpreter prepares every turn of a loop before the first.
        this.spend(sizeOf(list));
        const lhs = new Evaluated(list);
        return { ...node, iterable: select ? { ...iterable, lhs } : lhs } as Statement;
      }
      default:
        return node;
    }
  }

  private preparedFilter(node: Node, environment: Environment): Statement {
    const operand = this.evaluate(node['operand'] as Statement, environment);
    const weight = this.weigh(operand);
    this.spend(weight / 32);
    this.watchReplace(operand);
    const filter = node['filter'] as Node;
    const name = (filter['callee'] as { value?: string } | undefined)?.value ?? '';
    const prepared = { ...node, operand: new Evaluated(operand) } as Statement;
    if (!multiplying.has(name)) return prepared;
    const values: Value[] = [];
    const args = (filter['args'] as readonly Node[]).map((arg) => {
      // `name=value`, `*list` and `**mapping` are no expressions themselves.
      const part = (['value', 'argument'] as const).find(
        (key) => /^Keyword|^Spread/.test(arg.type) && key in arg,
      );
      const value = this.evaluate(part ? (arg[part] as Statement) : arg, environment);
      values.push(value);
      return part ? { ...arg, [part]: new Evaluated(value) } : new Evaluated(value);
    });
    const factor = Math.max(1, ...values.map(magnitude));
    this.foresee(weight * factor * (name === 'tojson' ? levels(operand) : 1));
    return { ...prepared, filter: { ...filter, args } } as Statement;
  }

  /** Makes a text's `replace` refuse what would come out too long. */
  private watchReplace(value: Value): void {
    if (typeof value.value !== 'string') return;
    const text = value.value;
    const replace = value.builtins.get('replace');
    if (!replace || this.watched.has(replace)) return;
    this.watched.add(replace);
    const original = replace.value as (args: Value[], scope: Environment) => Value;
    replace.value = (args: Value[], scope: Environment) => {
      const [old, by] = args.map((each) => each.value);
      if (typeof old === 'string' && typeof by === 'string')
        this.foresee(text.length + (text.split(old).length + 1) * by.length);
      return original(args, scope);
    };
  }

  private foresee(length: number): void {
    if (length > templateLimits.text)
      throw new TemplateLimitError('it makes a text that is too long');
  }

  /**
   * About the characters of a value written out, where a part that stands in several places counts in each. Throws where there are too
   * many, and spends the work of looking at the value once.
   */
  private weigh(value: Value): number {
    this.spend((typeof value.value === 'string' ? value.value.length : sizeOf(value)) / 32);
    const known = new Map<Value, { weight: number; fixed: boolean }>();
    const visit = (part: Value): { weight: number; fixed: boolean } => {
      if (typeof part.value === 'string') return { weight: 1 + part.value.length, fixed: true };
      const fixedWeight = sizeOf(part) === 0 ? 1 : this.weights.get(part);
      // A namespace alone may get new fields.
      let fixed = part.type !== 'NamespaceValue';
      if (fixed && fixedWeight !== undefined) return { weight: fixedWeight, fixed };
      const before = known.get(part);
      if (before) return before;
      // A namespace that holds itself has no end.
      known.set(part, { weight: Infinity, fixed: false });
      let weight = 1;
      for (const [key, inner] of entriesOf(part)) {
        const visited = visit(inner);
        weight += key.length + visited.weight;
        fixed &&= visited.fixed;
        this.foresee(weight);
      }
      this.spend(sizeOf(part) / 4);
      if (fixed) this.weights.set(part, weight);
      known.set(part, { weight, fixed });
      return { weight, fixed };
    };
    const { weight } = visit(value);
    this.foresee(weight);
    return weight;
  }
}

/** The expressions of a template whose values are written out: those that stand in a block by themselves. */
function writtenIn(program: Statement): WeakSet<Statement> {
  const written = new WeakSet<Statement>();
  const visit = (part: unknown, inBlock: boolean): void => {
    if (Array.isArray(part)) for (const each of part) visit(each, inBlock);
    else if (typeof part === 'object' && part !== null) {
      if (inBlock) written.add(part as Statement);
      for (const [key, inner] of part instanceof Map ? part : Object.entries(part))
        visit(inner, key === 'body' || key === 'alternate' || key === 'defaultBlock');
    }
  };
  visit(program, false);
  return written;
}

/** Items of a list or mapping, else 0. */
function sizeOf({ value }: Value): number {
  if (Array.isArray(value)) return value.length;
  return value instanceof Map ? value.size : 0;
}

/** What a list or mapping holds. */
function entriesOf({ value }: Value): Iterable<[string, Value]> {
  if (Array.isArray(value)) return (value as Value[]).map((inner) => ['', inner]);
  return value instanceof Map ? (value as Map<string, Value>) : [];
}

/** By how much an argument can lengthen each line or item: its number, or the length of its text. */
function magnitude(value: Value): number {
  if (typeof value.value === 'number') return Math.abs(value.value);
  if (typeof value.value === 'string') return value.value.length;
  return [...entriesOf(value)].reduce((sum, [, inner]) => sum + magnitude(inner), 0);
}

/** Lists and mappings within each other; the weight of a value, which is known by now, keeps them few. */
function levels(value: Value): number {
  return 1 + Math.max(0, ...[...entriesOf(value)].map(([, inner]) => levels(inner)));
}
