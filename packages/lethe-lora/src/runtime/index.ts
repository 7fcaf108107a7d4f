/** @file The face of `src/runtime`: devices, sessions and tensors of ONNX Runtime. */
export { loadBackend, type Backend, type Tensor } from './backend.ts';
export {
  chooseDevice,
  isNode,
  type Device,
  type DeviceChoice,
  type DeviceRequest,
} from './device.ts';
export { watchGpu } from './gpu-watch.ts';
export { feedWeights } from './fed-weights.ts';
export { stepMemory, toldMemory, usableMemory } from './memory.ts';
export { Session, type Feeds, type Outputs, type Traffic } from './session.ts';
export { SharedWeights, weightBytes } from './shared-weights.ts';
export { float32, int64, int64Rows, integers, onDevice, scalar, zeros } from './tensors.ts';
