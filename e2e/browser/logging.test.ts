import { randomBytes, randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { signRequest } from '../../server/src/kernel/http-signature.ts';
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

/** What gateways report, as administrators read it. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;
let namespace: { id: string; agentKey: string };
let agentId: string;

const patiently = { timeout: 90_000 };

beforeAll(async () => {
  product = await start({ env: { BAILIWICK_TRANSACTIONS_PER_DAY: '100' } });
  place = await aTenant(product, 'log-co', 'au');
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
  namespace = (await place.call('POST', '/namespaces', { name: 'prod' })).body;
  await place.call('POST', `/namespaces/${namespace.id}/gateways`, { name: 'Main', prefix: '/erp' });
  agentId = (await asAgent('/agents', { name: 'rack 7' }))?.id as string;
}, 240_000);

async function asAgent(path: string, body: object) {
  const targetUri = `${product.url}/v1/tenants/${place.id}${path}`;
  const sent = JSON.stringify(body);
  const reply = await fetch(targetUri, {
    method: 'POST',
    body: sent,
    headers: {
      'content-type': 'application/json',
      ...signRequest({
        method: 'POST',
        targetUri,
        body: Buffer.from(sent),
        agentKey: namespace.agentKey,
        now: new Date(),
        nonce: randomBytes(16).toString('hex'),
      }),
    },
  });
  expect(reply.ok, `${path}: ${reply.status}`).toBe(true);
  return reply.status === 204 ? undefined : ((await reply.json()) as { id: string });
}

const report = (...items: object[]) =>
  asAgent(`/agents/${agentId}/transactions`, {
    journal: randomUUID(),
    items: items.map((item, at) => ({
      sequence: at + 1,
      at: new Date(Date.now() - at * 60_000).toISOString(),
      method: 'GET',
      path: '/erp/orders/4711',
      status: 200,
      reason: null,
      routeId: null,
      ruleId: null,
      serviceId: null,
      subject: 'grace@log-co.example',
      durationMs: 12 + at,
      bytesIn: 400,
      bytesOut: 2_400,
      ...item,
    })),
  });

test(
  'without a namespace, then without a request, it says what is missing; the namespace looked at last stays',
  patiently,
  async () => {
    const empty = await aTenant(product, `log-${randomUUID().slice(0, 8)}`, 'au');
    const visitor = await visit({ url: product.url });
    const { page } = visitor;
    pictureOnFailure(() => page, 'logging empty');
    await enter(visitor, empty.owner);
    await page.goto(`/t/${empty.id}/logging`);
    await heading(page, 'Logging').waitFor();
    await page.getByText('No namespace yet').waitFor();
    await expectAccessible(page, 'logging without a namespace');
    await empty.call('POST', '/namespaces', { name: 'prod' });
    await page.reload();
    await page.getByText('No gateway reported a request yet').waitFor();
    await expectAccessible(page, 'logging without a request');
    await expectNarrow(page, 'logging without a request');
    await picture(page, 'logging empty');

    await empty.call('POST', '/namespaces', { name: 'qa' });
    await page.goto(`/t/${empty.id}/gateways`);
    await page.getByLabel('Namespace').selectOption('qa');
    await page.getByRole('link', { name: 'Logging' }).click();
    await page.getByText('No gateway reported a request yet').waitFor();
    const chosen = page.getByLabel('Namespace').locator('option:checked');
    expect(await chosen.innerText()).toBe('qa'); // that was looked at last
  },
);

test('requests are listed, counted, filtered and exported', patiently, async () => {
  pictureOnFailure(() => page, 'logging list');
  await report(
    ...Array.from({ length: 24 }, () => ({})),
    { status: 403, reason: 'not-let-in', subject: 'nobody here' },
    { status: 401, reason: 'unauthenticated', subject: null, method: 'POST' },
    { status: 502, reason: 'upstream-failed', path: `/erp/reports/${'long-'.repeat(30)}`, durationMs: 4_321 },
  );
  await page.goto(`/t/${place.id}/logging`);
  await page.getByText(/^\d+ requests, \d+ of them refused/).waitFor();
  await page
    .getByRole('row', { name: /4711.*carried/ })
    .first()
    .waitFor();
  // The chart ends now, not where its last bar begins.
  const ends = await page.locator('.chart-ends span').last().innerText();
  const today = new Date().toLocaleString('en-GB', { timeZone: 'Europe/Vienna', hour: '2-digit', minute: '2-digit' });
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
  const shown = /, (\d\d:\d\d):/.exec(ends)?.[1] ?? '';
  expect((minutes(today) - minutes(shown) + 1_440) % 1_440, ends).toBeLessThan(3);
  await expectAccessible(page, 'logging');
  await expectNarrow(page, 'logging');
  await picture(page, 'logging list');

  await page.getByLabel('Status').selectOption('5xx');
  await page.getByRole('row', { name: /reports.*502 upstream failed/ }).waitFor();
  await expect.poll(() => page.getByRole('row', { name: /carried/ }).count()).toBe(0);
  await page.getByLabel('Status').selectOption('');
  await page.getByRole('combobox', { name: /^Gateway/ }).selectOption({ label: 'Main' });
  await page
    .getByRole('row', { name: /4711.*carried/ })
    .first()
    .waitFor();
  expect(new URL(page.url()).searchParams.get('gatewayId')).toBeTruthy();
  await picture(page, 'logging of a gateway');
  await page.getByRole('combobox', { name: /^Gateway/ }).selectOption('');
  await page.getByLabel('Person').fill('nobody here');
  await page.getByText(/^\d+ requests?, (\d+) of them refused.* 0 failed/).waitFor();
  await picture(page, 'logging filtered');
  await page.getByLabel('Path begins with').fill('/nowhere');
  await page.getByText('No requests in this range').waitFor();
  await expectAccessible(page, 'logging without a match');

  await page.goto(`/t/${place.id}/logging`);
  await page.getByRole('button', { name: 'View as table' }).click();
  await page.getByRole('columnheader', { name: 'Begins' }).waitFor();
  await expectAccessible(page, 'logging, counted in a table');
  await expectNarrow(page, 'logging, counted in a table');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Export as JSON' }).click();
  await told(page, 'The export has started.');
  await page.goto(`/t/${place.id}/tasks`);
  await page.getByRole('row', { name: /Export of transactions \(JSON\)/ }).waitFor();
});

test(
  'logging.view alone is enough with the address of a namespace; an unknown one is not found',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'logging unknown');
    await page.goto(`/t/${place.id}/logging?namespace=${randomUUID()}`);
    await page.getByRole('heading', { name: 'Not here' }).waitFor();
    await expectAccessible(page, 'logging of an unknown namespace');

    const person = await aPerson(product, place, `Vera${randomUUID().slice(0, 6)}`, ['logging.view']);
    const looker = await visit({ url: product.url });
    pictureOnFailure(() => looker.page, 'logging by address');
    await enter(looker, person);
    await report({ path: '/erp/orders/by-address' });
    await looker.page.goto(`/t/${place.id}/logging?namespace=${namespace.id}`);
    await looker.page.getByRole('row', { name: /orders\/by-address/ }).waitFor();
    await looker.page.goto(`/t/${place.id}/logging`);
    await looker.page.getByText('To choose a namespace here you need namespaces.view.').waitFor();
    await expectAccessible(looker.page, 'logging without namespaces.view');
    await picture(looker.page, 'logging by-address');
  },
);

test(
  'what comes is shown by itself while it is followed, and counted while the reader is further down',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'logging followed');
    await page.goto(`/t/${place.id}/logging`);
    const first = page.waitForResponse((reply) => reply.url().includes('/transactions/tail'));
    await page.getByRole('button', { name: 'Follow' }).click();
    await first;
    await report({ path: '/erp/orders/new' });
    await page.getByRole('row', { name: /orders\/new/ }).waitFor();
    await expectAccessible(page, 'logging that is followed');
    await picture(page, 'logging followed');

    const rows = page.locator('tbody tr');
    await rows.last().scrollIntoViewIfNeeded();
    await page.setViewportSize({ width: 1280, height: 300 });
    await rows.last().evaluate((row) => row.scrollIntoView());
    await report({ path: '/erp/orders/later' });
    await page.getByRole('button', { name: 'Show 1 new' }).waitFor();
    expect(await page.getByRole('row', { name: /orders\/later/ }).count()).toBe(0);
    await rows.first().evaluate((row) => row.scrollIntoView({ block: 'center' }));
    await page.getByRole('row', { name: /orders\/later/ }).waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: 'Stop following' }).click();
  },
);

test('a filter applies as it is typed; a duration that is none is refused and changes nothing', patiently, async () => {
  pictureOnFailure(() => page, 'logging typed');
  await page.goto(`/t/${place.id}/logging`);
  await page.getByLabel('Path begins with').fill('/erp/rep');
  await page.getByText('Path begins with is /erp/rep').waitFor();
  await expect.poll(() => page.getByRole('row', { name: /carried/ }).count()).toBe(0);
  await page.getByLabel('Took at least').fill('-5');
  await page.getByText('Use a whole number of milliseconds, 0 or more.').waitFor();
  await expectAccessible(page, 'a duration that is none');
  await expectNarrow(page, 'a duration that is none');
  await picture(page, 'logging duration-wrong');
  expect(new URL(page.url()).searchParams.get('minDurationMs')).toBeNull();
  expect(await page.getByLabel('Took at least').inputValue()).toBe('-5');
  await page.getByLabel('Took at least').fill('4321');
  await page.getByRole('row', { name: /reports/ }).waitFor();
  await expect.poll(() => new URL(page.url()).searchParams.get('minDurationMs')).toBe('4321');
});

test('retention is set by whoever may, and read by the others', patiently, async () => {
  pictureOnFailure(() => page, 'logging retention');
  await page.goto(`/t/${place.id}/logging?tab=retention`);
  // Another number than before, also when this is done once more.
  const days = 10 + Math.floor(Math.random() * 80);
  await page.getByLabel('Days kept').fill('91');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Use a number from 1 to 90.').first().waitFor();
  await picture(page, 'logging retention-wrong');
  await page.getByLabel('Days kept').fill(String(days));
  await page.getByRole('button', { name: 'Save' }).click();
  await told(page, 'Retention was changed.');
  await expectAccessible(page, 'retention');
  await expectNarrow(page, 'retention');
  expect((await place.call('GET', '/transaction-retention')).body.days).toBe(days);

  const person = await aPerson(product, place, 'Lena', ['logging.view', 'namespaces.view']);
  const looker = await visit({ url: product.url, colours: 'dark' });
  await enter(looker, person);
  await looker.page.goto(`/t/${place.id}/logging?tab=retention`);
  await looker.page.getByText('This needs the permission logging.change.').first().waitFor();
  await expectAccessible(looker.page, 'retention, looked at in the dark');
  await picture(looker.page, 'logging retention-read-only');
});

test('what was left out of a day is said, above the list and with the retention', patiently, async () => {
  pictureOnFailure(() => page, 'logging left-out');
  // The last test here: from now on nothing more of this tenant is kept.
  await report(...Array.from({ length: 100 }, () => ({})));
  await report(...Array.from({ length: 25 }, () => ({})));
  await page.goto(`/t/${place.id}/logging`);
  await page.getByText(/This is not all of today: \d+ transactions beyond the 100 /).waitFor();
  await expectAccessible(page, 'logging that is not whole');
  await expectNarrow(page, 'logging that is not whole');
  await picture(page, 'logging left-out');
  await page.getByRole('navigation', { name: 'Logging' }).getByRole('link', { name: 'Retention' }).click();
  await page.getByText(/were kept since midnight \(UTC\)\. The operator limits a day to 100\./).waitFor();
  await page.getByText(/This is not all of today/).waitFor();
  await expectAccessible(page, 'retention of a day that is not whole');
  await picture(page, 'logging left-out-retention');

  await asAgent(`/agents/${agentId}/report`, {
    program: '0.1.0',
    configuration: null,
    state: 'serving',
    problem: null,
    startedAt: new Date().toISOString(),
    carried: 125,
    refused: 0,
    failed: 0,
    openRequests: 0,
    journal: { waiting: 0, dropped: 0, leftOut: 1_025 },
  });
  const [gateway] = (await place.call('GET', `/namespaces/${namespace.id}/gateways`)).body.items;
  await page.goto(`/t/${place.id}/gateways/${namespace.id}/${gateway.id}?tab=agents`);
  await page.getByRole('row', { name: /rack 7.*1,025 transactions are left out of Logging/ }).waitFor();
  await expectAccessible(page, 'an agent of which Logging leaves out');
  await expectNarrow(page, 'an agent of which Logging leaves out');
  await picture(page, 'logging left-out-agents');
});
