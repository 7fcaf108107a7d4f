/** @file Notices when the graphics card is lost, in the middle of a step, while idle, or while a model is loaded. */

/** What of WebGPU is watched: the part of an adapter that opens a device. */
interface Adapters {
  prototype: { requestDevice(descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> };
}

/** Releases that are going on, and when the last one ended, in milliseconds. */
let releases = 0;
let released = -Infinity;
/** A device that was given up is reported lost a little later. */
const delay = 2000;

/** Gives something up with which the runtime may give up its device, too: that is no loss. */
export async function releasing<T>(work: () => Promise<T>): Promise<T> {
  releases++;
  try {
    return await work();
  } finally {
    releases--;
    released = performance.now();
  }
}

/** The runtime gave the device up itself, with its last session. */
function isGivenUp({ reason }: GPUDeviceLostInfo): boolean {
  return reason === 'destroyed' && (releases > 0 || performance.now() - released < delay);
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
    void device.lost.then((info) => {
      if (!isGivenUp(info)) tell(`${info.reason}: ${info.message}`);
    });
    device.addEventListener('uncapturederror', ({ error }) => {
      tell(`${error.constructor.name}: ${error.message}`);
    });
    return device;
  };
}
