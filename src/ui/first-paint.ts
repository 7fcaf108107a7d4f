/**
 * @file What is seen before the page's code has arrived: its colours, its name, and what it promises, in the visitor's language.
 * `tools/vite/first-paint.ts` puts this into index.html itself, so it must stay short.
 */
import { chosenLanguage, preferred } from './messages/preferred.ts';

interface Greeting {
  promise: string;
  direction: string;
  /** Addresses of the language's catalogue, fetched at once; none while developing. */
  files: readonly string[];
}

/** By locale; the plugin writes it here. */
declare const greetings: Readonly<Record<string, Greeting>>;

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // Storage is closed to this page: the system's theme and language it is.
    return null;
  }
}

const root = document.documentElement;
const theme = stored('lethe/theme');
if (theme !== null) root.dataset['theme'] = theme;

const code = preferred(
  Object.keys(greetings),
  location.search,
  stored(chosenLanguage),
  navigator.languages,
);
// A page's first number takes as long to write as a piece of the screen to make, 25 to 35 ms of a laptop. Now nobody can touch anything yet.
new Intl.NumberFormat(code).format(0);

const greeting = greetings[code];
const promise = document.getElementById('promise');
if (greeting && promise) {
  root.lang = code;
  root.dir = greeting.direction;
  promise.textContent = greeting.promise;
  for (const file of greeting.files) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = file;
    document.head.append(link);
  }
}
