/**
 * @file What does not fit on the page as it stands: a page wider than its window, text that is cut, text that lies over other text.
 * `faults` runs in the page (`page.evaluate(faults)`), so it stands alone.
 */

/** Every fault in words, with where it is; empty where all fits. Lengths are CSS pixels. */
export function faults(): string[] {
  /** Fractions of pixels and the slant of italics are no fault. */
  const slack = 1.5;
  const found = new Set<string>();

  const nameOf = (element: Element): string => {
    const id = element.closest('[data-testid]')?.getAttribute('data-testid');
    const classes = [...element.classList].filter((name) => !name.startsWith('svelte-'));
    return `${id ? `[${id}] ` : ''}${element.localName}${classes.map((name) => `.${name}`).join('')}`;
  };
  const quoted = (text: string): string => `“${text.trim().replace(/\s+/g, ' ').slice(0, 40)}”`;
  const isShown = (element: Element): boolean =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !element.closest('.unseen, [inert]') &&
    // Hidden from the eye at this width only.
    getComputedStyle(element).clipPath !== 'inset(50%)';

  const page = document.documentElement;
  if (page.scrollWidth > innerWidth) {
    found.add(`the page is ${String(page.scrollWidth - innerWidth)} px too wide`);
    for (const element of document.body.querySelectorAll('*')) {
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 0 && (right > innerWidth + slack || left < -slack) && isShown(element))
        if (!scrollerOf(element)) found.add(`${nameOf(element)} is outside the window`);
    }
  }

  /** What an element may be scrolled inside of, if it may; what is cut off there can be reached. */
  function scrollerOf(element: Element): Element | null {
    for (let at = element.parentElement; at && at !== page; at = at.parentElement)
      if (/auto|scroll/.test(getComputedStyle(at).overflowX)) return at;
    return null;
  }

  /** The nearest element that cuts what sticks out of it sideways. */
  function cutterOf(element: Element): Element | null {
    for (let at: Element | null = element; at && at !== page; at = at.parentElement) {
      const { overflowX } = getComputedStyle(at);
      if (/auto|scroll/.test(overflowX)) return null;
      if (/hidden|clip/.test(overflowX)) return at;
    }
    return null;
  }

  // Controls that show one line of text cut it without a trace.
  const pen = document.createElement('canvas').getContext('2d');
  for (const select of document.querySelectorAll('select')) {
    const text = select.selectedOptions[0]?.text ?? '';
    if (!isShown(select) || !pen) continue;
    const style = getComputedStyle(select);
    pen.font = style.font;
    const room =
      select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const lack = pen.measureText(text).width - room;
    if (lack > slack) found.add(`${nameOf(select)} cuts ${quoted(text)} by ${lack.toFixed(0)} px`);
  }

  interface Line {
    element: Element;
    text: string;
    box: DOMRect;
    /** Lies over the page on purpose: a bar at the foot, an opened sheet. */
    layer: Element | null;
  }
  const lines: Line[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent ?? '';
    if (!element || text.trim() === '' || element.closest('option, style, script')) continue;
    if (!isShown(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const cutter = cutterOf(element);
    const edge = cutter?.getBoundingClientRect();
    const scroller = scrollerOf(element);
    const window = scroller?.getBoundingClientRect();
    let layer: Element | null = null;
    for (let at: Element | null = element; at; at = at.parentElement)
      if (/fixed|absolute|sticky/.test(getComputedStyle(at).position) && at.localName !== 'svg') {
        layer = at;
        break;
      }
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      const cut = edge ? Math.max(edge.left - box.left, box.right - edge.right) : 0;
      if (cut > slack && cutter)
        found.add(`${nameOf(cutter)} cuts ${quoted(text)} by ${cut.toFixed(0)} px`);
      const out = Math.max(-box.left, box.right - innerWidth);
      if (!scroller && !cutter && out > slack)
        found.add(`${nameOf(element)} ${quoted(text)} is ${out.toFixed(0)} px outside the window`);
      // Scrolled out of view it covers nothing.
      if (
        window &&
        (box.right < window.left ||
          box.left > window.right ||
          box.bottom < window.top ||
          box.top > window.bottom)
      )
        continue;
      lines.push({ element, text, box, layer });
    }
  }

  // Lines of type overlap a little by their ascents; a third of the height on both sides is not counted.
  const middle = ({ box }: Line): { top: number; bottom: number } => ({
    top: box.top + box.height * 0.3,
    bottom: box.bottom - box.height * 0.3,
  });
  lines.sort((a, b) => a.box.top - b.box.top);
  lines.forEach((line, index) => {
    const own = middle(line);
    for (const other of lines.slice(index + 1)) {
      if (other.box.top > line.box.bottom) break;
      if (other.element === line.element || other.layer !== line.layer) continue;
      if (other.element.contains(line.element) || line.element.contains(other.element)) continue;
      const its = middle(other);
      const high = Math.min(own.bottom, its.bottom) - Math.max(own.top, its.top);
      const wide =
        Math.min(line.box.right, other.box.right) - Math.max(line.box.left, other.box.left);
      if (high > slack && wide > 2 * slack)
        found.add(
          `${nameOf(line.element)} ${quoted(line.text)} lies over ${nameOf(other.element)} ${quoted(other.text)}`,
        );
    }
  });
  return [...found];
}
