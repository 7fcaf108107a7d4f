/** @file A link as a QR code. */
import { encode } from 'uqr';

/** Rows of modules, dark ones true, with the quiet zone of four that the standard asks for. */
export function qrModules(link: string): boolean[][] {
  return encode(link, { ecc: 'L', border: 4 }).data;
}

/** The dark modules as an SVG path, a unit each. */
export function qrPath(modules: readonly (readonly boolean[])[]): string {
  return modules
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${String(x)} ${String(y)}h1v1h-1z` : '')))
    .join('');
}
