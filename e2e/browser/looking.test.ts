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

/** What is shown before something is saved: who gains and loses by it, and what somebody else saved meanwhile. */

let product: Product;
let place: Place;
let page: Page;
let owner: Visit;
let network: string;
let ann: string;

const patiently = { timeout: 90_000 };
const made = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
  const reply = await place.call(method, path, body, headers);
  expect(reply.status, reply.text).toBeLessThan(300);
  return reply.body;
};
const grant = (id: string, ...permissions: string[]) =>
  made(
    'PUT',
    `/groups/${id}/grants`,
    { grants: permissions.map((permission) => ({ permission })) },
    { 'if-match': '*' },
  );

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'looking');
  ann = (await aPerson(product, place, 'Ann', ['accounts.change'])).id;
  network = (await made('POST', '/groups', { name: 'Network' })).id;
  await grant(network, 'groups.change', 'audit.view');
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
}, 240_000);

beforeEach(({ task }) => {
  pictureOnFailure(() => page, `looking ${task.name}`);
});

test('a new member: what they gain, and a dangerous mix', patiently, async () => {
  await page.goto(`/t/${place.id}/groups/${network}`);
  await page.getByRole('button', { name: 'Add members' }).first().click();
  await page.getByRole('checkbox', { name: /^Ann/ }).check();
  await page.getByText('Gain something: 1 person').waitFor();
  await page.getByText(/Who may change accounts and groups .* 1 person/).waitFor();
  await page.getByText('Gain something: 1 person').click();
  await page.getByRole('button', { name: 'Names', exact: true }).first().click();
  await page.getByText('ann@looking.example').first().waitFor();
  await expectAccessible(page, 'a new member looked at');
  await expectNarrow(page, 'a new member looked at');
  await page.getByRole('button', { name: /^Add 1/ }).click();
  await page.getByRole('row', { name: /Ann/ }).waitFor();
});

test('beside a group’s dangerous acts stands who loses what', patiently, async () => {
  await page.goto(`/t/${place.id}/groups/${network}?tab=details`);
  await page.getByText('Lose something: 1 person').first().waitFor();
  await expectAccessible(page, 'a danger zone');
  await page.getByRole('button', { name: 'Delete group' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('Lose something: 1 person').waitFor();
  await expectAccessible(page, 'a deletion looked at');
  await page.keyboard.press('Escape');
});

test('a group turned off from the list: who loses what stands in the question before', patiently, async () => {
  const state = async () => (await made('GET', `/groups/${network}`)).status;
  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('button', { name: 'Actions for Network' }).click();
  await page.getByRole('menuitem', { name: 'Disable group' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Disable group: Network?' });
  await dialog.getByText('Lose something: 1 person').waitFor();
  await expectAccessible(page, 'a group turned off from the list');
  await expectNarrow(page, 'a group turned off from the list');
  await picture(page, 'looking group turned off from the list');
  expect(await state()).toBe('enabled');
  await dialog.getByRole('button', { name: 'Disable group' }).click();
  await told(page, 'Network was disabled.');
  expect(await state()).toBe('disabled');
  await page.getByRole('button', { name: 'Actions for Network' }).click();
  await page.getByRole('menuitem', { name: 'Enable group' }).click();
  const back = page.getByRole('alertdialog', { name: 'Enable group: Network?' });
  await back.getByText('Gain something: 1 person').waitFor();
  await back.getByRole('button', { name: 'Enable group' }).click();
  await told(page, 'Network was enabled.');
});

test('ticked groups turned off: who loses what by all of them together, before the first is', patiently, async () => {
  await page.goto(`/t/${place.id}/groups`);
  for (const name of ['Network', 'Ann’s group']) await page.getByRole('checkbox', { name: `Tick ${name}` }).check();
  await page.getByRole('region', { name: 'Ticked rows' }).getByRole('button', { name: 'Disable' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Disable 2 security groups?' });
  await dialog.getByText('Lose something: 1 person').waitFor();
  await expectAccessible(page, 'ticked groups turned off');
  await expectNarrow(page, 'ticked groups turned off');
  await picture(page, 'looking ticked groups turned off');
  expect((await made('GET', `/groups/${network}`)).status).toBe('enabled');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
});

test('ticked accounts turned off: who loses what, before the first is', patiently, async () => {
  await page.goto(`/t/${place.id}/accounts?q=Ann`);
  await page.getByRole('row', { name: /Ann/ }).getByRole('checkbox').check();
  await page.getByRole('region', { name: 'Ticked rows' }).getByRole('button', { name: 'Disable' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Disable 1 account?' });
  await dialog.getByText('Lose something: 1 person').waitFor();
  await expectAccessible(page, 'ticked accounts turned off');
  await expectNarrow(page, 'ticked accounts turned off');
  await picture(page, 'looking ticked accounts turned off');
  expect((await made('GET', `/accounts/${ann}`)).status).toBe('enabled');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
});

test('who may disable accounts and not see groups is told why nothing stands there', patiently, async () => {
  const cleo = await aPerson(product, place, 'Cleo', ['accounts.change', 'accounts.view']);
  const hers = await visit({ url: product.url });
  pictureOnFailure(() => hers.page, 'looking without groups');
  await enter(hers, cleo);
  await hers.page.goto(`/t/${place.id}/accounts?q=Ann`);
  await hers.page.getByRole('row', { name: /Ann/ }).getByRole('checkbox').check();
  await hers.page.getByRole('region', { name: 'Ticked rows' }).getByRole('button', { name: 'Disable' }).click();
  const dialog = hers.page.getByRole('alertdialog', { name: 'Disable 1 account?' });
  await dialog.getByText('is shown to those with the permission groups.view').waitFor();
  await expectAccessible(hers.page, 'ticked accounts for who sees no groups');
  await expectNarrow(hers.page, 'ticked accounts for who sees no groups');
  await picture(hers.page, 'looking ticked accounts without groups');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  // Nothing was asked that would have been refused.
  hers.expectQuiet();
  await hers.context.close();
});

test('an account’s: what the person loses', patiently, async () => {
  await page.goto(`/t/${place.id}/accounts/${ann}?tab=details`);
  await page.getByText('Lose something: 1 person').first().waitFor();
});

test('an act on many: who loses what before it begins', patiently, async () => {
  await page.goto(`/t/${place.id}/accounts?q=Ann`);
  await page.getByRole('row', { name: /Ann/ }).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'More' }).last().click();
  await page.getByRole('menuitem', { name: 'Remove from a group' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByLabel('Find a group').fill('Network');
  await dialog.getByRole('button', { name: /^Network/ }).click();
  await dialog.getByText('Lose something: 1 person').waitFor();
  await expectAccessible(page, 'an act on many looked at');
  await page.keyboard.press('Escape');
});

test('the names behind a number go on as far as they are wanted', patiently, async () => {
  const people = Array.from({ length: 23 }, (_, at) => `many${at}@looking.example`);
  const ids: string[] = [];
  for (const email of people)
    ids.push((await made('POST', '/accounts', { email, firstName: 'Many', lastName: 'Waters' })).id);
  const crowd = (await made('POST', '/groups', { name: 'Crowd' })).id;
  await grant(crowd, 'audit.view');
  await made('POST', `/groups/${crowd}/members`, { accountIds: ids });
  await page.goto(`/t/${place.id}/groups/${crowd}?tab=details`);
  await page.getByText(/^Lose something/).click();
  await page.getByRole('button', { name: 'Names', exact: true }).click();
  const named = async () => new Set((await page.locator('.effect').innerText()).match(/many\d+@/g)).size;
  const more = page.getByRole('button', { name: 'and more' });
  await more.waitFor();
  expect(await named()).toBe(20);
  await expectAccessible(page, 'twenty names');
  await more.press('Enter');
  await more.waitFor({ state: 'detached' });
  await expect.poll(named).toBe(23);
  await expectAccessible(page, 'all names');
  await expectNarrow(page, 'all names');
  await picture(page, 'looking all names');
});

test('a mapping of an identity provider: what whoever comes would hold', patiently, async () => {
  const provider = await made('POST', '/identity-providers', {
    name: 'Example',
    type: 'oidc',
    mapping: { groups: 'groups' },
    oidc: { issuer: 'https://login.example.com', clientId: 'client' },
  });
  await page.goto(`/t/${place.id}/identity-providers/${provider.id}?tab=people`);
  await page.getByRole('button', { name: 'Map a value' }).first().click();
  await page.getByLabel(/^Value of the claim/).fill('admins');
  await page.getByLabel('Find a group').focus();
  await page.getByRole('button', { name: /^Network/ }).click();
  await page.getByRole('heading', { name: 'Whoever comes with admins' }).waitFor();
  await page.getByText('Holds 2 permissions').click();
  await expectAccessible(page, 'a mapping looked at');
});

test('a new service account: what its group gives', patiently, async () => {
  await page.goto(`/t/${place.id}/integrations/new`);
  await page.getByLabel('Find a group').fill('Network');
  await page.getByRole('button', { name: /^Network/ }).click();
  await page.getByText('Holds 2 permissions').waitFor();
  await expectAccessible(page, 'a new service account looked at');
});

test('permissions that bring a dangerous mix together are saved by typing the group’s name', patiently, async () => {
  await page.goto(`/t/${place.id}/groups/${network}?tab=permissions`);
  await page.getByRole('checkbox', { name: 'Whole topic Identity providers' }).check();
  await page.getByRole('button', { name: 'Review and save' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/decide who signs in as whom/).waitFor();
  const save = dialog.getByRole('button', { name: 'Save permissions' });
  expect(await save.getAttribute('aria-disabled')).toBe('true');
  await dialog.getByLabel('Type Network').fill('Network');
  await expectAccessible(page, 'a dangerous mix');
  await save.click();
  await told(page, 'The permissions were saved.');
});

test('of two owners who edit one group one wins, and the other sees both versions', patiently, async () => {
  owner.expected.add(412);
  await page.goto(`/t/${place.id}/groups/${network}?tab=permissions`);
  await page.getByRole('checkbox', { name: 'Whole topic Licences' }).check();
  await page.getByRole('button', { name: 'Review and save' }).click();
  await page.getByRole('button', { name: 'Save permissions' }).waitFor();
  await grant(network, 'audit.view', 'gateways.*');
  const looked: string[][] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/grants/preview'))
      looked.push(
        request
          .postDataJSON()
          .grants.map(({ permission }: { permission: string }) => permission)
          .sort(),
      );
  });
  await page.getByRole('button', { name: 'Save permissions' }).click();
  const theirs = page.getByRole('region', { name: 'What somebody else saved meanwhile' });
  await theirs.getByRole('heading', { name: 'They added' }).waitFor();
  await theirs.getByText(/^Gateways/).waitFor();
  await theirs.getByRole('heading', { name: 'They removed' }).waitFor();
  await page
    .getByRole('dialog')
    .getByText(/^Licences/)
    .first()
    .waitFor();
  await expectAccessible(page, 'both versions');
  await expectNarrow(page, 'both versions');
  await picture(page, 'looking both-versions');
  await page.getByRole('button', { name: 'Save permissions' }).click();
  await told(page, 'The permissions were saved.');
  const { grants } = await made('GET', `/groups/${network}/grants`);
  const saved = grants.map(({ permission }: { permission: string }) => permission).sort();
  expect(saved).toEqual(['audit.view', 'gateways.*', 'licences.*']);
  // What was confirmed is what was saved, with what the other one saved in it.
  expect(looked).toEqual([saved]);
  await heading(page, 'Network').waitFor();
});

test('a grant in a deleted namespace is named, and what nobody notices is one sentence', patiently, async () => {
  const old = await made('POST', '/namespaces', { name: 'old-rig' });
  const riggers = (await made('POST', '/groups', { name: 'Riggers' })).id;
  const grants = [{ permission: 'gateways.view', namespaceId: old.id }];
  await made('PUT', `/groups/${riggers}/grants`, { grants }, { 'if-match': '*' });
  await made('DELETE', `/namespaces/${old.id}?confirmName=old-rig`, undefined, { 'if-match': '*' });
  await page.goto(`/t/${place.id}/groups/${riggers}?tab=permissions`);
  await page.getByText('1 in namespaces').waitFor();
  await picture(page, 'looking in-namespaces');
  const where = page.getByRole('combobox', { name: 'Where' });
  await where.selectOption({ label: 'In namespace old-rig, which is deleted' });
  await page.getByRole('button', { name: 'Expand all' }).click();
  await page.getByRole('checkbox', { name: /^Gateways, See gateways/ }).uncheck();
  await page.getByRole('button', { name: 'Review and save' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Nobody gains or loses anything.').waitFor();
  expect(await dialog.getByText('takes effect at once').count()).toBe(0);
  await dialog.getByText(/^Gateways: .* \(In namespace old-rig, which is deleted\)$/).waitFor();
  expect(await dialog.innerText()).not.toContain(old.id);
  await expectAccessible(page, 'a grant in a deleted namespace');
  await expectNarrow(page, 'a grant in a deleted namespace');
  await picture(page, 'looking deleted-namespace');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Discard' }).click();

  // Somebody who may not see namespaces is told neither its name nor its id.
  const ivy = await aPerson(product, place, 'Ivy', ['groups.view']);
  const hers = await visit({ url: product.url });
  pictureOnFailure(() => hers.page, 'looking unseen namespace');
  await enter(hers, ivy);
  await hers.page.goto(`/t/${place.id}/groups/${riggers}?tab=permissions`);
  const unseen = hers.page.getByRole('option', { name: 'In a namespace that is gone or not shown to you' });
  await unseen.waitFor({ state: 'attached' });
  expect(await hers.page.locator('main').innerText()).not.toContain('old-rig');
  hers.expectQuiet();
  await hers.context.close();
});
