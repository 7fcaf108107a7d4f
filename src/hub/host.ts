/** @file Where the Hub is: the library's own host, or another server that speaks the same. */
import type { HubEnvironment } from './addresses.ts';

/** The library's environment, with another host where one is given. It is large, and fetched only when the Hub is asked. */
export async function hubEnvironment(host?: string): Promise<HubEnvironment> {
  const library = await import('@huggingface/transformers');
  const { remoteHost, remotePathTemplate } = library.env;
  return { remoteHost: host ?? remoteHost, remotePathTemplate };
}
