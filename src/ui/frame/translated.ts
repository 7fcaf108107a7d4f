/**
 * @file Lets the page survive a translator. A browser that translates a page puts an element of its own (`<font>`) in the place of each
 * text. Svelte goes on writing into the text that it knows, which nobody sees any more: what was translated would stay as it was.
 *
 * So each such text is put back, empty, beside what took its place. When the page writes into it, or takes it away, what stood for it goes.
 * The translator then finds the new text, and translates it.
 */

/** What translators wrap their texts in. */
const isTranslation = (node: Node | null): node is HTMLElement => node?.nodeName === 'FONT';

/** Watches a part of the page from now on. */
export function surviveTranslation(root: Node): void {
  const standIns = new WeakMap<Node, HTMLElement>();
  const observer = new MutationObserver((records) => {
    const added = new Set(
      records.flatMap(({ addedNodes }) => [...addedNodes].filter(isTranslation)),
    );
    for (const record of records) {
      if (record.type === 'characterData') restore(record.target);
      else
        for (const node of record.removedNodes)
          if (node instanceof Text && !node.isConnected) replaced(node, record, added);
    }
    // These were changes of ours.
    observer.takeRecords();
  });

  /** The page wrote into a text. */
  function restore(text: Node): void {
    if (text.nodeValue === '') return;
    standIns.get(text)?.remove();
    standIns.delete(text);
  }

  /** A text is gone: a translator has replaced it, or the page has taken it away. */
  function replaced(text: Text, record: MutationRecord, added: Set<HTMLElement>): void {
    const near = [...record.addedNodes, record.previousSibling, record.nextSibling];
    const standIn = near.filter(isTranslation).find((each) => added.has(each));
    if (!standIn) {
      standIns.get(text)?.remove();
      standIns.delete(text);
      return;
    }
    added.delete(standIn);
    standIns.set(text, standIn);
    text.nodeValue = '';
    standIn.before(text);
  }

  observer.observe(root, { subtree: true, childList: true, characterData: true });
}
