import type { Locator } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Product, start, until } from '../process.ts';
import { expectAccessible, expectNarrow, heading, pictureOnFailure, type Visit, visit } from './browser.ts';
import { password } from './given.ts';

/** From the line that `npm start` prints to a SCIM token that works (console design, section 7). */

let product: Product;

beforeAll(async () => {
  product = await start();
}, 200_000);

/** Counts what a person does: each field that is filled, each thing that is clicked. */
class Hands {
  actions = 0;
  #began = performance.now();

  click(target: Locator) {
    this.actions++;
    return target.click();
  }

  type(target: Locator, text: string) {
    this.actions++;
    return target.fill(text);
  }

  get seconds() {
    return (performance.now() - this.#began) / 1000;
  }
}

/** Opens the link that the process printed. */
async function openSetUp(): Promise<Visit> {
  const link = await until('the set-up link', () => /^Set up the first tenant: (\S+)$/m.exec(product.stdout)?.[1]);
  const opened = await visit({ url: product.url });
  pictureOnFailure(() => opened.page, 'first-run');
  await opened.page.goto(link);
  return opened;
}

test('from the printed link to a working SCIM token in twelve actions', { timeout: 120_000 }, async () => {
  const { page, context, expectQuiet } = await openSetUp();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const hands = new Hands();

  // One form, the region first.
  await heading(page, 'Set up Bailiwick').waitFor();
  await expectAccessible(page, 'set-up form');
  await expectNarrow(page, 'set-up form');
  await hands.click(page.getByText('Europe (eu)'));
  await hands.type(page.getByLabel('Display name'), 'Müller & Söhne');
  expect(await page.getByLabel('System name').inputValue()).toBe('muller-sohne');
  expect(await page.getByLabel('Legal name').inputValue()).toBe('Müller & Söhne');
  expect(await page.getByLabel('Country').inputValue()).toBe('GB'); // suggested by the browser's language
  await hands.type(page.getByLabel('First name'), 'Ada');
  await hands.type(page.getByLabel('Last name'), 'Keeper');
  await hands.type(page.getByLabel('E-mail address'), 'ada@mueller.example');
  await hands.type(page.getByLabel('Password', { exact: true }), password);
  await hands.click(page.getByRole('button', { name: 'Create tenant and owner' }));

  // Home, with the four steps.
  await heading(page, 'Home').waitFor();
  await page.getByText('0 of 4 done').waitFor();
  for (const step of [
    'Connect an identity provider',
    'Create a SCIM token',
    'Invite a second owner',
    'Create a namespace',
  ])
    await page.getByText(step, { exact: true }).waitFor();
  await expectAccessible(page, 'home of a first run');
  await expectNarrow(page, 'home of a first run');
  await hands.click(page.getByRole('link', { name: 'Create token' }));

  // The name is there, and 30 days.
  await page.getByRole('dialog', { name: 'Create a provisioning token' }).waitFor();
  expect(await page.getByLabel('Name').inputValue()).not.toBe('');
  expect(await page.getByLabel('30 days').isChecked()).toBe(true);
  await hands.click(page.getByRole('button', { name: 'Create token' }));

  // Value, base URL and a ready command, each with Copy.
  const secret = page.getByRole('dialog', { name: /^Token for/ });
  const value = await secret.getByLabel('Token', { exact: true }).inputValue();
  expect(value).toMatch(/^bwk_pt_/);
  const tenantId = /\/t\/([\w-]+)\//.exec(page.url())?.[1];
  await secret.getByText(`${product.url}/scim/v2/${tenantId}`, { exact: true }).waitFor();
  await secret.getByRole('button', { name: 'Copy: SCIM base URL' }).waitFor();
  await secret.getByRole('button', { name: 'Copy Token' }).waitFor();
  await expectAccessible(page, 'token shown once');
  await expectNarrow(page, 'token shown once');
  await hands.click(secret.getByRole('button', { name: 'Copy: curl' }));
  const curl = await page.evaluate(() => navigator.clipboard.readText());
  await hands.click(secret.getByLabel('I have stored it'));
  await hands.click(secret.getByRole('button', { name: 'Done' }));

  // The page waits for the first call and turns green when it comes.
  await page.locator('#content').getByText('Waiting for the first call').waitFor();
  await expectAccessible(page, 'waiting for the first call');
  const [, authorization, url] = /^curl -H "Authorization: (.+)" (\S+)$/.exec(curl) ?? [];
  const reply = await fetch(url as string, { headers: { authorization: authorization as string } });
  expect(reply.status).toBe(200);
  await page.locator('#content').getByText('The first call has arrived. The token works.').waitFor();
  await expectAccessible(page, 'the first call has arrived');

  console.log(`first run: ${hands.actions} actions, ${hands.seconds.toFixed(1)} s with axe in every state`);
  expect(hands.actions).toBeLessThanOrEqual(12);

  // The step is ticked, and can be skipped or found again.
  await page.getByRole('link', { name: 'Home' }).click();
  await page.getByText('1 of 4 done').waitFor();
  await page.getByRole('button', { name: 'Skip: Invite a second owner' }).click();
  await page.getByText('1 step skipped.').waitFor();
  await page.getByRole('button', { name: 'Show skipped steps' }).click();
  await page.getByText('Invite a second owner').waitFor();
  expectQuiet();
});

test('the link dies on use', { timeout: 60_000 }, async () => {
  const { page, expected, expectQuiet } = await openSetUp();
  for (const status of [400, 403, 404, 409, 410]) expected.add(status);
  await heading(page, 'This link does not work any more').waitFor();
  await expectAccessible(page, 'dead link');
  expect(await page.getByRole('button', { name: 'Create tenant and owner' }).count()).toBe(0);
  expectQuiet();
});
