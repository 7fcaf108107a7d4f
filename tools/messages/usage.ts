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
export function pathsOf(source: string): Path[] {
  const names = new Map<string, Path[]>([['messages', [[]]]]);
  // The same name may be another part in another function: it is all of them.
  const name = (local: string, found: Path[]): void => {
    names.set(local, [...(names.get(local) ?? []), ...found]);
  };
  const nameParts = (pattern: string, whole: readonly Path[]): void => {
    for (const part of pattern.slice(1, -1).split(',')) {
      const [key = '', local = key] = part.split(':').map((each) => each.trim());
      if (key)
        name(
          local,
          whole.map((path) => [...path, key]),
        );
    }
  };
  for (const [, pattern = ''] of source.matchAll(/(\{[^{}]*\}): Messages\b/g))
    nameParts(pattern, [[]]);
  const declared = /\b(?:const|let)\s+(\{[^}]*\}|\w+)\s*(?::[^=;]+)?=\s*(?:\$derived\(\s*)?/g;
  const isRead = new RegExp(String.raw`^(\w+)(${chain})\s*(?=[;,)\n]|$)`);
  const declarations = new Set<number>();
  for (const match of source.matchAll(declared)) {
    const start = match.index + match[0].length;
    const [, root = '', rest = ''] = isRead.exec(source.slice(start)) ?? [];
    const paths = names.get(root);
    if (!paths || (root === 'messages' && rest === '')) continue;
    const whole = paths.map((path) => [...path, ...steps(rest)]);
    const target = match[1] ?? '';
    declarations.add(start);
    if (target.startsWith('{')) nameParts(target, whole);
    else name(target, whole);
  }
  const read: Path[] = [];
  for (const match of source.matchAll(new RegExp(String.raw`(?<![\w.'"])(\w+)(${chain})`, 'g'))) {
    const [, root = '', rest = ''] = match;
    const paths = names.get(root);
    // The catalogue as a whole is only ever handed to what reads it by the same name.
    if (!paths || declarations.has(match.index) || (root === 'messages' && rest === '')) continue;
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
