import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Product, start } from '../process.ts';
import {
  expectAccessible,
  expectNarrow,
  heading,
  picture,
  pictureOnFailure,
  told,
  type Visit,
  visit,
} from './browser.ts';
import { aPerson, aTenant, enter, type Person, type Place } from './given.ts';

/** A change in a protected namespace waits for a second person. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;
let lena: Person;
let prod: { id: string };
let at: string;

const patiently = { timeout: 90_000 };

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'careful-co', 'au');
  owner = await visit({ url: product.url });
  await enter(owner, place.owner);
  page = owner.page;
  prod = (await place.call('POST', '/namespaces', { name: 'prod' })).body;
  lena = await aPerson(product, place, 'Lena', ['namespaces.*', 'gateways.*']);
  at = `/t/${place.id}/namespaces/${prod.id}`;
}, 240_000);

test('the setting is chosen where the namespace is protected; nothing waits yet', patiently, async () => {
  pictureOnFailure(() => page, 'second person set');
  await page.goto(at);
  await page.getByRole('button', { name: 'Want a second person' }).click();
  await told(page, 'A second person approves each change of prod now.');
  await page.getByText('waits until a second person approves it').waitFor();
  await picture(page, 'second-approver set');
  await page.goto(`${at}?tab=changes`);
  await page.getByText('Nothing waits').waitFor();
  await expectAccessible(page, 'no change to approve');
  await picture(page, 'second-approver empty');
});

test('who changes something is told that it waits, and sees it', patiently, async () => {
  pictureOnFailure(() => page, 'change waits');
  await page.goto(at);
  await page.getByLabel('Description').fill('the shop that sells');
  await page.getByRole('button', { name: 'Save' }).click();
  const typing = page.getByRole('alertdialog');
  await typing.getByRole('textbox').fill('prod');
  await typing.getByRole('button', { name: 'Make the change' }).click();
  await page.getByText('It waits for a second person').waitFor();
  await expectAccessible(page, 'a change that waits');
  await expectNarrow(page, 'a change that waits');
  await picture(page, 'second-approver waits');
  // It is asked: there is nothing left to send, and leaving loses nothing.
  expect(await page.getByRole('button', { name: 'Save' }).getAttribute('aria-disabled')).toBe('true');
  await page.getByRole('link', { name: 'See what waits' }).click();
  await page.getByRole('button', { name: /Actions.*Change the namespace/ }).waitFor();
  await page.goto(at);
  await page.getByRole('button', { name: 'Reset service key' }).click();
  const asking = page.getByRole('dialog', { name: /service key/ });
  await asking.getByRole('button', { name: 'Reset service key' }).click();
  await typing.getByRole('textbox').fill('prod');
  await typing.getByRole('button', { name: 'Make the change' }).click();
  await asking.getByText('It waits for a second person').waitFor();
  expect(await asking.getByRole('button', { name: 'Reset service key' }).count()).toBe(0);
  await asking.getByRole('button', { name: 'Close' }).last().click();
  expect((await place.call('GET', `/namespaces/${prod.id}`)).body.description).toBe('');
  await page.goto(`${at}?tab=changes`);
  await page.getByRole('button', { name: /Actions.*Change the namespace/ }).click();
  await page.getByRole('menuitem', { name: 'Look at it' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('the shop that sells').waitFor();
  expect(await dialog.getByRole('button', { name: 'Approve and make it' }).getAttribute('aria-disabled')).toBe('true');
  await expectAccessible(page, 'an own change');
  await picture(page, 'second-approver own');
});

test('another person looks at the difference and approves it', patiently, async () => {
  const other = await visit({ url: product.url, colours: 'dark' });
  pictureOnFailure(() => other.page, 'change approved');
  await enter(other, lena);
  await other.page.goto(`/t/${place.id}`);
  const waiting = other.page.getByRole('link', { name: '2 changes wait for approval in prod' });
  await waiting.waitFor();
  await picture(other.page, 'second-approver home');
  await waiting.click();
  await other.page.getByRole('button', { name: /Actions.*Change the namespace/ }).waitFor();
  await expectAccessible(other.page, 'changes to approve');
  await expectNarrow(other.page, 'changes to approve');
  await picture(other.page, 'second-approver list');
  await other.page.getByRole('button', { name: /Actions.*Change the namespace/ }).click();
  const withdraw = other.page.getByRole('menuitem', { name: 'Withdraw' });
  expect(await withdraw.getAttribute('aria-disabled')).toBe('true');
  await picture(other.page, 'second-approver menu');
  await other.page.getByRole('menuitem', { name: 'Look at it' }).click();
  const dialog = other.page.getByRole('dialog');
  await dialog.getByText('the shop that sells').waitFor();
  await expectAccessible(other.page, 'a change to approve');
  await expectNarrow(other.page, 'a change to approve');
  await picture(other.page, 'second-approver approve');
  await dialog.getByRole('button', { name: 'Approve and make it' }).click();
  await told(other.page, 'The change was approved, and made.');
  expect((await place.call('GET', `/namespaces/${prod.id}`)).body.description).toBe('the shop that sells');
  await other.page.goto(`${at}?tab=changes&state=approved`);
  await other.page.getByRole('button', { name: /Actions.*Change the namespace/ }).click();
  await other.page.getByRole('menuitem', { name: 'Look at it' }).waitFor();
  expect(await withdraw.count()).toBe(0);
  await picture(other.page, 'second-approver approved');
});

test('what a promotion would do is read as who asked for it read it', patiently, async () => {
  const { body: dev } = await place.call('POST', '/namespaces', { name: 'dev' });
  const { body: gateway } = await place.call('POST', `/namespaces/${dev.id}/gateways`, { name: 'main' });
  const { body: service } = await place.call('POST', '/services', { name: 'orders', items: [{ name: 'secret' }] });
  const rules = `/namespaces/${dev.id}/gateways/${gateway.id}/rules`;
  await place.call('POST', rules, { serviceId: service.id, claims: [{ name: 'roles', values: ['clerk', 'chief'] }] });
  await place.call('POST', rules, { serviceId: service.id, item: 'secret' });
  const { look } = (await place.call('GET', `/namespaces/${prod.id}/comparison?with=${dev.id}`)).body;
  const taken = { fromId: dev.id, look };
  const asked = await place.call('POST', `/namespaces/${prod.id}/promote`, taken, { 'x-bailiwick-confirm': 'prod' });
  expect(asked.status, asked.text).toBe(202);
  const other = await visit({ url: product.url });
  pictureOnFailure(() => other.page, 'promotion to approve');
  await enter(other, lena);
  await other.page.goto(`${at}?tab=changes`);
  await other.page.getByRole('button', { name: /Actions.*Take over settings/ }).click();
  await other.page.getByRole('menuitem', { name: 'Look at it' }).click();
  const dialog = other.page.getByRole('dialog');
  await dialog.getByRole('row', { name: /Rule orders Comes claims: roles = clerk | chief/ }).waitFor();
  await dialog.getByRole('row', { name: /Rule orders: secret Comes lets in nobody/ }).waitFor();
  await dialog.getByText('Take over settings: prod').waitFor();
  await dialog.getByRole('row', { name: /from.*dev$/ }).waitFor();
  await expectAccessible(other.page, 'a promotion to approve');
  await expectNarrow(other.page, 'a promotion to approve');
  await picture(other.page, 'second-approver promotion');
});

test('or refuses it with a reason; in German; and what fails says so', patiently, async () => {
  const asked = await place.call(
    'PATCH',
    `/namespaces/${prod.id}`,
    { protection: 'none' },
    {
      'if-match': '*',
      'x-bailiwick-confirm': 'prod',
    },
  );
  expect(asked.status).toBe(202);
  const german = await visit({ url: product.url });
  pictureOnFailure(() => german.page, 'change refused in German');
  await enter(german, lena);
  await german.page.goto('/me');
  await german.page.getByText('Deutsch').click();
  await heading(german.page, 'Mein Profil').waitFor();
  await german.page.goto(`${at}?tab=changes`);
  await german.page
    .getByRole('button', { name: /Den Namensraum ändern/ })
    .first()
    .click();
  await german.page.getByRole('menuitem', { name: 'Ansehen' }).click();
  const dialog = german.page.getByRole('dialog');
  await dialog.getByText('protection').waitFor();
  await expectNarrow(german.page, 'a change in German');
  await picture(german.page, 'second-approver German');
  await dialog.getByRole('button', { name: 'Ablehnen' }).click();
  await dialog.getByRole('textbox').fill('Nicht am Freitag.');
  await dialog.getByRole('button', { name: 'Ablehnen' }).click();
  await german.page.getByText('Die Änderung wurde abgelehnt. Wer sie erbat, erfährt es.').first().waitFor();
  const { items } = (await place.call('GET', `/namespaces/${prod.id}/change-requests?state=refused`)).body;
  expect(items).toMatchObject([{ decision: 'Nicht am Freitag.' }]);

  await page.route('**/change-requests*', (route) => route.abort());
  await page.goto(`${at}?tab=changes`);
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await picture(page, 'second-approver failing');
});
