/** @file What a linear projection of a decoder is. */

/** A part [start, start + length) of a projection's output that one module's adapter changes. */
export interface ProjectionPart {
  /** PEFT's module path, e.g. `model.layers.0.self_attn.q_proj`. */
  name: string;
  /** Last component of the path, e.g. `q_proj`. */
  module: string;
  /** Number in the path, e.g. 0; -1 where the path has none. */
  layer: number;
  start: number;
  length: number;
  /** Of the module's `rows` features out, the first that is here: 0 but where the file has apart what PyTorch has in one module. */
  from: number;
  rows: number;
}

/** y = x·W, known by the name of y so that it is found again in a rewritten copy of the graph. */
export interface Projection {
  output: string;
  /** The module's path by the file's own names. */
  path: string;
  /** Features in and out. */
  inFeatures: number;
  outFeatures: number;
  /** One part for a plain projection, three for packed queries, keys and values. */
  parts: ProjectionPart[];
}
