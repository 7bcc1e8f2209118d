import { randomBytes, randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { signRequest } from '../../server/src/kernel/http-signature.ts';
import { type Product, start } from '../process.ts';
import { expectAccessible, expectNarrow, heading, picture, pictureOnFailure, type Visit, visit } from './browser.ts';
import { aPerson, aTenant, enter, type Place } from './given.ts';
import { aFile, vendorKeys } from './licence-files.ts';

/** Licences in the states that administrators would rather not see, where the operator asks for one. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;
let namespace: { id: string; agentKey: string };

const patiently = { timeout: 120_000 };

const done = <T extends { status: number; text: string }>(reply: T) => {
  expect(reply.status, reply.text).toBeLessThan(300);
  return reply;
};

async function expectFit(state: string) {
  await picture(page, state);
  await expectAccessible(page, state);
  await expectNarrow(page, state);
}

async function asAgent(path: string, body: object): Promise<{ id: string } | undefined> {
  const targetUri = `${product.url}/v1/tenants/${place.id}${path}`;
  const sent = JSON.stringify(body);
  const nonce = randomBytes(16).toString('hex');
  const signature = { method: 'POST', targetUri, body: Buffer.from(sent), agentKey: namespace.agentKey, nonce };
  const headers = { 'content-type': 'application/json', ...signRequest({ ...signature, now: new Date() }) };
  const reply = await fetch(targetUri, { method: 'POST', body: sent, headers });
  expect(reply.ok, `${path}: ${reply.status}`).toBe(true);
  return reply.status === 204 ? undefined : ((await reply.json()) as { id: string });
}

/** A licence of the tenant by a file. */
const uploaded = async (contents: Parameters<typeof aFile>[1]): Promise<{ id: string; name: string }> =>
  done(await place.call('POST', '/licences/files', { file: aFile(place.id, contents) })).body;

const assign = async (id: string, namespaceIds: string[]) =>
  done(await place.call('PUT', `/licences/${id}/namespaces`, { namespaceIds, takeOver: true }, { 'if-match': '*' }));

async function carry(requests: number) {
  const agent = await asAgent('/agents', { name: `rack ${randomUUID().slice(0, 8)}` });
  const one = { method: 'GET', path: '/erp/orders', status: 200, reason: null, routeId: null, ruleId: null };
  const rest = { serviceId: null, subject: 'somebody', durationMs: 12, bytesIn: 1, bytesOut: 1 };
  const at = new Date().toISOString();
  const items = Array.from({ length: requests }, (_, n) => ({ sequence: n + 1, at, ...one, ...rest }));
  await asAgent(`/agents/${agent?.id}/transactions`, { journal: randomUUID(), items });
}

beforeAll(async () => {
  product = await start({ env: { BAILIWICK_LICENCE_KEYS: vendorKeys(), BAILIWICK_LICENSING: 'required' } });
  place = await aTenant(product, 'states-co', 'au');
  namespace = done(await place.call('POST', '/namespaces', { name: 'prod' })).body;
  done(await place.call('POST', `/namespaces/${namespace.id}/gateways`, { name: 'Main', prefix: '/erp' }));
  owner = await visit({ url: product.url });
  page = owner.page;
  await enter(owner, place.owner);
}, 240_000);

test('asked for and none there: said on the list and on the namespace', patiently, async () => {
  pictureOnFailure(() => page, 'licence states required');
  await page.goto(`/t/${place.id}/licences`);
  await page.getByText(/This platform asks for a licence: without one in force, gateways carry nothing/).waitFor();
  await expectFit('licence states required');
  await page.goto(`/t/${place.id}/namespaces/${namespace.id}`);
  await page.getByText('This platform asks for one: gateways of this namespace carry nothing.').waitFor();
  await expectFit('licence states required namespace');
  owner.expectQuiet();
});

test('not begun, over, in grace after its end, and without a subscription', patiently, async () => {
  pictureOnFailure(() => page, 'licence states times');
  await uploaded({ number: 'L-soon', name: 'Begins soon', fromDays: 3 });
  await uploaded({ number: 'L-grace', name: 'Ended lately', fromDays: -30, throughDays: -2 });
  const over = await uploaded({ number: 'L-over', name: 'Ended long ago', fromDays: -60, throughDays: -30 });
  const empty = done(await place.call('POST', '/licences', { name: 'Without anything' })).body;
  await page.goto(`/t/${place.id}/licences`);
  for (const row of [
    /Begins soon.*Not begun/,
    /Ended lately.*Over, in grace/,
    /Ended long ago.*Over/,
    /Without anything.*No subscription yet/,
  ])
    await page.getByRole('row', { name: row }).waitFor();
  await expectFit('licence states list');
  await page.goto(`/t/${place.id}/licences/${over.id}?tab=subscriptions`);
  await page.getByRole('row', { name: /S-1.*Over/ }).waitFor();
  await expectFit('licence states over');
  await page.goto(`/t/${place.id}/licences/${empty.id}?tab=subscriptions`);
  await page.getByText('Until there is one, this licence allows and limits nothing.').waitFor();
  await expectFit('licence states empty');
  owner.expectQuiet();
});

test(
  'over its transactions: in grace, then refusing; a newer file takes the place of the one before',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'licence states refusing');
    const grace = await uploaded({ number: 'L-t1', name: 'Little', transactionLimit: 2, graceDays: 3 });
    await assign(grace.id, [namespace.id]);
    await carry(3);
    await page.goto(`/t/${place.id}/licences?tab=usage`);
    await page.getByRole('row', { name: /Little.*3 of 2.*1 over the limit.*Over, in grace.*Gateways go on/ }).waitFor();
    await expectFit('licence states transactions in grace');

    const refusing = await uploaded({ number: 'L-t2', name: 'Less', transactionLimit: 2, graceDays: 0 });
    await assign(refusing.id, [namespace.id]);
    await carry(3);
    await page.goto(`/t/${place.id}/licences?tab=usage`);
    await page.getByRole('row', { name: /Less.*3 of 2.*Refusing.*Gateways refuse now/ }).waitFor();
    await expectFit('licence states transactions refusing');
    await page.goto(`/t/${place.id}/licences`);
    await page.getByText(/Less: 3 of 2/).waitFor();
    await expectFit('licence states near limits');

    await page.getByRole('link', { name: 'Upload a licence file' }).click();
    const newer = { number: 'L-t2', name: 'Less', issuedAt: Date.now(), transactionLimit: 500 };
    const buffer = Buffer.from(aFile(place.id, newer));
    await page
      .getByLabel('Licence file', { exact: true })
      .setInputFiles({ name: 'newer.jws', mimeType: 'application/jose', buffer });
    await page
      .getByRole('region', { name: 'What the file says' })
      .getByText(/500 transactions a month/)
      .waitFor();
    await expectFit('licence states newer file');
    await page.getByRole('button', { name: 'Put it in force' }).click();
    await heading(page, 'Less').waitFor();
    await page.goto(`/t/${place.id}/licences/${refusing.id}?tab=usage`);
    await page.getByRole('row', { name: /Less.*3 of 500.*Within the limit/ }).waitFor();
    await expectFit('licence states replaced');
    owner.expectQuiet();
  },
);

test(
  'by licence: its own numbers, its own transactions drawn, and why it refuses; the other’s are not in it',
  patiently,
  async () => {
    pictureOnFailure(() => page, 'licence states by licence');
    const withUse = async (number: string, name: string, transactionLimit: number, requests: number) => {
      const before = namespace;
      namespace = done(await place.call('POST', '/namespaces', { name: number })).body;
      done(await place.call('POST', `/namespaces/${namespace.id}/gateways`, { name: number, prefix: '/erp' }));
      const licence = await uploaded({ number, name, transactionLimit, graceDays: 0 });
      await assign(licence.id, [namespace.id]);
      await carry(requests);
      namespace = before;
      return licence;
    };
    const usedUp = await withUse('L-used', 'Used up', 4, 5);
    const wide = await withUse('L-wide', 'Wide', 1000, 2);
    await page.goto(`/t/${place.id}/licences/${usedUp.id}?tab=usage`);
    await page.getByRole('row', { name: /Used up.*5 of 4.*Refusing.*Gateways refuse now/ }).waitFor();
    await page
      .locator('.note-warn')
      .getByText(/Used up/)
      .waitFor();
    await page.getByText(/5 transactions in 31 days/).waitFor();
    expect(await page.getByRole('row', { name: /Wide/ }).count()).toBe(0);
    const drawn = page.getByRole('region', { name: 'Transactions a day' });
    await drawn.locator('.chart').waitFor();
    await expectFit('licence states by licence, refusing');
    await drawn.getByRole('button', { name: 'View as table' }).click();
    expect(await drawn.getByRole('row').last().getByRole('cell').last().textContent()).toBe('5');
    await page.goto(`/t/${place.id}/licences/${wide.id}?tab=usage`);
    await page.getByRole('row', { name: /Wide.*2 of 1,000.*Within the limit/ }).waitFor();
    await page.getByText(/2 transactions in 31 days/).waitFor();
    expect(await page.locator('.note-warn').count()).toBe(0);
    await expectFit('licence states by licence, within');
    owner.expectQuiet();
  },
);

test('fewer seats than people, also for who may only look and in German', patiently, async () => {
  const looker = await aPerson(product, place, `Reader${randomUUID().slice(0, 4)}`, [
    'licences.view',
    'namespaces.view',
    'tenant.view',
  ]);
  const people = { code: 'people', name: 'People' };
  await uploaded({ number: 'L-seats', name: 'One seat', product: people, userLimit: 1, issuedAt: Date.now() });
  const visitor = await visit({ url: product.url });
  visitor.expected.add(403);
  const before = page;
  page = visitor.page;
  pictureOnFailure(() => visitor.page, 'licence states seats');
  try {
    await enter(visitor, looker);
    await page.goto(`/t/${place.id}/licences?tab=usage`);
    await page.getByRole('row', { name: /Users.*People.*\d of 1 .*All seats are taken/ }).waitFor();
    await expectFit('licence states seats');
    await page.goto(`/t/${place.id}/namespaces/${namespace.id}`);
    const section = page.getByRole('region', { name: 'Licence', exact: true });
    await section.getByText(/licences\.change/).waitFor();
    expect(await section.getByLabel('Licence of this namespace').count()).toBe(0);
    await expectFit('licence states namespace read-only');
    await page.goto('/me');
    await page.getByText('Deutsch').click();
    await heading(page, 'Mein Profil').waitFor();
    await page.goto(`/t/${place.id}/licences?tab=usage&range=year`);
    await page.getByText('Alle Plätze sind vergeben', { exact: false }).first().waitFor();
    await expectFit('licence states German usage');
    await page.goto(`/t/${place.id}/licences`);
    await page
      .getByRole('row', { name: /Ended long ago|One seat/ })
      .first()
      .waitFor();
    await expectFit('licence states German list');
    await page.goto(`/t/${place.id}`);
    await page.getByRole('link', { name: /Die Lizenz „.*“ erlaubt/ }).click();
    await page.getByText('Alle Plätze sind vergeben', { exact: false }).first().waitFor();
  } finally {
    page = before;
  }
});
