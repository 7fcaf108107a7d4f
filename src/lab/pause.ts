/** @file Room for the thread's other work between calls of the model, which under WebAssembly follow one another without a gap. */

/** Lets messages that wait (a wish to stop, say) be heard before it goes on. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
