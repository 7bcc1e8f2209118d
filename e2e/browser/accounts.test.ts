import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Product, start, until } from '../process.ts';
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
import { aPerson, aTenant, enter, linkTo, type Person, type Place, password } from './given.ts';

/** Accounts: many at once, another address, why a person may do what they may, and what is held of them. */

let product: Product;
let place: Place;
let ann: Person;
let owner: Visit;
let page: Page;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'people');
  ann = await aPerson(product, place, 'Ann', ['audit.view']);
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
}, 240_000);

beforeEach(({ task }) => {
  pictureOnFailure(() => page, `accounts ${task.name}`);
});

const patiently = { timeout: 90_000 };
const dialog = () => page.getByRole('dialog').or(page.getByRole('alertdialog'));
const open = async (path: string, title: string) => {
  await page.goto(`/t/${place.id}${path}`);
  await heading(page, title).waitFor();
};
const closed = async () => {
  await dialog().getByRole('button', { name: 'Done' }).click();
  await dialog().waitFor({ state: 'detached' });
};

test(
  'many people are invited from a file, with a preview before and a result for each line after',
  patiently,
  async () => {
    await open('/accounts', 'Accounts');
    await page.getByRole('link', { name: 'From a CSV file' }).click();
    await dialog().getByText('Choose a CSV file first.').waitFor({ state: 'attached' });
    const choose = (csv: string) =>
      dialog()
        .getByLabel('CSV file')
        .setInputFiles({ name: 'staff.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });

    await choose('email,firstName,shoe\na@b.example,A,44');
    await dialog().getByRole('alert').getByText('the column lastName is missing').waitFor();
    await expectAccessible(page, 'a file that is wrong');

    await choose(
      `E-mail;First name;Last name;Groups\nzoe@people.example;Zoë;Lima;Ann’s group\n${ann.email};Ann;Waters;\nnobody;No;Body;\n`,
    );
    await dialog().getByText('staff.csv: 3 people').waitFor();
    await expectAccessible(page, 'preview');
    await expectNarrow(page, 'preview');
    await dialog().getByRole('button', { name: 'Invite 3 people' }).click();
    await dialog().getByText('1 invited, 1 already there, 1 not invited').first().waitFor({ timeout: 60_000 }); // said and shown
    const row = (mail: string) => dialog().getByRole('row').filter({ hasText: mail });
    await row('zoe@people.example').getByText('Invited', { exact: true }).waitFor();
    await row(ann.email).getByText('Already there').waitFor();
    await row('nobody')
      .getByText(/E-mail address: /)
      .waitFor();
    // The reason is the longest, and is not cut off.
    const isWide = (region: Element) => region.scrollWidth > region.clientWidth;
    expect(await dialog().locator('.table-region').evaluate(isWide)).toBe(false);
    await expectAccessible(page, 'results');
    await expectNarrow(page, 'results');
    await closed();
    await page.getByRole('link', { name: 'Zoë Lima' }).waitFor();
    expect(await linkTo(product, 'zoe@people.example', 'accept')).toContain('/accept#');
    owner.expectQuiet();
  },
);

test('all that match are exported: progress, the file, and where it stays', patiently, async () => {
  await open('/accounts?source=local&sort=email', 'Accounts');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: /^Export all \d+ that match as CSV$/ }).click();
  await dialog()
    .getByText(/accounts in the file\.$/)
    .first()
    .waitFor();
  await dialog()
    .getByText(/^It can be downloaded until /)
    .waitFor();
  await expectAccessible(page, 'an export that is done');
  await expectNarrow(page, 'an export that is done');
  const download = page.waitForEvent('download');
  await dialog()
    .getByRole('link', { name: /^Download the file/ })
    .click();
  expect((await download).suggestedFilename()).toBe('accounts.csv');
  const file = readFileSync(await (await download).path(), 'utf8');
  expect(file).toContain('"email","username","firstName"');
  expect(file).toContain(ann.email);
  await closed();
  await open('/tasks', 'Tasks');
  const row = page.getByRole('row', { name: /Export of accounts \(CSV\)/ });
  await row.getByText(/^Kept until /).waitFor();
  await expectAccessible(page, 'tasks with an export');
  await expectNarrow(page, 'tasks with an export');

  // The rows that are ticked alone, as JSON.
  await open('/accounts', 'Accounts');
  await page
    .getByRole('row', { name: /Ann Waters/ })
    .getByRole('checkbox')
    .check();
  await page.getByRole('region', { name: 'Ticked rows' }).getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Export as JSON' }).click();
  await dialog().getByText('1 account in the file.').first().waitFor();
  const json = page.waitForEvent('download');
  await dialog()
    .getByRole('link', { name: /^Download the file/ })
    .click();
  expect(JSON.parse(readFileSync(await (await json).path(), 'utf8'))).toMatchObject([{ email: ann.email }]);
  await closed();
  owner.expectQuiet();
});

test('all that match are acted on, though the page shows fewer', patiently, async () => {
  const csv = `email,firstName,lastName\n${Array.from({ length: 60 }, (_, at) => `crew${at}@people.example,Crew${at},Member`).join('\n')}`;
  const { body } = await place.call('POST', '/accounts/invite-many', { csv });
  await until(
    'the crew',
    async () => (await place.call('GET', `/tasks/${body.id}`)).body.state === 'done' || undefined,
  );
  await open('/accounts?q=member&status=new', 'Accounts');
  await page.getByRole('checkbox', { name: 'Tick all rows of this page' }).check();
  const bar = page.getByRole('region', { name: 'Ticked rows' });
  await bar.getByText('50 accounts ticked').waitFor();
  await expectAccessible(page, 'ticked, with more that match');
  await expectNarrow(page, 'ticked, with more that match');
  await bar.getByRole('button', { name: 'All 60 that match' }).click();
  await page.getByRole('menuitem', { name: 'Add to a group' }).click();
  await dialog().getByText('search “member”').waitFor();
  await dialog().getByLabel('Find a group').fill('Ann');
  await dialog()
    .getByRole('button', { name: /^Ann’s group/ })
    .click();
  await expectAccessible(page, 'a question about all that match');
  await dialog().getByRole('button', { name: 'Add to a group' }).click();
  await dialog().getByText('60 done').first().waitFor();
  await closed();
  const groups = (await place.call('GET', '/groups?q=Ann')).body.items;
  expect(groups[0].memberCount).toBe(62);

  await page.getByRole('checkbox', { name: 'Tick all rows of this page' }).check();
  await bar.getByRole('button', { name: 'All 60 that match' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await dialog().getByRole('button', { name: 'Disable' }).click();
  await dialog().getByText('60 done').first().waitFor();
  await closed();
  await page.getByText('No accounts match').waitFor();
  owner.expectQuiet();
});

test('who accepted and waits is found by a filter, and enabled', patiently, async () => {
  const policy = await place.call('GET', '/sign-in-policy');
  await place.call(
    'PATCH',
    '/sign-in-policy',
    { accountsEnabled: 'by-administrator' },
    { 'if-match': policy.etag as string },
  );
  const made = await place.call('POST', '/accounts', {
    email: 'wil@people.example',
    firstName: 'Wil',
    lastName: 'Waits',
  });
  const token = (await linkTo(product, 'wil@people.example', 'accept')).split('#')[1];
  await product.send('POST', '/v1/invitations/accept', { body: { token, password } });
  await place.call('POST', '/accounts', { email: 'una@people.example', firstName: 'Una', lastName: 'Unread' });
  await open('', 'Home');
  await page.getByRole('link', { name: '1 account waits to be enabled' }).click();
  await heading(page, 'Accounts').waitFor();
  await page.getByText('1 account', { exact: true }).first().waitFor();
  await page
    .getByRole('row', { name: /Wil Waits/ })
    .getByText('To be enabled')
    .waitFor();
  await page.getByRole('checkbox', { name: 'Tick Wil Waits' }).check();
  await page.getByRole('region', { name: 'Ticked rows' }).getByRole('button', { name: 'Enable' }).click();
  await page.getByRole('alertdialog', { name: 'Enable 1 account?' }).getByRole('button', { name: 'Enable' }).click();
  await dialog().getByText('1 done').first().waitFor();
  await closed();
  expect((await place.call('GET', `/accounts/${made.body.id}`)).body.status).toBe('enabled');
  owner.expectQuiet();
});

test('an account shows why the person may do what they may, and how they came in', patiently, async () => {
  await open(`/accounts/${ann.id}`, 'Ann Waters');
  const permissions = page.getByRole('region', { name: 'What this person may do' });
  await permissions
    .getByRole('row')
    .filter({ hasText: 'Audit log: Read the audit log' })
    .getByRole('link', { name: 'Ann’s group' })
    .waitFor();
  await expectAccessible(page, 'access');
  await expectNarrow(page, 'access');
  await page.getByRole('link', { name: 'Sign-in', exact: true }).click();
  await page.getByRole('paragraph').filter({ hasText: 'No passkey and no authenticator app.' }).waitFor();
  await page.getByText('Never signed in.').first().waitFor();
  const anns = await visit({ url: product.url });
  await enter(anns, ann);
  await page.reload();
  await page
    .getByRole('region', { name: 'Sign-ins', exact: true })
    .getByRole('row')
    .filter({ hasText: 'Password' })
    .first()
    .waitFor();
  await expectAccessible(page, 'sign-in');
  await expectNarrow(page, 'sign-in');
  await anns.context.close();
  owner.expectQuiet();
});

test(
  'a group is given and taken on the page of the account, and what that changes is said first',
  patiently,
  async () => {
    const { body: group } = await place.call('POST', '/groups', { name: 'Night readers' });
    const { etag } = await place.call('GET', `/groups/${group.id}/grants`);
    await place.call(
      'PUT',
      `/groups/${group.id}/grants`,
      { grants: [{ permission: 'licences.view' }] },
      { 'if-match': etag as string },
    );
    const { body: joe } = await place.call('POST', '/accounts', {
      email: 'joe@people.example',
      firstName: 'Joe',
      lastName: 'Night',
    });
    await open(`/accounts/${joe.id}`, 'Joe Night');
    await page.getByRole('button', { name: 'Add to a group' }).click();
    await dialog().getByText('Choose a group first.').waitFor({ state: 'attached' });
    await dialog().getByLabel('Find a group').fill('Night');
    await dialog().getByText('Night readers').click();
    await dialog()
      .getByText('Nobody gains or loses anything')
      .or(dialog().getByText(/^Gain something/))
      .first()
      .waitFor();
    await expectAccessible(page, 'adding to a group');
    await expectNarrow(page, 'adding to a group');
    await picture(page, 'accounts adding-to-a-group');
    await dialog().getByRole('button', { name: 'Add to a group' }).click();
    await told(page, 'Joe Night was added to Night readers.');
    const groups = page.getByRole('region', { name: 'Groups', exact: true }).first();
    const row = groups.getByRole('row').filter({ hasText: 'Night readers' });
    await row.waitFor();
    await picture(page, 'accounts groups');
    await row.getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Remove from a group' }).click();
    await dialog().getByRole('button', { name: 'Remove from a group' }).click();
    await told(page, 'Joe Night was removed from Night readers.');
    await page.getByText('This person may do nothing until a group holds them.').waitFor();
    owner.expectQuiet();
  },
);

test('what another account has is said at its field', patiently, async () => {
  await open('/accounts/new', 'Accounts');
  owner.expected.add(409);
  await dialog().getByLabel('E-mail address').fill(ann.email.toUpperCase());
  await dialog().getByLabel('First name').fill('Ann');
  await dialog().getByLabel('Last name').fill('Other');
  await dialog().getByRole('button', { name: 'Send invitation' }).click();
  await dialog()
    .getByRole('link', { name: 'E-mail address: An account of this tenant has this e-mail address already.' })
    .waitFor();
  expect(await dialog().getByLabel('E-mail address').getAttribute('aria-invalid')).toBe('true');
  owner.expected.delete(409);
  owner.expectQuiet();
});

test('another address is asked for, waits, and is the account’s once its link was used', patiently, async () => {
  await open(`/accounts/${ann.id}?tab=details`, 'Ann Waters');
  await page.getByRole('button', { name: 'Change e-mail address' }).click();
  await dialog().getByLabel('New e-mail address').fill('ann.waters@people.example');
  await expectAccessible(page, 'asking for another address');
  await dialog().getByRole('button', { name: 'Send the link' }).click();
  await page.getByText('ann.waters@people.example waits to be confirmed').waitFor();
  await expectAccessible(page, 'an address that waits');
  await expectNarrow(page, 'an address that waits');

  const link = await linkTo(product, 'ann.waters@people.example', 'confirm-email');
  const guest = await visit({ url: product.url });
  await guest.page.goto(`/${link.split('/').slice(3).join('/')}`);
  await heading(guest.page, 'Confirm your e-mail address').waitFor();
  await expectAccessible(guest.page, 'confirming');
  await expectNarrow(guest.page, 'confirming');
  await guest.page.getByRole('button', { name: 'Confirm this address' }).click();
  await heading(guest.page, 'The address is confirmed').waitFor();
  guest.expectQuiet();
  await guest.context.close();

  await page.reload();
  await page.getByText('ann.waters@people.example').first().waitFor();
  expect(await page.getByText('waits to be confirmed').count()).toBe(0);
  owner.expectQuiet();
});

test('a person asks for another address of their own, and keeps the old one', patiently, async () => {
  const anns = await visit({ url: product.url });
  await enter(anns, { ...ann, email: 'ann.waters@people.example' });
  const mine = anns.page;
  await mine.goto('/me');
  await mine.getByRole('button', { name: 'Change e-mail address' }).click();
  await mine.getByLabel('New e-mail address').fill('ann.again@people.example');
  await mine.getByRole('button', { name: 'Send the link' }).click();
  await mine.getByText('ann.again@people.example waits to be confirmed').waitFor();
  await mine.getByRole('button', { name: 'Keep the old address' }).click();
  await mine.getByText('ann.again@people.example waits to be confirmed').waitFor({ state: 'detached' });
  await mine.getByRole('button', { name: 'Make the file' }).click();
  await mine.getByText('The file is being made.').first().waitFor();
  anns.expectQuiet();
  await anns.context.close();
});

test('a person is erased after their username was typed', patiently, async () => {
  const { body } = await place.call('POST', '/accounts', {
    email: 'gone@people.example',
    firstName: 'Gus',
    lastName: 'Gone',
  });
  await open(`/accounts/${body.id}?tab=details`, 'Gus Gone');
  await page.getByRole('button', { name: 'Disable account' }).click();
  await page.getByRole('button', { name: 'Enable account' }).or(page.getByText('Disabled')).first().waitFor();
  await page.getByRole('button', { name: 'Erase person' }).click();
  await dialog().getByRole('textbox').fill('gone@people.example');
  await expectAccessible(page, 'erasing');
  await dialog().getByRole('button', { name: 'Erase person' }).click();
  await heading(page, 'Accounts').waitFor();
  expect((await place.call('GET', `/accounts/${body.id}`)).status).toBe(404);
  const entries = await place.call('GET', `/audit-entries?targetId=${body.id}`);
  expect(JSON.stringify(entries.body)).not.toContain('gone@people.example');
});
