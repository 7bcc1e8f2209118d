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
import { aPerson, aTenant, enter, type Place, password } from './given.ts';

/** The page of SCIM provisioning, beside an identity provider that really calls. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;
/** One SCIM request with the tenant's token, as its identity provider sends it. */
let scim: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Resource }>;

interface Resource {
  id: string;
  totalResults?: number;
  active?: boolean;
}

const patiently = { timeout: 90_000 };
const content = () => page.locator('#content');

const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const aUser = (userName: string, more = {}) => ({
  schemas: [userSchema],
  userName,
  externalId: `ext-${userName}`,
  name: { givenName: userName.split('@')[0], familyName: 'Quill' },
  active: true,
  ...more,
});
const deactivation = { schemas: [patchSchema], Operations: [{ op: 'replace', path: 'active', value: false }] };

function identityProvider(tenantId: string, token: string): typeof scim {
  return async (method, path, body) => {
    const reply = await fetch(`${product.url}/scim/v2/${tenantId}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text ? JSON.parse(text) : {} };
  };
}

const open = async (tab = '') => {
  await page.goto(`/t/${place.id}/provisioning${tab ? `?tab=${tab}` : ''}`);
  await heading(page, 'SCIM provisioning').waitFor();
  await content().locator('.skeletons').first().waitFor({ state: 'detached' });
};

async function expectFit(state: string) {
  await picture(page, `provisioning ${state}`);
  await expectAccessible(page, state);
  await expectNarrow(page, state);
}

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'quill');
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
  const { body } = await place.call('POST', '/provisioning-tokens', { name: 'Entra ID' });
  scim = identityProvider(place.id, body.value);
}, 240_000);

test('the page waits for the first call, and turns green when it comes', patiently, async () => {
  pictureOnFailure(() => page, 'provisioning waiting');
  await open();
  const card = page.locator('.first-call');
  await card.getByText('Waiting for the first call of your identity provider').waitFor();
  await expectFit('waiting for the first call');
  await card.getByRole('link', { name: 'How to set it up' }).click();
  await content().getByRole('heading', { name: 'Microsoft Entra ID' }).waitFor();
  for (const name of ['Okta', 'Google Workspace', 'Another product', 'Microsoft Entra ID']) {
    await page.getByRole('navigation', { name: 'Guides' }).getByRole('link', { name }).click();
    await content().getByRole('heading', { name }).waitFor();
    await expectFit(`guide ${name}`);
  }
  await content().getByText(`${product.url}/scim/v2/${place.id}`).first().waitFor();

  expect(await scim('GET', '/Users?filter=userName+eq+%22nobody%22')).toMatchObject({
    status: 200,
    body: { totalResults: 0 },
  });
  await card.getByText('The first call has arrived.').waitFor();
  expect(await card.getAttribute('class')).toContain('first-call-arrived');
  await expectFit('the first call has arrived');

  await card.getByRole('link', { name: 'See the activity' }).click();
  const row = content().getByRole('row').filter({ hasText: 'GET /Users' });
  await row.first().waitFor();
  await row.getByRole('link', { name: 'Entra ID' }).first().waitFor();
  owner.expectQuiet();
});

test('activity names each error with its remedy, and shows by itself what has come since', patiently, async () => {
  pictureOnFailure(() => page, 'provisioning activity');
  await open('activity');
  await content().getByRole('row').filter({ hasText: 'GET /Users' }).first().waitFor();
  expect((await scim('POST', '/Users', aUser('ada@quill.example'))).status).toBe(201);
  expect((await scim('PATCH', '/Users/no-such-id', deactivation)).status).toBe(404);
  expect((await scim('GET', '/Users?filter=userName+like+%22a%22')).status).toBe(400);
  const wrong = content().getByRole('row').filter({ hasText: 'invalidFilter' });
  await wrong.getByText('What to do:').waitFor();
  await expectFit('activity');
  await content().getByLabel('Outcome').selectOption('failure');
  await page.waitForURL(/outcome=failure/);
  await content().getByRole('row').filter({ hasText: '201' }).waitFor({ state: 'detached' });
  owner.expectQuiet();
});

test('what provisioning manages is locked here, with the reason', patiently, async () => {
  pictureOnFailure(() => page, 'provisioning locked');
  await open();
  await content().getByRole('link', { name: 'People: 1' }).click();
  await heading(page, 'Accounts').waitFor();
  await page.getByRole('rowheader').getByRole('link').first().click();
  await page.getByRole('link', { name: 'Details' }).click();
  const details = page.getByRole('region', { name: 'Details' });
  await details.getByText('Managed by SCIM').waitFor();
  await details.getByRole('term').filter({ hasText: 'First name, locked' }).waitFor();
  expect(await details.getByRole('textbox').count()).toBe(0);
  await expectFit('an account of provisioning');
  owner.expectQuiet();
});

test(
  'a group that SCIM made: name and members locked with the reason, description and permissions ours',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'provisioning group');
    const [ada] = ((await scim('GET', '/Users')).body as unknown as { Resources: Resource[] }).Resources;
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group'];
    const made = await scim('POST', '/Groups', {
      schemas,
      displayName: 'Quill writers',
      members: [{ value: ada?.id }],
    });
    expect(made.status).toBe(201);
    await open();
    await content().getByRole('link', { name: 'Groups: 1' }).click();
    await page.getByRole('rowheader').getByRole('link', { name: 'Quill writers' }).click();
    await heading(page, 'Quill writers').waitFor();
    await content().getByText('Managed by SCIM').waitFor();
    await page.getByRole('row').filter({ hasText: 'ada' }).waitFor();
    expect(await content().getByRole('button', { name: 'Add members' }).getAttribute('aria-disabled')).toBe('true');
    await expectFit('members of a group of provisioning');

    await page.getByRole('link', { name: 'Details' }).click();
    const details = page.getByRole('region', { name: 'Details' });
    await details.getByRole('term').filter({ hasText: 'Name, locked' }).waitFor();
    await details.getByText('identity provider').first().waitFor();
    expect(await details.getByLabel('Name').count()).toBe(0);
    await details.getByLabel('Description').fill('Who writes with quills');
    await details.getByRole('button', { name: 'Save' }).click();
    await content().getByText('Who writes with quills').first().waitFor();
    await expectFit('details of a group of provisioning');
    // The identity provider still has it, and renames it.
    const rename = { schemas: [patchSchema], Operations: [{ op: 'replace', path: 'displayName', value: 'Quills' }] };
    expect((await scim('PATCH', `/Groups/${made.body.id}`, rename)).status).toBe(204);
    await page.reload();
    await heading(page, 'Quills').waitFor();
    owner.expectQuiet();
  },
);

test('by keyboard alone: from part to part, a guide, its address copied, paused and resumed', patiently, async () => {
  pictureOnFailure(() => page, 'provisioning keyboard');
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent?.trim(),
    );
  const tabTo = async (name: string, key = 'Tab') => {
    for (let steps = 0; steps < 60; steps++) {
      if ((await focused()) === name) return;
      await press(key);
    }
    throw new Error(`${key} never came to ${name}; it is on ${await focused()}`);
  };
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open();
  await tabTo('Set up');
  await press('Enter');
  await content().getByRole('heading', { name: 'Microsoft Entra ID' }).waitFor();
  await tabTo('Okta');
  await press('Enter');
  await content().getByRole('heading', { name: 'Okta' }).waitFor();
  await tabTo('Copy: SCIM base URL');
  await press('Enter');
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toBe(`${product.url}/scim/v2/${place.id}`);

  await tabTo('Pause provisioning', 'Shift+Tab');
  await press('Enter');
  await page.getByRole('alertdialog', { name: 'Pause provisioning?' }).waitFor();
  await press('Escape');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await tabTo('Pause provisioning');
  await press('Enter');
  await page.getByRole('alertdialog', { name: 'Pause provisioning?' }).waitFor();
  await tabTo('Pause provisioning');
  await press('Enter');
  const state = page.getByRole('region', { name: 'State' });
  await state.getByRole('button', { name: 'Resume provisioning' }).waitFor();
  expect((await scim('GET', '/Users')).status).toBe(503);
  await tabTo('Resume provisioning');
  await press('Enter');
  await state.getByRole('button', { name: 'Pause provisioning' }).waitFor();
  expect((await scim('GET', '/Users?count=1')).status).toBe(200);
  owner.expectQuiet();
});

test('a removal beyond the guard waits, is let through, and the retry passes', { timeout: 180_000 }, async () => {
  pictureOnFailure(() => page, 'provisioning holds');
  // The guard counts whom provisioning made today only once they have signed in.
  const ids = [];
  for (let n = 0; n < 13; n++) {
    const email = `p${n}@quill.example`;
    const user = aUser(email, { password, displayName: `Person ${n}`, emails: [{ value: email, primary: true }] });
    ids.push((await scim('POST', '/Users', user)).body.id);
    const entered = await product.send('POST', '/v1/sessions', { body: { email, password, tenantId: place.id } });
    expect(entered.status, entered.text).toBeLessThan(300);
  }
  const statuses: number[] = [];
  for (const id of ids) statuses.push((await scim('PATCH', `/Users/${id}`, deactivation)).status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(10);
  const refused = ids.filter((_, at) => statuses[at] === 429);
  expect(refused.length).toBeGreaterThanOrEqual(2);

  await open('holds');
  const tab = page.getByRole('navigation', { name: 'Parts of SCIM provisioning' });
  await tab.getByRole('link', { name: `Waiting for you ${refused.length}` }).waitFor();
  await expectFit('held back');
  const { items } = (await place.call('GET', '/provisioning/holds?state=open')).body;
  const first = items.find((hold: { account: { id: string } }) => hold.account.id === refused[0]);
  await content()
    .getByRole('button', { name: `Let through: ${first.account.displayName}` })
    .click();
  const asking = page.getByRole('alertdialog', { name: `Let provisioning deactivate ${first.account.displayName}?` });
  await asking.getByText('The person is signed out everywhere').waitFor();
  await expectFit('letting one through');
  await asking.getByRole('button', { name: 'Let through' }).click();
  await asking.waitFor({ state: 'detached' });
  expect((await scim('PATCH', `/Users/${refused[0]}`, deactivation)).status).toBe(200);

  await content().getByRole('button', { name: 'Dismiss: ' }).first().click();
  await page
    .getByText(/stays refused\./)
    .first()
    .waitFor();
  const before = (await place.call('GET', '/provisioning/holds?state=open')).body.total;
  if (before > 0) {
    await content().getByRole('button', { name: 'Let all removals through' }).click();
    const all = page.getByRole('alertdialog', { name: 'Let all removals through?' });
    await all.getByRole('textbox').fill('let through');
    await all.getByRole('button', { name: 'Let all removals through' }).click();
    await all.waitFor({ state: 'detached' });
    const state = page.getByRole('region', { name: 'State' });
    await state.getByRole('button', { name: 'Close the guard' }).waitFor();
    await expectFit('the guard is open');
    await state.getByRole('button', { name: 'Close the guard' }).click();
    await page.getByText('The guard is closed').first().waitFor();
    expect((await place.call('GET', '/provisioning')).body.guardOpenUntil).toBeNull();
  }
  await content().getByText('Nothing waits for you').waitFor();
  await expectFit('nothing waits');
  owner.expectQuiet();
});

test('a user of a local account’s name waits, and takes it over when it is let', patiently, async () => {
  pictureOnFailure(() => page, 'provisioning clash');
  const lena = await aPerson(product, place, 'Lena', ['accounts.view']);
  const user = aUser(lena.email);
  expect((await scim('POST', '/Users', user)).status).toBe(409);
  await open('out-of-step');
  await content().getByRole('row').filter({ hasText: lena.email }).getByText('What to do:').waitFor();
  await expectFit('out of step');
  await open('holds');
  await content().getByRole('button', { name: 'Let it take over: Lena Waters' }).click();
  const asking = page.getByRole('alertdialog', { name: 'Let provisioning take over Lena Waters?' });
  await asking.getByText('The account keeps its id, groups and password.').waitFor();
  await asking.getByRole('button', { name: 'Let it take over' }).click();
  await asking.waitFor({ state: 'detached' });
  expect(await scim('POST', '/Users', user)).toMatchObject({ status: 201, body: { id: lena.id } });
  await open('out-of-step');
  await content().getByRole('row').filter({ hasText: lena.email }).waitFor({ state: 'detached' });
  owner.expectQuiet();
});

test('paused: SCIM is told to come again; off: it is refused; on again it goes on', patiently, async () => {
  pictureOnFailure(() => page, 'provisioning paused');
  await open();
  const state = page.getByRole('region', { name: 'State' });
  await state.getByRole('button', { name: 'Pause provisioning' }).click();
  const pausing = page.getByRole('alertdialog', { name: 'Pause provisioning?' });
  await expectFit('asking for the pause');
  await pausing.getByRole('button', { name: 'Pause provisioning' }).click();
  await state.getByText('Each request is answered “come again later” (503).').waitFor();
  expect((await scim('GET', '/Users')).status).toBe(503);
  await expectFit('paused');
  await state.getByRole('button', { name: 'Turn off provisioning' }).click();
  await page
    .getByRole('alertdialog', { name: 'Turn off provisioning?' })
    .getByRole('button', { name: 'Turn off provisioning' })
    .click();
  await state.getByText('Each request is refused (403).').waitFor();
  expect((await scim('GET', '/Users')).status).toBe(403);
  await expectFit('off');
  await state.getByRole('button', { name: 'Turn on provisioning' }).click();
  await page
    .getByRole('alertdialog', { name: 'Turn on provisioning?' })
    .getByRole('button', { name: 'Turn on provisioning' })
    .click();
  await state.getByRole('button', { name: 'Pause provisioning' }).waitFor();
  expect((await scim('GET', '/Users?count=1')).status).toBe(200);
  owner.expectQuiet();
});

test('the guard is set; what provisioning did is looked at, undone, and is as before', patiently, async () => {
  pictureOnFailure(() => page, 'provisioning undo');
  const { body: made } = await scim('POST', '/Users', aUser('undone@quill.example'));
  // The field of a time knows whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const began = new Date().toISOString();
  expect((await scim('DELETE', `/Users/${made.id}`)).status).toBe(204);
  expect((await scim('GET', `/Users/${made.id}`)).status).toBe(404);

  await open('safety');
  const guard = page.getByRole('region', { name: 'Guard' });
  await guard.getByLabel('Share that may be removed').fill('0');
  await guard.getByRole('button', { name: 'Save changes' }).click();
  await guard.getByText('Enter a whole number from 1 to 100.').first().waitFor();
  await guard.getByLabel('Share that may be removed').fill('35');
  await guard.getByRole('button', { name: 'Save changes' }).click();
  await told(page, 'The guard was saved.');
  expect((await place.call('GET', '/provisioning')).body.guardPercent).toBe(35);

  const undo = page.getByRole('region', { name: 'Undo provisioning' });
  await undo.getByLabel('Changes of').selectOption('own');
  await undo.getByLabel('From').fill(localOf(began));
  await undo.getByRole('button', { name: 'See what would happen' }).click();
  await undo.getByText('1 person comes back').waitFor();
  await expectFit('what an undo would do');
  await undo.getByRole('button', { name: 'Undo these changes' }).click();
  const asking = page.getByRole('alertdialog', { name: 'Undo what provisioning changed?' });
  await expectFit('asking for the undo');
  await asking.getByRole('textbox').fill('undo 1 change');
  await asking.getByRole('button', { name: 'Undo these changes' }).click();
  await undo.getByText('The undo has ended.').waitFor({ timeout: 60_000 });
  await undo.getByRole('link', { name: 'Download what was done' }).waitFor();
  expect(await scim('GET', `/Users/${made.id}`)).toMatchObject({ status: 200, body: { active: true } });
  owner.expectQuiet();
});

test('what a Bulk would do is looked at before it is sent, and nothing of it is done', patiently, async () => {
  pictureOnFailure(() => page, 'provisioning ahead');
  const { body: leaver } = await scim('POST', '/Users', aUser('ahead@quill.example'));
  const { body: auditors } = await place.call('POST', '/groups', { name: 'Ahead' });
  await place.call(
    'PUT',
    `/groups/${auditors.id}/grants`,
    { grants: [{ permission: 'audit.view' }] },
    { 'if-match': '*' },
  );
  await place.call('POST', `/groups/${auditors.id}/members`, { accountIds: [leaver.id] });
  const { body: second } = await place.call('POST', '/provisioning-tokens', { name: 'Second directory' });
  const bulk = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      { method: 'DELETE', path: `/Users/${leaver.id}` },
      { method: 'POST', path: '/Users', bulkId: 'one', data: { userName: 'newcomer@quill.example' } },
      { method: 'PATCH', path: '/Users/nobody', data: { Operations: [] } },
    ],
  };

  owner.expected.add(400);
  await open('safety');
  const ahead = page.getByRole('region', { name: 'Look before sending' });
  const see = ahead.getByRole('button', { name: 'See what it would do' });
  await ahead.getByLabel('Or the Bulk itself').fill('{ "Operations": [');
  await see.click();
  await ahead.getByText('This is not JSON.').waitFor();
  await ahead.getByLabel('Or the Bulk itself').fill('{}');
  await see.click();
  await ahead.getByText(/Operations: /).waitFor();
  await ahead
    .getByLabel('File with the Bulk')
    .setInputFiles({ name: 'batch.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(bulk)) });
  await expectFit('a Bulk that may be looked at');
  await see.click();
  await ahead.getByText('As if it came by the token “Entra ID”').waitFor();
  await ahead.getByLabel('Sent by the token').selectOption('Second directory');
  await see.click();
  await ahead.getByText('As if it came by the token “Second directory”').waitFor();
  await ahead.getByText('1 person is deleted').waitFor();
  await ahead.getByText('1 person is made').waitFor();
  await ahead.getByText('3 operations, one after the other').click();
  await ahead.getByText('newcomer@quill.example: made (201)').waitFor();
  await ahead.getByText('refused (404)').waitFor();
  await ahead.getByText('Lose something: 1 person').click();
  await ahead.getByRole('button', { name: 'Names' }).first().click();
  await ahead.locator('details').first().getByText(/ahead/).waitFor();
  await expectFit('what a Bulk would do');
  // As many as a Bulk may have; how quick the server is with them is not asked here.
  const previews = '**/provisioning/bulk/preview*';
  await page.route(previews, async (route) => {
    const preview = await (await route.fetch()).json();
    const operations = Array.from({ length: 1000 }, (_, at) => preview.operations[at % 3]);
    await route.fulfill({ json: { ...preview, operations } });
  });
  await see.click();
  await ahead.getByText('1,000 operations, one after the other').click();
  const each = ahead.getByRole('region', { name: '1,000 operations, one after the other' });
  expect(await each.getByRole('listitem').count()).toBe(1000);
  const { height = 0 } = (await each.boundingBox()) ?? {};
  expect(height).toBeLessThan(page.viewportSize()?.height ?? 0);
  await each.press('End');
  await expect
    .poll(() => each.evaluate((box) => box.scrollTop > 0 && box.scrollTop + box.clientHeight >= box.scrollHeight - 1))
    .toBe(true);
  await expectFit('what a Bulk of a thousand would do');
  await page.unroute(previews);
  expect((await scim('GET', `/Users/${leaver.id}`)).status).toBe(200);
  expect((await place.call('DELETE', `/provisioning-tokens/${second.id}`)).status).toBe(204);
  owner.expectQuiet();
});

test('who may only look is told so at each control', patiently, async () => {
  const olga = await aPerson(product, place, 'Olga', ['provisioning.view']);
  const there = await visit({ url: product.url });
  pictureOnFailure(() => there.page, 'provisioning view only');
  await enter(there, olga);
  await there.page.goto(`/t/${place.id}/provisioning`);
  const state = there.page.getByRole('region', { name: 'State' });
  for (const name of ['Pause provisioning', 'Turn off provisioning'])
    expect(await state.getByRole('button', { name }).getAttribute('aria-disabled')).toBe('true');
  await there.page.goto(`/t/${place.id}/provisioning?tab=safety`);
  const guard = there.page.getByRole('region', { name: 'Guard' });
  await guard.getByText('View only').waitFor();
  expect(await guard.getByRole('textbox').count()).toBe(0);
  const look = there.page.getByRole('region', { name: 'Look before sending' });
  const see = look.getByRole('button', { name: 'See what it would do' });
  expect(await see.getAttribute('aria-disabled')).toBe('true');
  await picture(there.page, 'provisioning for who may only look');
  await expectAccessible(there.page, 'view only');
  await expectNarrow(there.page, 'view only');
  there.expectQuiet();
  await there.context.close();
});

test('the state fails by itself, and the tokens go on', patiently, async () => {
  pictureOnFailure(() => page, 'provisioning failing');
  owner.expected.add(503);
  const settings = new RegExp(`/v1/tenants/${place.id}/provisioning$`);
  await page.route(settings, (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: 'urn:bailiwick:problem:unavailable', title: 'Unavailable', status: 503 }),
    }),
  );
  await page.goto(`/t/${place.id}/provisioning`);
  await content().getByRole('alert').waitFor();
  await page.getByRole('rowheader').getByRole('link', { name: 'Entra ID' }).waitFor();
  await expectFit('the state failed');
  await page.unroute(settings);
  await page.getByRole('region', { name: 'State' }).waitFor({ timeout: 30_000 });
  owner.expected.delete(503);
  owner.expectQuiet();
});

/** What `datetime-local` takes, in the browser's zone. */
function localOf(at: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Vienna',
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(new Date(at));
  return parts.replace(' ', 'T');
}
