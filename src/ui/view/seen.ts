/** @file When something comes into view: what is far down a phone's page need not be there before the rest. */
import type { Attachment } from 'svelte/attachments';
import { whenDrawn } from '../state/turns.ts';

/** Does something once, when the element is in view or less than half a screen away from it. */
export function whenSeen(action: () => void): Attachment {
  return (element) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        action();
      },
      { rootMargin: '50% 0%' },
    );
    // Before, all of a page that is only begun is in view.
    void whenDrawn().then(() => {
      if (element.isConnected) observer.observe(element);
    });
    return () => {
      observer.disconnect();
    };
  };
}
