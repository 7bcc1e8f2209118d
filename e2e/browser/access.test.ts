import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
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
import { aPerson, aTenant, enter, type Place } from './given.ts';

/** Who may do what and why, what would change it, and what a change would do before it is saved. */

let product: Product;
let place: Place;
let page: Page;
let owner: Visit;
let network: string;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'access');
  await aPerson(product, place, 'Ann', []);
  network = (await place.call('POST', '/groups', { name: 'Network' })).body.id;
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
}, 240_000);

beforeEach(({ task }) => {
  pictureOnFailure(() => page, `access ${task.name}`);
});

const patiently = { timeout: 60_000 };

test('a no names what would make it a yes; then it is one, with its path', patiently, async () => {
  await page.goto(`/t/${place.id}/access`);
  await heading(page, 'Access').waitFor();
  const finder = page.getByRole('searchbox', { name: 'Find by name or id' });
  await finder.fill('Nobody of this name');
  await page.getByText('Nothing found').waitFor();
  await finder.fill('Ann');
  await page.getByRole('button', { name: /^Ann / }).click();
  await page.getByRole('combobox', { name: /^Permission/ }).selectOption('audit.view');
  await page.getByText(/^No: Ann/).waitFor();
  await page.getByText('A membership of the group Owners.').waitFor();
  await expectAccessible(page, 'an explanation');
  await expectNarrow(page, 'an explanation');

  const { items } = (await place.call('GET', '/accounts?q=Ann')).body;
  await place.call('PUT', `/groups/${network}/grants`, { grants: [{ permission: 'audit.view' }] }, { 'if-match': '*' });
  await place.call('POST', `/groups/${network}/members`, { accountIds: [items[0].id] });
  await page.reload();
  await page.getByText(/^Yes: Ann/).waitFor();
  await page.getByRole('link', { name: 'member of Network' }).waitFor();
  await page.getByText('which grants “Audit log: Read the audit log”').waitFor();

  await page.getByRole('button', { name: 'Everyone who may' }).click();
  await page.getByRole('row', { name: /Ann/ }).waitFor();
  await expectAccessible(page, 'everyone who may');

  // Who comes from a refusal asks by an operation, and may ask for everyone as well.
  await page.goto(`/t/${place.id}/access?operation=audit.list-entries`);
  await page.getByText(/^Yes: you may/).waitFor();
  await page.getByRole('button', { name: 'Everyone who may' }).click();
  await page.getByRole('row', { name: /Ann/ }).waitFor();

  // Somebody who is gone, as in an old link: said in words, without the name of a field.
  owner.expected.add(400);
  await page.goto(`/t/${place.id}/access?permission=audit.view&principal=${place.id}`);
  await page.getByText('Names nobody, and no key or token.', { exact: true }).waitFor();
});

test('before permissions are saved it is shown who gains and loses them, by name if wanted', patiently, async () => {
  await page.goto(`/t/${place.id}/groups/${network}?tab=permissions`);
  await page.getByRole('checkbox', { name: 'Whole topic Accounts' }).check();
  await page.getByRole('button', { name: 'Review and save' }).click();
  await page.getByText('Gain something: 1 person').click();
  await page.getByRole('button', { name: 'Names', exact: true }).first().click();
  await page
    .getByText(/ann.*@/i)
    .first()
    .waitFor();
  await expectAccessible(page, 'what a change would do');
  await page.getByRole('button', { name: 'Save permissions' }).click();
  await told(page, 'The permissions were saved.');
});

test('a group begins with a template, is duplicated, and two are compared', patiently, async () => {
  await page.goto(`/t/${place.id}/groups/new`);
  await page.getByLabel('Name', { exact: true }).fill('Auditors');
  await page.getByLabel(/^Begin with/).selectOption('auditor');
  await expectAccessible(page, 'a new group');
  await page.getByRole('button', { name: 'Create security group' }).last().click();
  await heading(page, 'Auditors').waitFor();

  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('button', { name: 'Actions for Network' }).click();
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  await page.getByRole('checkbox', { name: 'With its members of now' }).check();
  await expectAccessible(page, 'a duplicate');
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await heading(page, 'Copy of Network').waitFor();

  await page.goto(`/t/${place.id}/groups/${network}?tab=compare`);
  // On the page of a group as in its row.
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await page.getByRole('checkbox', { name: 'With its members of now' }).waitFor();
  await expectNarrow(page, 'a duplicate, from the page of the group');
  await picture(page, 'groups duplicate-on-page');
  await page.keyboard.press('Escape');
  await page.getByLabel('Compare with').selectOption({ label: 'Auditors' });
  await heading2('Only in Network');
  await heading2('In both');
  await expectAccessible(page, 'a comparison');
  await expectNarrow(page, 'a comparison');
  await page.reload();
  await heading2('Only in Network');
  await page.getByRole('searchbox', { name: 'Choose the other group' }).fill('Owners');
  await page.getByRole('option', { name: 'Owners' }).waitFor({ state: 'attached' });
  expect(
    await page.getByLabel('Compare with').evaluate((chooser: HTMLSelectElement) => chooser.selectedOptions[0]?.text),
  ).toBe('Auditors');
});

test('rows to choose members from stay in their place while who gains is shown', patiently, async () => {
  await aPerson(product, place, 'Mia', []);
  await page.goto(`/t/${place.id}/groups/${network}?tab=members`);
  await page.getByRole('button', { name: 'Add members' }).first().click();
  const row = page.getByRole('checkbox', { name: /^Mia/ });
  const before = await row.boundingBox();
  await row.check();
  await page.getByText('Gain something: 1 person').waitFor();
  expect(await row.boundingBox()).toEqual(before);
  await expectAccessible(page, 'choosing members');
  await page.getByRole('button', { name: /^Take Mia/ }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
});

test('a field of the profile that needs another right is shown, locked, with the reason', patiently, async () => {
  const tina = await aPerson(product, place, 'Tina', ['tenant.view', 'tenant.change']);
  const editor = await visit({ url: product.url });
  await enter(editor, tina);
  await editor.page.goto(`/t/${place.id}/profile/edit`);
  await editor.page.getByText('Enabling of accounts').waitFor();
  await editor.page.getByText(/identity-providers\.change/).waitFor();
  expect(await editor.page.getByLabel('Enabling of accounts').count()).toBe(0);
  await expectAccessible(editor.page, 'a locked field of the profile');
  await expectNarrow(editor.page, 'a locked field of the profile');
  await picture(editor.page, 'profile with a locked field');
  editor.expectQuiet();
});

test('names of a comparison go on as far as they are wanted', patiently, async () => {
  const accountIds: string[] = [];
  for (let at = 0; at < 23; at++) accountIds.push((await aPerson(product, place, `Crowd${at}`, [])).id);
  const made = await place.call('POST', '/groups', { name: 'Crowd to compare' });
  expect((await place.call('POST', `/groups/${made.body.id}/members`, { accountIds })).status).toBe(200);
  await page.goto(`/t/${place.id}/groups/${made.body.id}?tab=compare`);
  await page.getByLabel('Compare with').selectOption({ label: 'Auditors' });
  await heading2('Only in Crowd to compare');
  const named = async () => new Set((await page.locator('main').innerText()).match(/crowd\d+@/gi)).size;
  const more = page.getByRole('button', { name: 'and more' });
  await more.waitFor();
  expect(await named()).toBe(20);
  await more.press('Enter');
  await more.waitFor({ state: 'detached' });
  await expect.poll(named).toBe(23);
  await expectAccessible(page, 'all names of a comparison');
});

const heading2 = (name: string) => page.getByRole('heading', { level: 2, name }).waitFor();

test('a refusal leads to why', patiently, async () => {
  const guest = await visit({ url: product.url });
  const ben = await aPerson(product, place, 'Ben', []);
  await enter(guest, ben);
  guest.expected.add(403);
  await guest.page.goto(`/t/${place.id}/groups/${network}`);
  await guest.page.getByRole('link', { name: 'Why, and what would change it' }).first().click();
  await heading(guest.page, 'Access').waitFor();
  await guest.page.getByText('No: you may not (Security groups: See groups, members and grants).').waitFor();
  // It was asked by an operation: the chooser shows what that needs, by its title.
  expect(
    await guest.page
      .getByRole('combobox', { name: /^Permission/ })
      .evaluate((chooser: HTMLSelectElement) => chooser.selectedOptions[0]?.text),
  ).toBe('See groups, members and grants (groups.view)');
  await guest.page.getByText('Somebody who may change groups adds you to one that gives it, or makes one.').waitFor();
  await expectAccessible(guest.page, 'why not');
  await picture(guest.page, 'access why not');
  expect(await guest.page.getByText('Network').count()).toBe(0);
});

test('where an act takes a second permission, its refusal leads to that one', patiently, async () => {
  const { body: made } = await place.call('POST', '/identity-providers', { name: 'Beacon', type: 'oidc' });
  const nia = await aPerson(product, place, 'Nia', ['identity-providers.*', 'groups.view']);
  const there = await visit({ url: product.url });
  await enter(there, nia);
  there.expected.add(403);
  await there.page.goto(`/t/${place.id}/identity-providers/${made.id}?tab=people`);
  await there.page.getByRole('region', { name: 'Groups of new accounts' }).getByRole('button').click();
  const adding = there.page.getByRole('dialog', { name: 'Add a group' });
  await adding.getByLabel('Find a group').fill('Network');
  await adding.getByRole('button', { name: /^Network/ }).click();
  await adding.getByRole('button', { name: 'Add', exact: true }).click();
  await adding.getByText('needs the permission groups.change as well').waitFor();
  await expectAccessible(there.page, 'a refusal in a dialog');
  await picture(there.page, 'access refused-in-dialog');
  await adding.getByRole('link', { name: 'Why, and what would change it' }).first().click();
  await heading(there.page, 'Access').waitFor();
  await there.page.getByText(/^No: you may not \(Security groups: Change /).waitFor();
  await there.page.getByRole('button', { name: 'Ask for access' }).waitFor();
  await picture(there.page, 'access why not second');
  await there.context.close();
});

test('who is refused asks for it, and who may grant it approves until a day', patiently, async () => {
  const secret = await aPerson(product, place, 'Ivo', []);
  const ivo = await visit({ url: product.url });
  await enter(ivo, secret);
  await ivo.page.goto(`/t/${place.id}/access?permission=audit.view`);
  await ivo.page.getByText(/^No: /).waitFor();
  await ivo.page.getByRole('button', { name: 'Ask for access' }).click();
  await ivo.page.getByRole('textbox', { name: 'What for' }).fill('To find out who changed the gateway.');
  await expectAccessible(ivo.page, 'asking for access');
  await ivo.page.getByRole('button', { name: 'Send the request' }).click();
  await ivo.page.getByText('The request was sent.').first().waitFor();
  // It waits, which the page says from now on instead of offering it.
  const asks = ivo.page.getByRole('button', { name: 'Ask for access' });
  await asks.waitFor({ state: 'detached' });
  await ivo.page.reload();
  await ivo.page.getByText('and wait for the answer.').waitFor();
  expect(await asks.count()).toBe(0);
  await expectAccessible(ivo.page, 'a request that waits');
  await expectNarrow(ivo.page, 'a request that waits');
  await picture(ivo.page, 'access request waits');
  await ivo.page.getByRole('button', { name: 'Withdraw' }).click();
  await asks.click();
  await ivo.page.getByRole('textbox', { name: 'What for' }).fill('To find out who changed the gateway.');
  await ivo.page.getByRole('button', { name: 'Send the request' }).click();
  await ivo.page.getByText('and wait for the answer.').waitFor();

  await page.goto(`/t/${place.id}`);
  await page.getByRole('link', { name: /request(s)? for access wait/ }).waitFor();
  await picture(page, 'home with a request for access');
  await page.getByRole('link', { name: /request(s)? for access wait/ }).click();
  await page.getByRole('row', { name: /Ivo.*Audit log: Read the audit log/ }).waitFor();
  await expectAccessible(page, 'requests for access');
  await expectNarrow(page, 'requests for access');
  await page.getByRole('row', { name: /Ivo/ }).getByRole('button').last().click();
  await page.getByRole('menuitem', { name: 'Approve' }).click();
  await page.getByRole('radio', { name: 'Owners full access, with everything that only owners may do' }).check();
  await page.getByText('Gain something: 1 person').waitFor();
  expect(await page.getByLabel('Last day').count()).toBe(0);
  await page.getByRole('radio', { name: /^Network gives/ }).check();
  await page.getByText('Gain something: 1 person').waitFor();
  await page.getByLabel('Last day').fill('2099-12-31');
  await expectAccessible(page, 'approving a request');
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page
    .getByText(/was let in/)
    .first()
    .waitFor();

  await page.goto(`/t/${place.id}/groups/${network}?tab=members`);
  const row = page.getByRole('row', { name: /Ivo/ });
  await row
    .getByText(/2099|years/)
    .first()
    .waitFor();
  await row.getByRole('button').last().click();
  await page.getByRole('menuitem', { name: 'Set when it ends' }).click();
  await expectAccessible(page, 'when a membership ends');
  await page.getByRole('button', { name: 'Let it not end' }).click();
  await page
    .getByText(/was changed/)
    .first()
    .waitFor();
});
