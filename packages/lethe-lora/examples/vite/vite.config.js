export default {
  base: './',
  build: { target: 'es2022' },
  // ONNX Runtime finds its .wasm files beside its own module, from where `vite dev` would move it.
  optimizeDeps: { exclude: ['lethe-lora', 'onnxruntime-web'] },
};
