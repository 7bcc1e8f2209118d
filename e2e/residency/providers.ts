import { randomBytes, sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { expect } from 'vitest';
import { aHostileProvider, type Claims, seconds } from '../../server/test/conformance/oidc/hostile.ts';
import { answerTo, inflated } from '../../server/test/conformance/saml/browser.ts';
import { one } from '../../server/test/conformance/saml/certificates.ts';
import { encoded, rsaSha256, signed } from '../../server/test/conformance/saml/provider.ts';
import type { Reply } from '../http.ts';
import {
  aPassword,
  called,
  canaries,
  chosen,
  done,
  emailSent,
  linkTo,
  pathOf,
  product,
  run,
  secrets,
} from './product.ts';
import { inTenant, tenantId } from './tenants.ts';

/** Identity providers: their settings, and people who come by them, of whom a provider says nothing but canaries. */

const peer = await aHostileProvider();

// Keys that the product makes itself are known by how every one begins.
secrets.add('-----BEGIN PRIVATE KEY-----');

const anAddress = () => `https://${canaries.domain()}/${canaries.text()}`;
const aPath = () => `/${canaries.text()}?${canaries.text()}=${canaries.text()}`;

function kept<T extends string>(secret: T): T {
  secrets.add(secret);
  return secret;
}

interface Visit {
  query?: string;
  cookie?: string;
  form?: Record<string, string>;
}

interface Visited {
  location: URL;
  /** As the browser sends them from now on. */
  cookie: string;
}

/** A browser that goes, or posts a form, to an address of a sign-in, and is sent on. */
async function visit(id: string, providerId: string, { query = '', cookie, form }: Visit = {}): Promise<Visited> {
  const operation = called(id);
  const reply = await fetch(product.url + pathOf(operation, { tenantId, providerId }) + query, {
    method: operation.method,
    redirect: 'manual',
    headers: {
      ...chosen('GET'),
      ...(cookie ? { cookie } : {}),
      ...(form ? { 'content-type': 'application/x-www-form-urlencoded', origin: `https://${canaries.domain()}` } : {}),
    },
    ...(form ? { body: new URLSearchParams(form).toString() } : {}),
  });
  expect(reply.status, `${id}: ${await reply.text()}`).toBe(303);
  done.add(id);
  return { location: new URL(reply.headers.get('location') ?? 'none:', product.url), cookie: heldBy(reply) };
}

/** The cookies that an answer sets. */
function heldBy({ headers }: { headers: Headers }): string {
  const set = headers.getSetCookie().filter((each) => !each.includes('Max-Age=0'));
  const pairs = set.map((each) => each.split(';')[0] ?? '');
  for (const pair of pairs) kept(pair.split('=')[1] ?? '');
  return pairs.join('; ');
}

/** The search of an address that holds a ticket. */
function ticketIn(url: string): string {
  const { search, searchParams } = new URL(url);
  kept(searchParams.get('ticket') ?? '');
  return search;
}

const problemOf = ({ location }: Visited) => location.searchParams.get('problem');

type Provider = {
  id: string;
  mapping: Record<string, string>;
  oidc: { clientId: string };
  saml: { entityId: string; nameIdFormat: string; requestedContexts: string[] };
  addresses: { acsUrl: string; entityId: string; logoutUrl: string };
};

/** Somebody whom nobody knew, as the provider's mapping wants to be told. */
const somebody = ({ mapping }: Provider): Record<string, string> => ({
  [mapping.username as string]: canaries.text(),
  [mapping.displayName as string]: canaries.text(),
  [mapping.firstName as string]: canaries.text(),
  [mapping.lastName as string]: canaries.text(),
  [mapping.email as string]: canaries.email(),
  [mapping.groups as string]: canaries.text(),
  [canaries.text()]: canaries.text(),
});

async function aGroup() {
  return (await run('groups.create', inTenant())).body.id as string;
}

/** What of the settings takes no text of any kind. */
const settings = (groupId: string) => ({
  oidc: undefined,
  oauth2: undefined,
  saml: undefined,
  resource: anAddress(),
  logoutUrl: anAddress(),
  'mapping.subject': undefined,
  'admission.createsAccounts': true,
  'admission.domains': [],
  'admission.defaultGroupIds': [groupId],
  'admission.mappedGroups.groupId': groupId,
});

/** In each type's own words; `undefined` above leaves the other types out. */
function only<T extends object>(given: T, type: 'oidc' | 'oauth2' | 'saml') {
  const { [type as keyof T]: _own, ...others } = given;
  return others;
}

interface Trip {
  query?: string;
  cookie?: string;
  says?: Claims;
  /** Of what comes back in the address. */
  answer?: Record<string, string>;
}

/** To the OpenID or OAuth provider and back. */
async function byOidc(provider: Provider, { query = '', cookie = '', says, answer = {} }: Trip) {
  const away = await visit('oidc.start', provider.id, { query, cookie });
  const { state = '', nonce } = Object.fromEntries(away.location.searchParams);
  kept(state);
  if (nonce) kept(nonce);
  peer.behave();
  const claims = { email_verified: true, ...somebody(provider), ...says };
  const accessToken = kept(randomBytes(30).toString('base64url'));
  peer.says.token = { status: 200, body: { access_token: accessToken, token_type: 'bearer', expires_in: 60 } };
  if (nonce)
    peer.says.idToken = kept(
      await peer.signed({
        iss: peer.issuer,
        aud: provider.oidc.clientId,
        exp: seconds(300),
        iat: seconds(),
        auth_time: seconds(),
        nonce,
        sub: canaries.text(),
        ...claims,
      }),
    );
  else peer.says.userInfo.body = claims;
  const code = kept(randomBytes(30).toString('base64url'));
  const back = await visit('oidc.callback', provider.id, {
    query: `?${new URLSearchParams({ code, state, ...answer })}`,
    cookie: [cookie, away.cookie].filter(Boolean).join('; '),
  });
  for (const { path, body } of peer.requests) if (path === '/token') kept(body.get('code_verifier') ?? '');
  return back;
}

const expectPassed = ({ body }: Reply) => expect(body.state, JSON.stringify(body.stages)).toBe('passed');

export async function openIdProviders() {
  const groupId = await aGroup();
  const given = () => ({
    ...only(settings(groupId), 'oidc'),
    issuer: peer.issuer,
    scopes: ['openid', canaries.text()],
  });
  const create = { ...given(), type: 'oidc', clientSecret: aPassword() };
  const { id } = (await run('identity-providers.create', { ...inTenant(), given: create })).body;
  const at = inTenant({ id });
  await run('identity-providers.change', {
    ...at,
    given: { ...given(), 'admission.domains': [canaries.domain()] },
  });
  await run('identity-providers.change-secret', { ...at, given: { clientSecret: aPassword() } });

  const link = await run('identity-providers.make-set-up-link', at);
  const token = kept(new URL(link.body.url).hash.slice(1));
  await run('identity-provider-set-up.open', { given: { token } });
  const changed = await run('identity-provider-set-up.change', { given: { ...given(), token } });
  await run('identity-provider-set-up.change-secret', { given: { token, clientSecret: aPassword() } });
  const asked = await run('identity-provider-set-up.test', { given: { token } });
  await byOidc(changed.body, { query: ticketIn(asked.body.url) });
  const shown = await run('identity-provider-set-up.read-test', { given: { token, testId: asked.body.id } });
  // Its rule makes accounts for a domain that the tenant has not proved.
  expect(shown.body).toMatchObject({ state: 'failed', claims: expect.objectContaining({ email_verified: true }) });
  await metadata('identity-provider-set-up.read-metadata', { given: { token } });
  await run('identity-providers.end-set-up-link', at);

  await run('identity-providers.change', { ...at, given: given() });
  const provider = (await run('identity-providers.read', at)).body as Provider;
  const test = await run('identity-providers.test', at);
  await byOidc(provider, { query: ticketIn(test.body.url) });
  expectPassed(await run('identity-providers.read-test', inTenant({ id, testId: test.body.id })));
  await run('identity-providers.activate', at);

  const query = `?returnTo=${encodeURIComponent(aPath())}`;
  const began = await visit('sign-in.start', id, { query });
  expect(began.location.search).toBe(query);
  const entered = await byOidc(provider, { query });
  expect(entered.cookie, String(entered.location)).toContain('__Host-bailiwick-eu=');
  const refused = { error: 'access_denied', error_description: canaries.text() };
  expect(problemOf(await byOidc(provider, { answer: refused }))).toBe('provider-refused');
  expect(problemOf(await byOidc(provider, { says: { iss: anAddress() } }))).toBe('answer-not-valid');
  expect(problemOf(await byOidc(provider, { says: { email_verified: false } }))).toBe('no-account');
  await ownIdentity(provider);

  const { body: known } = await run('identity-providers.list-identities', at);
  expect(known.items).toHaveLength(2);
  await run('identity-providers.end-identity', inTenant({ id, identityId: known.items[0].id }));
  await run('identity-providers.deactivate', at);
}

/** A person links who they are at the provider, and proves it again. */
async function ownIdentity(provider: Provider) {
  const account = await run('accounts.create', inTenant());
  const email = emailSent(account);
  const password = aPassword();
  await run('invitations.accept', { given: { token: await linkTo(email), password } });
  const signedIn = heldBy(await run('sessions.create', { given: { email, password, tenantId } }));
  const says = { sub: canaries.text() };
  const go = async (id: string, cookie: string) => {
    const at = { tenantId, id: provider.id };
    const onward = await run(id, { at, cookie, given: { returnTo: aPath() } });
    const trip = { query: ticketIn(onward.body.url), cookie: `${cookie}; ${heldBy(onward)}`, says };
    const back = await byOidc(provider, trip);
    expect(problemOf(back), id).toBeNull();
    return back.cookie;
  };
  expect(await go('identity-providers.link', signedIn)).toBe('');
  const cookie = await go('identity-providers.prove', signedIn);
  const own = await run('me.list-identities', { cookie });
  expect(own.body.items).toMatchObject([{ subject: says.sub }]);
}

export async function oauthProviders() {
  const groupId = await aGroup();
  const given = () => ({
    ...only(settings(groupId), 'oauth2'),
    'oauth2.issuer': anAddress(),
    authorisationUrl: `${peer.issuer}/authorize`,
    tokenUrl: `${peer.issuer}/token`,
    userInfoUrl: `${peer.issuer}/userinfo`,
    jwksUrl: anAddress(),
    grantType: 'authorization_code',
    'mapping.subject': canaries.text(),
  });
  const create = { ...given(), type: 'oauth2', clientSecret: aPassword() };
  const { id } = (await run('identity-providers.create', { ...inTenant(), given: create })).body;
  const at = inTenant({ id });
  await run('identity-providers.change', { ...at, given: given() });
  const provider = (await run('identity-providers.activate', at)).body;
  const entered = await byOidc(provider, { says: { [provider.mapping.subject]: canaries.text() } });
  expect(entered.cookie, String(entered.location)).toContain('__Host-bailiwick-eu=');
  await run('identity-providers.deactivate', at);
  await run('identity-providers.delete', at);
}

/** Reads a document of ours, and asks for one that is not there. */
async function metadata(id: string, step: { at?: Record<string, string>; key?: string; given?: object }) {
  const entityId = anAddress();
  const certificate = one.certificate.replace(/-----.*?-----/g, '');
  const document = [
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><!-- ${canaries.text()} -->`,
    '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">',
    '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>',
    `<ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
    `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${anAddress()}"/>`,
    '</md:IDPSSODescriptor></md:EntityDescriptor>',
  ].join('');
  const given = { entityId, metadata: document, metadataUrl: undefined };
  const read = await run(id, { ...step, given: { ...step.given, ...given } });
  expect(read.body.saml.entityId).toBe(entityId);
  const away = { metadata: undefined, metadataUrl: `${peer.issuer}/${canaries.text()}` };
  await run(id, { ...step, given: { ...step.given, ...away }, orElse: 400 });
}

export async function samlProviders() {
  await metadata('identity-providers.read-metadata', inTenant());
  const groupId = await aGroup();
  const given = () => ({
    ...only(settings(groupId), 'saml'),
    metadataUrl: anAddress(),
    singleSignOnUrl: anAddress(),
    singleLogoutUrl: anAddress(),
    certificates: [one.certificate],
    signsRequests: true,
  });
  const create = { ...given(), type: 'saml', clientSecret: undefined, clientSecretExpiresAt: undefined };
  const { id } = (await run('identity-providers.create', { ...inTenant(), given: create })).body;
  const at = inTenant({ id });
  await run('identity-providers.change', { ...at, given: given() });
  await run('identity-providers.make-key', at);
  const provider = (await run('identity-providers.activate', at)).body as Provider;
  await run('saml.metadata', { at: { tenantId, providerId: id } });

  const test = await run('identity-providers.test', at);
  await bySaml(provider, { query: ticketIn(test.body.url) });
  expectPassed(await run('identity-providers.read-test', inTenant({ id, testId: test.body.id })));

  const [ann, ben, cam] = [canaries.text(), canaries.text(), canaries.text()];
  const enter = async (nameId: string) => {
    const entered = await bySaml(provider, { query: `?returnTo=${encodeURIComponent(aPath())}`, nameId });
    expect(entered.cookie, String(entered.location)).toContain('__Host-bailiwick-eu=');
    return entered.cookie;
  };
  await enter(ann);
  await enter(ben);
  const out = await run('sessions.sign-out', { cookie: await enter(cam) });
  expect(inflated(new URL(out.body.url).searchParams.get('SAMLRequest'))).toContain(cam);

  await visit('saml.logout', id, { query: `?${signedAddress(logoutRequest(provider, ann))}` });
  const form = encoded(signed(logoutRequest(provider, ben), 'LogoutRequest'));
  await visit('saml.logout-by-form', id, { form: { SAMLRequest: form, RelayState: canaries.text() } });
  await visit('saml.sign-out', id, { query: `?ticket=${canaries.text()}` });
  const noise = { SAMLResponse: encoded(`<${canaries.text()}/>`), RelayState: canaries.text() };
  expect(problemOf(await visit('saml.acs', id, { form: noise }))).toBe('answer-not-valid');
  const stranger = answerTo(provider, null, { nameId: canaries.text(), attributes: { mail: [canaries.email()] } });
  expect(problemOf(await visit('saml.acs', id, { form: { SAMLResponse: encoded(stranger) } }))).toBe(
    'answer-not-valid',
  );
}

/** To the SAML provider and back. */
async function bySaml(provider: Provider, { query, nameId = canaries.text() }: { query: string; nameId?: string }) {
  const { id, saml } = provider;
  const away = await visit('saml.start', id, { query });
  const RelayState = kept(away.location.searchParams.get('RelayState') ?? '');
  const request = inflated(away.location.searchParams.get('SAMLRequest'));
  const requestId = / ID="([^"]*)"/.exec(request)?.[1] ?? '';
  const said = answerTo(
    provider,
    { requestId },
    {
      entityId: saml.entityId,
      nameId,
      nameIdFormat: saml.nameIdFormat,
      sessionIndex: canaries.text(),
      contextClass: saml.requestedContexts[0] as string,
      attributes: Object.fromEntries(Object.entries(somebody(provider)).map(([name, value]) => [name, [value]])),
    },
  );
  const form = { SAMLResponse: encoded(said), RelayState };
  const taken = await visit('saml.acs', id, { form, cookie: away.cookie });
  return visit('saml.continue', id, { query: ticketIn(String(taken.location)), cookie: taken.cookie });
}

const logoutRequest = ({ saml, addresses }: Provider, nameId: string) =>
  [
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"',
    ` ID="_${canaries.text()}" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${addresses.logoutUrl}">`,
    `<saml:Issuer>${saml.entityId}</saml:Issuer><saml:NameID>${nameId}</saml:NameID></samlp:LogoutRequest>`,
  ].join('');

/** As the redirect binding signs: over the address as it is written. */
function signedAddress(xml: string): string {
  const query = Object.entries({
    SAMLRequest: deflateRawSync(xml).toString('base64'),
    RelayState: canaries.text(),
    SigAlg: rsaSha256,
  })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  const signature = sign('sha256', Buffer.from(query), one.privateKey).toString('base64');
  return `${query}&Signature=${encodeURIComponent(signature)}`;
}
