/** @file Settings for all models, named as in Transformers.js' `env`. */

/** Where models come from and where ONNX Runtime's files are. */
export interface Environment {
  /** False: nothing is fetched from the Hub; as `local_files_only` for every call. */
  allowRemoteModels: boolean;
  /** Address of the Hub, with a slash at its end. */
  remoteHost: string;
  /** Path of a repository's folder on the Hub, with a slash at its end. */
  remotePathTemplate: string;
  /** Whether a browser keeps downloaded files in its Cache API. */
  useBrowserCache: boolean;
  /** Name of that cache. Transformers.js uses the same one, so that each finds what the other downloaded. */
  cacheKey: string;
  /** Folder in which Node keeps downloaded files, in Transformers.js' layout; null: none are kept. */
  cacheDir: string | null;
  backends: {
    onnx: {
      wasm: {
        /** Folder of ONNX Runtime's WebAssembly files, with a slash at its end; by default they are found beside its module. */
        wasmPaths: string | undefined;
        /** Threads under WebAssembly; by default half of the logical processors, four at most. They need a cross-origin isolated page. */
        numThreads: number | undefined;
      };
    };
  };
}

/**
 * Settings for all models.
 *
 * @example
 * ```js
 * import { env } from 'lethe-lora';
 *
 * env.allowRemoteModels = false; // only folders and files, and what is cached
 * env.backends.onnx.wasm.wasmPaths = '/ort/'; // ONNX Runtime's .wasm files, served by yourself
 * ```
 */
export const env: Environment = {
  allowRemoteModels: true,
  remoteHost: 'https://huggingface.co/',
  remotePathTemplate: '{model}/resolve/{revision}/',
  useBrowserCache: true,
  cacheKey: 'transformers-cache',
  cacheDir: null,
  backends: { onnx: { wasm: { wasmPaths: undefined, numThreads: undefined } } },
};
