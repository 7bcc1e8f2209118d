import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Product, start } from '../process.ts';
import { expectAccessible, heading, picture, pictureOnFailure, type Visit, visit } from './browser.ts';
import { aTenant, enter, type Place } from './given.ts';

/** The audit log as it is read when something went wrong: exact times, days, ranges, and ways on to what was touched. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'watched');
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
}, 240_000);

beforeEach(({ task }) => {
  pictureOnFailure(() => page, `audit ${task.name}`);
});

const patiently = { timeout: 60_000 };
const chart = () => page.getByRole('region', { name: 'Changes per day' });

async function open(search = '') {
  await page.goto(`/t/${place.id}/audit${search}`);
  await heading(page, 'Audit log').waitFor();
}

test('a row tells the time to the second, and the entry with its zone and in UTC', patiently, async () => {
  await place.call('POST', '/groups', { name: 'Timed' });
  await open('?action=groups.create');
  const { at, id } = (await place.call('GET', '/audit-entries?action=groups.create&limit=1')).body.items[0];
  const local = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Europe/Vienna' }).format(
    new Date(at),
  );
  await page
    .getByRole('row', { name: /groups\.create/ })
    .first()
    .getByText(local)
    .first()
    .waitFor();
  await open(`?entry=${id}`);
  const entry = page.getByRole('dialog', { name: 'groups.create' });
  await entry.getByText(new RegExp(`${local} CES?T`)).waitFor();
  await entry.getByText(`${at.slice(0, 10)} ${at.slice(11, 19)} UTC`).waitFor();
  // And on to what was touched.
  await entry.getByRole('link', { name: 'Timed' }).click();
  await heading(page, 'Timed').waitFor();
  owner.expectQuiet();
});

test('an entry says in words who gained and lost by it', patiently, async () => {
  const group = (await place.call('POST', '/groups', { name: 'Readers' })).body;
  const account = (
    await place.call('POST', '/accounts', { email: 'reader@watched.example', firstName: 'R', lastName: 'E' })
  ).body;
  await place.call(
    'PUT',
    `/groups/${group.id}/grants`,
    { grants: [{ permission: 'audit.view' }] },
    { 'if-match': '*' },
  );
  await place.call('POST', `/groups/${group.id}/members`, { accountIds: [account.id] });
  const { id } = (await place.call('GET', '/audit-entries?action=groups.add-members&limit=1')).body.items[0];
  await open(`?entry=${id}`);
  const entry = page.getByRole('dialog', { name: 'groups.add-members' });
  const effect = entry.getByRole('region', { name: 'Who gains and loses' });
  await effect.getByText('Gain something: 1 who cannot act yet').click();
  await effect.getByText(/^Audit.*: .*: 1 who cannot act yet/).waitFor();
  expect(await entry.getByText('"permissions"').count()).toBe(0);
  await expectAccessible(page, 'an entry with who gained and lost');
  owner.expectQuiet();
});

test('a mapping shows in words what whoever comes by it would hold', patiently, async () => {
  const { id: groupId } = (await place.call('POST', '/groups', { name: 'Mapped' })).body;
  await place.call('PUT', `/groups/${groupId}/grants`, { grants: [{ permission: 'audit.view' }] }, { 'if-match': '*' });
  const provider = await place.call('POST', '/identity-providers', {
    name: 'Provider',
    type: 'oidc',
    oidc: { issuer: 'https://login.example.com', clientId: 'client' },
    clientSecret: 'a secret of the provider',
  });
  const admission = { ...provider.body.admission, mappedGroups: [{ value: 'admins', groupId }] };
  const mapped = await place.call(
    'PATCH',
    `/identity-providers/${provider.body.id}`,
    { admission },
    { 'if-match': '*' },
  );
  expect(mapped.status, mapped.text).toBe(200);
  const { id } = (await place.call('GET', '/audit-entries?action=identity-providers.change&limit=1')).body.items[0];
  await open(`?entry=${id}`);
  const entry = page.getByRole('dialog', { name: 'identity-providers.change' });
  const comer = entry.getByRole('region', { name: 'Whoever comes with admins' });
  await comer.getByText('Joins Mapped.').waitFor();
  await comer.getByText('Holds 1 permission').click();
  await comer.getByText(/^Audit/).waitFor();
  expect(await entry.getByText('Nobody gains or loses anything.').count()).toBe(0);
  expect(await entry.getByText('newcomers').count()).toBe(0);
  await expectAccessible(page, 'an entry of a mapping');
  await picture(page, 'audit mapping');
  owner.expectQuiet();
});

test(
  'days stand above the log, lead to a part of it, and leave when they do not count what is shown',
  patiently,
  async () => {
    await open();
    const { changesPerDay } = (await place.call('GET', '/overview')).body;
    const today = changesPerDay.at(-1);
    expect(today.changes).toBeGreaterThan(3);
    await chart()
      .getByText(/ in 14 days, most on /)
      .waitFor();
    await chart().getByRole('link').last().click();
    await page.waitForURL(new RegExp(`from=${today.day}T00:00:00Z`));
    await page.getByRole('rowheader').first().waitFor();
    await chart().getByRole('link').first().click();
    await page.getByRole('heading', { name: 'No entries match' }).waitFor();
    await expectAccessible(page, 'a day without entries');

    await open();
    await chart().getByRole('button', { name: 'View as table' }).click();
    expect(await chart().getByRole('row').count()).toBe(15);
    await open('?action=groups.create');
    await page.getByRole('rowheader').first().waitFor();
    expect(await chart().count()).toBe(0);
    owner.expectQuiet();
  },
);

test('a range of one’s own is typed in local time and kept in the address in UTC', patiently, async () => {
  await open();
  await page.getByRole('combobox', { name: 'Time' }).selectOption('own');
  await page.getByLabel('From', { exact: true }).fill('2020-07-01T12:00:00');
  await page.getByLabel('Until').fill('2020-07-02T12:00:00');
  await page.getByLabel('Until').press('Enter');
  await page.waitForURL(/from=2020-07-01T10:00:00\.000Z/);
  await page.waitForURL(/until=2020-07-02T10:00:00\.000Z/);
  await page.getByRole('heading', { name: 'No entries match' }).waitFor();
  await page.reload();
  expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe('2020-07-01T12:00');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('rowheader').first().waitFor();
  expect(await page.getByLabel('From', { exact: true }).count()).toBe(0);
  owner.expectQuiet();
});

test('at 320 px an action breaks after its dot only', patiently, async () => {
  await page.setViewportSize({ width: 320, height: 720 });
  await open('?action=service-accounts.issue-key');
  const link = page.getByRole('link', { name: 'service-accounts.issue-key' });
  await link.waitFor();
  const lines = await link.evaluate((element) => {
    const range = document.createRange();
    const found = new Map<number, string>();
    for (const node of element.childNodes)
      for (let at = 0; at < (node.textContent?.length ?? 0); at++) {
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const top = Math.round(range.getBoundingClientRect().top);
        found.set(top, (found.get(top) ?? '') + (node.textContent ?? '').charAt(at));
      }
    return [...found.values()];
  });
  // A hyphen of the name may end a line as well; letters are never torn apart.
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/[.-]$/);
  expect(lines.join('')).toBe('service-accounts.issue-key');
  await page.setViewportSize({ width: 1280, height: 800 });
  owner.expectQuiet();
});

test('a key that expires soon leads from the home page to its row', patiently, async () => {
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
  for (const name of ['one', 'two']) {
    const { body } = await place.call('POST', '/service-accounts', { name });
    await place.call('POST', `/service-accounts/${body.id}/keys`, { name: `of ${name}`, expiresAt: soon });
  }
  await page.goto(`/t/${place.id}`);
  await page.getByRole('link', { name: 'of two' }).click();
  await heading(page, 'two').waitFor();
  const row = page.getByRole('row', { name: /of two/ });
  await row.getByText('the one you asked for').waitFor();
  await expectAccessible(page, 'the key that was asked for');
  await page.goBack();
  await heading(page, 'Home').waitFor();
  owner.expectQuiet();
});
