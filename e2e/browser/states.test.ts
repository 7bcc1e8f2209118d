import type { Page, Route } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Product, start } from '../process.ts';
import { expectAccessible, expectNarrow, heading, picture, pictureOnFailure, type Visit, visit } from './browser.ts';
import { aPerson, aTenant, enter, type Person, type Place, password } from './given.ts';

/** Every state of every main screen: it says what is so, axe finds nothing, and 320 px suffice (console design, section 3). */

let product: Product;
/** A tenant with something in every list, and one with nothing but its owner. */
let full: Place;
let bare: Place;
let nobody: Person;
let onlooker: Person;
let owner: Visit;
let page: Page;

const views = [
  'tenant',
  'accounts',
  'groups',
  'identity-providers',
  'provisioning',
  'namespaces',
  'integrations',
  'audit',
];

interface Screen {
  path: string;
  title: string;
  /** The part of the API that the page's panel shows. */
  api: string;
  permission?: string;
  /** What a list says when it holds nothing. */
  empty?: string;
  create?: string;
  /** Creating is a page of its own, not a panel over the list. */
  createsOnPage?: boolean;
  isSearched?: boolean;
}

const screens: Screen[] = [
  { path: '', title: 'Home', api: '/overview' },
  {
    path: '/accounts',
    title: 'Accounts',
    api: '/accounts',
    permission: 'accounts.view',
    create: 'Invite',
    isSearched: true,
  },
  {
    path: '/groups',
    title: 'Security groups',
    api: '/groups',
    permission: 'groups.view',
    create: 'Create security group',
    isSearched: true,
  },
  {
    path: '/identity-providers',
    title: 'Identity providers',
    api: '/identity-providers',
    permission: 'identity-providers.view',
    empty: 'No identity provider yet',
    create: 'Add identity provider',
    createsOnPage: true,
    isSearched: true,
  },
  {
    path: '/provisioning',
    title: 'SCIM provisioning',
    api: '/provisioning-tokens',
    permission: 'provisioning.view',
    empty: 'No token yet',
    create: 'Create token',
    isSearched: true,
  },
  {
    path: '/domains',
    title: 'E-mail domains',
    api: '/domains',
    permission: 'identity-providers.view',
    empty: 'No domain yet',
    create: 'Add domain',
    isSearched: true,
  },
  {
    path: '/sign-in-policy',
    title: 'Sign-in policy',
    api: '/sign-in-policy',
    permission: 'identity-providers.view',
  },
  {
    path: '/namespaces',
    title: 'Namespaces',
    api: '/namespaces',
    permission: 'namespaces.view',
    empty: 'No namespace yet',
    create: 'Create namespace',
    isSearched: true,
  },
  {
    path: '/integrations',
    title: 'Integrations',
    api: '/service-accounts',
    permission: 'integrations.view',
    create: 'Create service account',
    isSearched: true,
  },
  { path: '/audit', title: 'Audit log', api: '/audit-entries', permission: 'audit.view' },
  { path: '/profile', title: 'Tenant profile', api: '', permission: 'tenant.view' },
  { path: '/owners', title: 'Owners', api: '/ownership-transfers' },
  { path: '/tasks', title: 'Tasks', api: '/tasks', empty: 'No task yet' },
  { path: '/notices', title: 'Notices', api: '/notices', empty: 'Nothing to read' },
];
const lists = screens.filter(({ isSearched }) => isSearched);
const guarded = screens.filter(({ permission }) => permission);
const creating = screens.filter(({ create }) => create);
const emptied = screens.filter(({ empty }) => empty);

beforeAll(async () => {
  product = await start();
  full = await aTenant(product, 'plenty');
  bare = await aTenant(product, 'bare');
  await full.call('POST', '/provisioning-tokens', { name: 'Entra ID' });
  await full.call('POST', '/domains', { name: 'plenty-example.com' });
  await full.call('POST', '/identity-providers', { name: 'Keycloak', type: 'oidc', description: 'Everybody' });
  await full.call('POST', '/namespaces', { name: 'prod', description: 'What customers use' });
  nobody = await aPerson(product, full, 'Nora', []);
  onlooker = await aPerson(
    product,
    full,
    'Olga',
    views.map((topic) => `${topic}.view`),
  );
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, full.owner);
}, 240_000);

const patiently = { timeout: 60_000 };
const inContent = (on: Page) => on.locator('#content');

async function shown(on: Page, { path, title }: Screen, tenant = full, search = '') {
  await on.goto(`/t/${tenant.id}${path}${search}`);
  await heading(on, title).waitFor();
}

/** What is asked for has come: nothing waits any more. */
const settled = async (on: Page) => {
  await inContent(on).locator('.skeletons').first().waitFor({ state: 'detached' });
};

async function expectFit(on: Page, state: string) {
  await settled(on);
  await expectAccessible(on, state);
  await expectNarrow(on, state);
}

describe('with something to show', () => {
  test.each(screens)('$title', patiently, async (screen) => {
    pictureOnFailure(() => page, `filled ${screen.title}`);
    await shown(page, screen);
    expect(await page.title()).toBe(`${screen.title} · ${full.displayName}`);
    await expectFit(page, screen.title);
    owner.expectQuiet();
  });

  test.each([
    ['a group', '/groups', 'Owners'],
    ['an account', '/accounts', 'Grace Keeper'],
    ['an identity provider', '/identity-providers', 'Keycloak'],
    ['a token', '/provisioning', 'Entra ID'],
    ['a domain', '/domains', 'plenty-example.com'],
    ['a namespace', '/namespaces', 'prod'],
    ['a service account', '/integrations', 'bootstrap'],
  ])('%s', patiently, async (state, path, name) => {
    pictureOnFailure(() => page, `detail ${state}`);
    await page.goto(`/t/${full.id}${path}`);
    await page.getByRole('rowheader').getByRole('link', { name, exact: true }).click();
    await heading(page, name).waitFor();
    await expectFit(page, state);
    // Each tab is an address of its own.
    const tabs = inContent(page).locator('nav.tabs a');
    for (let tab = 1; tab < (await tabs.count()); tab++) {
      await tabs.nth(tab).click();
      await page.waitForURL(/[?&]tab=/);
      await expectFit(page, `${state}, tab ${tab}`);
    }
    owner.expectQuiet();
  });

  test.each(creating.filter(({ createsOnPage }) => !createsOnPage))(
    'the panel of $title',
    patiently,
    async (screen) => {
      pictureOnFailure(() => page, `panel ${screen.title}`);
      await shown(page, { ...screen, path: `${screen.path}/new` });
      await page.getByRole('dialog').waitFor();
      await expectFit(page, `new at ${screen.title}`);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(new URL(page.url()).pathname).toBe(`/t/${full.id}${screen.path}`);
      owner.expectQuiet();
    },
  );

  test.each([
    ['/tenants', 'Tenants'],
    ['/me', 'My profile'],
  ])('%s', patiently, async (path, title) => {
    pictureOnFailure(() => page, `filled ${title}`);
    await page.goto(path);
    await heading(page, title).waitFor();
    await expectFit(page, title);
    owner.expectQuiet();
  });
});

test.each(['/sign-in', '/register', '/setup', '/accept', '/register/complete'])(
  'the door %s',
  patiently,
  async (path) => {
    const stranger = await visit({ url: product.url });
    pictureOnFailure(() => stranger.page, `door ${path}`);
    await stranger.page.goto(path);
    await heading(stranger.page, /./).waitFor();
    await expectAccessible(stranger.page, path);
    await expectNarrow(stranger.page, path);
    // Nowhere is a dead end.
    if (path !== '/sign-in') await stranger.page.getByRole('link', { name: 'Sign in' }).waitFor();
    stranger.expectQuiet();
    await stranger.context.close();
  },
);

test.each(lists)('nothing matches: $title names the filter and clears it', patiently, async (screen) => {
  pictureOnFailure(() => page, `no match ${screen.title}`);
  await shown(page, screen, full, '?q=zzzz');
  await page.getByText('Active: search “zzzz”.').waitFor();
  await expectFit(page, `nothing matches at ${screen.title}`);
  await page.getByRole('button', { name: 'Clear filters' }).last().click();
  await page.getByRole('rowheader').first().waitFor();
  expect(new URL(page.url()).search).toBe('');
  owner.expectQuiet();
});

test.each([500, 503])('the panel alone fails on a %i, and can be tried again', { timeout: 180_000 }, async (status) => {
  owner.expected.add(status);
  for (const screen of screens) {
    pictureOnFailure(() => page, `failed ${screen.title}`);
    const place = new RegExp(
      `/v1/tenants/${full.id}${screen.api}(\\?(?!.*(unread=true|waiting,running|waiting%2Crunning)).*)?$`,
    );
    const fail = (route: Route) =>
      route.fulfill({
        status,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          type: 'urn:bailiwick:problem:unavailable',
          title: 'Unavailable',
          status,
          detail: 'The database of the region does not answer.',
          requestId: 'req-0123456789',
        }),
      });
    await page.route(place, fail);
    await shown(page, screen);
    const panel = inContent(page).getByRole('alert');
    await panel.getByText('The database of the region does not answer.').waitFor();
    await panel.getByText('req-0123456789').waitFor();
    await panel.getByRole('button', { name: 'Copy the request id' }).waitFor();
    // The frame goes on.
    expect(await page.getByRole('navigation', { name: 'Main' }).getByRole('link').count()).toBeGreaterThan(6);
    if (status === 500) await expectFit(page, `failed ${screen.title}`);
    await page.unroute(place, fail);
    await panel.getByRole('button', { name: 'Try again' }).click();
    await panel.waitFor({ state: 'detached' });
  }
  owner.expected.delete(status);
  owner.expectQuiet();
});

test('a detail page fails by itself as well, and comes when it is tried again', patiently, async () => {
  owner.expected.add(503);
  const { items } = (await full.call('GET', '/groups')).body;
  const place = new RegExp(`/v1/tenants/${full.id}/groups/${items[0].id}$`);
  const fail = (route: Route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: 'urn:bailiwick:problem:unavailable', title: 'Unavailable', status: 503 }),
    });
  await page.route(place, fail);
  await shown(page, { path: `/groups/${items[0].id}`, title: 'Security group', api: '' });
  const panel = inContent(page).getByRole('alert');
  await panel.getByRole('button', { name: 'Try again' }).waitFor();
  await expectFit(page, 'failed detail');
  await page.unroute(place, fail);
  await panel.getByRole('button', { name: 'Try again' }).click();
  await heading(page, items[0].name).waitFor();
  owner.expected.delete(503);
  owner.expectQuiet();
});

let there: Visit | undefined;
test.each(emptied)('nothing yet: $title says what to do', patiently, async (screen) => {
  // One browser for all of them: a second one would be a notice.
  if (!there) {
    const seen = await visit({ url: product.url });
    await enter(seen, bare.owner);
    there = seen;
  }
  const { page: empty } = there;
  pictureOnFailure(() => empty, `empty ${screen.title}`);
  await shown(empty, screen, bare);
  await empty.getByRole('heading', { name: screen.empty as string }).waitFor();
  if (screen.create)
    await inContent(empty)
      .getByText(/^bailiwick /)
      .waitFor();
  await expectFit(empty, `empty ${screen.title}`);
  there.expectQuiet();
});

test(
  'the address of a tenant that is not there, or of others: says so, and leads to one’s own',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'no tenant');
    owner.expected.add(404);
    owner.expected.add(400);
    for (const id of [bare.id, '0192f3a0-7b1c-7def-8abc-0123456789ab', 'northwind'])
      for (const path of ['', '/groups', '/audit?outcome=refused']) {
        await page.goto(`/t/${id}${path}`);
        await heading(page, 'This tenant is not there, or not yours').waitFor();
        await inContent(page).getByRole('link', { name: full.displayName }).waitFor();
        // The frame is that of one's own tenant.
        await page.getByRole('button', { name: `Switch tenant: ${full.displayName}` }).waitFor();
      }
    await expectFit(page, 'no tenant');
    const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
    for (const href of await links.evaluateAll((all) => all.map((each) => each.getAttribute('href'))))
      expect(href).toMatch(new RegExp(`^/t/${full.id}`));
    await inContent(page).getByRole('link', { name: full.displayName }).click();
    await heading(page, 'Home').waitFor();
    expect(new URL(page.url()).pathname).toBe(`/t/${full.id}`);
    owner.expected.delete(404);
    owner.expected.delete(400);
    owner.expectQuiet();
  },
);

test('no permission: each section names the right that it needs', patiently, async () => {
  const there = await visit({ url: product.url });
  there.expected.add(403);
  await enter(there, nobody);
  for (const screen of guarded) {
    pictureOnFailure(() => there.page, `no permission ${screen.title}`);
    await shown(there.page, screen);
    await inContent(there.page).getByRole('heading', { name: 'You may not see this' }).waitFor();
    await inContent(there.page)
      .getByText(screen.permission as string)
      .first()
      .waitFor();
    await inContent(there.page).getByRole('button', { name: 'Copy the message' }).waitFor();
  }
  await expectFit(there.page, 'no permission');
  there.expectQuiet();
  await there.context.close();
});

test('view only: no way to change is open, and each says why', patiently, async () => {
  const there = await visit({ url: product.url });
  await enter(there, onlooker);
  for (const screen of creating) {
    pictureOnFailure(() => there.page, `view only ${screen.title}`);
    await shown(there.page, screen);
    const button = inContent(there.page).getByRole('button', { name: screen.create as string, exact: true });
    expect(await button.getAttribute('aria-disabled'), screen.title).toBe('true');
    expect(await button.getAttribute('aria-describedby'), screen.title).toBeTruthy();
    await there.page.getByRole('navigation', { name: 'Main' }).getByText('view only').first().waitFor();
  }
  await expectFit(there.page, 'view only');
  there.expectQuiet();
  await there.context.close();
});

test('home gives no all-clear about what one may not see', patiently, async () => {
  const calm = await aTenant(product, 'calm');
  const { items } = (await calm.call('GET', '/service-accounts')).body;
  await calm.call('POST', `/service-accounts/${items[0].id}/keys`, { name: 'long' });
  const said = async (person: Person) => {
    const there = await visit({ url: product.url });
    pictureOnFailure(() => there.page, 'home in part');
    await enter(there, person);
    await there.page.goto(`/t/${calm.id}`);
    const panel = there.page.getByRole('region', { name: 'Needs attention' });
    await panel.waitFor();
    const text = await panel.innerText();
    await expectFit(there.page, 'home in part');
    there.expectQuiet();
    await there.context.close();
    return text;
  };
  const some = await said(await aPerson(product, calm, 'Sam', ['provisioning.view']));
  expect(some).toContain('No provisioning token expires within 14 days.');
  expect(some).toContain('You cannot see here: keys of service accounts (needs integrations.view), accounts that wait');
  const nothing = await said(await aPerson(product, calm, 'Nil', []));
  expect(nothing).not.toMatch(/Nothing expires|Nobody|No partner/);
  const asked = await said(await aPerson(product, calm, 'Ask', ['groups.change']));
  expect(asked).toContain('Nobody else asks for access.');
  expect(asked).not.toMatch(/Nobody waits|No partner/);
  expect(nothing).toContain('provisioning tokens (needs provisioning.view)');
  expect(nothing).toContain(
    'requests for access (needs groups.change), requests of partners (needs delegations.change)',
  );
  // The key of its first service account ends within a day: the owner is told of it, and of nothing calm.
  expect(await said(calm.owner)).not.toMatch(/Nothing expires|Nobody|No partner|You cannot see/);
});

test(
  'what SCIM manages is text, each field locked, with the reason; an account without an address is shown',
  patiently,
  async () => {
    const because = 'This is managed by provisioning (SCIM). Change it there.';
    const managed = <T extends { actions: { name: string }[] }>(value: T, locked: RegExp) => ({
      ...value,
      source: 'scim',
      ...('email' in value ? { email: null } : {}),
      actions: value.actions.map((action) =>
        locked.test(action.name) ? { ...action, allowed: false, reason: because } : action,
      ),
    });
    const change = (path: RegExp, to: (body: never) => unknown) =>
      page.route(path, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: to((await response.json()) as never) });
      });
    const accountActions = /^accounts\.(change|enable|disable|invite|delete)$/;
    const groupActions = /^groups\.(change|add-members|delete)$/;
    await change(/\/v1\/.*\/accounts(\?|$)/, (list: { items: { actions: [] }[] }) => ({
      ...list,
      items: list.items.map((each) => managed(each, accountActions)),
    }));
    await change(/\/v1\/.*\/accounts\/[\w-]+$/, (one: { actions: [] }) => managed(one, accountActions));
    await change(/\/v1\/.*\/groups\/[\w-]+$/, (one: { actions: [] }) => managed(one, groupActions));

    await shown(page, { path: '/accounts', title: 'Accounts', api: '' });
    await page.getByRole('row', { name: /Nora Waters\s+—/ }).waitFor();
    await page.getByRole('link', { name: 'Nora Waters' }).click();
    await heading(page, 'Nora Waters').waitFor();
    await page.getByRole('link', { name: 'Details' }).click();
    const details = page.getByRole('region', { name: 'Details' });
    await details.getByText('Managed by SCIM').waitFor();
    await details.getByText(because).waitFor();
    await details.getByRole('term').filter({ hasText: 'First name, locked' }).waitFor();
    expect(await details.getByRole('textbox').count()).toBe(0);
    await expectFit(page, 'account managed by SCIM');

    await page.goto(`/t/${full.id}/groups`);
    await page.getByRole('link', { name: 'Nora’s group' }).click();
    await inContent(page).getByText('Managed by SCIM').waitFor();
    expect(await page.getByRole('button', { name: 'Add members' }).first().getAttribute('aria-disabled')).toBe('true');
    await expectFit(page, 'group managed by SCIM');
    await page.getByRole('link', { name: 'Details' }).click();
    await page.getByRole('term').filter({ hasText: 'Name, locked' }).waitFor();
    await page.unrouteAll();
    owner.expectQuiet();
  },
);

test('a rotated token names the one that replaces it', patiently, async () => {
  const { body } = await full.call('POST', '/provisioning-tokens', { name: 'Okta' });
  const rotated = await full.call('POST', `/provisioning-tokens/${body.id}/rotate`, { overlapSeconds: 3600 });
  await page.goto(`/t/${full.id}/provisioning/${body.id}`);
  await page.getByRole('region', { name: 'Details' }).getByRole('link', { name: rotated.body.name }).click();
  await page.waitForURL(new RegExp(`/provisioning/${rotated.body.id}`));
  owner.expectQuiet();
});

test('a read-only tenant says so on each page', patiently, async () => {
  const there = await visit({ url: product.url });
  await enter(there, bare.owner);
  const paused = await product.asOperator('POST', `/v1/tenants/${bare.id}/read-only`);
  expect(paused.status, paused.text).toBeLessThan(300);
  for (const screen of screens) {
    pictureOnFailure(() => there.page, `read-only ${screen.title}`);
    await shown(there.page, screen, bare);
    await there.page.getByText('This tenant is read-only').first().waitFor();
    if (screen.create && screen.permission)
      // A button that opens nothing and says why; nothing leads to a form that will be refused.
      await inContent(there.page)
        .getByRole('link', { name: screen.create, exact: true })
        .waitFor({ state: 'detached' });
  }
  await shown(there.page, { path: '', title: 'Home', api: '' }, bare);
  await inContent(there.page).getByText('Set-up steps').waitFor({ state: 'detached' });
  await there.page.goto(`/t/${bare.id}/profile/edit`);
  await there.page.getByText('View only').waitFor();
  expect(await inContent(there.page).getByRole('textbox').count()).toBe(0);
  // What is tried all the same is refused where it was tried, and the typed work stays.
  there.expected.add(403);
  await there.page.goto(`/t/${bare.id}/groups/new`);
  await there.page.getByRole('dialog').getByLabel('Name').fill('Not now');
  await there.page.getByRole('dialog').getByRole('button', { name: 'Create security group' }).click();
  await there.page
    .getByRole('dialog')
    .getByRole('alert')
    .getByText(/read-only/)
    .first()
    .waitFor();
  expect(await there.page.getByRole('dialog').getByLabel('Name').inputValue()).toBe('Not now');
  await expectFit(there.page, 'read-only tenant');
  there.expectQuiet();
  await there.context.close();
});

test('a suspended tenant says so and leads away; a closing one leads to where it is restored', patiently, async () => {
  const there = await visit({ url: product.url });
  pictureOnFailure(() => there.page, 'suspended');
  const { id, owner: person } = await aTenant(product, 'shut');
  await enter(there, person);
  await product.asOperator('POST', `/v1/tenants/${id}/suspend`);
  there.expected.add(403);
  await there.page.goto(`/t/${id}`);
  await heading(there.page, 'This tenant is suspended').waitFor();
  await expectAccessible(there.page, 'suspended tenant');
  expect(await there.page.getByRole('link', { name: 'Sign in to another tenant' }).getAttribute('href')).toBe(
    '/sign-in',
  );
  await product.asOperator('POST', `/v1/tenants/${id}/resume`);
  await there.page.reload();
  const closed = await there.page.evaluate(async (path) => {
    const body = JSON.stringify({ confirmName: 'shut' });
    const headers = { 'content-type': 'application/json', 'x-bailiwick-csrf': '1' };
    return (await fetch(`${path}/close`, { method: 'POST', headers, body })).status;
  }, `/v1/tenants/${id}`);
  expect(closed).toBe(200);
  await there.page.goto(`/t/${id}/groups`);
  await there.page.getByRole('link', { name: 'Open the profile' }).click();
  await there.page.getByRole('button', { name: 'Restore tenant' }).waitFor();
  await there.context.close();
});

test('while nobody answers a page waits and says so, then opens by itself', patiently, async () => {
  const there = await visit({ url: product.url });
  pictureOnFailure(() => there.page, 'offline');
  await enter(there, full.owner);
  await shown(there.page, { path: '/groups', title: 'Security groups', api: '' });
  await there.context.setOffline(true);
  await there.page.getByRole('link', { name: 'Namespaces' }).click();
  await there.page.getByText('You are offline').waitFor();
  await there.page.getByText('The server does not answer yet').waitFor();
  await there.context.setOffline(false);
  await heading(there.page, 'Namespaces').waitFor();
  await there.page.getByRole('rowheader', { name: 'prod' }).waitFor();
  await there.context.close();
});

test.each(['off', 'invited'])(
  'registration %s is said before anything is typed',
  { timeout: 120_000 },
  async (mode) => {
    const own = await start({ env: { BAILIWICK_REGISTRATION: mode } });
    const there = await visit({ url: own.url });
    pictureOnFailure(() => there.page, `registration ${mode}`);
    await there.page.goto('/register');
    if (mode === 'off') await there.page.getByText('The operator of this platform makes the tenants.').waitFor();
    else await there.page.getByLabel('Invitation code').waitFor();
    expect(await there.page.getByLabel('Full name').count()).toBe(mode === 'off' ? 0 : 1);
    if (mode === 'invited') {
      // A number is typed as people write it.
      await there.page.getByLabel('Mobile phone').fill('+61 (412) 345-678');
      expect(await there.page.getByLabel('Mobile phone').inputValue()).toBe('+61412345678');
    }
    await expectAccessible(there.page, `registration ${mode}`);
    await there.page.goto('/sign-in');
    await there.page.getByRole('button', { name: 'Continue' }).waitFor();
    await there.page.getByRole('link', { name: 'Register an organisation' }).waitFor({
      state: mode === 'off' ? 'detached' : 'visible',
    });
    there.expectQuiet();
    await there.context.close();
    await own.stop();
  },
);

test.each([
  ['setup', 'The server prints one when it starts', []],
  ['register/complete', 'Register once more', ['Register an organisation']],
  ['accept', 'Ask who invited you', []],
])('a dead link to %s says how to come by another', patiently, async (path, text, links) => {
  const there = await visit({ url: product.url });
  pictureOnFailure(() => there.page, `dead link ${path}`);
  for (const status of [400, 404, 410]) there.expected.add(status);
  await there.page.goto(`/${path}#of-nothing`);
  await heading(there.page, 'This link does not work any more').waitFor();
  await there.page.getByText(text).waitFor();
  for (const name of [...links, 'Sign in']) await there.page.getByRole('link', { name }).waitFor();
  await expectAccessible(there.page, `dead link ${path}`);
  await there.context.close();
});

test('a session that ended asks for a sign-in over the page, and the draft stays', patiently, async () => {
  const there = await visit({ url: product.url });
  pictureOnFailure(() => there.page, 'session ended');
  await enter(there, full.owner);
  await there.page.goto(`/t/${full.id}/groups/new`);
  await there.page.getByRole('dialog').getByLabel('Name').fill('Half typed');
  await there.context.clearCookies();
  await there.page.getByRole('dialog').getByRole('button', { name: 'Create security group' }).click();
  const over = there.page.getByRole('dialog', { name: 'Your session has ended' });
  await over.waitFor();
  await expectFit(there.page, 'session ended');
  expect(await over.getByLabel('E-mail address').inputValue()).toBe(full.owner.email);
  await over.getByLabel('Password', { exact: true }).fill(password);
  await over.getByRole('button', { name: 'Sign in' }).click();
  await over.waitFor({ state: 'detached' });
  expect(await there.page.getByRole('dialog').getByLabel('Name').inputValue()).toBe('Half typed');
  await there.page.getByRole('dialog').getByRole('button', { name: 'Create security group' }).click();
  await heading(there.page, 'Half typed').waitFor();
  there.expectQuiet();
  await there.context.close();
});

test('an address that is not there says so', patiently, async () => {
  owner.expected.add(404).add(400);
  pictureOnFailure(() => page, 'missing');
  for (const path of [
    '/nowhere',
    '/groups/0192f3a0-7b1c-7def-8abc-0123456789ab',
    '/groups/no-id',
    '/namespaces/no-id',
    '/accounts/no-id',
  ]) {
    await page.goto(`/t/${full.id}${path}`);
    await page.getByRole('heading', { name: 'Not here' }).first().waitFor();
    await page.getByRole('link', { name: 'Security groups' }).first().waitFor(); // one finds on from there
    await expectFit(page, path);
  }
  await picture(page, 'states no id');
  owner.expected.delete(400);
  await page.goto(`/t/${full.id}/groups?status=enabled&colour=red`);
  await page.getByText('They were ignored: colour').waitFor();
  owner.expected.delete(404);
  owner.expectQuiet();
});
