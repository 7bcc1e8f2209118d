import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Product, start, until } from '../process.ts';
import { heading, pictureOnFailure, type Visit, visit } from './browser.ts';
import { aTenant, enter, type Place, password } from './given.ts';
import { byKeyboard } from './keyboard.ts';

/** The console without a pointer: nothing below clicks (console design, section 5). */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'keys');
  owner = await visit({ url: product.url });
  page = owner.page;
}, 240_000);

beforeEach(({ task }) => {
  pictureOnFailure(() => page, `keyboard ${task.name}`);
});

const patiently = { timeout: 60_000 };
const { press, type, focused, expectFocus, tabTo, dialog, gone } = byKeyboard(() => page);

test('from sign-in to a token that is issued and revoked', patiently, async () => {
  await page.goto('/sign-in');
  await heading(page, 'Sign in').waitFor();
  await expectFocus('E-mail address');
  await type(place.owner.email);
  await press('Enter');
  await expectFocus('Password');
  await type(password);
  await press('Enter');
  await heading(page, 'Home').waitFor();

  await press('g', 'p');
  await heading(page, 'SCIM provisioning').waitFor();
  await expectFocus('SCIM provisioning');
  await press('c');
  await dialog('Create a provisioning token').waitFor();
  await expectFocus('Name');
  await press('Control+a');
  await type('By keyboard');
  await press('Control+Enter');

  // The focus is in the value; Escape and outside clicks do nothing until it is stored.
  await dialog('Token for By keyboard').waitFor();
  await expectFocus('Token');
  const value = await page.getByLabel('Token', { exact: true }).inputValue();
  await press('Escape', 'Escape', 'Escape');
  await page.mouse.click(5, 5);
  expect(await dialog('Token for By keyboard').isVisible()).toBe(true);
  await tabTo('Done');
  await press('Enter');
  expect(await dialog('Token for By keyboard').isVisible()).toBe(true);
  await tabTo('I have stored it', 'Shift+Tab');
  await press('Space');
  await press('Escape');
  expect(await dialog('Token for By keyboard').isVisible()).toBe(true);
  await tabTo('Done');
  await press('Enter');
  await gone('Token for By keyboard');
  await heading(page, 'By keyboard').waitFor();
  await expectFocus('By keyboard');

  const tries = async () =>
    (await product.send('GET', `/scim/v2/${place.id}/ServiceProviderConfig`, { key: value })).status;
  expect(await tries()).toBe(200);
  await tabTo('Revoke token');
  await press('Enter');
  await dialog('Revoke By keyboard?').waitFor();
  // The last one asks for its name; else the focus is on Cancel, never on the red button.
  await until('the field of the last token', () => page.getByLabel('Type By keyboard to confirm').isVisible());
  await tabTo(/^Type By keyboard/);
  await type('By keyboard');
  await press('Enter');
  await gone('Revoke By keyboard?');
  await until('the token is refused', async () => (await tries()) === 401);
  owner.expectQuiet();
});

test('the skip link comes first and leads past the bars', patiently, async () => {
  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('main').getByRole('link', { name: 'Owners' }).waitFor();
  await press('Tab');
  await expectFocus('Skip to the content');
  await press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
  await press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('#content') !== null)).toBe(true);
  owner.expectQuiet();
});

test.each([
  ['h', 'Home'],
  ['a', 'Accounts'],
  ['s', 'Security groups'],
  ['n', 'Namespaces'],
  ['i', 'Integrations'],
  ['l', 'Audit log'],
  ['t', 'Tenant profile'],
])('g then %s goes to %s, names the page and moves the focus to its heading', patiently, async (letter, title) => {
  await page.goto(`/t/${place.id}/provisioning`);
  await heading(page, 'SCIM provisioning').waitFor();
  await press('g', letter);
  await heading(page, title).waitFor();
  await expectFocus(title);
  await until('the title', async () => (await page.title()) === `${title} · ${place.displayName}`);
  owner.expectQuiet();
});

test('a dialog keeps the focus inside and gives it back', patiently, async () => {
  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('link', { name: 'Create security group' }).waitFor();
  await tabTo('Create security group');
  await press('Enter');
  await dialog('Create a security group').waitFor();
  for (let steps = 0; steps < 12; steps++) {
    await press('Tab');
    // The browser's own bars may have the focus between last and first; the page behind may not.
    const inside = await page.evaluate(
      () => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null,
    );
    expect(inside, await focused()).toBe(true);
  }
  await press('Escape');
  await gone('Create a security group');
  await expectFocus('Create security group');
  owner.expectQuiet();
});

test('/ goes to the search, Escape clears it, letters in it are letters', patiently, async () => {
  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('main').getByRole('link', { name: 'Owners' }).waitFor();
  await press('/');
  await expectFocus('Search security groups');
  await type('g a?c/');
  await page.waitForURL(/q=/);
  expect(await page.getByRole('searchbox').inputValue()).toBe('g a?c/');
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.getByText('Active: search').waitFor();
  await press('Escape');
  await page.getByRole('main').getByRole('link', { name: 'Owners' }).waitFor();
  expect(new URL(page.url()).search).toBe('');
  owner.expectQuiet();
});

test('arrows move among rows, Enter opens one, and the way back keeps the place', patiently, async () => {
  await place.call('POST', '/groups', { name: 'A first group' });
  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('link', { name: 'A first group' }).waitFor();
  await tabTo('A first group');
  await press('ArrowDown');
  await expectFocus('Owners');
  await press('Home');
  await expectFocus('A first group');
  await press('End', 'Enter');
  await heading(page, 'Owners').waitFor();
  await page.goBack();
  await heading(page, 'Security groups').waitFor();
  owner.expectQuiet();
});

test('? lists the keys, Ctrl K finds pages and things, Escape closes the top layer', patiently, async () => {
  await page.goto(`/t/${place.id}`);
  await heading(page, 'Home').waitFor();
  await press('?');
  await dialog('Keyboard keys').waitFor();
  await press('Escape');
  await gone('Keyboard keys');

  await press('Control+k');
  await dialog('Search and commands').waitFor();
  await type('A first');
  await page.getByRole('option', { name: /A first group/ }).waitFor();
  await press('Enter');
  await gone('Search and commands');
  await heading(page, 'A first group').waitFor();
  owner.expectQuiet();
});

test('menus open, move and close by keys, and a switch can be undone', patiently, async () => {
  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('link', { name: 'A first group' }).waitFor();
  await tabTo('Actions for A first group');
  await press('Enter');
  await expectFocus(/^Disable group/);
  await press('Escape');
  await expectFocus('Actions for A first group');
  await page.locator('button[aria-expanded=false]:focus').waitFor();
  await press('ArrowDown');
  await expectFocus(/^Disable group/);
  await press('Enter');
  await page.getByRole('alertdialog', { name: 'Disable group: A first group?' }).waitFor();
  await tabTo('Disable group');
  await press('Enter');
  await page.getByRole('row', { name: /A first group.*Disabled/ }).waitFor();
  await tabTo('Undo');
  await press('Enter');
  await page.getByRole('row', { name: /A first group.*Enabled/ }).waitFor();
  owner.expectQuiet();
});

test('single letters can be switched off', patiently, async () => {
  await page.goto('/me');
  await heading(page, 'My profile').waitFor();
  await page.getByRole('group', { name: 'Single-letter keys' }).getByLabel('Off').focus();
  await press('Space');
  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('main').getByRole('link', { name: 'Owners' }).waitFor();
  await press('c', '?', 'g', 'a');
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await heading(page, 'Security groups').isVisible()).toBe(true);
  await press('Control+k');
  await dialog('Search and commands').waitFor();
  owner.expectQuiet();
});

test('the drawer of a narrow window opens, closes by Escape and gives the focus back', patiently, async () => {
  const phone = await visit({ url: product.url, width: 360, height: 740 });
  pictureOnFailure(() => phone.page, 'keyboard drawer');
  await enter(phone, place.owner);
  await phone.page.goto(`/t/${place.id}`);
  const button = phone.page.getByRole('button', { name: 'Open the menu' });
  await button.focus();
  await phone.page.keyboard.press('Enter');
  await phone.page.getByRole('link', { name: 'Audit log' }).waitFor();
  await phone.page.keyboard.press('Tab');
  await phone.page.keyboard.press('Escape');
  await button.waitFor();
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  phone.expectQuiet();
});
