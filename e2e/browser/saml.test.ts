import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { one } from '../../server/test/conformance/saml/certificates.ts';
import { answer, encoded, entityId, partsOf, signed } from '../../server/test/conformance/saml/provider.ts';
import { type Product, start } from '../process.ts';
import { pictureOnFailure, type Visit, visit } from './browser.ts';
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
  const requestId = / ID="([^"]*)"/.exec(request)?.[1] ?? null;
  const { acsUrl, entityId: audience } = provider.addresses;
  const xml = signed(answer(partsOf({ audience, acsUrl, requestId, now: new Date() })), 'Assertion');
  return `<!doctype html><title>Provider</title><form method="post" action="${escaped(acsUrl)}"><input type="hidden" name="SAMLResponse" value="${encoded(xml)}"><input type="hidden" name="RelayState" value="${escaped(search.get('RelayState') ?? '')}"></form><script>document.forms[0].submit()</script>`;
};

beforeAll(async () => {
  idp = createServer((request, reply) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
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
