/** @file The face of `src/onnx`: read, write, build and infer graphs. */
export * from './builder.ts';
export * from './content.ts';
export * from './dims.ts';
export * from './graph.ts';
export * from './infer.ts';
export * from './parse.ts';
export * from './tensor.ts';
export * from './write.ts';
