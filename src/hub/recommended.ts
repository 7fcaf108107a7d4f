/** @file A short list of small multilingual models that are published for Transformers.js, as their cards describe them. */

export interface Recommended {
  id: string;
  /** Millions of parameters, as its name says. */
  millions: number;
  /** As its card names it. */
  licence: string;
  /** Languages that its card names, by code; of those that count them instead the number is in `count`. */
  languages: readonly string[];
  /** How many languages it speaks, where its card says so. */
  count?: number;
}

export const recommended: readonly Recommended[] = [
  {
    id: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    millions: 135,
    licence: 'apache-2.0',
    languages: ['en'],
  },
  {
    id: 'onnx-community/gemma-3-270m-it-ONNX',
    millions: 270,
    licence: 'gemma',
    languages: [],
    count: 140,
  },
  {
    id: 'onnx-community/Qwen2.5-0.5B-Instruct',
    millions: 500,
    licence: 'apache-2.0',
    languages: ['zh', 'en', 'fr', 'es', 'pt', 'de', 'it', 'ru', 'ja', 'ko', 'vi', 'th', 'ar'],
    count: 29,
  },
  {
    id: 'Xenova/bloom-560m',
    millions: 560,
    licence: 'bigscience-bloom-rail-1.0',
    languages: ['ar', 'zh', 'en', 'es', 'fr', 'hi', 'id', 'pt', 'sw'],
    count: 46,
  },
  {
    id: 'onnx-community/Qwen3-0.6B-ONNX',
    millions: 600,
    licence: 'apache-2.0',
    languages: [],
    count: 119,
  },
  {
    id: 'onnx-community/Llama-3.2-1B-Instruct',
    millions: 1000,
    licence: 'llama3.2',
    languages: ['en', 'de', 'fr', 'it', 'pt', 'hi', 'es', 'th'],
  },
];
