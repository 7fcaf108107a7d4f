/** @file Other servers: a link names them, and nothing is sent there before the visitor has agreed to it by name. */
import type { Page } from '@playwright/test';
import { expect, idle, test as base } from './fixtures.ts';
import { HubServer } from './hub-server.ts';

/** A server of another origin that nobody has agreed to. */
const test = base.extend<{ other: HubServer; asked: string[] }>({
  other: async ({}, use) => {
    const server = new HubServer();
    await server.start();
    await use(server);
    await server.stop();
  },
  // Requests to another origin, the page's and its workers'.
  asked: async ({ context, baseURL }, use) => {
    const asked: string[] = [];
    const own = new URL(baseURL ?? '').origin;
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (/^https?:$/.test(protocol) && origin !== own) asked.push(request.url());
    });
    await use(asked);
  },
});

const folder = (other: HubServer): string => `${other.origin}/test/micro/resolve/main/`;

async function expectQuestion(page: Page, origin: string): Promise<void> {
  const question = page.getByTestId('origin-question');
  await expect(question).toContainText(origin);
  // Time in which a page that did not wait would have asked.
  await page.waitForTimeout(1500);
}

test('a model of another server is fetched once the visitor agrees, and after a reload in the same visit', async ({
  page,
  other,
  asked,
  friends,
}) => {
  await page.goto(`./?threads=1&model=${folder(other)}`);
  await expectQuestion(page, other.origin);
  expect(asked).toEqual([]);
  friends.push(other.origin);
  await page.getByTestId('origin-yes').click();
  await idle(page);
  expect(asked.some((url) => url.endsWith('onnx/model.onnx'))).toBe(true);
  await page.reload();
  await idle(page);
  await expect(page.getByTestId('origin-question')).toHaveCount(0);
});

test('who says no gets Atlas, and nothing was sent', async ({ page, other, asked }) => {
  await page.goto(`./?threads=1&model=${folder(other)}`);
  await expectQuestion(page, other.origin);
  await page.getByTestId('origin-no').click();
  await idle(page);
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  expect(asked).toEqual([]);
  expect(page.url()).not.toContain(other.origin);
});

test('a link to a model of the Hub, or of a server in its place, asks first', async ({
  page,
  other,
  asked,
  friends,
}) => {
  await page.goto('./?threads=1&hub-model=test/micro');
  await idle(page);
  await expectQuestion(page, 'https://huggingface.co');
  expect(asked).toEqual([]);

  await page.goto(`./?threads=1&hub=${other.origin}/&hub-model=test/micro`);
  await idle(page);
  await expectQuestion(page, other.origin);
  await page.getByTestId('origin-no').click();
  await expect(page.getByTestId('origin-question')).toHaveCount(0);
  await page.getByTestId('hub-id').fill('test/micro');
  await page.getByTestId('look-up').click();
  await expectQuestion(page, other.origin);
  expect(asked).toEqual([]);
  friends.push(other.origin);
  await page.getByTestId('origin-yes').click();
  await expect(page.getByTestId('found')).toContainText('test/micro');
});

test('an address that is none leaves Atlas, and is told', async ({ page, asked }) => {
  await page.goto('./?threads=1&model=https://');
  await idle(page);
  await expect(page.getByTestId('notice')).toContainText('model=https://');
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  await page.goto(
    './?threads=1&lang=constructor&hub=javascript:alert(1)&rank=__proto__#by=constructor',
  );
  await idle(page);
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
  expect(asked).toEqual([]);
});
