import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { one } from '../../server/test/conformance/saml/certificates.ts';
import {
  answer,
  encoded,
  encryptedWithin,
  entityId,
  partsOf,
  signed,
} from '../../server/test/conformance/saml/provider.ts';
import { type Product, start } from '../process.ts';
import { heading, pictureOnFailure, told, type Visit, visit } from './browser.ts';
import { aTenant, enter, type Place } from './given.ts';

/** A sign-in by SAML in a real browser: the provider is another site, whose page posts a form to us. */

let product: Product;
let place: Place;
let owner: Visit;
let provider: { id: string; addresses: { acsUrl: string; entityId: string; logoutUrl: string } };
const signedOut: string[] = [];
let idp: Server;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

/** Signs Ann in without a question. */
const idpPage = (search: URLSearchParams): string => {
  const request = inflateRawSync(Buffer.from(search.get('SAMLRequest') ?? '', 'base64')).toString();
  return pageWith(signed(answer(partsFor(provider, request)), 'Assertion'), search, provider);
};

const partsFor = ({ addresses: { acsUrl, entityId: audience } }: typeof provider, request: string) =>
  partsOf({ audience, acsUrl, requestId: / ID="([^"]*)"/.exec(request)?.[1] ?? null, now: new Date() });

const pageWith = (xml: string, search: URLSearchParams, { addresses: { acsUrl } }: typeof provider) =>
  `<!doctype html><title>Provider</title><form method="post" action="${escaped(acsUrl)}"><input type="hidden" name="SAMLResponse" value="${encoded(xml)}"><input type="hidden" name="RelayState" value="${escaped(search.get('RelayState') ?? '')}"></form><script>document.forms[0].submit()</script>`;

/** A second provider, which takes forms only, and encrypts names. */
let posted: typeof provider & { keys: { certificate: string }[] };
const received: string[] = [];
const formUrl = (path: string) => `http://127.0.0.1:${(idp.address() as AddressInfo).port}${path}`;
const theirMetadata = () => {
  const service = (name: string, path: string) =>
    `<${name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${formUrl(path)}"/>`;
  return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${one.certificate.replace(/-----.*?-----/g, '')}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>${service('SingleLogoutService', '/form-slo')}${service('SingleSignOnService', '/form-sso')}</IDPSSODescriptor></EntityDescriptor>`;
};

async function answerForm(path: string, form: URLSearchParams): Promise<string | undefined> {
  const request = Buffer.from(form.get('SAMLRequest') ?? '', 'base64').toString();
  received.push(request);
  if (path !== '/form-sso') return undefined;
  const [{ certificate } = { certificate: '' }] = posted.keys;
  const attributes = { mail: ['bea@people.example'], uid: ['bea'], name: ['Bea Example'] };
  const bea = { ...partsFor(posted, request), nameId: 'bea', attributes };
  const xml = await encryptedWithin(certificate, answer(bea), 'NameID');
  return pageWith(signed(xml, 'Assertion'), form, posted);
}

beforeAll(async () => {
  idp = createServer(async (request, reply) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
    if (pathname === '/metadata') return reply.end(theirMetadata());
    if (request.method === 'POST') {
      const page = await answerForm(pathname, new URLSearchParams(await text(request)));
      if (!page) return reply.writeHead(303, { location: `${posted.addresses.logoutUrl}?SAMLResponse=done` }).end();
      return reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    }
    if (pathname === '/slo') {
      signedOut.push(inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString());
      return reply.writeHead(303, { location: `${provider.addresses.logoutUrl}?SAMLResponse=done` }).end();
    }
    if (pathname !== '/sso') return reply.writeHead(204).end();
    reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    return reply.end(idpPage(searchParams));
  });
  await new Promise<void>((resolve) => idp.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(idp.address() as AddressInfo).port}`;
  product = await start({ env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  place = await aTenant(product, 'saml');
  const made = await place.call('POST', '/identity-providers', {
    name: 'Provider',
    type: 'saml',
    saml: {
      entityId,
      singleSignOnUrl: `${origin}/sso`,
      singleLogoutUrl: `${origin}/slo`,
      certificates: [one.certificate],
    },
    mapping: { email: 'mail', username: 'uid', displayName: 'name' },
    admission: { createsAccounts: true },
  });
  expect(made.status, made.text).toBe(201);
  provider = made.body;
  expect((await place.call('POST', `/identity-providers/${provider.id}/activate`)).status).toBe(200);
  owner = await visit({ url: product.url, elsewhere: origin });
}, 240_000);

afterAll(() => {
  idp?.closeAllConnections();
  idp?.close();
});

test('comes back signed in, and the session that the browser held before is over', { timeout: 120_000 }, async () => {
  const { page, context } = owner;
  pictureOnFailure(() => page, 'saml');
  await enter(owner, place.owner);
  const sessionIn = async () =>
    (await context.cookies(product.url)).find(({ name }) => name === '__Host-bailiwick-eu')?.value;
  const before = await sessionIn();
  expect(before).toBeTruthy();

  await page.goto(`/v1/sign-in/${place.id}/providers/${provider.id}/start?returnTo=${encodeURIComponent('/me')}`);
  await page.waitForURL(`${product.url}/me`);
  const me = await page.evaluate(async () => (await fetch('/v1/me')).json());
  expect(me).toMatchObject({ kind: 'account', email: 'ann@people.example', tenantId: place.id });
  const after = await sessionIn();
  expect(after).not.toBe(before);
  const old = await product.send('GET', '/v1/me', { headers: { cookie: `__Host-bailiwick-eu=${before}` } });
  expect(old.status).toBe(401);
});

test('who signs out in the console is signed out at the provider, and comes back', { timeout: 60_000 }, async () => {
  const { page, context } = owner;
  pictureOnFailure(() => page, 'saml sign-out');
  await page.getByRole('button', { name: /Ann Example/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(new RegExp(`/t/${place.id}/sign-in$`));
  expect(signedOut).toEqual([expect.stringContaining('>ann</saml:NameID>')]);
  expect((await context.cookies(product.url)).some(({ name, value }) => name === '__Host-bailiwick-eu' && value)).toBe(
    false,
  );
});

test('another site cannot sign a browser in with an answer that was not asked for in it', {
  timeout: 60_000,
}, async () => {
  const other = await visit({ url: product.url, elsewhere: 'null' });
  const path = `/v1/sign-in/saml/${place.id}/${provider.id}/start`;
  const started = await fetch(product.url + path, { redirect: 'manual' });
  const search = new URL(started.headers.get('location') ?? '').searchParams;
  await other.page.setContent(idpPage(search));
  await other.page.waitForURL(/problem=sign-in-over/);
  expect((await other.context.cookies(product.url)).some(({ name }) => name === '__Host-bailiwick-eu')).toBe(false);
});

test('set up by its metadata URL: tested, mended, activated; requests go by forms both ways', {
  timeout: 150_000,
}, async () => {
  const { page, context } = owner;
  pictureOnFailure(() => page, 'saml by forms');
  await enter(owner, place.owner);
  await page.goto(`/t/${place.id}/identity-providers/new`);
  await page.getByLabel('Another product').check();
  await page.getByLabel('SAML 2.0').check();
  await page.getByLabel('Name', { exact: true }).fill('By forms');
  await page.getByRole('button', { name: 'Continue to the guide' }).click();
  await heading(page, 'By forms').waitFor();
  const settings = page.getByRole('region', { name: 'Settings' });
  const metadataUrl = settings.getByRole('textbox', { name: 'Metadata URL' });
  await metadataUrl.fill(formUrl('/nowhere'));
  owner.expected.add(400);
  await settings.getByRole('button', { name: 'Read metadata from the URL' }).click();
  await settings.getByText(/^Does not answer with 200: is it the right address\?$/).waitFor();
  expect(await metadataUrl.getAttribute('aria-invalid')).toBe('true');
  await metadataUrl.fill(formUrl('/metadata'));
  await settings.getByRole('button', { name: 'Read metadata from the URL' }).click();
  await settings.getByText('The fields were filled in from the metadata.').waitFor();
  await settings.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Everything is filled in.').waitFor();
  const { items } = (await place.call('GET', '/identity-providers?q=forms')).body;
  posted = items[0];
  expect(items[0].saml).toMatchObject({
    singleSignOnBinding: 'post',
    singleLogoutBinding: 'post',
    signsRequests: true,
    followsMetadata: true,
  });
  const read = page.getByRole('region', { name: 'Certificates of the provider' });
  await read.getByText('Metadata read').waitFor();
  await settings.getByText('More settings').click();
  expect(await page.getByLabel('Sign-on requests go').inputValue()).toBe('post');

  const parts = page.getByRole('navigation', { name: 'Parts of the identity provider' });
  const test = async (name: string) => {
    await parts.getByRole('link', { name: 'Test sign-in' }).click();
    const [there] = await Promise.all([
      context.waitForEvent('page'),
      page.locator('#content').getByRole('button', { name }).click(),
    ]);
    await there.getByRole('heading', { name: 'Test sign-in' }).first().waitFor();
    return there;
  };
  const first = await test('Test the sign-in');
  await first.getByText('The test failed').waitFor();
  await first.close();
  expect(received.at(-1)).toMatch(/^<samlp:AuthnRequest .*<ds:SignatureValue>/);
  // The name was encrypted, and is shown to who tests; nobody has an account by it, which the rule decides.
  await page.locator('#content').getByText('The test failed').waitFor();
  await page.locator('#content').getByText('NameID', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Mend: People without an account' }).click();
  await page.getByLabel('People without an account').selectOption('yes');
  await page.getByRole('region', { name: 'Who comes in' }).getByRole('button', { name: 'Save changes' }).click();
  await told(page, 'The rule was saved.');
  const mapping = { mapping: { email: 'mail', username: 'uid', displayName: 'name' } };
  const changed = await place.call('PATCH', `/identity-providers/${posted.id}`, mapping, { 'if-match': '*' });
  expect(changed.status, changed.text).toBe(200);
  const second = await test('Test again');
  await second.getByText('The test passed').waitFor();
  await second.close();
  await page.locator('#content').getByText('The test passed', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Activate' }).first().click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Activate' }).click();
  await page.getByText('By forms is active').first().waitFor();
  owner.expectQuiet();

  const person = await visit({ url: product.url, elsewhere: formUrl('').replace(/\/$/, '') });
  const start = `/v1/sign-in/${place.id}/providers/${posted.id}/start`;
  await person.page.goto(start);
  await heading(person.page, 'Home').waitFor();
  await person.page.getByRole('button', { name: /Bea Example/ }).click();
  await person.page.getByRole('menuitem', { name: 'Sign out' }).click();
  await person.page.waitForURL(new RegExp(`/t/${place.id}/sign-in$`));
  expect(received.at(-1)).toMatch(/^<samlp:LogoutRequest .*<ds:SignatureValue>.*>bea<\/saml:NameID>/s);
  person.expectQuiet();
  await person.context.close();
});
