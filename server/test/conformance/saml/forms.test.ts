import { createHash } from 'node:crypto';
import { DOMParser } from '@xmldom/xmldom';
import { expect, test } from 'vitest';
import { SignedXml } from 'xml-crypto';
import { aPlatform, aTenant } from '../../harness.ts';
import { type Away, aBrowser, answerTo, aSamlProvider } from './browser.ts';
import { one } from './certificates.ts';
import { encoded, entityId, signed } from './provider.ts';

/** The HTTP-POST binding for what we send: a page of ours posts it, signed within. */

const platform = await aPlatform({ regions: ['au'], nodes: 2 });
const tenant = await aTenant(platform);
const browser = aBrowser(platform, tenant.id);
const ssoUrl = 'https://idp.example.com/sso?tenant=a&b="c"';
const logoutUrl = 'https://idp.example.com/slo';
const provider = await aSamlProvider(tenant, {
  saml: {
    singleSignOnUrl: ssoUrl.replaceAll('"', '%22'),
    singleSignOnBinding: 'post',
    singleLogoutUrl: logoutUrl,
    singleLogoutBinding: 'post',
    signsRequests: true,
  },
});
const certificates = (await tenant.client.get(`/identity-providers/${provider.id}`)).body.keys.map(
  (key: { certificate: string }) => key.certificate,
);

interface Page {
  url: string;
  fields: Record<string, string>;
  xml: string;
}

/** Reads a page as a browser does. */
function read(html: string): Page {
  const plain = (text = '') =>
    text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const fields = Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [
      plain(name),
      plain(value),
    ]),
  );
  const message = fields.SAMLRequest ?? fields.SAMLResponse ?? '';
  return {
    url: plain(/<form method="post" action="([^"]*)">/.exec(html)?.[1]),
    fields,
    xml: Buffer.from(message, 'base64').toString(),
  };
}

/** By another library, as a provider does. */
function isSigned(xml: string, certificate: string): boolean {
  const signature = new DOMParser().parseFromString(xml, 'text/xml').getElementsByTagName('ds:Signature')[0];
  const checker = new SignedXml({ publicCert: certificate, getCertFromKeyInfo: () => null });
  checker.loadSignature(String(signature));
  try {
    return checker.checkSignature(xml) && checker.getSignedReferences().length === 1;
  } catch {
    return false;
  }
}

const pathOf = (url: string) => new URL(url).pathname + new URL(url).search;
const cookiesOf = (headers: Headers) => headers.getSetCookie().map((each) => each.split(';')[0] as string);
const isLive = async (session: string | undefined) =>
  (await platform.client(null).call('GET', '/v1/me', { headers: { cookie: session ?? '' } })).status === 200;

async function setOut(): Promise<Away> {
  const reply = await browser.get(`/v1/sign-in/saml/${tenant.id}/${provider.id}/start`);
  expect(reply.status).toBe(200);
  const { url, fields, xml } = read(reply.text);
  return {
    providerId: provider.id,
    location: new URL(url),
    request: xml,
    requestId: / ID="([^"]*)"/.exec(xml)?.[1] ?? '',
    relayState: fields.RelayState ?? '',
    cookie: cookiesOf(reply.headers)[0] ?? '',
  };
}

const enter = async () => {
  const away = await setOut();
  return browser.comeBack(away, answerTo(provider, away, { sessionIndex: '_index' }));
};

test('a request is signed within itself, and what comes back is a session', async () => {
  const away = await setOut();
  expect(away.location.href).toBe(ssoUrl.replaceAll('"', '%22'));
  expect(away.request).toMatch(/^<samlp:AuthnRequest .*<saml:Issuer>[^<]*<\/saml:Issuer><ds:Signature /);
  expect(isSigned(away.request, certificates[0])).toBe(true);
  expect(isSigned(away.request.replace('AllowCreate="true"', 'AllowCreate="false"'), certificates[0])).toBe(false);
  expect(isSigned(away.request, one.certificate)).toBe(false);
  const back = await browser.comeBack(away, answerTo(provider, away));
  expect(back.problem).toBe(null);
  expect(await isLive(back.session)).toBe(true);
});

test('the page runs its one script and nothing else, and is not kept', async () => {
  const { headers, text } = await browser.get(`/v1/sign-in/saml/${tenant.id}/${provider.id}/start`);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
  const [, script = ''] = /<script>(.*)<\/script>/.exec(text) ?? [];
  const hash = createHash('sha256').update(script).digest('base64');
  expect(headers.get('content-security-policy')).toBe(
    `default-src 'none'; script-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'`,
  );
  expect(text).toContain('<noscript><p>You go on to your identity provider.</p><button>Continue</button></noscript>');
});

test('who signs out here posts the request there: once, in the browser that signed out, on any node', async () => {
  const { session = '' } = await enter();
  const reply = await platform.session(session).post('/v1/sessions/current/sign-out');
  expect(await isLive(session)).toBe(false);
  const cookie = cookiesOf(reply.headers).find((each) => each.includes('signin')) ?? '';
  const path = pathOf(reply.body.url);
  const victim = await setOut();
  expect((await browser.get(path, victim.cookie)).headers.get('location')).toContain('problem=sign-in-over');
  expect((await browser.get(path.replace('sign-out', 'continue'), cookie)).headers.get('location')).toContain(
    'problem=sign-in-over',
  );

  const again = await enter();
  const second = await platform.session(again.session ?? '').post('/v1/sessions/current/sign-out');
  const fresh = cookiesOf(second.headers).find((each) => each.includes('signin')) ?? '';
  const page = await browser.get(pathOf(second.body.url), fresh, 1);
  const { url, fields, xml } = read(page.text);
  expect(url).toBe(logoutUrl);
  expect(Object.keys(fields)).toEqual(['SAMLRequest']);
  expect(xml).toMatch(/^<samlp:LogoutRequest .*>ann<\/saml:NameID><samlp:SessionIndex>_index</);
  expect(isSigned(xml, certificates[0])).toBe(true);
  expect((await browser.get(pathOf(second.body.url), fresh)).headers.get('location')).toContain('problem=sign-in-over');
});

test('a ticket of a sign-in opens no sign-out', async () => {
  const away = await setOut();
  const form = { SAMLResponse: encoded(answerTo(provider, away)), RelayState: away.relayState };
  const taken = await browser.post(new URL(provider.addresses.acsUrl).pathname, form, away.cookie);
  const next = pathOf(taken.headers.get('location') ?? '').replace('/continue', '/sign-out');
  const reply = await browser.get(next, cookiesOf(taken.headers)[0]);
  expect(reply.headers.get('location')).toContain('problem=sign-in-over');
});

test('a provider that signs somebody out gets our answer in a form', async () => {
  const { session } = await enter();
  const now = new Date().toISOString();
  const request = signed(
    `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_out" Version="2.0" IssueInstant="${now}" Destination="${provider.addresses.logoutUrl}"><saml:Issuer>${entityId}</saml:Issuer><saml:NameID>ann</saml:NameID></samlp:LogoutRequest>`,
    'LogoutRequest',
  );
  const path = new URL(provider.addresses.logoutUrl).pathname;
  const reply = await browser.post(path, { SAMLRequest: encoded(request), RelayState: '"><script>x</script>' });
  expect(reply.status).toBe(200);
  expect(reply.text).not.toContain('<script>x');
  const { url, fields, xml } = read(reply.text);
  expect({ url, relayState: fields.RelayState }).toEqual({ url: logoutUrl, relayState: '"><script>x</script>' });
  expect(xml).toContain('InResponseTo="_out"');
  expect(isSigned(xml, certificates[0])).toBe(true);
  expect(await isLive(session)).toBe(false);
});
