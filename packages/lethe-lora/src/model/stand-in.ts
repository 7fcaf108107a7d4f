/** @file Notices what came in place of a file: a Git LFS pointer, or a web page that tells of an error. */

/** Throws where a file's first bytes are those of something else, and says what to do. */
export function refuseStandIn(first: Uint8Array, name: string): void {
  const text = new TextDecoder().decode(first.subarray(0, 512));
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    const [, size] = /^size (\d+)$/m.exec(text) ?? [];
    const length = size === undefined ? '' : `, which has ${size} bytes`;
    throw new Error(
      `${name} is a Git LFS pointer, not the file itself${length}: run “git lfs pull” in the model’s folder, or download the file from the model’s page.`,
    );
  }
  if (/^\s*<(!doctype html|html)\b/i.test(text))
    throw new Error(
      `${name} begins with a web page where the model’s file should be: download it again.`,
    );
}
