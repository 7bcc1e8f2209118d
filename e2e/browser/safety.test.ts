import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Product, start } from '../process.ts';
import { heading, pictureOnFailure, type Visit, visit } from './browser.ts';
import { aTenant, enter, type Place } from './given.ts';

/** What users type never runs, what is shown once is kept nowhere, and nobody else is asked (threat model, P30). */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;

/** Each would set `window.ran`, or ask another host, if anything made markup or an address of it. */
const payloads = [
  '<script>window.ran=1</script>',
  '<img src=x onerror="window.ran=1">',
  '"><svg onload=window.ran=1>',
  'javascript:window.ran=1//',
  '{{constructor.constructor("window.ran=1")()}}',
  '<a href="https://evil.example/">click</a>',
];
const [script = '', image = '', drawing = '', address = '', template = '', link = ''] = payloads;

beforeAll(async () => {
  product = await start();
  place = await aTenant(product, 'safety');
  owner = await visit({ url: product.url });
  page = owner.page;
  await page.addInitScript(() => {
    (globalThis as { ran?: number }).ran = 0;
  });
  await enter(owner, place.owner);
}, 240_000);

const patiently = { timeout: 90_000 };

const made = async (method: string, path: string, body: unknown, headers?: Record<string, string>) => {
  const reply = await place.call(method, path, body, headers);
  expect(reply.status, reply.text).toBeLessThan(300);
  return reply.body;
};

async function expectNothingRan(where: string) {
  expect(await page.evaluate(() => (globalThis as { ran?: number }).ran), where).toBe(0);
  const made = await page.evaluate(() => ({
    inline: [...document.querySelectorAll('script')].filter(({ src }) => src === '').length,
    // An attribute is enough, also where the policy stops it.
    handlers: [...document.querySelectorAll('*')].filter(({ attributes }) =>
      [...attributes].some(({ name, value }) => name.startsWith('on') || /^\s*javascript:/i.test(value)),
    ).length,
    foreign: [...document.querySelectorAll('a[href]')].filter(
      (each) => (each as HTMLAnchorElement).origin !== location.origin,
    ).length,
  }));
  expect(made, where).toEqual({ inline: 0, handlers: 0, foreign: 0 });
}

test('W2: what is typed into any text field is shown as it is, and never runs', patiently, async () => {
  pictureOnFailure(() => page, 'safety payloads');
  const { etag } = await place.call('GET');
  await made(
    'PATCH',
    '',
    {
      displayName: script,
      legalName: image,
      primaryAddress: { mailingName: drawing, line1: link, city: template, country: 'AT' },
    },
    { 'if-match': etag },
  );
  const group = await made('POST', '/groups', { name: image, description: script });
  const machine = await made('POST', '/service-accounts', { name: drawing, groupIds: [group.id] });
  await made('POST', `/service-accounts/${machine.id}/keys`, { name: link });
  const token = await made('POST', '/provisioning-tokens', { name: address });
  const namespace = await made('POST', '/namespaces', { name: 'prod', description: image });
  const person = await made('POST', '/accounts', {
    email: 'eve@safety.example',
    firstName: 'Eve',
    lastName: 'Ill',
    displayName: drawing,
    groupIds: [group.id],
  });

  const pages: [path: string, shows: string][] = [
    ['', script],
    ['/profile', image],
    ['/groups', image],
    [`/groups/${group.id}`, drawing],
    [`/groups/${group.id}?tab=details`, image],
    ['/accounts', drawing],
    [`/accounts/${person.id}`, image],
    ['/provisioning', address],
    [`/provisioning/${token.id}`, address],
    ['/namespaces', image],
    [`/namespaces/${namespace.id}`, image],
    ['/integrations', drawing],
    [`/integrations/${machine.id}`, link],
    ['/audit', address],
  ];
  for (const [path, shows] of pages) {
    await page.goto(`/t/${place.id}${path}`);
    await page
      .getByText(shows)
      .or(page.locator('textarea', { hasText: shows }))
      .first()
      .waitFor();
    await expectNothingRan(path);
  }

  // Each entry of the audit log, with its values before and after.
  const { items } = (await place.call('GET', '/audit-entries?limit=20')).body;
  for (const { id } of items) {
    await page.goto(`/t/${place.id}/audit?entry=${id}`);
    await page.getByRole('dialog').getByRole('heading', { name: 'What changed' }).waitFor();
    await expectNothingRan(`audit entry ${id}`);
  }

  // In the switcher, the palette, a title, a dialog and a message.
  await page.goto(`/t/${place.id}/groups/${group.id}?tab=details`);
  await heading(page, image).waitFor();
  await page.getByRole('button', { name: 'Disable group' }).click();
  await page.getByText(`${image} was disabled.`).first().waitFor();
  await page.getByRole('button', { name: 'Delete group' }).click();
  await page.getByRole('alertdialog').getByText(`Delete ${image}?`).waitFor();
  await expectNothingRan('a confirmation');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('script');
  await expectNothingRan('the palette');
  owner.expectQuiet();
});

test('what an address carries is shown as text, or not at all', patiently, async () => {
  pictureOnFailure(() => page, 'safety addresses');
  owner.expected.add(400).add(404);
  for (const path of [
    `/t/${place.id}/groups?q=${encodeURIComponent(image)}`,
    `/t/${place.id}/groups?sort=${encodeURIComponent(script)}&${encodeURIComponent(image)}=1`,
    `/t/${place.id}/audit?action=${encodeURIComponent(script)}`,
    `/t/${encodeURIComponent(image)}/groups`,
    `/t/${place.id}/groups/${encodeURIComponent(script)}`,
    `/sign-in?next=${encodeURIComponent('javascript:window.ran=1')}`,
    `/sign-in?next=${encodeURIComponent('//evil.example/')}`,
    `/setup#${encodeURIComponent(script)}`,
  ]) {
    await page.goto(path);
    await page.getByRole('heading').first().waitFor();
    await expectNothingRan(path);
    expect(new URL(page.url()).origin).toBe(product.url);
  }
  owner.expected.delete(400);
  owner.expected.delete(404);
  owner.expectQuiet();
});

/** Everything that this browser keeps of the console, and what the page's memory can be searched for. */
async function keptAnywhere(value: string): Promise<string[]> {
  const places = await page.evaluate(async (needle) => {
    const found: string[] = [];
    const look = (name: string, text: string) => {
      if (text.includes(needle)) found.push(name);
    };
    look('address', location.href);
    look('history', JSON.stringify(history.state ?? ''));
    look('localStorage', JSON.stringify({ ...localStorage }));
    look('sessionStorage', JSON.stringify({ ...sessionStorage }));
    look('cookies', document.cookie);
    look('document', document.documentElement.outerHTML);
    for (const input of document.querySelectorAll('input')) look('a field', input.value);
    look('databases', JSON.stringify(await indexedDB.databases()));
    look('caches', JSON.stringify(await caches.keys()));
    look(
      'requests',
      performance
        .getEntries()
        .map(({ name }) => name)
        .join(' '),
    );
    return found;
  }, value);
  // The query cache hangs on the root of the page's components.
  const inMemory = await page.evaluate((needle) => {
    const root = document.getElementById('root') as unknown as Record<string, unknown>;
    const container = Object.entries(root).find(([name]) => name.startsWith('__reactContainer'))?.[1];
    const clients: {
      getQueryCache(): { getAll(): { queryKey: unknown; state: unknown }[] };
      getMutationCache(): { getAll(): { state: unknown }[] };
    }[] = [];
    const seen = new Set<unknown>();
    const walk = (
      fiber: { memoizedProps?: { client?: unknown }; child?: unknown; sibling?: unknown } | null | undefined,
    ) => {
      if (!fiber || seen.has(fiber)) return;
      seen.add(fiber);
      const client = fiber.memoizedProps?.client as (typeof clients)[number] | undefined;
      if (client && typeof client.getQueryCache === 'function') clients.push(client);
      walk(fiber.child as never);
      walk(fiber.sibling as never);
    };
    walk(container as never);
    if (clients.length === 0) return ['the query client was not found'];
    return clients.flatMap((client) => [
      ...client
        .getQueryCache()
        .getAll()
        .filter(({ queryKey, state }) => JSON.stringify([queryKey, state]).includes(needle))
        .map(({ queryKey }) => `query ${JSON.stringify(queryKey)}`),
      ...client
        .getMutationCache()
        .getAll()
        .filter(({ state }) => JSON.stringify(state).includes(needle))
        .map(() => 'mutation'),
    ]);
  }, value);
  const state = JSON.stringify(await owner.context.storageState({ indexedDB: true }));
  return [...places, ...inMemory, ...(state.includes(value) ? ['browser state'] : [])];
}

test('a secret is gone with Done: not in address, storage, history, page or query cache', patiently, async () => {
  pictureOnFailure(() => page, 'safety secrets');
  await page.goto(`/t/${place.id}/provisioning/new`);
  await page.getByRole('dialog').getByLabel('Name').fill('Okta');
  await page.getByRole('dialog').getByRole('button', { name: 'Create token' }).click();
  const shown = page.getByRole('dialog', { name: 'Token for Okta' });
  const value = await shown.getByLabel('Token', { exact: true }).inputValue();
  expect(value).toMatch(/^bwk_pt_/);
  // While it is shown it is on the page, and nowhere that outlives the page.
  expect((await keptAnywhere(value)).filter((where) => !['document', 'a field'].includes(where))).toEqual([]);
  await shown.getByLabel('I have stored it').check();
  await shown.getByRole('button', { name: 'Done' }).click();
  await heading(page, 'Okta').waitFor();
  expect(await keptAnywhere(value)).toEqual([]);
  await page.goBack();
  await heading(page, 'SCIM provisioning').waitFor();
  expect(await keptAnywhere(value)).toEqual([]);

  await page.goto(`/t/${place.id}/namespaces/new`);
  await page.getByRole('dialog').getByLabel('Name').fill('dev');
  await page.getByRole('dialog').getByRole('button', { name: 'Create namespace' }).click();
  const keys = page.getByRole('dialog', { name: 'Keys of dev' });
  const values = [
    await keys.getByLabel('Agent key', { exact: true }).inputValue(),
    await keys.getByLabel('Service key', { exact: true }).inputValue(),
  ];
  await keys.getByLabel('I have stored it').check();
  await keys.getByRole('button', { name: 'Done' }).click();
  await heading(page, 'dev').waitFor();
  for (const key of values) expect(await keptAnywhere(key)).toEqual([]);
  owner.expectQuiet();
});

test(
  'W3: the session is out of reach of scripts, and no request carries a secret in its address',
  patiently,
  async () => {
    const cookies = await owner.context.cookies();
    const session = cookies.filter(({ name }) => name.startsWith('__Host-bailiwick-'));
    expect(session.length).toBeGreaterThan(0);
    for (const cookie of session)
      expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(owner.requests.length).toBeGreaterThan(20);
    expect(owner.requests.filter(({ url }) => /bwk_|password/i.test(url))).toEqual([]);
  },
);

test('W3: the policy lets no inline script run and no other host be asked', async () => {
  const reply = await fetch(`${product.url}/sign-in`);
  const policy = Object.fromEntries(
    (reply.headers.get('content-security-policy') ?? '')
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .map(([name = '', ...values]) => [name, values]),
  );
  const scripts = policy['script-src'] ?? policy['default-src'] ?? [];
  expect(scripts).toEqual(["'self'"]);
  expect(policy['default-src']).toSatisfy((values: string[]) => values.every((value) => /^'(self|none)'$/.test(value)));
  expect(policy['frame-ancestors']).toEqual(["'none'"]);
  expect(policy['base-uri']).toSatisfy(([value]: string[]) => value === "'none'" || value === "'self'");
  expect(policy['object-src'] ?? policy['default-src']).toEqual(["'none'"]);
  // Style attributes alone are inline: they set sizes, and can neither run nor ask.
  const { 'style-src-attr': _, ...rest } = policy;
  expect(
    Object.values(rest)
      .flat()
      .filter((value) => /^(https?:|\*|'unsafe-)/.test(value as string)),
  ).toEqual([]);

  // The policy is in force, not only sent.
  const stranger = await visit({ url: product.url });
  await stranger.page.goto('/sign-in');
  await stranger.page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = 1';
    document.body.append(script);
  });
  expect(await stranger.page.evaluate(() => (globalThis as { ran?: number }).ran)).toBeUndefined();
  expect(stranger.faults.join()).toMatch(/Content security policy: script-src/);
});
