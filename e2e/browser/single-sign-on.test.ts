import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { anOpenId, type OpenId } from '../openid.ts';
import { type Product, start, until } from '../process.ts';
import { heading, pictureOnFailure, told, type Visit, visit } from './browser.ts';
import { aTenant, enter, type Place, password } from './given.ts';
import { byKeyboard } from './keyboard.ts';

/** Single sign-on from nothing to required, and back in when the provider fails: without a pointer. */

let product: Product;
let openId: OpenId;
let place: Place;
let owner: Visit;
let page: Page;
let night: { id: string };
let codes: string[] = [];

const { press, type, expectFocus, tabTo, dialog, gone } = byKeyboard(() => page);
const patiently = { timeout: 120_000 };
const content = () => page.locator('#content');
const provider = async () => (await place.call('GET', '/identity-providers')).body.items[0];
const tab = async (name: string) => {
  await content().focus();
  await tabTo(name);
  await press('Enter');
};
/** Types into a field that a label names, over what is there. */
const fill = async (label: string | RegExp, text: string) => {
  await tabTo(label);
  await press('Control+a');
  await type(text);
};

beforeAll(async () => {
  openId = await anOpenId();
  product = await start({ env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  place = await aTenant(product, 'lantern');
  night = (await place.call('POST', '/groups', { name: 'Night shift' })).body;
  owner = await visit({ url: product.url, elsewhere: openId.issuer });
  page = owner.page;
  await enter(owner, place.owner);
}, 240_000);

beforeEach(({ task }) => {
  pictureOnFailure(() => page, `single sign-on ${task.name}`);
});

test('a provider is added and filled in', patiently, async () => {
  await page.goto(`/t/${place.id}`);
  await heading(page, 'Home').waitFor();
  await press('Control+k');
  await dialog('Search and commands').waitFor();
  await type('Identity providers');
  await page
    .getByRole('option', { name: /Identity providers/ })
    .first()
    .waitFor();
  await press('Enter');
  await heading(page, 'Identity providers').waitFor();
  await page.getByRole('heading', { name: 'No identity provider yet' }).waitFor();
  await press('c');
  await heading(page, 'Add an identity provider').waitFor();
  await tabTo(/Microsoft Entra ID/);
  // The last of the products.
  await press('ArrowUp');
  await expectFocus('Another product');
  await fill('Name', 'Lantern');
  await press('Control+Enter');
  await heading(page, 'Lantern').waitFor();
  await expectFocus('Lantern');

  const { clientId, clientSecret } = await openId.register((await provider()).addresses.redirectUrl);
  await tabTo('Name the issuer.');
  await press('Enter');
  await expectFocus('Issuer');
  await type(openId.issuer);
  await fill('Client ID', clientId);
  await tabTo('More settings');
  await press('Enter');
  await fill('Scopes', 'openid profile email groups');
  await press('Control+Enter');
  await told(page, 'The settings were saved.');
  await tabTo('Enter client secret');
  await press('Enter');
  await dialog('Client secret of Lantern').waitFor();
  await expectFocus('Client secret');
  await type(clientSecret);
  await press('Control+Enter');
  await gone('Client secret of Lantern');
  await expectFocus(/client secret$/i);
  await page.getByText('Everything is filled in.').waitFor();
  owner.expectQuiet();
});

test('people get accounts, and a value of a claim gives a group', patiently, async () => {
  await tab('Who comes in');
  await page.getByLabel('People without an account').waitFor();
  await tabTo('People without an account');
  await press('ArrowDown');
  await page.getByLabel('E-mail domains').waitFor();
  await press('Control+Enter');
  await told(page, 'The rule was saved.');
  await tabTo('Map a value');
  await press('Enter');
  await dialog('Map a value').waitFor();
  await expectFocus('Value of the claim');
  await type('nights');
  await tabTo('Find a group');
  await dialog('Map a value')
    .getByRole('button', { name: /^Night shift/ })
    .waitFor();
  await tabTo(/^Night shift/);
  await press('Enter');
  await expectFocus('Take Night shift out');
  await tabTo('Add');
  await press('Enter');
  await gone('Map a value');
  await page.getByRole('region', { name: 'Groups by claim' }).getByRole('link', { name: 'Night shift' }).waitFor();
  expect((await provider()).admission).toMatchObject({
    createsAccounts: true,
    mappedGroups: [{ value: 'nights', groupId: night.id }],
  });
  owner.expectQuiet();
});

test('a test sign-in passes, and the provider is activated', patiently, async () => {
  await tab('Test sign-in');
  await page.getByText('No test yet').waitFor();
  await tabTo('Test the sign-in');
  const [there] = await Promise.all([owner.context.waitForEvent('page'), press('Enter')]);
  await there.waitForURL(`${openId.issuer}/door`);
  await there.keyboard.press('Tab');
  await there.keyboard.type('Grace');
  await there.keyboard.press('Enter');
  await there.getByText('The test passed').first().waitFor();
  await there.close();
  await content().getByText('The test passed', { exact: true }).waitFor();
  await content().getByText('Night shift').waitFor();
  await content().focus();
  await tabTo('Activate');
  await press('Enter');
  await dialog('Activate Lantern?').waitFor();
  await tabTo('Activate');
  await press('Enter');
  await told(page, 'Lantern is active: people can sign in by it.');
  owner.expectQuiet();
});

test('the owner links the own account, and comes in by the provider', patiently, async () => {
  await page.goto('/me');
  await heading(page, /./).waitFor();
  await page.getByRole('button', { name: 'Link with Lantern' }).waitFor();
  await content().focus();
  await tabTo('Link with Lantern');
  await press('Enter');
  // The provider remembers who signed in a moment ago.
  await page.waitForURL(`${product.url}/me**`);
  await page.getByText('Linked with your account; it signs you in.').waitFor();
  await page.goto(`/t/${place.id}/sign-in`);
  await page.getByRole('link', { name: /Lantern/ }).waitFor();
  await tabTo(/Lantern$/);
  await press('Enter');
  await heading(page, 'Home').waitFor();
  const me = await page.evaluate(async () => (await fetch('/v1/me')).json());
  expect(me).toMatchObject({ email: place.owner.email, isOwner: true });
  owner.expectQuiet();
});

test('emergency codes are made and one is tried; then single sign-on is required', patiently, async () => {
  await page.goto(`/t/${place.id}/sign-in-policy?tab=single-sign-on`);
  await content().getByRole('button', { name: 'Make codes' }).waitFor();
  await content().focus();
  await tabTo('Make codes');
  await press('Enter');
  await dialog('Your emergency codes').waitFor();
  await dialog('Your emergency codes').locator('.codes code').nth(9).waitFor();
  codes = await dialog('Your emergency codes').locator('.codes code').allInnerTexts();
  expect(codes).toHaveLength(10);
  await tabTo('I have stored it');
  await press('Space');
  await tabTo('Done');
  await press('Enter');
  await dialog('Drill: try a code').waitFor();
  await expectFocus('Emergency code');
  await type(codes[0] as string);
  await press('Enter');
  await told(page, /^The code works/);
  await gone('Drill: try a code');
  await content().focus();
  await tabTo('Require single sign-on');
  await press('Enter');
  await dialog(/single sign-on/i).waitFor();
  await tabTo('Require single sign-on');
  await press('Enter');
  await told(page, 'Single sign-on is required from now on. All owners were told.');
  owner.expectQuiet();
});

test('the provider fails: within five minutes the owner is in again and lets passwords in', patiently, async () => {
  openId.stop();
  await owner.context.clearCookies();
  const before = Date.now();
  // Whoever begins where no tenant is known yet is told where theirs signs in.
  owner.expected.add(403);
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').waitFor();
  await type(place.owner.email);
  await press('Enter');
  await expectFocus('Password');
  await type(password);
  await press('Enter');
  await tabTo('Go to its sign-in page');
  await press('Enter');
  await page.getByRole('link', { name: /Lantern/ }).waitFor();
  await tabTo(/Lantern$/);
  await press('Enter');
  // The browser says that nobody is there; one goes back.
  await until('the browser says so', async () => page.url().startsWith('chrome-error:'));
  await page.goBack();
  await page.getByRole('link', { name: /Lantern/ }).waitFor();
  await tabTo('Emergency access for owners');
  await press('Enter');
  await heading(page, 'Emergency access').waitFor();
  await tabTo('E-mail address');
  await type(place.owner.email);
  await press('Tab');
  await type(codes[1] as string);
  await press('Control+Enter');
  await heading(page, 'Home').waitFor();

  await page.goto(`/t/${place.id}/sign-in-policy?tab=single-sign-on`);
  await content().getByRole('button', { name: 'Stop requiring it' }).waitFor();
  await content().focus();
  await tabTo('Stop requiring it');
  await press('Enter');
  await dialog(/./).waitFor();
  await tabTo('Stop requiring it');
  await press('Enter');
  await content().getByText('Not required', { exact: true }).waitFor();
  expect(Date.now() - before).toBeLessThan(5 * 60_000);
  await until('owners are told', async () =>
    (await place.call('GET', '/notices')).text.includes('signed in by an emergency code'),
  );
  owner.expectQuiet();
});
