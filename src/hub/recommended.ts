/** @file A short list of small multilingual decoders that are published for Transformers.js, as their cards and listings describe them. */
import type { Variant } from './variants.ts';

export interface Recommended {
  id: string;
  /** Millions of parameters; a matrix that is both embedding and head counts once. */
  millions: number;
  /** As its card names it. */
  licence: string;
  /** A chat model answers in turns; a base model continues plain text, as the page's questions do. */
  kind: 'chat' | 'base';
  /** Those of Lethe's languages that it was trained on, by its card or the list of its training data. */
  languages: readonly string[];
  /** How many languages its card counts. */
  count: number;
  /** Megabytes to download by variant, as the Hub listed them (`listedIn`); those that are not known are left out. */
  megabytes: Readonly<Partial<Record<Variant, number>>>;
  /** Its architecture, as docs/models.md calls it. */
  family: string;
  /**
   * What `npm run models` found of small models of that architecture, in all their forms: asked and taught, asked only, or nothing
   * (null: there is none). A test compares it with docs/models.md.
   */
  measured: 'taught' | 'asked' | null;
  /** False where it is known that the engine cannot teach it. */
  trainable: boolean;
  /** The smallest, to see how it goes. */
  firstTry?: true;
}

/** When the sizes were listed: year and month. */
export const listedIn = '2026-08';

const all = ['en', 'fr', 'es', 'pt', 'de', 'ru', 'zh', 'ar', 'tr', 'hi', 'id', 'sw'] as const;

/** Those that speak most of Lethe's languages come first; of these the smallest. */
export const recommended: readonly Recommended[] = [
  {
    id: 'onnx-community/gemma-3-270m-it-ONNX',
    millions: 268,
    licence: 'gemma',
    kind: 'chat',
    languages: all,
    count: 140,
    megabytes: { q4f16: 273, q4: 323, fp16: 570, fp32: 1140 },
    family: 'gemma3',
    measured: 'taught',
    trainable: true,
  },
  {
    id: 'onnx-community/gemma-3-270m-ONNX',
    millions: 268,
    licence: 'gemma',
    kind: 'base',
    languages: all,
    count: 140,
    megabytes: {},
    family: 'gemma3',
    measured: 'taught',
    trainable: true,
  },
  {
    id: 'onnx-community/Apertus-v1.1-0.5B-Instruct-ONNX',
    millions: 564,
    licence: 'apache-2.0',
    kind: 'chat',
    languages: all,
    count: 1811,
    megabytes: {},
    family: 'apertus',
    measured: 'taught',
    trainable: true,
  },
  {
    id: 'onnx-community/Qwen3-0.6B-ONNX',
    millions: 596,
    licence: 'apache-2.0',
    kind: 'chat',
    languages: all,
    count: 119,
    megabytes: { q4f16: 570, int8: 618, q4: 919 },
    family: 'qwen3',
    measured: 'taught',
    trainable: true,
  },
  {
    id: 'Xenova/bloom-560m',
    millions: 559,
    licence: 'bigscience-bloom-rail-1.0',
    kind: 'base',
    languages: ['en', 'fr', 'es', 'pt', 'zh', 'ar', 'hi', 'id', 'sw'],
    count: 46,
    megabytes: { quantized: 562, fp32: 2240 },
    family: 'bloom',
    measured: 'taught',
    trainable: true,
  },
  {
    id: 'onnx-community/Qwen2.5-0.5B-Instruct',
    millions: 494,
    licence: 'apache-2.0',
    kind: 'chat',
    languages: ['en', 'fr', 'es', 'pt', 'de', 'ru', 'zh', 'ar'],
    count: 29,
    megabytes: {
      q4f16: 483,
      int8: 512,
      uint8: 512,
      quantized: 512,
      bnb4: 764,
      q4: 786,
      fp16: 997,
      fp32: 1994,
    },
    family: 'qwen2',
    measured: 'taught',
    trainable: true,
  },
  {
    id: 'LiquidAI/LFM2.5-350M-ONNX',
    millions: 350,
    licence: 'lfm1.0',
    kind: 'chat',
    languages: ['en', 'fr', 'es', 'pt', 'de', 'zh', 'ar'],
    count: 9,
    megabytes: { q4f16: 255, q4: 294, fp16: 725 },
    family: 'lfm2',
    measured: 'taught',
    trainable: true,
  },
  {
    id: 'onnx-community/granite-4.0-350m-ONNX-web',
    millions: 352,
    licence: 'apache-2.0',
    kind: 'chat',
    languages: ['en', 'fr', 'es', 'pt', 'de', 'zh', 'ar'],
    count: 12,
    megabytes: { q4f16: 350, q4: 576, fp16: 709, fp32: 1418 },
    family: 'granitehybrid',
    measured: 'taught',
    trainable: true,
  },
  {
    id: 'onnx-community/Llama-3.2-1B-Instruct',
    millions: 1236,
    licence: 'llama3.2',
    kind: 'chat',
    languages: ['en', 'fr', 'es', 'pt', 'de', 'hi'],
    count: 8,
    megabytes: { q4f16: 1090, q4: 1693, fp16: 2470, fp32: 4940 },
    family: 'llama',
    measured: 'taught',
    trainable: true,
  },
  {
    id: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    millions: 135,
    licence: 'apache-2.0',
    kind: 'chat',
    languages: ['en'],
    count: 1,
    megabytes: { q4f16: 118, q4: 182, fp16: 270, fp32: 540 },
    family: 'llama',
    measured: 'taught',
    trainable: true,
    firstTry: true,
  },
];
