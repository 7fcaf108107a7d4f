/** @file The files of a model on a server that has the Hub's paths but no listing: Transformers.js' own registry asks for each that there may be. */
import type { DataType } from '@huggingface/transformers';
import type { HubEnvironment } from './addresses.ts';
import { besides, stems, type ListedFile } from './variants.ts';

/**
 * The files of a model's variants and their sizes, by requests for a byte of each that Transformers.js knows of; none where there are
 * none. Other data than the first file beside a model is found where `config.json` tells of it (`use_external_data_format`).
 */
export async function probeFiles(
  env: HubEnvironment,
  id: string,
  revision: string,
): Promise<ListedFile[]> {
  const library = await import('@huggingface/transformers');
  const { ModelRegistry } = library;
  Object.assign(library.env, env, {
    allowLocalModels: false,
    useBrowserCache: false,
    useFSCache: false,
  });
  const sizeOf = async (path: string): Promise<ListedFile[]> => {
    const found = await ModelRegistry.get_file_metadata(id, path, { revision });
    // Some servers answer every path with their start page.
    const isPage = found.contentType?.startsWith('text/html') === true;
    // Of a file of unknown length nobody could say when it is whole.
    return found.exists && !isPage && found.size ? [{ path, size: found.size }] : [];
  };
  const config = await library.AutoConfig.from_pretrained(id, { revision });
  const paths = new Set<string>(besides);
  for (const stem of stems) {
    const options = { config, model_file_name: stem };
    for (const dtype of await ModelRegistry.get_available_dtypes(id, { ...options, revision }))
      for (const path of await ModelRegistry.get_model_files(id, {
        ...options,
        dtype: dtype as DataType,
      })) {
        paths.add(path);
        if (path.endsWith('.onnx')) paths.add(`${path}_data`);
      }
  }
  return (await Promise.all([...paths].map(sizeOf))).flat();
}
