/** @file The order of languages in the matrix: clustered, so that what spreads within a cluster is seen as a block. */
import { language, languages, type LanguageCode } from '../../facts/index.ts';

export type Clustering = 'script' | 'resource';

export interface Cluster {
  id: 'latin' | 'others' | 'high' | 'medium' | 'low';
  languages: LanguageCode[];
}

/** The languages given, in the clusters that have any of them. Scripts that one language alone has are one cluster. */
export function clustered(codes: readonly LanguageCode[], by: Clustering): Cluster[] {
  const ids =
    by === 'script' ? (['latin', 'others'] as const) : (['high', 'medium', 'low'] as const);
  const idOf = (code: LanguageCode): Cluster['id'] => {
    const { script, resource } = language(code);
    return by === 'resource' ? resource : script === 'Latn' ? 'latin' : 'others';
  };
  return ids
    .map((id) => ({
      id,
      languages: languages
        .map(({ code }) => code)
        .filter((code) => codes.includes(code) && idOf(code) === id),
    }))
    .filter((cluster) => cluster.languages.length > 0);
}
