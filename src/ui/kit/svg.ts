/** @file A drawing of the page as a file of its own: its styles written into it, with its title and the experiment's link. */

export interface Caption {
  title: string;
  /** Address that repeats the experiment; none: no line is written. */
  link: string | null;
}

const namespace = 'http://www.w3.org/2000/svg';

/** What a drawing's look depends on and an element takes over from the one around it. */
const inherited = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'font-family',
  'font-size',
  'font-weight',
  'font-style',
  'font-variant-numeric',
  'text-anchor',
  'dominant-baseline',
  'letter-spacing',
  'paint-order',
  'visibility',
] as const;

/** What it does not take over, and what each is where nothing says otherwise. */
const ownLooks = { opacity: '1', 'stop-color': 'rgb(0, 0, 0)' } as const;

/** Pixels around the drawing, and the height of a line of the caption. */
const margin = 16;
const line = 22;

/**
 * The drawing as SVG text. It must be in the page, since colours and type are taken from its computed style. The file's size in pixels is
 * the drawing's on the screen and a margin, with the title above and the link below. The file runs nothing when it is opened alone.
 */
export function standaloneSvg(drawing: SVGSVGElement, { title, link }: Caption): string {
  const { width, height } = drawing.getBoundingClientRect();
  const look = getComputedStyle(drawing);
  const body = drawing.cloneNode(true) as SVGSVGElement;
  writeStyles(drawing, body, null);
  body.setAttribute('x', String(margin));
  body.setAttribute('y', String(margin + line));
  body.setAttribute('width', String(width));
  body.setAttribute('height', String(height));

  const whole = document.createElementNS(namespace, 'svg');
  const size = { width: width + 2 * margin, height: height + 2 * margin + line * (link ? 2 : 1) };
  whole.setAttribute('xmlns', namespace);
  whole.setAttribute('width', String(size.width));
  whole.setAttribute('height', String(size.height));
  whole.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
  const name = document.createElementNS(namespace, 'title');
  name.textContent = title;
  const ground = document.createElementNS(namespace, 'rect');
  ground.setAttribute('width', '100%');
  ground.setAttribute('height', '100%');
  ground.setAttribute('fill', groundOf(drawing));
  const write = (text: string, y: number, font: string): SVGTextElement => {
    const element = document.createElementNS(namespace, 'text');
    element.setAttribute('x', String(margin));
    element.setAttribute('y', String(y));
    element.setAttribute('style', `${font}; font-family: ${look.fontFamily}; fill: ${look.color}`);
    element.textContent = text;
    return element;
  };
  whole.append(name, ground, write(title, margin + 12, 'font-size: 15px; font-weight: 600'), body);
  if (link !== null && /^https?:/.test(link)) {
    const anchor = document.createElementNS(namespace, 'a');
    anchor.setAttribute('href', link);
    anchor.append(write(shortened(link, size.width), size.height - margin, 'font-size: 11px'));
    whole.append(anchor);
  }
  return new XMLSerializer().serializeToString(whole);
}

/**
 * Writes what `from` looks like on the screen into its copy, where it differs from what is around it. Links inside the drawing lead
 * nowhere in a file; the keyboard is the page's.
 */
function writeStyles(from: Element, to: Element, around: CSSStyleDeclaration | null): void {
  const style = getComputedStyle(from);
  const differing = [
    ...inherited.filter((name) => style.getPropertyValue(name) !== around?.getPropertyValue(name)),
    ...Object.entries(ownLooks)
      .filter(([name, initial]) => style.getPropertyValue(name) !== initial)
      .map(([name]) => name),
  ];
  for (const name of [...inherited, ...Object.keys(ownLooks), 'class', 'tabindex', 'href'])
    to.removeAttribute(name);
  to.removeAttributeNS('http://www.w3.org/1999/xlink', 'href');
  for (const name of to.getAttributeNames().filter((each) => each.toLowerCase().startsWith('on')))
    to.removeAttribute(name);
  to.setAttribute(
    'style',
    differing.map((name) => `${name}: ${style.getPropertyValue(name)}`).join('; '),
  );
  const children = [...to.children];
  [...from.children].forEach((child, index) => {
    const copy = children[index];
    if (!copy) return;
    if (!isDrawn(child) || isHidden(child)) copy.remove();
    else writeStyles(child, copy, style);
  });
}

/** Whether an element draws: styles are written out, and scripts, pages within the drawing and animations are no part of a picture. */
function isDrawn({ localName }: Element): boolean {
  return !/^(style|script|foreignobject|iframe|animate.*|set|handler|listener)$/i.test(localName);
}

/** Definitions, such as gradients, are never drawn themselves, and needed all the same. */
function isHidden(element: Element): boolean {
  return element.closest('defs') === null && getComputedStyle(element).display === 'none';
}

/** The first ground that is painted behind the drawing. */
function groundOf(element: Element): string {
  for (let at: Element | null = element; at; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (backgroundColor !== 'transparent' && backgroundColor !== 'rgba(0, 0, 0, 0)')
      return backgroundColor;
  }
  return 'white';
}

/** A long link is cut for the eye; the whole of it is what a click opens. */
function shortened(link: string, width: number): string {
  const most = Math.max(20, Math.floor((width - 2 * margin) / 6));
  return link.length <= most ? link : `${link.slice(0, most - 1)}…`;
}
