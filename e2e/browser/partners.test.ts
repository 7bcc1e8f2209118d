import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
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
import { aPerson, aTenant, enter, type Person, type Place } from './given.ts';

/** A partner asks in its console; the customer narrows it and lets it in; the partner acts; the customer ends it. */

let product: Product;
let partner: Place;
let customer: Place;
let partnerOwner: Visit;
let owner: Visit;
let paula: Person;
let page: Page;

const patiently = { timeout: 90_000 };

/** Goes back to a window where it is a minute later, and waits for the list of tenants, which is asked for anew. */
async function lookAgain(on: Page) {
  const listed = on.waitForResponse((reply) => new URL(reply.url()).pathname === '/v1/tenants');
  await on.evaluate(() => {
    const later = Date.now() + 60_000;
    Date.now = () => later;
    window.dispatchEvent(new Event('visibilitychange'));
  });
  await listed;
}

beforeAll(async () => {
  product = await start();
  [partner, customer] = [await aTenant(product, 'partner-inc'), await aTenant(product, 'customer-co', 'au')];
  const body = { type: 'partner', supportId: null };
  const headers = { 'if-match': '*' };
  await product.asOperator('PATCH', `/v1/operator/tenants/${partner.id}`, { body, headers });
  paula = await aPerson(product, partner, 'Paula', []);
  partnerOwner = await visit({ url: product.url });
  owner = await visit({ url: product.url });
  await enter(partnerOwner, partner.owner);
  await enter(owner, customer.owner);
}, 240_000);

test('a partner asks', patiently, async () => {
  page = partnerOwner.page;
  pictureOnFailure(() => page, 'partner asks');
  await page.goto(`/t/${partner.id}/partner-access`);
  await heading(page, 'Partner access').waitFor();
  await page.getByText('No partner access').waitFor();
  await page.getByText('Ask customers to let you in.').waitFor();
  await expectAccessible(page, 'no partner access');
  await picture(page, 'partners empty');
  await page.getByRole('link', { name: 'Ask customers' }).first().click();
  await page.getByLabel('Ids of customers').fill('nonsense');
  await page.getByRole('button', { name: 'Ask the customer' }).click();
  await page.getByText('One id a line.').first().waitFor();
  await expectAccessible(page, 'a request with errors');
  await picture(page, 'partners request-errors');
  await page.getByLabel('Ids of customers').fill(customer.id.toUpperCase());
  await chooseGroup(page, 'Paula’s group');
  await page.getByLabel('See groups, members and grants').check();
  await page.getByLabel('See accounts and their sessions').check();
  await page.getByLabel('Purpose').fill('We run your service desk');
  await expectNarrow(page, 'a request');
  await page.getByRole('button', { name: 'Ask the customer' }).click();
  await page.getByRole('row', { name: /We run your service desk/ }).waitFor();
  await picture(page, 'partners asked');
});

test('of a decision is said what is not known, and it can be made all the same', patiently, async () => {
  page = owner.page;
  pictureOnFailure(() => page, 'partner decision not known');
  await until('the request', async () => (await customer.call('GET', '/delegations')).body.items.length > 0);
  const { body } = await customer.call('GET', '/delegations');
  const { id } = body.items[0];
  const { body: real } = await customer.call('POST', `/delegations/${id}/preview`, { act: 'approve' });
  const uncounted = [{ guests: 2, reason: 'late', text: 'Their organisation gave no answer in time.' }];
  const problem = {
    type: 'urn:bailiwick:problem:busy',
    title: 'Busy',
    detail: 'Too much is asked at once.',
    status: 503,
  };
  owner.expected.add(503);
  const drawn = async (status: number, answer: object, text: string | RegExp, state: string) => {
    await page.route('**/delegations/*/preview', (route) =>
      route.fulfill({
        status,
        contentType: status === 200 ? 'application/json' : 'application/problem+json',
        body: JSON.stringify(answer),
      }),
    );
    await page.goto(`/t/${customer.id}/partner-access/${id}`);
    await page.getByText(text).first().waitFor();
    expect(await page.getByRole('button', { name: 'Let them in' }).getAttribute('aria-disabled')).not.toBe('true');
    await expectAccessible(page, state);
    await expectNarrow(page, state);
    await picture(page, `partners decision ${state}`);
    await page.unroute('**/delegations/*/preview');
  };
  await drawn(
    200,
    { ...real, effect: { ...real.effect, uncounted } },
    'Of 2 guests it is not known what else they may do here: they may gain or lose less than this says, and a dangerous mix may not be named. Their organisation gave no answer in time.',
    'uncounted',
  );
  await drawn(200, { effect: null, names: null }, /^The partner does not answer, so it is not known/, 'effect-null');
  await drawn(503, problem, 'Too much is asked at once.', 'failed-look');
});

test('the customer sees exactly what is asked, narrows it and lets them in', patiently, async () => {
  page = owner.page;
  pictureOnFailure(() => page, 'partner let in');
  await until('the request', async () => (await customer.call('GET', '/delegations')).body.items.length > 0);
  await page.goto(`/t/${customer.id}`);
  await page.getByRole('link', { name: '1 request of a partner waits for an answer' }).click();
  await page.getByRole('link', { name: partner.displayName }).click();
  await heading(page, partner.displayName).waitFor();
  await page.getByText('This partner waits for your answer').waitFor();
  await expectAccessible(page, 'a request to decide');
  await expectNarrow(page, 'a request to decide');
  await picture(page, 'partners decide');
  await page.getByRole('checkbox', { name: 'See accounts and their sessions' }).uncheck();
  await page.getByLabel('Name of the group here').fill('Service desk of the partner');
  await page.getByRole('button', { name: 'Let them in' }).click();
  await page.getByText('What is let in').waitFor();
  await page.locator('#content').getByRole('link', { name: 'Service desk of the partner' }).waitFor();
  await expectAccessible(page, 'an active delegation');
  await picture(page, 'partners active');
  await page.getByRole('link', { name: 'What was done' }).click();
  await page.getByText('Nothing was done').waitFor();
  await expectAccessible(page, 'what a partner did');
  // What is decided is not looked at once more, which is refused.
  owner.expectQuiet();
});

test('a change of what the partner’s group may do counts its people before it is saved', patiently, async () => {
  page = owner.page;
  pictureOnFailure(() => page, 'partner group changed');
  await page.goto(`/t/${customer.id}/groups`);
  // How many they are is known at their home: none are not said to be.
  const listed = page.getByRole('row', { name: /Service desk of the partner/ });
  await listed.getByRole('cell', { name: '0', exact: true }).waitFor({ state: 'detached' });
  expect(await listed.innerText()).not.toMatch(/\t0\t/);
  await page.getByRole('link', { name: 'Service desk of the partner' }).click();
  await page.getByText('Who is in it is decided there, and asked with each request.').waitFor();
  await expectAccessible(page, 'members of a partner’s group');
  await expectNarrow(page, 'members of a partner’s group');
  await page.getByRole('link', { name: 'Permissions', exact: true }).click();
  await page.getByRole('button', { name: 'Show the permissions of Tenant' }).click();
  await page.getByRole('checkbox', { name: /See the profile/ }).check();
  await page.getByRole('button', { name: 'Review and save' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('This takes effect at once for 1 guest.').waitFor();
  await dialog.getByText('Gain something: 1 guest').click();
  await dialog.getByRole('button', { name: 'Names', exact: true }).click();
  await dialog.getByText('Paula Waters').waitFor();
  await picture(page, 'partners group changed');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Discard' }).click();
});

test('at home the look at the group says that its people act elsewhere by it', patiently, async () => {
  page = partnerOwner.page;
  pictureOnFailure(() => page, 'partner group at home');
  await page.goto(`/t/${partner.id}/groups`);
  await page.getByRole('button', { name: 'Actions for Paula’s group' }).click();
  await page.getByRole('menuitem', { name: 'Disable group' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Disable group: Paula’s group?' });
  await dialog.getByText('A group of these people is let into 1 other tenant').waitFor();
  await expectAccessible(page, 'a group at home that is let in');
  await expectNarrow(page, 'a group at home that is let in');
  await picture(page, 'partners group at home');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
});

test('a review of the partner’s group counts its people before they are removed', patiently, async () => {
  page = owner.page;
  pictureOnFailure(() => page, 'partner reviewed');
  const { body: review } = await customer.call('POST', '/review-campaigns', {
    name: 'Partners of spring',
    reviewers: 'accounts',
    reviewerIds: [customer.owner.id],
    scope: { kinds: ['partner'] },
    dueAt: new Date(Date.now() + 86_400_000).toISOString(),
  });
  await page.goto(`/t/${customer.id}/reviews/${review.id}`);
  await page.getByRole('button', { name: 'Actions for everybody in Service desk of the partner' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
  await dialog.getByRole('heading', { name: 'Remove everybody in Service desk of the partner?' }).waitFor();
  await dialog.getByText('The access of this group as a whole ends at once').waitFor();
  await dialog.getByRole('heading', { name: 'People of Service desk of the partner' }).waitFor();
  await dialog.getByText('Lose something: 1 guest').click();
  await dialog.getByRole('button', { name: 'Names', exact: true }).first().click();
  await dialog.getByText('Paula Waters').waitFor();
  expect(await dialog.getByText('Nobody gains or loses').count()).toBe(0);
  await expectAccessible(page, 'removing a partner');
  await expectNarrow(page, 'removing a partner');
  await picture(page, 'partners reviewed');
  await page.keyboard.press('Escape');
});

test('the partner’s person acts there, and the customer sees it; then it ends', patiently, async () => {
  const visitor = await visit({ url: product.url });
  page = visitor.page;
  pictureOnFailure(() => page, 'partner acts');
  await enter(visitor, paula);
  await page.goto(`/t/${customer.id}/groups`);
  await page.getByRole('link', { name: 'Service desk of the partner' }).waitFor();
  await picture(page, 'partners visiting');
  // Nobody here could give what they lack: they are told to ask at home.
  await page.goto(`/t/${customer.id}/access?permission=accounts.view`);
  await page.getByText('Have your organisation ask this tenant for more.').waitFor();
  expect(await page.getByRole('button', { name: 'Ask for access' }).count()).toBe(0);
  await expectNarrow(page, 'access that a partner’s person lacks');
  await picture(page, 'partners ask-at-home');
  page = owner.page;
  await page.goto(`/t/${customer.id}/partner-access`);
  const finding = page.getByRole('searchbox', { name: 'Search delegations' });
  await finding.fill('nobody is called so');
  await page.getByText('No delegations match').waitFor();
  await finding.fill(partner.displayName.toUpperCase());
  await page.getByRole('link', { name: partner.displayName }).waitFor();
  await page.getByRole('button', { name: 'Ends' }).click();
  await page.waitForURL(/sort=-?endsAt/);
  await expectNarrow(page, 'partner access that is searched and sorted');
  await picture(page, 'partners searched');
  // A customer is told why it asks nobody before it fills anything in.
  expect(await page.getByRole('button', { name: 'Ask customers' }).getAttribute('aria-disabled')).toBe('true');
  await page.getByRole('button', { name: 'Stop all partner access' }).click();
  // Who gets in no longer stands in the question, partner by partner, by name if wanted.
  await page.getByText('Lose something: 1 guest').click();
  await page.getByRole('button', { name: 'Names', exact: true }).first().click();
  await page.getByText('Paula Waters').first().waitFor();
  await expectAccessible(page, 'stopping all partner access');
  await expectNarrow(page, 'stopping all partner access');
  await picture(page, 'partners stopping');
  await page.getByRole('button', { name: 'Stop all partner access' }).last().click();
  await page.getByText('All partner access is stopped. Nobody').waitFor();
  await expectAccessible(page, 'stopped');
  await picture(page, 'partners stopped');
  visitor.expected.add(404);
  expect((await visitor.page.request.get(`${product.url}/v1/tenants/${customer.id}/groups`)).status()).toBe(404);
  const asked: (string | null)[] = [];
  visitor.page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/v1/me/delegations') asked.push(searchParams.get('otherTenantId'));
  });
  await visitor.page.goto(`/t/${customer.id}/groups`);
  await heading(visitor.page, `${customer.displayName} lets no partner in at the moment`).waitFor();
  await visitor.page.locator('#content').getByRole('link', { name: customer.displayName }).waitFor();
  expect([...new Set(asked)], 'of this customer alone').toEqual([customer.id]);
  const reads = () =>
    visitor.requests.filter(({ url }) => new URL(url).pathname === `/v1/tenants/${customer.id}`).length;
  const readBefore = reads();
  await lookAgain(visitor.page);
  expect(reads(), 'a window that is looked at again does not ask for it').toBe(readBefore);
  await expectAccessible(visitor.page, 'a tenant that stopped partner access');
  await picture(visitor.page, 'partners stopped-for-visitor');
  const ofCustomers = '**/v1/me/delegations?*';
  const silent = { type: 'urn:bailiwick:problem:busy', title: 'Busy', detail: 'No answer.', status: 503 };
  visitor.expected.add(503);
  await visitor.page.route(ofCustomers, (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(silent) }),
  );
  await visitor.page.goto(`/t/${customer.id}/groups`);
  await heading(visitor.page, 'You cannot open this tenant').waitFor();
  await visitor.page.getByText('Your organisation did not say whether').waitFor();
  await expectAccessible(visitor.page, 'a tenant of which home says nothing');
  await expectNarrow(visitor.page, 'a tenant of which home says nothing');
  await picture(visitor.page, 'partners silent-home');
  await visitor.page.unroute(ofCustomers);
  await visitor.page.getByRole('button', { name: 'Try again' }).click();
  await heading(visitor.page, `${customer.displayName} lets no partner in at the moment`).waitFor();
  await visitor.page.goto('/me');
  await visitor.page.getByText('The customer lets no partner in at the moment.').waitFor();
  await expectNarrow(visitor.page, 'my profile while partner access is stopped');
  await picture(visitor.page, 'partners stopped-in-profile');
  const noneIn = 'Partner access is stopped; the tenant’s owners can let partners in again';
  await visitor.page.locator('.tenant-button').click();
  const noted = visitor.page.getByRole('option', { name: new RegExp(customer.displayName) }).getByText(noneIn);
  await noted.waitFor();
  await expectAccessible(visitor.page, 'the switcher with a customer that lets no partner in');
  await expectNarrow(visitor.page, 'the switcher with a customer that lets no partner in');
  await picture(visitor.page, 'partners stopped-in-switcher');
  // Beside it another one that is nowhere, so that what is typed asks about others than before.
  const tenants = /\/v1\/tenants\?limit=20$/;
  await visitor.page.route(tenants, async (route) => {
    const reply = await route.fetch();
    const list = await reply.json();
    list.items.push({ ...list.items[0], id: paula.id, displayName: 'Another one', name: 'another' });
    await route.fulfill({ response: reply, json: list });
  });
  await visitor.page.reload();
  await visitor.page.locator('.tenant-button').click();
  await noted.waitFor();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asksOne = visitor.page.waitForRequest((request) => request.url().includes(`otherTenantId=${customer.id}`));
  await visitor.page.route(ofCustomers, async (route) => {
    await held;
    await route.continue();
  });
  const search = visitor.page.getByRole('combobox', { name: 'Search tenants' });
  await search.fill('customer-co');
  await asksOne;
  await visitor.page.getByRole('option', { name: 'Another one' }).waitFor({ state: 'detached' });
  expect(await noted.isVisible(), 'it stays until there is another answer').toBe(true);
  release();
  await visitor.page.unroute(ofCustomers);
  await visitor.page.unroute(tenants);
  await search.fill('nobody is called so');
  await visitor.page.getByText('No tenant matches.').waitFor();
  await expectAccessible(visitor.page, 'a switcher that found nothing');
  await visitor.page.getByRole('option', { name: 'See all tenants' }).click();
  await visitor.page
    .getByRole('row', { name: new RegExp(customer.displayName) })
    .getByText(noneIn)
    .waitFor();
  expect(await visitor.page.getByRole('row').filter({ hasText: noneIn }).count()).toBe(1);
  const before = asked.length;
  await lookAgain(visitor.page);
  await expectNarrow(visitor.page, 'the list of tenants with a customer that lets no partner in');
  expect(asked, 'a window that is looked at again asks no customer').toHaveLength(before);
  await picture(visitor.page, 'partners stopped-in-list');
  await page.getByRole('button', { name: 'Let partners in again' }).click();
  await page.getByText('Gain something: 1 guest').waitFor();
  await page.getByRole('button', { name: 'Let partners in again' }).last().click();
  await page.getByText('All partner access is stopped. Nobody').waitFor({ state: 'detached' });
  const { body: groups } = await partner.call('GET', '/groups?q=Paula');
  await partner.call('POST', `/groups/${groups.items[0].id}/disable`);
  await visitor.page.goto(`/t/${customer.id}/groups`);
  await heading(visitor.page, `${customer.displayName} does not let you in`).waitFor();
  await visitor.page.getByText('the tenant does not confirm it').waitFor();
  await expectAccessible(visitor.page, 'a tenant that does not confirm what home has');
  await expectNarrow(visitor.page, 'a tenant that does not confirm what home has');
  await picture(visitor.page, 'partners unconfirmed');
  await partner.call('POST', `/groups/${groups.items[0].id}/enable`);
  await visitor.page.getByRole('button', { name: 'Try again' }).click();
  await heading(visitor.page, 'Security groups').waitFor();
  await page.getByRole('link', { name: partner.displayName }).click();
  await page.getByRole('button', { name: 'End access' }).click();
  await page.getByRole('button', { name: 'End access' }).last().click();
  await page.getByText('The access was ended.').first().waitFor();
  await picture(page, 'partners ended');
  await visitor.page.goto(`/t/${customer.id}/groups`);
  await heading(visitor.page, 'This tenant is not there, or not yours').waitFor();
  expect((await visitor.page.request.get(`${product.url}/v1/tenants/${customer.id}/groups`)).status()).toBe(404);
  await visitor.context.close();
});

test('where each use is approved, whoever comes is told so, asks in their profile, and gets in with the approval', {
  timeout: 150_000,
}, async () => {
  const { body: group } = await partner.call('POST', '/groups', { name: 'On call' });
  await partner.call('POST', `/groups/${group.id}/members`, { accountIds: [paula.id] });
  const asked = await partner.call('POST', '/delegations', {
    customerTenantId: customer.id,
    groupId: group.id,
    permissions: ['groups.view', 'namespaces.view', 'namespaces.change'],
    days: 30,
    purpose: 'Nights',
  });
  const { id } = asked.body;
  await until('the request', async () => (await customer.call('GET', `/delegations/${id}`)).status === 200);
  const place = await customer.call('POST', '/namespaces', { name: 'nightly' });
  const approval = { needsActivation: true, groupName: 'Nights', namespaceIds: [place.body.id] };
  const approved = await customer.call('POST', `/delegations/${id}/approve`, approval);
  expect(approved.status, approved.text).toBe(200);
  page = owner.page;
  pictureOnFailure(() => page, 'partner asks to act');
  // Nobody may now, which is not to say that nobody could.
  await page.goto(`/t/${customer.id}/access?permission=groups.view&tab=everyone`);
  const waiting = page.getByRole('listitem').filter({ hasText: 'comes in by Nights' });
  await waiting.getByText('0 people').first().waitFor();
  await waiting.getByText('1 more person could, once a use that they ask for is approved').first().waitFor();
  await expectNarrow(page, 'who could after an approval');
  await picture(page, 'partners could-after-approval');
  const visitor = await visit({ url: product.url });
  visitor.expected.add(403);
  page = visitor.page;
  await enter(visitor, paula);
  await page.goto('/tenants');
  const row = page.getByRole('row', { name: new RegExp(customer.displayName) });
  await row.getByText('Approves each use: open it to ask').waitFor();
  await page.goto(`/t/${customer.id}/groups`);
  await heading(page, `${customer.displayName} approves each use`).waitFor();
  await expectAccessible(page, 'a tenant that approves each use');
  await expectNarrow(page, 'a tenant that approves each use');
  await picture(page, 'partners each-use');
  const again = page.getByRole('button', { name: 'Try again' });
  await again.click();
  await told(page, 'You still cannot open it.');
  // The reason that holds now takes the place of the one before.
  visitor.expected.add(404);
  await customer.call('POST', '/partner-access/stop');
  await again.click();
  await heading(page, `${customer.displayName} lets no partner in at the moment`).waitFor();
  await customer.call('POST', '/partner-access/resume');
  await again.click();
  await heading(page, `${customer.displayName} approves each use`).waitFor();
  expect(await again.evaluate((button) => button === document.activeElement), 'the focus stays').toBe(true);
  await page.getByRole('button', { name: 'Ask to act' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Ask to act' }).click();
  await dialog.getByText('Fill this in.').first().waitFor();
  await dialog.getByLabel('Reason').fill('Ticket 7');
  await expectAccessible(page, 'asking to act');
  await picture(page, 'partners ask-to-act');
  await dialog.getByRole('button', { name: 'Ask to act' }).click();
  await page.getByText('You asked, and it has not answered yet.').waitFor();
  await page.goto('/me');
  await page.getByText('You asked to act for 2 hours').waitFor();
  await expectNarrow(page, 'my profile of a partner’s person');
  await picture(page, 'partners asked-to-act');
  await page.goto('/tenants');
  await row.getByText('Has not approved your use yet').waitFor();
  await owner.page.goto(`/t/${customer.id}`);
  await owner.page.getByRole('link', { name: '1 use of partner access waits for approval (Nights)' }).waitFor();
  await expectAccessible(owner.page, 'home with a use that waits');
  await expectNarrow(owner.page, 'home with a use that waits');
  await picture(owner.page, 'partners use-on-home');
  await owner.page.getByRole('link', { name: '1 use of partner access waits for approval (Nights)' }).click();
  await owner.page.getByRole('button', { name: 'Approve: Paula Waters' }).waitFor();
  await owner.page.goto(`/t/${customer.id}/partner-access/${id}`);
  await owner.page.getByText('Only in nightly').first().waitFor();
  await expectNarrow(owner.page, 'access in one namespace');
  await picture(owner.page, 'partners in-one-namespace');
  await owner.page.getByRole('link', { name: 'Uses' }).click();
  await owner.page.getByRole('button', { name: 'Approve: Paula Waters' }).click();
  await owner.page.getByText('Gain something: 1 guest').waitFor();
  await expectAccessible(owner.page, 'approving a use');
  await picture(owner.page, 'partners approving-a-use');
  await owner.page.getByRole('button', { name: 'Approve', exact: true }).click();
  await owner.page.getByRole('button', { name: 'End now: Paula Waters' }).waitFor();
  await picture(owner.page, 'partners uses');
  await page.goto('/me');
  await page.getByText('You may act until').waitFor();
  const answered = page.waitForResponse(
    (reply) => reply.url().includes('/v1/me/delegations?') && reply.url().includes('otherTenantId='),
  );
  await page.goto('/tenants');
  await (await answered).finished();
  await row.waitFor();
  await expectAccessible(page, 'the list of tenants with a customer that approved');
  expect(await row.getByText(/approve/i).count()).toBe(0);
  await page.goto(`/t/${customer.id}/groups`);
  await page.getByRole('link', { name: 'Nights' }).waitFor();
  // From the entry of what they do one gets to the access by which they may.
  const changed = await page.evaluate(async (path) => {
    const headers = { 'content-type': 'application/json', 'x-bailiwick-csrf': '1', 'if-match': '*' };
    const body = JSON.stringify({ description: 'Looked after at night' });
    return (await fetch(path, { method: 'PATCH', headers, body })).status;
  }, `/v1/tenants/${customer.id}/namespaces/${place.body.id}`);
  expect(changed).toBe(200);
  const { body: entries } = await customer.call(
    'GET',
    `/audit-entries?targetId=${place.body.id}&action=namespaces.change`,
  );
  await owner.page.goto(`/t/${customer.id}/audit?entry=${entries.items[0].id}`);
  const behalf = owner.page.getByRole('dialog').getByRole('link', { name: partner.displayName });
  await behalf.waitFor();
  await expectAccessible(owner.page, 'an entry of a partner’s person');
  await expectNarrow(owner.page, 'an entry of a partner’s person');
  await picture(owner.page, 'partners entry');
  await behalf.click();
  await owner.page.getByText('Only in nightly').first().waitFor();
  await visitor.context.close();
});

/** Finds a group of the partner by a part of its name. */
async function chooseGroup(form: Page, name: string) {
  const group = form.getByRole('group', { name: 'Your group' });
  await group.getByRole('searchbox', { name: 'Find a group' }).fill(name.slice(1));
  await group.getByRole('button', { name: new RegExp(`^${name}`) }).click();
}

/** The partner ticks what stands and renews it: the form asks for what the customer lets it do. @returns the id of what asks */
async function renewedFromList(id: string): Promise<string> {
  const { page: form } = partnerOwner;
  await form.goto(`/t/${partner.id}/partner-access?state=active`);
  await form.getByRole('row').filter({ hasText: 'Gateways' }).getByRole('checkbox').check();
  await form.getByRole('region', { name: 'Ticked rows' }).getByRole('button', { name: 'Renew' }).click();
  const field = (label: string) => form.getByLabel(label);
  await expect.poll(() => field('Ids of customers').inputValue()).toBe(customer.id);
  await form.getByRole('group', { name: 'Your group' }).getByText('Gateway crew').waitFor();
  expect(await field('See gateways').isChecked()).toBe(true);
  expect(await field('In these namespaces').inputValue()).toBe('live');
  expect(await field('For how many days').inputValue()).toBe('30');
  await picture(form, 'partners renew');
  await form.getByText('1 customer is asked').click();
  await form.getByRole('listitem').filter({ hasText: 'asks to renew' }).waitFor();
  await form.getByRole('button', { name: 'Ask the customer' }).click();
  await told(form, 'The customer was asked.');
  const { items } = (await partner.call('GET', '/delegations?side=partner&limit=200')).body;
  return items.find(({ renews }: { renews: string | null }) => renews === id).id;
}

test('the customer narrows where it holds; a renewal says what it renews and keeps that each use is approved', {
  timeout: 240_000,
}, async () => {
  page = owner.page;
  pictureOnFailure(() => page, 'partner narrowed');
  const { body: live } = await customer.call('POST', '/namespaces', { name: 'live' });
  const { body: group } = await partner.call('POST', '/groups', { name: 'Gateway crew' });
  const request = {
    customerTenantId: customer.id,
    groupId: group.id,
    permissions: ['gateways.view', 'groups.view'],
    namespaces: ['nowhere'],
    days: 30,
    purpose: 'Gateways',
  };
  const { id } = (await partner.call('POST', '/delegations', request)).body;
  await until('the request', async () => (await customer.call('GET', `/delegations/${id}`)).status === 200);
  owner.expected.add(400);
  await page.goto(`/t/${customer.id}/partner-access/${id}`);
  await page.getByText('None chosen: in those that were asked for, nowhere.').waitFor();
  await page.getByLabel('For how many days').fill('60');
  await page.getByLabel('Each use needs my approval, for 8 hours at most').check();
  await page.getByRole('button', { name: 'Let them in' }).click();
  await page.getByText('Between 1 and 30: not more than was asked for.').first().waitFor();
  await page.getByLabel('For how many days').fill('20');
  await page.getByRole('button', { name: 'Let them in' }).click();
  await page.getByText('Must name namespaces: of those that were asked for none is here.').first().waitFor();
  expect(await page.getByText('namespaceIds').count()).toBe(0);
  await expectAccessible(page, 'a request for namespaces that are not here');
  await expectNarrow(page, 'a request for namespaces that are not here');
  await picture(page, 'partners narrow-where');
  await page.getByRole('searchbox', { name: 'Find a namespace' }).fill('live');
  await page.getByRole('button', { name: /^live/ }).click();
  await page.getByText(/^Gain something|^Nobody gains/).waitFor();
  await page.getByRole('button', { name: 'Let them in' }).click();
  await page.getByText('What is let in').waitFor();
  const { groupId } = (await customer.call('GET', `/delegations/${id}`)).body;
  const { grants } = (await customer.call('GET', `/groups/${groupId}/grants`)).body;
  expect(grants).toEqual(
    expect.arrayContaining([expect.objectContaining({ permission: 'gateways.view', namespaceId: live.id })]),
  );

  // What stands with this customer is behind more than a page of others.
  const { customerTenantId: _one, ...same } = request;
  const customerTenantIds = Array.from({ length: 205 }, () => crypto.randomUUID());
  const { status, body: task } = await partner.call('POST', '/delegations/many', { ...same, customerTenantIds });
  expect(status).toBe(202);
  await until(
    'all are asked',
    async () => (await partner.call('GET', `/tasks/${task.id}`)).body.state === 'done',
    120_000,
  );
  // While nothing of it counts it is asked for where it was, and not for the whole tenant.
  const { page: form } = partnerOwner;
  await customer.call('POST', `/groups/${groupId}/disable`);
  await form.goto(`/t/${partner.id}/partner-access/new?as=${id},${customer.id}`);
  await expect.poll(() => form.getByLabel('In these namespaces').inputValue()).toBe('nowhere');
  await customer.call('POST', `/groups/${groupId}/enable`);
  const renewal = await renewedFromList(id);
  await until('the renewal', async () => (await customer.call('GET', `/delegations/${renewal}`)).status === 200);
  await page.goto(`/t/${customer.id}/partner-access/${renewal}`);
  await page.getByText('Approved, this takes its place.').waitFor();
  expect(await page.getByLabel('Each use needs my approval, for 8 hours at most').isChecked()).toBe(true);
  await expectAccessible(page, 'a renewal to decide');
  await expectNarrow(page, 'a renewal to decide');
  await picture(page, 'partners renewal');
  await page.getByRole('link', { name: 'The access before it' }).click();
  await page.getByText('What is let in').waitFor();

  // One act: the customer is led to the entry, the partner to its person.
  const entryId = live.id;
  for (const visitor of [owner, partnerOwner])
    await visitor.page.route('**/delegations/*/acts?*', async (route) => {
      const reply = await route.fetch();
      const act = { entryId, action: 'gateways.change', homeAccountId: paula.id, at: new Date().toISOString() };
      await route.fulfill({
        response: reply,
        json: { ...(await reply.json()), items: [act], total: 1, acts: 1, agrees: true },
      });
    });
  await page.getByRole('link', { name: 'What was done' }).click();
  await page.getByText('1 act', { exact: true }).first().waitFor();
  expect(await page.getByRole('link', { name: 'gateways.change' }).getAttribute('href')).toContain(`entry=${entryId}`);

  page = partnerOwner.page;
  await page.goto(`/t/${partner.id}/partner-access/${id}?tab=acts`);
  await page.getByText('1 act', { exact: true }).first().waitFor();
  expect(await page.getByRole('link', { name: paula.id }).getAttribute('href')).toContain(`/accounts/${paula.id}`);
  await expectAccessible(page, 'what was done, at the partner');
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  await page.goto(`/t/${partner.id}/partner-access/${id}`);
  await page.getByText('Partner of the customer').waitFor();
  await page.getByRole('button', { name: 'End access' }).click();
  await dialog.getByText(/Your own group stays/).waitFor();
  await picture(page, 'partners end-by-the-partner');
  await page.keyboard.press('Escape');
  await page.goto(`/t/${partner.id}/partner-access/${renewal}`);
  await page.getByRole('button', { name: 'Take it back' }).click();
  await dialog.getByText('The customer can no longer answer it.').waitFor();
  expect(await dialog.getByText(/group|are out/).count()).toBe(0);
  await expectAccessible(page, 'taking a request back');
  await picture(page, 'partners take-back');
  await dialog.getByRole('button', { name: 'Take it back' }).click();
  await page.getByText('The request was taken back.').first().waitFor();

  await page.goto(`/t/${partner.id}/partner-access/new`);
  await page.getByLabel('Ids of customers').fill([customer.id, paula.id].join('\n'));
  await chooseGroup(page, 'Gateway crew');
  await page.getByLabel('See gateways').check();
  await page.getByLabel('Purpose').fill('Gateways of all');
  // Who is asked is listed before, by name where the partner knows one.
  await page.getByText('2 customers are asked').click();
  await page.getByRole('listitem').filter({ hasText: customer.displayName }).waitFor();
  await page.getByRole('listitem').filter({ hasText: paula.id }).waitFor();
  await expectAccessible(page, 'who is asked');
  await expectNarrow(page, 'who is asked');
  await picture(page, 'partners who-is-asked');
  await page.getByRole('button', { name: 'Ask 2 customers' }).click();
  await page.getByRole('region', { name: 'Messages' }).getByRole('link', { name: 'See tasks' }).first().click();
  await heading(page, 'Tasks').waitFor();
});

test('a partner asks to stand as the parent, which needs no permissions; as a partner it does', patiently, async () => {
  page = partnerOwner.page;
  pictureOnFailure(() => page, 'partner asks as parent');
  const { body: group } = await partner.call('POST', '/groups', { name: 'Holding' });
  await page.goto(`/t/${partner.id}/partner-access/new`);
  await page.getByLabel('Ids of customers').fill(customer.id);
  await chooseGroup(page, 'Holding');
  await page.getByLabel('Purpose').fill('They belong to us');
  await page.getByRole('button', { name: 'Ask the customer' }).click();
  await page.getByText('Choose at least one.').first().waitFor();
  await page.getByLabel('Becomes').selectOption({ label: 'Parent of the customer' });
  await page.getByText('Choose at least one.').first().waitFor({ state: 'detached' });
  await expectAccessible(page, 'a request to be the parent');
  await expectNarrow(page, 'a request to be the parent');
  await picture(page, 'partners as-parent');
  await page.getByRole('button', { name: 'Ask the customer' }).click();
  await page.getByRole('row', { name: /They belong to us/ }).waitFor();
  const listed = (await partner.call('GET', '/delegations')).body.items;
  const { id, ...asked } = listed.find(({ partnerGroupId }: { partnerGroupId: string }) => partnerGroupId === group.id);
  expect(asked).toMatchObject({ relation: 'parent', askedPermissions: [], otherTenantId: customer.id });
  expect((await partner.call('POST', `/delegations/${id}/end`)).status).toBe(200);
});
