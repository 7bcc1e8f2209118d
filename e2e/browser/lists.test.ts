import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Product, start, until } from '../process.ts';
import { expectAccessible, expectNarrow, heading, pictureOnFailure, told, type Visit, visit } from './browser.ts';
import { aPerson, aTenant, enter, type Place } from './given.ts';

/** What is done with several rows at once: ticks, one call for each, a result for each, and the rows as CSV. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;

const people = ['Ann', 'Ben', 'Cat', 'Dan'];

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'many');
  for (const name of people) await aPerson(product, place, name, []);
  owner = await visit({ url: product.url });
  page = owner.page;
  await owner.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await enter(owner, place.owner);
}, 240_000);

beforeEach(({ task }) => {
  pictureOnFailure(() => page, `lists ${task.name}`);
});

const patiently = { timeout: 60_000 };

async function open(path: string, title: string) {
  await page.goto(`/t/${place.id}${path}`);
  await heading(page, title).waitFor();
  await page.getByRole('rowheader').first().waitFor();
}

const dialog = () => page.getByRole('dialog').or(page.getByRole('alertdialog'));
const bar = () => page.getByRole('region', { name: 'Ticked rows' });
const tick = (name: string) => page.getByRole('checkbox', { name: `Tick ${name}`, exact: true });
const confirmed = (verb: string) => page.getByRole('alertdialog').getByRole('button', { name: verb }).click();
const ticked = () => page.getByRole('checkbox', { name: /^Tick (?!all)/, checked: true }).count();
/** Said in the dialog, and aloud. */
const ended = (summary: string) => dialog().getByText(summary).first().waitFor();
const done = async () => {
  await dialog().getByRole('button', { name: 'Done' }).click();
  await dialog().waitFor({ state: 'detached' });
};
/** Who is in which state, as the API says it. */
const statuses = async () => {
  const { body } = await place.call('GET', '/accounts?limit=200');
  return Object.fromEntries(
    body.items.map(({ firstName, status }: { firstName: string; status: string }) => [firstName, status]),
  );
};

test('ticked people are disabled, each with its result, and it can be undone', patiently, async () => {
  await open('/accounts', 'Accounts');
  owner.expected.add(409);
  await page.getByRole('checkbox', { name: 'Tick all rows of this page' }).check();
  await bar().getByText('5 accounts ticked').waitFor();
  await expectAccessible(page, 'ticked rows');
  await expectNarrow(page, 'ticked rows');
  expect(await bar().getByRole('button', { name: 'Enable' }).getAttribute('aria-disabled')).toBe('true');

  await bar().getByRole('button', { name: 'Disable' }).click();
  await confirmed('Disable');
  // The last owner stays, and the result says why.
  await ended('4 done, 0 left out, 1 failed');
  const failed = dialog().getByRole('row', { name: /Grace Keeper/ });
  expect(await failed.innerText()).toMatch(/Failed\s+.*owner/i);
  await expectAccessible(page, 'result for each row');
  await expectNarrow(page, 'result for each row');
  await dialog().getByRole('button', { name: 'Copy the result as CSV' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/"Ann Waters","done",""/);
  expect(await statuses()).toEqual({
    Grace: 'enabled',
    Ann: 'disabled',
    Ben: 'disabled',
    Cat: 'disabled',
    Dan: 'disabled',
  });

  await dialog().getByRole('button', { name: 'Undo' }).click();
  await dialog().getByRole('heading', { name: 'Undo: Disable 5 accounts' }).waitFor();
  await ended('4 done, 0 left out, 0 failed');
  await done();
  await bar().waitFor({ state: 'detached' });
  expect(new Set(Object.values(await statuses()))).toEqual(new Set(['enabled']));
  owner.expected.delete(409);
  owner.expectQuiet();
});

test('it stops where it is told to, and waits when the server asks for it', patiently, async () => {
  await open('/accounts', 'Accounts');
  owner.expected.add(429);
  let calls = 0;
  let stopped: () => void = () => undefined;
  const isStopped = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  await page.route(/\/disable$/, async (route) => {
    calls++;
    if (calls === 1)
      return route.fulfill({
        status: 429,
        headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
        body: JSON.stringify({ type: 'urn:bailiwick:problem:too-many-requests', title: 'Too many', status: 429 }),
      });
    await isStopped;
    return route.continue();
  });
  for (const name of people) await tick(`${name} Waters`).check();
  await bar().getByRole('button', { name: 'Disable' }).click();
  await confirmed('Disable');
  await until('the second try', () => calls === 2);
  await page.keyboard.press('Escape');
  await dialog().getByRole('button', { name: 'Stop' }).click();
  stopped();
  await ended('1 done, 3 left out, 0 failed');
  expect(await dialog().getByText('Stopped before its turn.').count()).toBe(3);
  expect(calls).toBe(2);
  await dialog().getByRole('button', { name: 'Undo' }).click();
  await ended('1 done, 0 left out, 0 failed');
  await done();
  await page.unroute(/\/disable$/);
  owner.expected.delete(429);
  owner.expectQuiet();
});

test('what cannot be taken back is asked first', patiently, async () => {
  await open('/accounts', 'Accounts');
  await tick('Grace Keeper').check();
  await tick('Ann Waters').check();
  await bar().getByRole('button', { name: 'Sign out everywhere' }).click();
  const asking = page.getByRole('alertdialog', { name: 'Sign out 2 accounts everywhere?' });
  await asking.getByText('These are your own sessions').waitFor();
  await expectAccessible(page, 'question before many');
  await asking.getByRole('button', { name: 'Cancel' }).click();
  await bar().getByText('2 accounts ticked').waitFor();
  owner.expectQuiet();
});

test('tokens are revoked by a typed name; one that is gone already is left out', patiently, async () => {
  const token = async (name: string) => (await place.call('POST', '/provisioning-tokens', { name })).body.id;
  await token('First');
  await token('Second');
  await place.call('DELETE', `/provisioning-tokens/${await token('Gone')}`);
  await open('/provisioning', 'SCIM provisioning');
  await page.getByRole('checkbox', { name: 'Tick all rows of this page' }).check();
  await bar().getByRole('button', { name: 'Revoke' }).click();
  const asking = page.getByRole('alertdialog', { name: 'Revoke 2 provisioning tokens?' });
  await asking.getByText('1 ticked row is left out').waitFor();
  const revoke = asking.getByRole('button', { name: 'Revoke' });
  expect(await revoke.getAttribute('aria-disabled')).toBe('true');
  await asking.getByLabel('Type revoke 2 tokens to confirm').fill('revoke 2 tokens');
  await revoke.click();
  await ended('2 done, 1 left out, 0 failed');
  await dialog().getByText('This token is revoked.').waitFor();
  await done();
  const { items } = (await place.call('GET', '/provisioning-tokens')).body;
  expect(items.map(({ state }: { state: string }) => state)).toEqual(['revoked', 'revoked', 'revoked']);
  owner.expectQuiet();
});

test('Space ticks a row, with Shift a range, and another search takes the ticks away', patiently, async () => {
  await open('/accounts', 'Accounts');
  await page.getByRole('link', { name: 'Ann Waters' }).focus();
  await page.keyboard.press('Space');
  expect(await ticked()).toBe(1);
  for (const key of ['ArrowDown', 'ArrowDown', 'Shift+Space']) await page.keyboard.press(key);
  expect(await ticked()).toBe(3);
  await page.keyboard.press('Space');
  expect(await ticked()).toBe(2);
  await page.getByRole('searchbox').fill('waters');
  await page.waitForURL(/q=waters/);
  await until('no ticks', async () => (await ticked()) === 0);
  await page.getByRole('searchbox').fill('');
  await page.waitForURL((url) => !url.search.includes('q='));
  await page.getByRole('link', { name: 'Grace Keeper' }).waitFor();
  expect(await ticked()).toBe(0);
  owner.expectQuiet();
});

test('the rows on screen are copied and downloaded as CSV that no spreadsheet runs', patiently, async () => {
  await place.call('POST', '/groups', { name: '=HYPERLINK("https://evil.example")', description: 'a "quoted", text' });
  await open('/groups?q=HYPERLINK', 'Security groups');
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Created' }).click();
  await page.waitForURL(/hide=createdAt/);
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Copy 1 security group as CSV' }).click();
  await told(page, '1 security group copied as CSV.');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const [head, row] = copied.split('\r\n');
  expect(head).toBe('"Name","Description","Members","Status","Source","Id"');
  expect(row).toMatch(
    /^"'=HYPERLINK\(""https:\/\/evil\.example""\)","a ""quoted"", text","0","Enabled","Local","[\w-]{36}"$/,
  );

  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: /^Download/ }).click();
  expect((await download).suggestedFilename()).toBe('security-groups.csv');
  expect(readFileSync(await (await download).path(), 'utf8')).toBe(copied);
  owner.expectQuiet();
});

test('a column that is not shown at first is shown by a link', patiently, async () => {
  await open('/accounts', 'Accounts');
  expect(await page.getByRole('columnheader', { name: 'Username' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Username' }).click();
  await page.getByRole('columnheader', { name: 'Username' }).waitFor();
  await page.goto(page.url());
  await page.getByRole('columnheader', { name: 'Username' }).waitFor();
  owner.expectQuiet();
});

test('members leave a group together and come back together', patiently, async () => {
  const { body: group } = await place.call('POST', '/groups', { name: 'Together' });
  const { items } = (await place.call('GET', '/accounts?q=waters')).body;
  await place.call('POST', `/groups/${group.id}/members`, { accountIds: items.map(({ id }: { id: string }) => id) });
  const count = async () => (await place.call('GET', `/groups/${group.id}`)).body.memberCount;
  expect(await count()).toBe(4);
  await open(`/groups/${group.id}`, 'Together');
  await page.getByRole('checkbox', { name: 'Tick all rows of this page' }).check();
  await bar().getByRole('button', { name: 'Remove' }).click();
  await ended('4 done, 0 left out, 0 failed');
  expect(await count()).toBe(0);
  await dialog().getByRole('button', { name: 'Undo' }).click();
  await ended('4 done, 0 left out, 0 failed');
  await until('all back', async () => (await count()) === 4);
  await done();
  owner.expectQuiet();
});

test('when a task ends that was seen running the list is asked for anew', patiently, async () => {
  let isRunning = true;
  const running = { id: place.id, kind: 'accounts.invite-many', state: 'running', createdAt: new Date().toISOString() };
  const reply = { items: [running], nextCursor: null, total: 1, totalIsAtLeast: false };
  const asked = '**/tasks?*waiting*';
  await page.route(asked, (route) => (isRunning ? route.fulfill({ json: reply }) : route.continue()));
  await open('/accounts', 'Accounts');
  await page.getByRole('link', { name: 'Tasks, 1 in progress' }).waitFor();
  const again = page.waitForResponse((said) => new URL(said.url()).pathname.endsWith(`/${place.id}/accounts`));
  isRunning = false;
  await again;
  await page.unroute(asked);
});
