/**
 * @file Which messages the page's source reads: `messages.board.title`, or by another name of a part (`const text = messages.board`).
 *
 * It is read as text, not as a program, and errs on one side only: a part that is handed on whole, or read by a key that is not written out,
 * counts as read.
 */

/** One step of a path; a key that is not written out stands for any. */
type Step = string | null;
type Path = readonly Step[];

const chain = String.raw`(?:\s*\??\.\s*\w+|\[[^\][]*(?:\[[^\][]*\][^\][]*)*\])*`;

/** The paths that one file reads. */
export function pathsOf(whole: string): Path[] {
  // What is no code must not look as if it read something; it keeps its length.
  const source = whole.replace(
    /\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|<style>[\s\S]*?<\/style>|(?<=^|\s)\/\/.*/g,
    (text) => ' '.repeat(text.length),
  );
  /** Where names are made, which is no reading of them. */
  const made: { from: number; to: number }[] = [];
  const names = new Map<string, Path[]>([['messages', [[]]]]);
  // The same name may be another part in another function: it is all of them.
  const name = (local: string, found: Path[]): void => {
    names.set(local, [...(names.get(local) ?? []), ...found]);
  };
  const nameParts = (pattern: string, parts: readonly Path[]): void => {
    for (const part of pattern.slice(1, -1).split(',')) {
      const [key = '', local = key] = part.split(':').map((each) => each.trim());
      if (key)
        name(
          local,
          parts.map((path) => [...path, key]),
        );
    }
  };
  for (const { 0: text, 1: pattern = '', index } of source.matchAll(/(\{[^{}]*\}): Messages\b/g)) {
    nameParts(pattern, [[]]);
    made.push({ from: index, to: index + text.length });
  }
  const declared = /\b(?:const|let)\s+(\{[^}]*\}|\w+)\s*(?::[^=;]+)?=\s*(?:\$derived\(\s*)?/g;
  const isRead = new RegExp(String.raw`^(\w+)(${chain})\s*(?=[;,)\n]|$)`);
  for (const match of source.matchAll(declared)) {
    const start = match.index + match[0].length;
    const [, root = '', rest = ''] = isRead.exec(source.slice(start)) ?? [];
    const paths = names.get(root);
    if (!paths) continue;
    const parts = paths.map((path) => [...path, ...steps(rest)]);
    const target = match[1] ?? '';
    made.push({ from: match.index, to: start + 1 });
    if (target.startsWith('{')) nameParts(target, parts);
    else name(target, parts);
  }
  const read: Path[] = [];
  for (const match of source.matchAll(new RegExp(String.raw`(?<![\w.'"])(\w+)(${chain})`, 'g'))) {
    const [, root = '', rest = ''] = match;
    const paths = names.get(root);
    // The catalogue as a whole is only ever handed to what reads it by the same name.
    if (!paths || (root === 'messages' && rest === '')) continue;
    if (made.some(({ from, to }) => match.index >= from && match.index < to)) continue;
    // A key of an object.
    if (rest === '' && source[match.index + root.length] === ':') continue;
    for (const path of paths) read.push([...path, ...steps(rest)]);
  }
  return read;
}

function steps(rest: string): Step[] {
  return [...rest.matchAll(/\.\s*(\w+)|\[((?:[^\][]|\[[^\][]*\])*)\]/g)].map(
    ([, name, key = '']) => name ?? /^['"]([\w-]+)['"]$/.exec(key.trim())?.[1] ?? null,
  );
}

/** The messages of these that nothing in the sources reads. */
export function unread(messages: Iterable<string>, sources: Iterable<string>): string[] {
  const read = [...sources].flatMap(pathsOf);
  return [...messages].filter((message) => {
    const keys = message.split('.');
    return !read.some(
      (path) =>
        path.length > 0 &&
        // What comes after the message's end is a property of its string, or its call.
        path.slice(0, keys.length).every((step, index) => step === null || step === keys[index]),
    );
  });
}
