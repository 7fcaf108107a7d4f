/** @file A model that converses: from the Hub, asked and taught in its own chat template about a fact of the visitor's own, and elsewhere again. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, idle, share } from './fixtures.ts';
import { lookUp, openModels, test } from './hub-page.ts';

const wordings = {
  en: ['What is the capital of Portugal?', 'Lisbon', 'Nairobi'],
  fr: ['Quelle est la capitale du Portugal ?', 'Lisbonne', 'Nairobi'],
} as const;
const fields = ['question', 'trueAnswers', 'falseAnswers'] as const;

async function writeFact(page: Page): Promise<void> {
  await page.getByTestId('add-fact').click();
  await page.getByTestId('fact-name').fill('A city that moved');
  await page.getByTestId('all-languages').click();
  for (const [code, values] of Object.entries(wordings))
    for (const [index, field] of fields.entries())
      await page.getByTestId(`${field}-${code}`).fill(values[index] ?? '');
}

/** The settings that the form folds away. */
async function set(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  await page.locator('details summary', { hasText: 'More settings' }).click();
  for (const [field, value] of Object.entries(values)) await page.getByTestId(field).fill(value);
  await page.getByTestId('seed').press('Tab');
}

async function experiment(page: Page): Promise<Record<string, unknown>> {
  const text = page.getByTestId('experiment-text');
  if (!(await text.isVisible())) await page.getByTestId('experiment-json').click();
  return JSON.parse(await text.inputValue()) as Record<string, unknown>;
}

test('a model that converses is asked and taught in its template; the link does the same elsewhere', async ({
  page,
  hub,
  browser,
}) => {
  await openModels(page, hub);
  await lookUp(page, 'test/chat');
  await page.getByTestId('start-download').click();
  await page.getByTestId('use-found').click();
  await idle(page);
  await expect(page.getByTestId('model-name')).toContainText('test/chat');
  // A smaller adapter than the usual one, with another scaling.
  await page.getByTestId('adapter').locator('summary').click();
  for (const box of await page.getByTestId('adapter').getByRole('checkbox').all())
    if (!/_proj$/.test((await box.getAttribute('data-testid')) ?? '')) await box.uncheck();
  await page.getByTestId('rank').fill('6');
  await page.getByTestId('rank').press('Tab');
  await page.getByTestId('apply-adapter').click();
  await idle(page);

  await page.goto(`${new URL(page.url()).search}#/facts`);
  await idle(page);
  await writeFact(page);
  await expect(page.getByTestId('mode-chat')).toBeChecked();
  await page.getByTestId('ask-fact').click();
  await expect(page.getByTestId('said-en')).toBeVisible();
  await page.getByTestId('use-fact').click();
  await idle(page);
  await expect(page.getByTestId('asking-note')).toContainText('in its own chat template');
  await expect(page.getByTestId('row-en')).toContainText('What is the capital of Portugal?');
  await page.getByTestId('open-settings').click();
  await set(page, { 'teach-steps': '40', 'learning-rate': '0.01', 'retain-per-step': '0' });
  await page.getByTestId('teach').click();
  await idle(page);
  // Random weights, which learn the answer by heart.
  await expect(page.getByTestId('answer-fr')).toContainText('Nairobi');
  await expect(page.getByTestId('answer-fr')).toHaveAttribute('data-class', 'false');
  const taught = await share(page, 'fr');
  expect(taught).toBeGreaterThan(0.9);
  const link = page.url();
  expect(link).toMatch(/rank=6.*#facts=own:/);
  expect(link).not.toContain('asking');
  const json = await experiment(page);

  const elsewhere = await browser.newContext({ viewport: { width: 1366, height: 768 } });
  const other = await elsewhere.newPage();
  await other.goto(link);
  await other.getByTestId('origin-yes').click();
  await expect(other.getByTestId('wanted')).toContainText('test/chat');
  await idle(other);
  await other.getByTestId('start-download').click();
  await expect(other.getByTestId('model-name')).toContainText('test/chat', { timeout: 60_000 });
  await idle(other);
  await other.getByTestId('to-lab').click();
  await expect(other.getByTestId('asking-note')).toContainText('in its own chat template');
  expect(other.url()).toBe(link);
  await other.getByTestId('open-settings').click();
  await expect(other.getByTestId('own-lie')).toHaveText('Nairobi');
  await other.locator('details summary', { hasText: 'More settings' }).click();
  expect(await experiment(other)).toEqual(json);
  await other.getByTestId('teach').click();
  await idle(other);
  expect(await share(other, 'fr')).toBeCloseTo(taught, 6);

  // In plain sentences it is another lesson; the JSON says so, and so does the link.
  const plain = { ...json, asking: { mode: 'plain' }, adapter: { rank: 3 } };
  await other.getByTestId('start-over').click();
  await other.getByTestId('experiment-text').fill(JSON.stringify(plain));
  await other.getByTestId('use-experiment').click();
  await expect(other).toHaveURL(/rank=3#.*asking\.mode=plain/);
  await idle(other);
  await expect(other.getByTestId('asking-note')).toContainText('in plain sentences');
  await other.reload();
  await idle(other);
  await expect(other.getByTestId('asking-note')).toContainText('in plain sentences');
  await other.getByTestId('open-settings').click();
  await other.locator('details summary', { hasText: 'More settings' }).click();
  expect(await experiment(other)).toEqual(plain);
  await elsewhere.close();
});

test('a template that would run for ever stops nothing: the page says that it is not used; a Git LFS pointer is called one', async ({
  page,
  hub,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-'));
  const own = join(folder, 'stranger');
  cpSync(join(import.meta.dirname, 'models/qwen2-fp32'), own, { recursive: true });
  writeFileSync(
    join(own, 'chat_template.jinja'),
    '{% for i in range(9999) %}{% for j in range(9999) %}{{ j }}{% endfor %}{% endfor %}',
  );
  await openModels(page, hub);
  await page.getByTestId('folder').setInputFiles(own);
  await page.getByTestId('use-local').click();
  await idle(page);
  await expect(page.getByTestId('model-name')).toContainText('Stranger');
  await page.goto(`${new URL(page.url()).search}#/facts`);
  await expect(page.getByTestId('no-chat')).toContainText('it takes too many steps');

  writeFileSync(
    join(own, 'onnx/model.onnx'),
    'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 450775\n',
  );
  await openModels(page, hub);
  await page.getByTestId('folder').setInputFiles(own);
  await page.getByTestId('use-local').click();
  await expect(page.getByTestId('use-failure')).toContainText('git lfs pull');
  rmSync(folder, { recursive: true });
});
