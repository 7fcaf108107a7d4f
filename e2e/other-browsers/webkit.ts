/** @file WebKitGTK, the nearest to Safari that runs on Linux, by WebDriver over HTTP, on a screen that nobody sees. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { isInstalled, type Visitor } from './visitor.ts';

export function isWebKitInstalled(): boolean {
  return isInstalled('WebKitWebDriver') && isInstalled('Xvfb');
}

/** How WebDriver names an element in JSON (W3C WebDriver, "elements"). */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf';

/** A new WebKit whose data last until it is closed. */
export async function openWebKit(): Promise<Visitor> {
  const screen = spawn(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', '1440x1000x24', '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const display = await firstLine(screen);
  const port = await freePort();
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: `:${display}`, LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1' },
  });
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (response.ok) return value;
    const { error, message } = value as { error: string; message: string };
    throw new Error(`WebKit: ${error}: ${message}`);
  };
  await answers(() => send('GET', '/status'));
  const { sessionId } = (await send('POST', '/session', {
    capabilities: { alwaysMatch: {} },
  })) as { sessionId: string };
  const session = `/session/${sessionId}`;
  await send('POST', `${session}/timeouts`, { script: 60_000, pageLoad: 60_000, implicit: 0 });
  const find = async (selector: string): Promise<string> => {
    const found = await answers(() =>
      send('POST', `${session}/element`, { using: 'css selector', value: selector }),
    );
    return (found as Record<string, string>)[elementKey] ?? '';
  };
  const visitor: Visitor = {
    goto: async (url) => {
      await send('POST', `${session}/url`, { url });
    },
    reload: async () => {
      await send('POST', `${session}/refresh`, {});
    },
    evaluate: async (work, ...given) => {
      const script = `const answer = arguments[arguments.length - 1];
        Promise.resolve((${work.toString()})(...arguments[0])).then(
          (value) => answer({ value: value ?? null }), (error) => answer({ error: String(error) }));`;
      const answer = (await send('POST', `${session}/execute/async`, {
        script,
        args: [given],
      })) as {
        value: never;
        error?: string;
      };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.value;
    },
    click: async (selector) => {
      const id = await find(selector);
      await answers(() => send('POST', `${session}/element/${id}/click`, {}));
    },
    tap: async (selector) => {
      const id = await find(selector);
      const finger = [
        { type: 'pointerMove', duration: 0, origin: { [elementKey]: id }, x: 0, y: 0 },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ];
      await send('POST', `${session}/execute/sync`, {
        script: 'arguments[0].scrollIntoView({ block: "center" })',
        args: [{ [elementKey]: id }],
      });
      await send('POST', `${session}/actions`, {
        actions: [
          { type: 'pointer', id: 'finger', parameters: { pointerType: 'touch' }, actions: finger },
        ],
      });
    },
    choose: async (selector, ...paths) => {
      const id = await find(selector);
      await send('POST', `${session}/element/${id}/value`, { text: paths.join('\n') });
    },
    resize: async (width, height) => {
      await send('POST', `${session}/window/rect`, { x: 0, y: 0, width, height });
    },
    close: async () => {
      await send('DELETE', session).catch(() => undefined);
      driver.kill();
      screen.kill();
    },
  };
  return visitor;
}

/** Tries again for some seconds what may come too early. */
async function answers<T>(ask: () => Promise<T>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function firstLine({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    stdout?.once('data', (data: Buffer) => {
      resolve(data.toString().trim());
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  });
}
