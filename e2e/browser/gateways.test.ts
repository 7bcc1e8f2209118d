import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { readKeyFile } from '../../server/src/kernel/pkcs12.ts';
import { keyFiles, passwordOfFiles } from '../../server/test/key-files.ts';
import { type Product, runGateway, start } from '../process.ts';
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

/** From no namespace to a request that is tried: services, a gateway, a route, a rule, and who may only look. */

let product: Product;
let place: Place;
let owner: Visit;
let page: Page;

const patiently = { timeout: 90_000 };

beforeAll(async () => {
  product = await start({ env: { BAILIWICK_TRUST_PROXY: '127.0.0.1', BAILIWICK_CLIENT_CERTIFICATES: 'forwarded' } });
  place = await aTenant(product, 'gate-co', 'au');
  owner = await visit({ url: product.url });
  await enter(owner, place.owner);
  // A group of the identity provider, as the reference console has it (row 100).
  const token = (await place.call('POST', '/provisioning-tokens', { name: 'provider' })).body.value;
  const reply = await fetch(`${product.url}/scim/v2/${place.id}/Groups`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'Order clerks' }),
  });
  expect(reply.status).toBe(201);
}, 240_000);

test('a service is named, then a gateway is made', patiently, async () => {
  page = owner.page;
  pictureOnFailure(() => page, 'gateway made');
  await page.goto(`/t/${place.id}/gateways`);
  await heading(page, 'Gateways').waitFor();
  await page.getByText('No namespace yet').waitFor();
  await expectAccessible(page, 'gateways without a namespace');
  await picture(page, 'gateways no-namespace');
  await place.call('POST', '/namespaces', { name: 'prod' });

  await page.getByRole('link', { name: 'Services' }).click();
  await page.getByText('No service yet').waitFor();
  await expectAccessible(page, 'no service');
  await picture(page, 'gateways no-service');
  await page.getByRole('button', { name: 'Name a service' }).click();
  const panel = page.getByRole('dialog');
  await panel.getByLabel('Name').fill('Orders');
  await panel.getByRole('button', { name: 'Name a service' }).click();
  await panel.getByText('Use 1 to 63 small letters').first().waitFor();
  await panel.getByLabel('Name').fill('orders');
  await panel.getByLabel('Items').fill('4711\n4712');
  await expectAccessible(page, 'a new service');
  await picture(page, 'gateways new-service');
  await panel.getByRole('button', { name: 'Name a service' }).click();
  await page.getByRole('row', { name: /orders.*2 items/ }).waitFor();

  await page.getByRole('link', { name: 'Gateways', exact: true }).last().click();
  await page.reload();
  await page.getByText('No gateway in this namespace yet').waitFor();
  await picture(page, 'gateways no-gateway');
  await page.getByRole('button', { name: 'Create the first gateway' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Main');
  await page.getByRole('dialog').getByLabel('Prefix').fill('/erp');
  await expectAccessible(page, 'a new gateway');
  await picture(page, 'gateways new-gateway');
  await page.getByRole('dialog').getByRole('button', { name: 'Create gateway' }).click();
  await heading(page, 'Main').waitFor();
  await page.getByText('No route yet').waitFor();
  const above = page.locator('#content');
  await above.getByRole('link', { name: 'prod' }).waitFor();
  await above.getByText('Nobody comes in: no identity provider is chosen').waitFor();
  await picture(page, 'gateways nobody');
  await page.getByRole('link', { name: 'Choose one' }).click();
  await page.getByLabel('Tokens of').waitFor();
});

/** @returns where the console has it */
async function changeMain(change: object): Promise<string> {
  const [{ id: namespaceId }] = (await place.call('GET', '/namespaces')).body.items;
  const at = `/namespaces/${namespaceId}/gateways`;
  const { items } = (await place.call('GET', at)).body;
  const { id } = items.find(({ name }: { name: string }) => name === 'Main');
  expect((await place.call('PATCH', `${at}/${id}`, change, { 'if-match': '*' })).status).toBe(200);
  return `/gateways/${namespaceId}/${id}`;
}

test('with a provider and no audience nobody comes in either, and that is said', patiently, async () => {
  pictureOnFailure(() => page, 'gateway without audience');
  const { body: provider } = await place.call('POST', '/identity-providers', { name: 'Beacon', type: 'oidc' });
  await page.goto(`/t/${place.id}${await changeMain({ identityProviderId: provider.id })}`);
  await page.getByText('Nobody comes in: no audience is named').waitFor();
  await page.getByRole('link', { name: 'Name one' }).click();
  await page.getByLabel('Audiences', { exact: true }).fill('orders');
  await expectAccessible(page, 'a gateway without an audience');
  await expectNarrow(page, 'a gateway without an audience');
  await picture(page, 'gateways no-audience');
  await page.getByRole('button', { name: 'Save' }).click();
  await told(page, 'The gateway was saved.');
  await page.getByText('Nobody comes in:').waitFor({ state: 'detached' });
  await changeMain({ identityProviderId: null, audiences: [] });
});

test('the way back leads to the gateways of its namespace, also after it was deleted', patiently, async () => {
  pictureOnFailure(() => page, 'gateway left');
  const { body: other } = await place.call('POST', '/namespaces', { name: 'zebra' });
  const at = `/namespaces/${other.id}/gateways`;
  const { body: gateway } = await place.call('POST', at, { name: 'Striped' });
  const { body: service } = await place.call('GET', '/services');
  const route = { name: 'all', pathPrefix: '/', serviceId: service.items[0].id, upstream: 'https://zoo.internal' };
  await place.call('POST', `${at}/${gateway.id}/routes`, route);
  await page.goto(`/t/${place.id}/gateways/${other.id}/${gateway.id}?tab=settings`);
  await page.getByRole('region', { name: 'Settings' }).getByText(other.id).waitFor();
  await page.locator('#content').getByRole('link', { name: 'Gateways' }).click();
  await page.getByRole('row', { name: /Striped/ }).waitFor();
  await page.getByRole('link', { name: 'Striped' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('alertdialog').getByText('1 route').waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No gateway in this namespace yet').waitFor();
  expect(new URL(page.url()).searchParams.get('namespace')).toBe(other.id);
  const { body: second } = await place.call('POST', at, { name: 'Spotted' });
  await place.call('DELETE', `/namespaces/${other.id}?confirmName=zebra`, undefined, { 'if-match': '*' });
  await page.goto(`/t/${place.id}/gateways/${other.id}/${second.id}?tab=agents`);
  await page.getByText('Nobody comes in: its namespace is deleted.').waitFor();
  await picture(page, 'gateways namespace-deleted');
  await page.goto(`/t/${place.id}/gateways`);
  await page.getByRole('link', { name: 'Main', exact: true }).click();
  await page.getByRole('link', { name: /^Routes/ }).waitFor();
});

test('a route leads somewhere, a rule lets a group in, and a request is tried', patiently, async () => {
  pictureOnFailure(() => page, 'gateway tried');
  await page.getByRole('button', { name: 'Add route' }).first().click();
  const panel = page.getByRole('dialog');
  await panel.getByLabel('Name', { exact: true }).fill('orders');
  await panel.getByLabel('Path prefix').fill('/orders');
  await panel.getByText('Behind /erp, the prefix of the gateway.').waitFor();
  // A rule of an item would not count where the route names none, so that it is not what a new route begins with.
  expect(await panel.getByLabel('the first segment behind the prefix').isChecked()).toBe(true);
  await panel.getByText('Where it is not named the base rule decides alone').waitFor();
  await panel.getByLabel('Upstream').fill('ftp://orders.internal');
  await panel.getByRole('button', { name: 'Add route' }).click();
  await panel.getByText('must begin with https:// or http://').first().waitFor();
  await expectAccessible(page, 'a route with errors');
  await expectNarrow(page, 'a route with errors');
  await picture(page, 'gateways route-errors');
  await panel.getByLabel('Upstream').fill('https://orders.internal:8443/api');
  await panel.getByRole('button', { name: 'Add route' }).click();
  await page.getByRole('row', { name: /orders.*\/erp\/orders/ }).waitFor();
  await expectAccessible(page, 'routes');
  await expectNarrow(page, 'routes');
  await picture(page, 'gateways routes');

  await page.getByRole('link', { name: /^Rules/ }).click();
  await page.getByText('No rule yet: nobody is let in').waitFor();
  await page.getByRole('button', { name: 'Add rule' }).first().click();
  await panel.getByLabel('Find a group').fill('clerks');
  await panel.getByRole('button', { name: 'Order clerks' }).click();
  await panel.getByLabel('Claims').fill('department finance');
  await panel.getByRole('button', { name: 'Add rule' }).click();
  await panel.getByText('Write each line as claim: value.').first().waitFor();
  await panel.getByLabel('Claims').fill('department: finance');
  await expectAccessible(page, 'a new rule');
  await picture(page, 'gateways new-rule');
  await panel.getByRole('button', { name: 'Add rule' }).click();
  await page.getByRole('row', { name: /orders whole service.*Order clerks; department: finance/ }).waitFor();
  await expectAccessible(page, 'rules');
  await expectNarrow(page, 'rules');
  await picture(page, 'gateways rules');

  const menu = async (row: RegExp, name: string) => {
    await page.getByRole('row', { name: row }).getByRole('button').last().click();
    await page.getByRole('menuitem', { name }).click();
  };
  await page.getByRole('button', { name: 'Add rule' }).click();
  await panel.getByLabel('Item').selectOption('4711');
  await panel.getByRole('button', { name: 'Add rule' }).click();
  await menu(/orders 4711.*nobody/, 'Delete');
  const asked = page.getByRole('alertdialog');
  await asked
    .getByText('Then the base rule of orders decides about 4711: whom it lets in comes in here too.')
    .waitFor();
  await picture(page, 'gateways rule-left');
  await asked.getByRole('button', { name: 'Delete' }).click();
  await told(page, 'The rule of orders: 4711 was deleted.');

  await page.getByRole('link', { name: 'Try', exact: true }).click();
  await page.getByLabel('Path').fill('/erp/orders/4711?page=2');
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByText('Not let in: the base rule of orders decides').first().waitFor();
  await page.getByLabel('Find a group').fill('clerks');
  await page.getByRole('button', { name: 'Order clerks' }).click();
  await page.getByRole('button', { name: 'Try' }).click();
  await page
    .getByText('The rules would let in, and the gateway lets in nobody (401): It has no identity provider')
    .first()
    .waitFor();
  await expectAccessible(page, 'a tried request, of a gateway that knows nobody');
  await picture(page, 'gateways tried-nobody-known');
  const oidc = { issuer: 'https://idp.example', clientId: 'orders', clientAuthentication: 'none' };
  const { body: provider } = await place.call('POST', '/identity-providers', { name: 'Staff', type: 'oidc', oidc });
  expect((await place.call('POST', `/identity-providers/${provider.id}/activate`)).status).toBe(200);
  await changeMain({ identityProviderId: provider.id, audiences: ['orders'] });
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByText('Let in: the base rule of orders decides.').first().waitFor();
  await page.getByText('https://orders.internal:8443/api/4711?page=2').waitFor();
  await expectAccessible(page, 'a tried request');
  await expectNarrow(page, 'a tried request');
  await picture(page, 'gateways tried');
  await page.getByLabel('Claims').fill('department finance');
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByText('Write each line as claim: value.').first().waitFor();
  expect(await page.locator('#content').getByText('Let in:').count()).toBe(0);
  await picture(page, 'gateways try-refused');

  await page.reload();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Description').fill('What our shops call');
  await page.getByRole('button', { name: 'Save' }).click();
  await told(page, 'The gateway was saved.');
  await expectAccessible(page, 'settings of a gateway');
  await picture(page, 'gateways settings');
  const [{ id }] = (await place.call('GET', '/namespaces')).body.items;
  expect((await place.call('GET', `/namespaces/${id}/gateways`)).body.items).toMatchObject([
    { name: 'Main', description: 'What our shops call', counts: { routes: 1, rules: 1 } },
  ]);
});

test('a program runs the gateway: it appears, is drained and removed', { timeout: 180_000 }, async () => {
  pictureOnFailure(() => page, 'gateway run');
  const [{ id: namespaceId }] = (await place.call('GET', '/namespaces')).body.items;
  const [{ id }] = (await place.call('GET', `/namespaces/${namespaceId}/gateways`)).body.items;
  const at = `/t/${place.id}/gateways/${namespaceId}/${id}?tab=agents`;
  await page.goto(at);
  await page.getByText('Nothing runs this gateway yet').waitFor();
  await expectAccessible(page, 'no agent');
  await picture(page, 'gateways no-agent');
  const reset = await place.call('POST', `/namespaces/${namespaceId}/agent-key/reset`, { overlapSeconds: 0 });
  const agent = runGateway({ enrol: reset.body.agentKey, url: product.url, name: 'rack 7' });
  await page.getByRole('row', { name: /rack 7.*Serving.*in force/ }).waitFor({ timeout: 90_000 });
  await expectAccessible(page, 'agents');
  await expectNarrow(page, 'agents');
  await picture(page, 'gateways agents');
  const act = async (name: string) => {
    await page
      .getByRole('row', { name: /rack 7/ })
      .getByRole('button')
      .last()
      .click();
    await page.getByRole('menuitem', { name }).click();
  };
  await act('Drain');
  await told(page, 'rack 7 lets in nobody new.');
  await page.getByRole('row', { name: /rack 7.*Draining/ }).waitFor();
  await picture(page, 'gateways agent-drained');
  // Before its next word it is not said to serve as if nobody had asked.
  await page.route('**/agents?*', async (route) => {
    const real = await (await route.fetch()).json();
    const items = real.items.map((each: object) => ({ ...each, health: 'serving' }));
    await route.fulfill({ json: { ...real, items } });
  });
  await page.reload();
  await page.getByRole('row', { name: /rack 7.*Asked to drain/ }).waitFor();
  await expectNarrow(page, 'an agent that is to drain');
  await picture(page, 'gateways agent-to-drain');
  await page.unroute('**/agents?*');
  await page.reload();
  await page.getByRole('row', { name: /rack 7/ }).waitFor();
  await act('Resume');
  await page.getByRole('row', { name: /rack 7.*Serving/ }).waitFor();
  await act('Remove');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('Nothing runs this gateway yet').waitFor();
  agent.kill('SIGTERM');
});

test('a certificate is uploaded, a next one generated, and the gateway signs', patiently, async () => {
  pictureOnFailure(() => page, 'gateway signs');
  const [{ id: namespaceId }] = (await place.call('GET', '/namespaces')).body.items;
  const [{ id }] = (await place.call('GET', `/namespaces/${namespaceId}/gateways`)).body.items;
  await page.goto(`/t/${place.id}/gateways/${namespaceId}/${id}?tab=signing`);
  await page.getByText('No certificate yet').waitFor();
  await expectAccessible(page, 'no certificate');
  await page.getByRole('button', { name: 'Upload certificate' }).first().click();
  const panel = page.getByRole('dialog');
  const file = { name: 'main.p12', mimeType: 'application/x-pkcs12', buffer: Buffer.from(keyFiles.chain, 'base64') };
  const chosen = panel.getByLabel('File (.p12 or .pfx)');
  await panel.getByRole('button', { name: 'Upload', exact: true }).click();
  await panel.getByRole('link', { name: /^File / }).click();
  expect(await chosen.evaluate((field) => field === document.activeElement)).toBe(true);
  await chosen.setInputFiles(file);
  await panel.getByLabel('Password of the file').fill('wrong');
  await panel.getByRole('button', { name: 'Upload', exact: true }).click();
  await panel.getByText('does not open the file').first().waitFor();
  await expectAccessible(page, 'a file that does not open');
  await expectNarrow(page, 'a file that does not open');
  await picture(page, 'gateways certificate-refused');
  await panel.getByLabel('Password of the file').fill(passwordOfFiles);
  await panel.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.getByRole('row', { name: /CN=issued.*Would sign/ }).waitFor();

  await page.getByRole('button', { name: 'Generate certificate' }).click();
  await panel.getByText('EdDSA (Ed25519)').click();
  await panel.getByLabel('Valid for').selectOption('90');
  await expectAccessible(page, 'a certificate to generate');
  await picture(page, 'gateways certificate-generate');
  await panel.getByRole('button', { name: 'Generate', exact: true }).click();
  await page.getByRole('row', { name: /CN=Main.*Next/ }).waitFor();

  const signNow = async (subject: RegExp) => {
    await page
      .getByRole('row', { name: subject })
      .getByRole('button', { name: /^Actions/ })
      .click();
    await page.getByRole('menuitem', { name: 'Sign by it now' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign by it now' }).click();
  };
  await signNow(/CN=Main/);
  await page.getByRole('row', { name: /CN=issued.*Earlier.*published until/ }).waitFor();
  await expectAccessible(page, 'an earlier certificate');
  await expectNarrow(page, 'an earlier certificate');
  await picture(page, 'gateways certificate-earlier');
  await signNow(/CN=issued/);
  await page.getByRole('row', { name: /CN=issued.*Would sign/ }).waitFor();

  await page.getByLabel('yes').first().check();
  await page.getByLabel('Header').fill('x-shop-token');
  await page.getByLabel('Valid for, in seconds').fill('301');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByLabel('Valid for, in seconds').fill('120');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('region', { name: 'Messages' }).getByText('The gateway was saved.').waitFor();
  await expectAccessible(page, 'a gateway that signs');
  await expectNarrow(page, 'a gateway that signs');
  await picture(page, 'gateways signing');
  const [gateway] = (await place.call('GET', `/namespaces/${namespaceId}/gateways`)).body.items;
  expect(gateway.signing).toEqual({ header: 'x-shop-token', lifetimeSeconds: 120, includesGroups: true });
  const keys = (await (await fetch(gateway.keysAddress)).json()) as { keys: { alg: string }[] };
  expect(keys.keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'EdDSA']);

  await page.getByRole('link', { name: 'Try', exact: true }).click();
  await page.getByLabel('Path').fill('/erp/orders/4711');
  await page.getByLabel('Find a group').fill('clerks');
  await page.getByRole('button', { name: 'Order clerks' }).click();
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByText('"aud": "orders"').waitFor();
  await expectAccessible(page, 'what would be signed');
  await expectNarrow(page, 'what would be signed');
  await picture(page, 'gateways token-tried');
});

test('a client certificate is made for a program, leaves as a file, and is let in', patiently, async () => {
  pictureOnFailure(() => page, 'client certificate made');
  await page.getByRole('link', { name: 'Agents', exact: true }).click();
  const make = async (name: string) => {
    await page.getByRole('button', { name: 'Make a client certificate' }).first().click();
    const panel = page.getByRole('dialog');
    await panel.getByRole('button', { name: 'Make it' }).click();
    await panel.getByText('Fill this in.').last().waitFor();
    await panel.getByLabel('Of which program').fill(name);
    await expectAccessible(page, 'a client certificate to make');
    await picture(page, 'gateways client-certificate');
    await panel.getByRole('button', { name: 'Make it' }).click();
    const dialog = page.getByRole('dialog', { name: `Client certificate CN=${name}` });
    await dialog.waitFor();
    return dialog;
  };
  const close = async (dialog: Awaited<ReturnType<typeof make>>) => {
    await dialog.getByLabel('I have stored').check();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  const first = await make('rack 7');
  await first.getByText('asks its programs for no certificate yet').waitFor();
  const password = await first.getByLabel('Password of the key file', { exact: true }).inputValue();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    first.getByRole('button', { name: 'Download the key file' }).click(),
  ]);
  expect(file.suggestedFilename()).toBe('rack-7.p12');
  const { certificates } = await readKeyFile(readFileSync(await file.path()), password);
  const certificate = new X509Certificate(certificates[0] as Buffer);
  expect(certificate.subject).toBe('CN=rack 7');
  await expectAccessible(page, 'a client certificate that was made');
  await expectNarrow(page, 'a client certificate that was made');
  await picture(page, 'gateways client-certificate-made');
  await close(first);

  // From now on the gateway asks for one.
  const [{ id: namespaceId }] = (await place.call('GET', '/namespaces')).body.items;
  const [{ id }] = (await place.call('GET', `/namespaces/${namespaceId}/gateways`)).body.items;
  const at = `/namespaces/${namespaceId}/gateways/${id}`;
  const pem = certificate.toString();
  expect((await place.call('PATCH', at, { agentCertificates: pem }, { 'if-match': '*' })).status).toBe(200);
  await page.reload();
  const second = await make('rack 8');
  await expectNarrow(page, 'a client certificate to list');
  await picture(page, 'gateways client-certificate-unlisted');
  await second.getByRole('button', { name: 'Let it in' }).click();
  await second.getByText('The gateway lets it in.').waitFor();
  await picture(page, 'gateways client-certificate-listed');
  await close(second);
  const { agentCertificates } = (await place.call('GET', at)).body;
  expect(agentCertificates.startsWith(pem)).toBe(true);
  await page.getByRole('link', { name: 'Settings' }).click();
  const accepted = page.getByRole('region', { name: 'Accepted client certificates', exact: true });
  await accepted.getByRole('row', { name: /CN=rack 7/ }).waitFor();
  await accepted.getByRole('row', { name: /CN=rack 8/ }).waitFor();
  await accepted.getByText(certificate.fingerprint256.replaceAll(':', '').toLowerCase().slice(0, 16)).waitFor();
  await expectAccessible(page, 'accepted client certificates');
  await expectNarrow(page, 'accepted client certificates');
  await picture(page, 'gateways accepted-certificates');
  expect(new X509Certificate(agentCertificates.slice(pem.length)).subject).toBe('CN=rack 8');
  expect((await place.call('PATCH', at, { agentCertificates: null }, { 'if-match': '*' })).status).toBe(200);
});

test('who may only look is told so at each control', patiently, async () => {
  const person = await aPerson(product, place, 'Lena', ['gateways.view', 'namespaces.view']);
  const looker = await visit({ url: product.url, colours: 'dark' });
  await changeMain({ identityProviderId: null, audiences: [] });
  page = looker.page;
  pictureOnFailure(() => page, 'gateway looked at');
  await enter(looker, person);
  await page.goto(`/t/${place.id}/gateways`);
  await page.getByRole('link', { name: 'Main' }).click();
  await page.getByRole('button', { name: 'Add route' }).waitFor();
  expect(await page.getByRole('button', { name: 'Add route' }).getAttribute('aria-disabled')).toBe('true');
  await page.getByText('Nobody comes in: no identity provider is chosen').waitFor();
  expect(await page.getByRole('link', { name: 'Choose one' }).count()).toBe(0);
  await expectAccessible(page, 'routes, looked at in the dark');
  await picture(page, 'gateways read-only');
  await page.getByRole('link', { name: /^Signing/ }).click();
  await page.getByRole('row', { name: /CN=issued.*Signs/ }).waitFor();
  expect(await page.getByRole('button', { name: 'Upload certificate' }).getAttribute('aria-disabled')).toBe('true');
  await expectAccessible(page, 'certificates, looked at in the dark');
  await picture(page, 'gateways signing-read-only');
  await page.getByRole('link', { name: 'Try', exact: true }).click();
  await page.getByLabel('Path').fill('/erp/orders/4711');
  expect(await page.getByLabel('Find a group').count()).toBe(0);
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByText('Not let in: the base rule of orders decides').first().waitFor();
  await expectAccessible(page, 'a tried request, by who sees no groups');
  await picture(page, 'gateways tried-read-only');
});
