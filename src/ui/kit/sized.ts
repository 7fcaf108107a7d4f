/** @file The size of an element as it changes. */
import type { Attachment } from 'svelte/attachments';

/**
 * Tells an element's inner size now and whenever it has changed, a frame later: what is drawn by a size while sizes are being observed
 * changes others, of which Firefox and WebKit complain on the console (`ResizeObserver loop`).
 */
export function sized(tell: (width: number, height: number) => void): Attachment<HTMLElement> {
  return (element) => {
    let frame = 0;
    const measure = (): void => {
      tell(element.clientWidth, element.clientHeight);
    };
    measure();
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(measure);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  };
}
