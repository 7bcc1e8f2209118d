import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Product, start } from '../process.ts';
import { expectAccessible, expectNarrow, heading, picture, pictureOnFailure, type Visit, visit } from './browser.ts';
import { aPerson, aTenant, enter, type Person, type Place } from './given.ts';

/** A person of one organisation is let into another one's groups, goes there, and is let in no longer. */

let product: Product;
let place: Place;
let home: Place;
let owner: Visit;
let guest: Visit;
let person: Person;
let page: Page;
let link: string;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'visited');
  home = await aTenant(product, 'home');
  person = await aPerson(product, home, 'Gwen', []);
  const { id } = (await place.call('POST', '/groups', { name: 'Auditors from outside' })).body;
  const grants = [{ permission: 'groups.view' }, { permission: 'tenant.view' }];
  await place.call('PUT', `/groups/${id}/grants`, { grants }, { 'if-match': '*' });
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
  guest = await visit({ url: product.url });
}, 240_000);

beforeEach(({ task }) => {
  pictureOnFailure(() => page, `guests ${task.name}`);
});

const patiently = { timeout: 60_000 };

test('an owner makes a link for a guest; it is shown once', patiently, async () => {
  page = owner.page;
  await page.goto(`/t/${place.id}/guests`);
  await heading(page, 'Guests').waitFor();
  await page.getByText('No guest yet').waitFor();
  await expectAccessible(page, 'no guests');
  await page.getByRole('button', { name: 'Invite a guest' }).click();
  await page.getByLabel('Find a group').fill('outside');
  await page.getByRole('button', { name: /^Auditors from outside/ }).click();
  // What the invitation gives stands below the groups before it is made.
  await page.getByText('Joins Auditors from outside.').waitFor();
  await page.getByText(/^Holds .*permission/).click();
  await picture(page, 'guests inviting');
  await expectAccessible(page, 'inviting a guest');
  await expectNarrow(page, 'inviting a guest');
  await page.getByRole('button', { name: 'Make the link' }).click();
  link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
  expect(link).toContain('/guest#');
  await page.getByRole('checkbox', { name: 'I have stored it' }).check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'Open invitations' }).click();
  await page.getByRole('row', { name: /Auditors from outside/ }).waitFor();
  await expectAccessible(page, 'open invitations');
  owner.expectQuiet();
});

test(
  'O5: who was led to the entrance by a link from elsewhere is asked; who comes from our own pages goes on',
  patiently,
  async () => {
    page = owner.page;
    const asked = page.getByRole('heading', { name: 'Go to another organisation?' });
    const over = page.getByText('This way in was used, or is over.');
    const posted: string[] = [];
    const note = (request: { url: () => string; method: () => string }) => {
      if (request.method() === 'POST') posted.push(new URL(request.url()).pathname);
    };
    page.on('request', note);
    const secret = 'a'.repeat(65);
    await page.goto(`/enter#${secret}`);
    await asked.waitFor();
    await expectAccessible(page, 'the entrance asks');
    await expectNarrow(page, 'the entrance asks');
    expect(posted).toEqual([]);
    expect(page.url()).not.toContain(secret);
    await page.getByRole('button', { name: 'Go on' }).click();
    await over.waitFor();
    expect(posted).toEqual(['/v1/guest-sessions']);

    await page.goto(`/t/${place.id}/guests`);
    await heading(page, 'Guests').waitFor();
    await page.evaluate((href) => {
      Object.assign(document.createElement('a'), { href, referrerPolicy: 'origin' }).click();
    }, `/enter#${secret}`);
    await over.waitFor();
    expect(await asked.count()).toBe(0);
    page.off('request', note);
  },
);

test('who is not signed in is told to sign in at home; then accepts, and goes there', patiently, async () => {
  page = guest.page;
  const own = `/guest#${link.split('#')[1]}`;
  await page.goto(own);
  await page.getByText(/Sign in to your own organisation first/).waitFor();
  await expectAccessible(page, 'an invitation, not signed in');
  await enter(guest, person);
  await page.goto(own);
  await page.getByText(`${place.displayName} (region eu) lets you in as a guest.`).waitFor();
  await page.getByText('Auditors from outside').waitFor();
  await expectAccessible(page, 'an invitation');
  await expectNarrow(page, 'an invitation');
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByRole('button', { name: 'Go there' }).click();
  await page.waitForURL(new RegExp(`/t/${place.id}`));
  await page.goto('/tenants');
  await page.getByRole('link', { name: place.displayName }).waitFor();
  await page.goto(`/t/${place.id}/groups`);
  await page.getByRole('link', { name: 'Auditors from outside' }).waitFor();
});

test(
  'a guest is offered what it may do there, and nothing else; a right that came is offered too',
  patiently,
  async () => {
    const offered = () =>
      page.locator('.side-link').evaluateAll((links) => links.map(({ textContent }) => textContent));
    page = guest.page;
    await page.goto(`/t/${place.id}`);
    await heading(page, 'Home').waitFor();
    await picture(page, 'guests what one may see there');
    expect(await offered()).toContain('Security groups, view only');
    expect(await offered()).not.toContain('Accounts');
    await page.goto(`/t/${place.id}/groups`);
    await expect
      .poll(() => page.getByRole('button', { name: 'Create security group' }).getAttribute('aria-disabled'))
      .toBe('true');
    const { items } = (await place.call('GET', '/groups?q=outside')).body;
    const grants = ['groups.view', 'tenant.view', 'accounts.view'].map((permission) => ({ permission }));
    await place.call('PUT', `/groups/${items[0].id}/grants`, { grants }, { 'if-match': '*' });
    await page.reload();
    await page.getByRole('link', { name: 'Auditors from outside' }).waitFor();
    expect(await offered()).toContain('Accounts, view only');
  },
);

test('a guest counts in the look at new members, and at a request that is approved', patiently, async () => {
  const { id } = (await place.call('POST', '/groups', { name: 'Readers of the log' })).body;
  await place.call('PUT', `/groups/${id}/grants`, { grants: [{ permission: 'audit.view' }] }, { 'if-match': '*' });
  page = owner.page;
  await page.goto(`/t/${place.id}/groups/${id}?tab=members`);
  await page.getByRole('button', { name: 'Add members' }).first().click();
  await page.getByRole('checkbox', { name: /Gwen/ }).check();
  await page.getByText('Gain something: 1 guest').waitFor();
  await expectNarrow(page, 'a guest among new members');
  await picture(page, 'guests new-member');
  await page.keyboard.press('Escape');

  // Of many guests each is found, also one that comes after those of the first pages.
  const stranger = (at: number) => ({ displayName: `Stranger ${at}`, id: crypto.randomUUID() });
  const pages: (string | null)[] = [];
  await page.route('**/guests?*', async (route) => {
    const { origin, pathname, searchParams } = new URL(route.request().url());
    const real = await (await route.fetch({ url: `${origin}${pathname}?limit=20` })).json();
    const cursor = searchParams.get('cursor');
    pages.push(cursor);
    const isLast = cursor === 'third';
    const items = Array.from({ length: Number(searchParams.get('limit')) }, (_none, at) => ({
      ...real.items[0],
      ...stranger(at),
    }));
    const nextCursor = isLast ? null : cursor === 'second' ? 'third' : 'second';
    await route.fulfill({ json: { ...real, items: isLast ? real.items : items, nextCursor } });
  });
  await page.reload();
  await page.getByRole('button', { name: 'Add members' }).first().click();
  await page.getByRole('checkbox', { name: /Stranger 1\b/ }).waitFor();
  expect(await page.getByRole('checkbox', { name: /Gwen/ }).count()).toBe(0);
  await page.getByRole('dialog').getByRole('searchbox').fill('gwen');
  await page.getByRole('checkbox', { name: /Gwen/ }).waitFor();
  expect(await page.getByRole('checkbox', { name: /Stranger/ }).count()).toBe(0);
  await page.getByRole('dialog').getByRole('searchbox').fill('stranger');
  await page.getByRole('checkbox', { name: /Stranger 1\b/ }).waitFor();
  expect(await page.getByRole('checkbox', { name: /Stranger/ }).count()).toBe(20);
  // Each page is asked for once, however much is typed.
  expect(pages).toEqual([null, null, 'second', 'third']);
  await expectAccessible(page, 'one of many guests');
  await picture(page, 'guests one-of-many');
  // So it is where it is asked what somebody may.
  await page.goto(`/t/${place.id}/access?permission=audit.view`);
  await page.getByRole('searchbox', { name: 'Find by name or id' }).fill('gwen');
  await page.getByRole('button', { name: /^Gwen .*\(Guest · / }).click();
  await page.getByText(/^No: Gwen .* may not/).waitFor();
  await picture(page, 'guests asked-about');
  await page.unroute('**/guests?*');

  page = guest.page;
  await page.goto(`/t/${place.id}/access?permission=audit.view`);
  await page.getByRole('button', { name: 'Ask for access' }).click();
  await page.getByRole('textbox', { name: 'What for' }).fill('The audit of the year.');
  await page.getByRole('button', { name: 'Send the request' }).click();
  await page.getByText('The request was sent.').first().waitFor();

  page = owner.page;
  await page.goto(`/t/${place.id}/access-requests`);
  await page.getByRole('row', { name: /Gwen/ }).getByRole('button').last().click();
  await page.getByRole('menuitem', { name: 'Approve' }).click();
  await page.getByRole('radio', { name: /^Readers of the log/ }).check();
  await page.getByText('Gain something: 1 guest').waitFor();
  await picture(page, 'guests request');
  await page.keyboard.press('Escape');
});

test(
  'the owner sees the guest with its name from home, among members too; home sees the visit and withdraws it',
  patiently,
  async () => {
    page = owner.page;
    await page.goto(`/t/${place.id}/guests`);
    await page.getByRole('row', { name: /Gwen/ }).waitFor();
    await expectAccessible(page, 'guests');
    await expectNarrow(page, 'guests');
    await picture(page, 'guests list');
    // What the guest loses stands in the question before it is let in no longer.
    await page.getByRole('row', { name: /Gwen/ }).getByRole('button').last().click();
    await page.getByRole('menuitem', { name: 'Let in no longer' }).click();
    const question = page.getByRole('alertdialog', { name: /^Let Gwen .* in no longer\?$/ });
    await question.getByText('Lose something: 1 guest').waitFor();
    await expectAccessible(page, 'a guest is let in no longer');
    await expectNarrow(page, 'a guest is let in no longer');
    await picture(page, 'guests let-in-no-longer');
    await question.getByRole('button', { name: 'Cancel' }).click();
    // A name says little without where it comes from.
    await page.setViewportSize({ width: 320, height: 720 });
    await page.getByRole('cell', { name: home.displayName }).waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    const atHome = await visit({ url: product.url });
    page = atHome.page;
    await enter(atHome, home.owner);
    await page.goto(`/t/${home.id}/visits`);
    await page.getByRole('row', { name: /Gwen/ }).waitFor();
    await expectAccessible(page, 'visits');
    await page.getByRole('row', { name: /Gwen/ }).getByRole('button').last().click();
    await page.getByRole('menuitem', { name: 'Withdraw' }).click();
    await page.getByRole('button', { name: 'Withdraw', exact: true }).click();
    await page
      .getByText(/is no guest there any more/)
      .first()
      .waitFor();
    page = guest.page;
    guest.expected.add(404);
    await page.goto(`/t/${place.id}/groups`);
    await page.getByText('Auditors from outside').waitFor({ state: 'detached' });
    expect(await page.getByRole('link', { name: 'Auditors from outside' }).count()).toBe(0);
  },
);
