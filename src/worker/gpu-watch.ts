/** @file Notices when the graphics card is lost, in the middle of a step, while idle, or while a model is loaded. */

/** What of WebGPU is watched: the part of an adapter that opens a device. */
interface Adapters {
  prototype: { requestDevice(descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> };
}

/**
 * Watches every device that is opened from now on. ONNX Runtime opens its own within WebAssembly, and gives it out only when the first
 * session has been built: too late for one that is lost before. `lost` gets what the browser says, in English, once.
 *
 * An error that nobody catches (a binding that was refused, a buffer that had no room) leaves the runtime going on with whatever was in
 * its buffers, so that its numbers mean nothing: the device counts as lost.
 */
export function watchGpu(
  lost: (detail: string) => void,
  adapters: Adapters | undefined = (globalThis as { GPUAdapter?: Adapters }).GPUAdapter,
): void {
  if (!adapters) return;
  const { prototype } = adapters;
  // Called with the adapter as `this` below.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const open = prototype.requestDevice;
  let told = false;
  const tell = (detail: string): void => {
    if (told) return;
    told = true;
    lost(detail);
  };
  prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
    const device = await open.call(this, descriptor);
    // A model that is closed gives its device up (`destroyed`) only with the worker: then nobody listens any more.
    void device.lost.then(({ message, reason }) => {
      tell(`${reason}: ${message}`);
    });
    device.addEventListener('uncapturederror', ({ error }) => {
      tell(`${error.constructor.name}: ${error.message}`);
    });
    return device;
  };
}
