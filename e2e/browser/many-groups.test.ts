import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Product, start } from '../process.ts';
import { expectAccessible, expectNarrow, heading, picture, pictureOnFailure, type Visit, visit } from './browser.ts';
import { aTenant, enter, type Place } from './given.ts';

/** Of more groups, namespaces and services than the server gives at once, the last by name is found wherever one is chosen. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;
let zulu: { id: string; name: string };

const MANY = 205;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'many');
  const made = async (path: string, body: object) => {
    const reply = await place.call('POST', path, body);
    expect(reply.status, reply.text).toBeLessThan(300);
    return reply.body;
  };
  const called = (what: string) => Array.from({ length: MANY }, (_, at) => `${what}-${String(at).padStart(3, '0')}`);
  for (const name of called('team')) await made('/groups', { name });
  for (const name of called('place')) await made('/namespaces', { name });
  zulu = await made('/groups', { name: 'Zulu', description: 'The last of all' });
  await made('/namespaces', { name: 'zone' });
  owner = await visit({ url: product.url });
  await enter(owner, place.owner);
  page = owner.page;
}, 240_000);

beforeEach(({ task }) => pictureOnFailure(() => page, `many groups ${task.name}`));

const patiently = { timeout: 60_000 };

/** Types a part of its name, and takes what is found. */
async function choose() {
  await page.getByRole('searchbox', { name: 'Find a group' }).fill('zul');
  await page.getByRole('button', { name: /^Zulu/ }).click();
}
const members = async () => (await place.call('GET', `/groups/${zulu.id}`)).body.memberCount;

test(
  'whoever is invited: by keys alone, and the first groups are offered before anything is typed',
  patiently,
  async () => {
    await page.goto(`/t/${place.id}/accounts/new`);
    await page.getByLabel(/^E-?mail/).fill('zoe@many.example');
    await page.getByLabel('First name').fill('Zoe');
    await page.getByLabel('Last name').fill('Waters');
    const field = page.getByRole('group', { name: 'Security groups' });
    await field.getByRole('searchbox').focus();
    await field.getByRole('button', { name: 'team-000' }).waitFor();
    await expectAccessible(page, 'groups offered');
    await expectNarrow(page, 'groups offered');
    await picture(page, 'many groups offered');
    await page.keyboard.type('zul');
    await field.getByRole('button', { name: /^Zulu/ }).waitFor();
    await field.getByRole('button', { name: 'team-000' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await field.getByRole('button', { name: 'Take Zulu out' }).waitFor();
    await page.getByText('Joins Zulu.').waitFor();
    await picture(page, 'many groups chosen');
    await page.getByLabel('Username').focus();
    await field.getByRole('button', { name: 'team-000' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Send invitation' }).click();
    await page.getByText('Zoe Waters was invited.').first().waitFor();
    expect(await members()).toBe(1);
  },
);

test('a new service account', patiently, async () => {
  await page.goto(`/t/${place.id}/integrations/new`);
  await page.getByLabel('Name', { exact: true }).fill('Robot');
  await choose();
  await picture(page, 'many groups service account');
  await page.getByRole('button', { name: 'Create service account' }).click();
  await heading(page, 'Robot').waitFor();
  expect(await members()).toBe(2);
});

test('where groups cannot be read the field says so, and offers them once they can', patiently, async () => {
  const ofGroups = `**/v1/tenants/${place.id}/groups?*`;
  const busy = { type: 'urn:bailiwick:problem:busy', title: 'Busy', detail: 'Too much is asked at once.', status: 503 };
  owner.expected.add(503);
  await page.route(ofGroups, (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(busy) }),
  );
  await page.goto(`/t/${place.id}/integrations/new`);
  const field = page.getByRole('group', { name: 'Security groups' });
  await field.getByRole('searchbox').focus();
  await field.getByRole('alert').getByText('Too much is asked at once.').waitFor();
  await picture(page, 'many groups failing');
  await page.unroute(ofGroups);
  await field.getByRole('searchbox').fill('zul');
  await field.getByRole('button', { name: /^Zulu/ }).waitFor();
  expect(await field.getByRole('alert').count()).toBe(0);
});

test('a guest; the open invitation names the group', patiently, async () => {
  await page.goto(`/t/${place.id}/guests`);
  await page.getByRole('button', { name: 'Invite a guest' }).click();
  await choose();
  await picture(page, 'many groups guest');
  await page.getByRole('button', { name: 'Make the link' }).click();
  await page.getByRole('checkbox', { name: 'I have stored it' }).check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'Open invitations' }).click();
  await page.getByRole('row', { name: /Zulu/ }).waitFor();
});

test('the list of accounts of one group, and an act on its accounts', patiently, async () => {
  await page.goto(`/t/${place.id}/accounts`);
  await page.getByRole('button', { name: 'Security group All' }).click();
  const dialog = page.getByRole('dialog', { name: 'Accounts of one group' });
  await choose();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Security group Zulu' }).waitFor();
  await page.getByRole('row', { name: /Zoe Waters/ }).waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
  await expectAccessible(page, 'accounts of one group');
  await expectNarrow(page, 'accounts of one group');
  await picture(page, 'many groups accounts-of-one');
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await page.getByRole('button', { name: 'Security group All' }).waitFor();

  await page.goto(`/t/${place.id}/accounts?q=owner`);
  await page.getByRole('checkbox', { name: 'Tick all rows of this page' }).check();
  await page.getByRole('region', { name: 'Ticked rows' }).getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Add to a group' }).click();
  await choose();
  await picture(page, 'many groups act');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Add to a group' }).click();
  await page.getByText('1 done').first().waitFor();
  expect(await members()).toBe(3);
});

test('the last namespace too: where a group’s grants hold, and where somebody may', patiently, async () => {
  await page.goto(`/t/${place.id}/groups/${zulu.id}?tab=permissions`);
  const offered = (select: string) => page.getByRole('combobox', { name: select }).getByRole('option');
  await offered('Where').filter({ hasText: 'zone' }).waitFor({ state: 'attached' });
  expect(await offered('Where').count()).toBe(MANY + 2);
  await page.goto(`/t/${place.id}/access?permission=namespaces.view`);
  await page.getByRole('option', { name: 'In namespace zone' }).waitFor({ state: 'attached' });
});

test('the last service too, behind which a route is', patiently, async () => {
  for (let at = 0; at < MANY; at++)
    await place.call('POST', '/services', { name: `service ${String(at).padStart(3, '0')}` });
  await place.call('POST', '/services', { name: 'zoo' });
  const [space] = (await place.call('GET', '/namespaces?limit=1')).body.items;
  const gateway = await place.call('POST', `/namespaces/${space.id}/gateways`, { name: 'Main' });
  expect(gateway.status, gateway.text).toBe(201);
  await page.goto(`/t/${place.id}/gateways/${space.id}/${gateway.body.id}`);
  await page.getByRole('button', { name: 'Add route' }).first().click();
  await page.getByRole('dialog').getByRole('option', { name: 'zoo' }).waitFor({ state: 'attached' });
  owner.expectQuiet();
});
