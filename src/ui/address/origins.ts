/**
 * @file Other servers than the page's own: a link may name one, and it is asked only after the visitor has agreed to it by name, once a
 * visit (a tab until it is closed).
 */

/** Where the Hub is; `src/ui/address/origins.test.ts` compares it with the library's. */
export const hubAddress = 'https://huggingface.co/';

const key = 'lethe/origins';

/** Of this page; the browser may keep nothing for it. */
const agreed = new Set<string>();

/** The origin of an address where it is not the page's own; else null. */
export function otherOrigin(address: string, pageUrl: string): string | null {
  const { origin } = new URL(address, pageUrl);
  return origin === new URL(pageUrl).origin ? null : origin;
}

/** The origin that the visitor would have to agree to before this address is asked; null where it may be asked. */
export function unagreed(address: string, pageUrl = location.href): string | null {
  const origin = otherOrigin(address, pageUrl);
  return origin === null || agreed.has(origin) || remembered().includes(origin) ? null : origin;
}

/** The visitor said yes to an origin. */
export function agreeTo(origin: string): void {
  agreed.add(origin);
  try {
    sessionStorage.setItem(key, JSON.stringify([...new Set([...remembered(), origin])]));
  } catch {
    // Then the visitor is asked again when the page is loaded again.
  }
}

function remembered(): readonly unknown[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}
