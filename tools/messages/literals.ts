/**
 * @file Text that the page would show and no catalogue holds: letters in a component's markup, in the attributes that are read out, and whole
 * phrases in its code.
 */
import { parse, type AST } from 'svelte/compiler';
import ts from 'typescript';

/** Attributes whose value a person reads or hears. */
const spoken = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-placeholder',
  'aria-roledescription',
  'aria-valuetext',
  'label',
  'placeholder',
  'summary',
  'title',
]);

const letters = /\p{L}/u;
/** Two words and a space: a phrase, not a name of something. */
const phrase = /\p{L}{2,}[,;:]? \p{L}{2,}/u;
/** Lengths, functions, queries and selectors of CSS. */
const css = /^px$|^\(|[\w-]\(|:not\(/;

/** A node of Svelte's tree or of the JavaScript in it. */
interface Node {
  type: string;
  start: number;
  [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Literals in a component that a person would read, each with its line. */
export function literalsOfComponent(source: string): string[] {
  const found: string[] = [];
  const root = parse(source, { modern: true });
  const report = (node: Node, text: string): void => {
    if (letters.test(text) && !css.test(text.trim()))
      found.push(`${String(lineOf(source, node.start))}: ${text.trim()}`);
  };
  /** The texts that an expression may come to, as far as they are written out in it. */
  const results = (node: Node): void => {
    if (node.type === 'Literal' && typeof node['value'] === 'string') report(node, node['value']);
    else if (node.type === 'TemplateLiteral')
      for (const quasi of node['quasis'] as Node[])
        report(quasi, (quasi['value'] as { raw: string }).raw);
    else if (node.type === 'ConditionalExpression')
      for (const branch of ['consequent', 'alternate']) results(node[branch] as Node);
    else if (node.type === 'LogicalExpression' || node.type === 'BinaryExpression')
      for (const side of ['left', 'right'])
        if (node['operator'] === '+' || (node.type === 'LogicalExpression' && side === 'right'))
          results(node[side] as Node);
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isNode(value)) return;
    switch (value.type) {
      case 'Text':
        report(value, value['data'] as string);
        return;
      case 'ExpressionTag':
        results(value['expression'] as Node);
        return;
      case 'Attribute':
        if (!spoken.has(value['name'] as string)) return;
        break;
      case 'RegularElement':
        if (value['name'] === 'style' || value['name'] === 'script') return;
    }
    for (const child of Object.values(value)) visit(child);
  };
  visit((root as AST.Root).fragment);
  for (const script of [root.instance, root.module])
    if (script) {
      const { start, end } = script.content as unknown as { start: number; end: number };
      const before = lineOf(source, start) - 1;
      found.push(
        ...phrases(source.slice(start, end)).map(
          ([line, text]) => `${String(before + line)}: ${text}`,
        ),
      );
    }
  return found;
}

/** Phrases in code that a person would read, each with its line. What an error says, or a comment, may be plain English. */
export function literalsOfCode(source: string): string[] {
  return phrases(source).map(([line, text]) => `${String(line)}: ${text}`);
}

function phrases(source: string): [line: number, text: string][] {
  const file = ts.createSourceFile('code.ts', source, ts.ScriptTarget.Latest, true);
  const found: [number, string][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText(file).endsWith('Error')) return;
    const isText =
      ts.isStringLiteral(node) ||
      ts.isNoSubstitutionTemplateLiteral(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node);
    if (isText && phrase.test(node.text) && !css.test(node.text))
      found.push([file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, node.text]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function lineOf(source: string, position: number): number {
  return source.slice(0, position).split('\n').length;
}
