import { inflateRawSync } from 'node:zlib';
import type { TestPlatform, TestTenant } from '../../harness.ts';
import { one } from './certificates.ts';
import { answer, encoded, entityId, type Parts, partsOf, signed } from './provider.ts';

/** Browsers of a tenant's that go to a SAML provider and come back with its form. */

export interface Away {
  providerId: string;
  location: URL;
  /** The request, as XML. */
  request: string;
  requestId: string;
  relayState: string;
  cookie: string;
}

/** An active provider. */
export async function aSamlProvider(tenant: TestTenant, body: { saml?: object; [name: string]: unknown } = {}) {
  const made = await tenant.given.identityProvider({
    type: 'saml',
    oidc: undefined,
    clientSecret: undefined,
    admission: { createsAccounts: true },
    mapping: { email: 'mail', username: 'uid', displayName: 'name' },
    ...body,
    saml: { entityId, singleSignOnUrl: 'https://idp.example.com/sso', certificates: [one.certificate], ...body.saml },
  });
  const active = await tenant.client.post(`/identity-providers/${made.id}/activate`);
  if (active.status !== 200) throw new Error(`Not activated: ${active.text}`);
  return active.body as { id: string; addresses: { acsUrl: string; entityId: string; logoutUrl: string } };
}

export const inflated = (text: string | null): string => inflateRawSync(Buffer.from(text ?? '', 'base64')).toString();

export function aBrowser(platform: TestPlatform, tenantId: string, node = 0) {
  const cookiesOf = (headers: Headers) => headers.getSetCookie().map((each) => each.split(';')[0] as string);
  const get = (path: string, cookie?: string, at = node) =>
    platform.client(null, at).get(path, cookie ? { cookie } : undefined);
  const below = (providerId: string) => `/v1/sign-in/saml/${tenantId}/${providerId}`;
  const pathOf = (location: string) => new URL(location).pathname + new URL(location).search;
  /** As a browser sends what a page of the provider's posts. */
  const post = (path: string, form: Record<string, string>, cookie?: string, at = node) =>
    platform.client(null, at).call('POST', path, {
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://idp.example.com',
        ...(cookie ? { cookie } : {}),
      },
      body: new URLSearchParams(form).toString(),
    });
  return {
    get,
    post,
    async setOut(providerId: string, query = '', cookie?: string): Promise<Away> {
      const reply = await get(`${below(providerId)}/start${query}`, cookie);
      const location = new URL(reply.headers.get('location') ?? 'none:');
      const [signIn] = cookiesOf(reply.headers);
      if (reply.status !== 303 || !signIn)
        throw new Error(`Did not set out: ${reply.status} ${location} ${reply.text}`);
      const request = inflated(location.searchParams.get('SAMLRequest'));
      return {
        providerId,
        location,
        request,
        requestId: / ID="([^"]*)"/.exec(request)?.[1] ?? '',
        relayState: location.searchParams.get('RelayState') ?? '',
        cookie: signIn,
      };
    },
    /** Posts the form, and goes where it is sent to. */
    async comeBack(
      away: Pick<Away, 'providerId'> & Partial<Away>,
      xml: string,
      { cookie = away.cookie, at = node, relayState = away.relayState ?? '', session = '' } = {},
    ) {
      const form = { SAMLResponse: encoded(xml), ...(relayState ? { RelayState: relayState } : {}) };
      const taken = await post(`${below(away.providerId)}/acs`, form, cookie, at);
      const next = taken.headers.get('location') ?? 'none:';
      if (!next.includes('/continue?'))
        return { status: taken.status, location: new URL(next), problem: new URL(next).searchParams.get('problem') };
      const [signIn] = cookiesOf(taken.headers);
      const reply = await get(pathOf(next), [signIn, session].filter(Boolean).join('; '), at);
      const location = new URL(reply.headers.get('location') ?? 'none:');
      return {
        status: reply.status,
        location,
        problem: location.searchParams.get('problem'),
        session: cookiesOf(reply.headers).find((each) => /^__Host-bailiwick-au=\w/.test(each)),
        next,
      };
    },
  };
}

/** What the provider answers to a trip. */
export const partsFor = (
  { addresses }: { addresses: { acsUrl: string; entityId: string } },
  requestId: string | null,
  more: Partial<Parts> = {},
): Parts => partsOf({ audience: addresses.entityId, acsUrl: addresses.acsUrl, requestId, now: new Date(), ...more });

export const answerTo = (
  provider: { addresses: { acsUrl: string; entityId: string } },
  away: Pick<Away, 'requestId'> | null,
  more: Partial<Parts> = {},
  by: { privateKey: string; certificate: string } = one,
): string => signed(answer(partsFor(provider, away?.requestId ?? null, more)), 'Assertion', by);
