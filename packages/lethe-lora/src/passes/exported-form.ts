/** @file For tests: what one small decoder in an exporter's form may have. */

export interface Form {
  /** Operator that attends; `plain` spells it in products and a softmax, with a cache where asked. */
  attention?:
    'grouped' | 'packed' | 'multi-head' | 'multi-head-packed' | 'weights-inside' | 'onnx' | 'plain';
  /** Operator that turns queries and keys before attention; `inside`: GroupQueryAttention does. */
  rotary?: 'inside' | 'contributed' | 'onnx' | 'none';
  interleaved?: boolean;
  /** Key and value heads of the four. */
  groups?: number;
  window?: number;
  softcap?: number;
  /** Each head of GroupQueryAttention has a score for attending to no token. */
  sinks?: boolean;
  /** Where the mask is longer than this, rotary tables are others. */
  switchedAt?: number;
  /** A gated convolution over the last tokens before attention, spelt out or by an operator of its own. */
  convolution?: 'spelt' | 'fused';
  /** The feed-forward part is a mixture of experts. */
  experts?: boolean;
  norm?: 'simplified' | 'rms' | 'plus-one' | 'layer';
  activation?:
    | 'Sigmoid'
    | 'Gelu'
    | 'tanh'
    | 'com.microsoft::FastGelu'
    | 'com.microsoft::QuickGelu'
    | 'com.microsoft::BiasGelu';
  biases?: boolean;
  tied?: boolean;
  /** The file takes `position_ids`. */
  positionIds?: boolean;
  weights?: 'float32' | 'float16' | 'int8' | 'uint4';
  /** A plain cache by concatenation. */
  cache?: boolean;
  /** ONNX Attention hides later tokens itself, and takes no mask. */
  causalInside?: boolean;
  /** Keys and values are outputs, without a past before them. */
  presents?: boolean;
  /** Traced for one token: later ones are not hidden, and its position is how much lies before it. */
  oneToken?: boolean;
  /** Everything but the norms in float16. */
  half?: boolean;
}

export const sizes = { vocabulary: 40, width: 32, heads: 4, head: 16, hidden: 48, positions: 16 };
