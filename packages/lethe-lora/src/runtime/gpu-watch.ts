/** @file Notices when the graphics card is lost, in the middle of a step, while idle, or while a model is loaded. */

/** What of WebGPU is watched: the part of an adapter that opens a device. */
interface Adapters {
  prototype: { requestDevice(descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> };
}

/** Sessions that are being built or are there: with the last of them the runtime gives its device up. */
let sessions = 0;

/** Counts a session while it is built and from then on. */
export async function building<T>(work: () => Promise<T>): Promise<T> {
  sessions++;
  try {
    return await work();
  } catch (error) {
    sessions--;
    throw error;
  }
}

/** A session is given up now. */
export function givenUp(): void {
  sessions--;
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
  const open = prototype.requestDevice;
  let told = false;
  const tell = (detail: string): void => {
    if (told) return;
    told = true;
    lost(detail);
  };
  prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
    const device = await open.call(this, descriptor);
    void device.lost.then(({ message, reason }) => {
      // The runtime itself destroyed it, and opens another one for the next session.
      if (reason === 'destroyed' && sessions === 0) return;
      tell(`${reason}: ${message}`);
    });
    device.addEventListener('uncapturederror', ({ error }) => {
      tell(`${error.constructor.name}: ${error.message}`);
    });
    return device;
  };
}
