import { createVerify, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { makeCertificate, publicKeyOf } from '../../../src/kernel/certificates.ts';
import { accept, aName, aPlatform, aTenant } from '../../harness.ts';
import { aBrowser, answerTo, aSamlProvider, inflated, partsFor } from './browser.ts';
import { old, one, two, weak } from './certificates.ts';
import { answer, encoded, encryptedFor, entityId, rsaSha256, signed } from './provider.ts';

/** Rows M6 to M9 over HTTP, and what people and administrators do: each is first done right. */

const platform = await aPlatform({ regions: ['au'], nodes: 2, env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
const tenant = await aTenant(platform);
const browser = aBrowser(platform, tenant.id);
const provider = await aSamlProvider(tenant);
const password = 'a long enough password for tests';

const me = async (session: string | undefined, at = 0) =>
  (await platform.client(null, at).call('GET', '/v1/me', { headers: { cookie: session ?? '' } })).body;
const refused = { problem: 'answer-not-valid', session: undefined };
const over = { problem: 'sign-in-over' };
let people = 0;
const somebody = () => {
  const nameId = `person-${++people}`;
  return { nameId, attributes: { mail: [`${nameId}@people.example`], uid: [nameId], name: [nameId] } };
};

async function signIn(more = {}, at = 0) {
  const away = await browser.setOut(provider.id);
  return browser.comeBack(away, answerTo(provider, away, { ...somebody(), ...more }), { at });
}

test('done rightly it is a session of the account that was made', async () => {
  const away = await browser.setOut(provider.id, '?returnTo=%2Fgroups%3Fq%3Dx');
  expect(away.location.origin + away.location.pathname).toBe('https://idp.example.com/sso');
  expect(away.request).toContain(`AssertionConsumerServiceURL="${provider.addresses.acsUrl}"`);
  expect(away.request).toContain(`<saml:Issuer>${provider.addresses.entityId}</saml:Issuer>`);
  expect(away.request).not.toContain('ForceAuthn');
  const back = await browser.comeBack(away, answerTo(provider, away));

  expect(back).toMatchObject({ status: 303, problem: null });
  expect(back.location.pathname + back.location.search).toBe('/groups?q=x');
  expect(await me(back.session)).toMatchObject({
    kind: 'account',
    displayName: 'Ann Example',
    email: 'ann@people.example',
  });
});

test('who would need a new account and finds no seat is told so, and nothing of the licence', async () => {
  const there = await aTenant(platform);
  const its = await aSamlProvider(there);
  const { users } = (await there.client.get('/licences/usage')).body;
  const licence = await there.given.licence({ userLimit: users });
  const at = aBrowser(platform, there.id);
  const away = await at.setOut(its.id);
  const back = await at.comeBack(away, answerTo(its, away, somebody()));
  expect(back).toMatchObject({ status: 303, problem: 'no-room', session: undefined });
  expect(JSON.stringify(back)).not.toContain(licence.name);
});

test('the session that the browser held ends, although the form of another site came without its cookie', async () => {
  const first = await signIn();
  const away = await browser.setOut(provider.id);
  const back = await browser.comeBack(away, answerTo(provider, away, somebody()), { session: first.session ?? '' });
  expect(back.session).toBeTruthy();
  expect((await me(first.session)).kind).toBeUndefined();
});

describe('a trip and its browser', () => {
  test('of another browser, without the cookie, twice, or after ten minutes it is over', async () => {
    const away = await browser.setOut(provider.id);
    const xml = answerTo(provider, away, somebody());
    expect(await browser.comeBack(away, xml, { cookie: '' })).toMatchObject(over);
    const victim = await browser.setOut(provider.id);
    expect(await browser.comeBack(away, xml, { cookie: victim.cookie })).toMatchObject(over);
    expect((await browser.comeBack(away, xml)).session).toBeTruthy();
    expect(await browser.comeBack(away, xml)).toMatchObject(over);
    const late = await browser.setOut(provider.id);
    await platform.shiftClock('au', '10 minutes');
    expect(await browser.comeBack(late, answerTo(provider, late, somebody()))).toMatchObject(over);
    await platform.shiftClock('au', '0');
  });

  test('what was kept is fetched once, by the browser that brought it, within a minute', async () => {
    const away = await browser.setOut(provider.id);
    const back = await browser.comeBack(away, answerTo(provider, away, somebody()));
    const again = await browser.get(new URL(back.next ?? '').pathname + new URL(back.next ?? '').search, away.cookie);
    expect(again.headers.get('location')).toContain('problem=sign-in-over');
    const other = await browser.get(new URL(back.next ?? '').pathname + new URL(back.next ?? '').search);
    expect(other.headers.get('location')).toContain('problem=sign-in-over');
  });

  test('without a relay state the request is found by what is answered', async () => {
    const away = await browser.setOut(provider.id);
    expect(
      (await browser.comeBack(away, answerTo(provider, away, somebody()), { relayState: '' })).session,
    ).toBeTruthy();
  });

  test('an answer to one request is none to another', async () => {
    const [mine, another] = [await browser.setOut(provider.id), await browser.setOut(provider.id)];
    const crossed = await browser.comeBack(mine, answerTo(provider, another, somebody()), { cookie: mine.cookie });
    expect(crossed).toMatchObject(refused);
  });

  test('an answer of one provider is none of another, nor of another tenant', async () => {
    const second = await aSamlProvider(tenant);
    const away = await browser.setOut(provider.id);
    const xml = answerTo(provider, away, somebody());
    expect(await browser.comeBack({ ...away, providerId: second.id }, xml)).toMatchObject(over);
    const elsewhere = await browser.setOut(second.id);
    expect(await browser.comeBack(elsewhere, answerTo(provider, elsewhere, somebody()))).toMatchObject(refused);
    const there = await aTenant(platform);
    const form = { SAMLResponse: encoded(xml), RelayState: away.relayState };
    const reply = await browser.post(`/v1/sign-in/saml/${there.id}/${provider.id}/acs`, form, away.cookie);
    expect(reply.headers.get('location')).toContain('problem=');
  });

  test('the protocols are apart: a SAML provider has no start of OpenID Connect', async () => {
    const reply = await browser.get(`/v1/sign-in/oidc/${tenant.id}/${provider.id}/start`);
    expect(reply.headers.get('location')).toContain('problem=provider-not-available');
    const oidc = await tenant.given.identityProvider();
    const saml = await browser.get(`/v1/sign-in/saml/${tenant.id}/${oidc.id}/start`);
    expect(saml.headers.get('location')).toContain('problem=provider-not-available');
    expect((await browser.get(`/v1/sign-in/saml/${tenant.id}/${oidc.id}/metadata`)).status).toBe(404);
  });
});

describe('M6 and M7: answers', () => {
  const wrong: Record<string, (xml: string) => string> = {
    'another audience': (xml) => xml.replace(/<saml:Audience>[^<]*/, '<saml:Audience>https://other.example'),
    'another recipient': (xml) => xml.replace(/Recipient="[^"]*"/, 'Recipient="https://other.example"'),
    'another destination': (xml) => xml.replace(/Destination="[^"]*"/, 'Destination="https://other.example"'),
    'another request': (xml) => xml.replaceAll(/InResponseTo="[^"]*"/g, `InResponseTo="_${'x'.repeat(43)}"`),
    'another issuer': (xml) => xml.replaceAll(entityId, 'https://evil.example'),
    'long over': (xml) => xml.replace(/NotOnOrAfter="[^"]*"/g, 'NotOnOrAfter="2020-01-01T00:00:00Z"'),
    'a document type': (xml) => `<!DOCTYPE x>${xml}`,
    'a comment in the name': (xml) => xml.replace('</saml:NameID>', '<!-- x --></saml:NameID>'),
  };
  test.each(Object.keys(wrong))('%s is refused, and nobody is made', async (name) => {
    const who = somebody();
    const away = await browser.setOut(provider.id);
    const xml = (wrong[name] as (xml: string) => string)(answer(partsFor(provider, away.requestId, who)));
    expect(await browser.comeBack(away, signed(xml, 'Assertion'))).toMatchObject(refused);
    expect((await tenant.client.get(`/accounts?q=${who.nameId}`)).body.items).toEqual([]);
  });

  test('unsigned, by another key, and what is no document at all', async () => {
    const away = await browser.setOut(provider.id);
    expect(await browser.comeBack(away, answer(partsFor(provider, away.requestId, somebody())))).toMatchObject(refused);
    const second = await browser.setOut(provider.id);
    expect(
      await browser.comeBack(
        second,
        signed(answer(partsFor(provider, second.requestId, somebody())), 'Assertion', two),
      ),
    ).toMatchObject(refused);
    const third = await browser.setOut(provider.id);
    expect(await browser.comeBack(third, 'nothing')).toMatchObject(refused);
    const reply = await browser.post(`/v1/sign-in/saml/${tenant.id}/${provider.id}/acs`, {});
    expect(reply.status).toBe(400);
  });

  test('what else is in the form is ignored, what is wrong in it is not an error of ours', async () => {
    const at = `/v1/sign-in/saml/${tenant.id}/${provider.id}/acs`;
    const away = await browser.setOut(provider.id);
    const SAMLResponse = encoded(answerTo(provider, away, somebody()));
    const more = { SAMLResponse, RelayState: away.relayState, SAMLart: 'x', __proto__x: 'y', constructor: 'z' };
    expect((await browser.post(at, more, away.cookie)).headers.get('location')).toContain('/continue?');
    const hostile = ['\0', 'a\r\nb: c', '\ud800', '\u202e', '%', '&&&', '=', '<script>', 'A'.repeat(100_000)];
    for (const value of hostile)
      for (const form of [{ SAMLResponse: value }, { SAMLResponse, RelayState: value }, { [value]: value }]) {
        const reply = await browser.post(at, form as Record<string, string>, away.cookie);
        expect([303, 400], `${JSON.stringify(form).slice(0, 80)} ${reply.text}`).toContain(reply.status);
      }
    for (const [type, status] of [
      ['text/plain', 415],
      ['multipart/form-data; boundary=x', 415],
      ['application/x-www-form-urlencoded; charset=utf-8', 303],
    ] as const) {
      const reply = await platform.anyone.call('POST', at, {
        headers: { 'content-type': type },
        body: 'SAMLResponse=eA',
      });
      expect(reply.status, type).toBe(status);
    }
    const elsewhere = await platform.anyone.call('POST', '/v1/sessions', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'email=x',
    });
    expect(elsewhere.status).toBe(415);
  });

  test('of more than 512 KiB nothing is read', async () => {
    const reply = await browser.post(`/v1/sign-in/saml/${tenant.id}/${provider.id}/acs`, {
      SAMLResponse: 'A'.repeat(600 * 1024),
    });
    expect(reply.status).toBe(413);
  });

  test('an assertion is used once, on whichever nodes', async () => {
    const [a, b] = [await browser.setOut(provider.id), await browser.setOut(provider.id)];
    const who = somebody();
    const first = answerTo(provider, a, { ...who, assertionId: '_the-same' });
    const second = answerTo(provider, b, { ...who, assertionId: '_the-same' });
    expect((await browser.comeBack(a, first, { at: 0 })).session).toBeTruthy();
    expect(await browser.comeBack(b, second, { at: 1 })).toMatchObject(refused);
  });

  test('of ten at once on two nodes one is let in', async () => {
    const away = await browser.setOut(provider.id);
    const xml = answerTo(provider, away, somebody());
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, at) => browser.comeBack(away, xml, { at: at % 2 })),
    );
    expect(replies.filter(({ session }) => session)).toHaveLength(1);
  });

  test('what the provider said of a failure is told to who tests it, not to the visitor', async () => {
    const away = await browser.setOut(provider.id);
    const xml = answer(partsFor(provider, away.requestId)).replace(
      /<samlp:Status>.*<\/samlp:Status>/,
      '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/><samlp:StatusMessage>secret words</samlp:StatusMessage></samlp:Status>',
    );
    const back = await browser.comeBack(away, xml);
    expect(back.problem).toBe('provider-refused');
    expect(back.location.href).not.toContain('secret');
  });
});

describe('M8: who it is', () => {
  test('an e-mail address is nobody: of an owner, of a local account, of somebody of another provider', async () => {
    const owner = await accept(platform, tenant.ownerEmail, password);
    const local = await tenant.given.person(password);
    expect(owner.status).toBe('enabled');
    for (const email of [tenant.ownerEmail, local.email]) {
      const nameId = aName('stranger');
      const back = await signIn({ nameId, attributes: { mail: [email], uid: [nameId], name: ['x'] } });
      expect(back, email).toMatchObject({ problem: 'account-in-the-way', session: undefined });
    }
    const back = await signIn({
      nameId: tenant.ownerEmail,
      attributes: { mail: [tenant.ownerEmail], uid: ['o'], name: ['x'] },
    });
    expect(back).toMatchObject({ problem: 'account-in-the-way', session: undefined });
  });

  test('the same NameID of another provider is somebody else', async () => {
    const second = await aSamlProvider(tenant);
    const first = await signIn({ nameId: 'shared' });
    const away = await browser.setOut(second.id);
    const back = await browser.comeBack(away, answerTo(second, away, { ...somebody(), nameId: 'shared' }));
    expect(back.session).toBeTruthy();
    expect((await me(back.session)).id).not.toBe((await me(first.session)).id);
  });

  test('the subject may be an attribute that never changes', async () => {
    const by = await aSamlProvider(tenant, {
      mapping: { subject: 'oid', email: 'mail', username: 'uid', displayName: 'name' },
    });
    const enter = async (nameId: string) => {
      const away = await browser.setOut(by.id);
      const attributes = { oid: ['0f0f'], mail: ['oid@people.example'], uid: ['oid'], name: ['O'] };
      const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
      return browser.comeBack(away, answerTo(by, away, { nameId, nameIdFormat: transient, attributes }));
    };
    const [first, second] = [await enter('_one'), await enter('_two')];
    expect((await me(second.session)).id).toBe((await me(first.session)).id);
    const away = await browser.setOut(by.id);
    expect(await browser.comeBack(away, answerTo(by, away, somebody()))).toMatchObject(refused);
  });

  test('of several values none says who it is: which comes first may be up to the person', async () => {
    const by = await aSamlProvider(tenant, {
      mapping: { subject: 'oid', email: 'mail', username: 'uid', displayName: 'name' },
    });
    const enter = async (oid: string[], mail = ['several@people.example']) => {
      const away = await browser.setOut(by.id);
      const attributes = { oid, mail, uid: [mail.join('-')], name: ['S'] };
      return browser.comeBack(away, answerTo(by, away, { attributes }));
    };
    expect((await enter(['0a0a'])).session).toBeTruthy();
    expect((await enter(['0a0a', '0a0a'])).session).toBeTruthy();
    // The tenant's rule may ask for a domain.
    expect((await enter(['0c0c'], ['one@people.example', 'two@elsewhere.example'])).session).toBeUndefined();
    expect(await enter(['0a0a', '0b0b'])).toMatchObject(refused);
    expect(await enter(['0b0b', '0a0a'])).toMatchObject(refused);
  });

  test('AuthnContext counts as two factors where the tenant says so; groups come by mapping', async () => {
    const group = await tenant.given.group();
    const mfa = 'https://refeds.org/profile/mfa';
    const mapped = await aSamlProvider(tenant, {
      saml: { requestedContexts: [mfa] },
      mapping: { email: 'mail', username: 'uid', displayName: 'name', groups: 'memberOf', secondFactorValues: [mfa] },
      admission: { createsAccounts: true, mappedGroups: [{ value: 'Admins', groupId: group.id }] },
    });
    const away = await browser.setOut(mapped.id);
    expect(away.request).toContain(`<saml:AuthnContextClassRef>${mfa}</saml:AuthnContextClassRef>`);
    const who = somebody();
    const attributes = { ...who.attributes, memberOf: ['Admins', 'Others'] };
    const back = await browser.comeBack(away, answerTo(mapped, away, { ...who, attributes, contextClass: mfa }));
    const { id } = await me(back.session);
    expect((await tenant.client.get(`/accounts/${id}`)).body.groups).toMatchObject([{ id: group.id }]);
    const [{ second_factor_at: at }] = await platform.sql(
      'au',
      'select second_factor_at from sessions where account_id = $1',
      [id],
    );
    expect(at).not.toBeNull();
  });
});

describe('sign-ins that nobody asked for', () => {
  test('are refused unless the tenant allows them, and then go to the start page', async () => {
    const unasked = await aSamlProvider(tenant);
    const who = somebody();
    expect(await browser.comeBack({ providerId: unasked.id }, answerTo(unasked, null, who))).toMatchObject({
      problem: 'answer-not-valid',
    });
    const changed = await tenant.client.patch(
      `/identity-providers/${unasked.id}`,
      { saml: { acceptsUnrequested: true } },
      '*',
    );
    expect(changed.status).toBe(200);
    const back = await browser.comeBack({ providerId: unasked.id }, answerTo(unasked, null, who), {
      relayState: 'https://evil.example/',
    });
    expect(back).toMatchObject({ problem: null, session: expect.any(String) });
    expect(back.location.pathname).toBe('/');
    const xml = answerTo(unasked, null, who);
    expect((await browser.comeBack({ providerId: unasked.id }, xml)).session).toBeTruthy();
    expect(await browser.comeBack({ providerId: unasked.id }, xml, { at: 1 })).toMatchObject(refused);
    const away = await browser.setOut(unasked.id);
    const answered = answerTo(unasked, away, who);
    expect(await browser.comeBack({ providerId: unasked.id }, answered, { relayState: '' })).toMatchObject(over);
  });
});

describe('a fresh proof, and a link', () => {
  test('ForceAuthn is asked, and required of the answer', async () => {
    const first = await signIn({ nameId: 'fresh' });
    const person = platform.session(first.session ?? '');
    const prove = async (authenticatedAt: number) => {
      const asked = await person.post(`${tenant.path}/identity-providers/${provider.id}/prove`, { returnTo: '/me' });
      const cookie = asked.headers.getSetCookie()[0]?.split(';')[0] as string;
      const away = await browser.setOut(provider.id, new URL(asked.body.url).search, cookie);
      expect(away.request).toContain('ForceAuthn="true"');
      return browser.comeBack(away, answerTo(provider, away, { nameId: 'fresh', authenticatedAt }));
    };
    expect(await prove(-900)).toMatchObject(refused);
    const proved = await prove(-5);
    expect(proved).toMatchObject({ problem: null, session: expect.any(String) });
    expect(proved.location.pathname).toBe('/me');
  });
});

describe('encrypted assertions and signed requests', () => {
  test('it is encrypted for the key in our metadata, and requests are signed by it', async () => {
    const encrypting = await aSamlProvider(tenant, { saml: { requiresEncryption: true, signsRequests: true } });
    const metadata = await browser.get(`/v1/sign-in/saml/${tenant.id}/${encrypting.id}/metadata`);
    expect(metadata.headers.get('content-type')).toMatch(/^application\/samlmetadata\+xml/);
    expect(metadata.text).toContain('AuthnRequestsSigned="true"');
    expect(metadata.text).toContain(`entityID="${encrypting.addresses.entityId}"`);
    expect(metadata.text).toContain(`Location="${encrypting.addresses.acsUrl}"`);
    const [, base64] = /use="encryption".*?<ds:X509Certificate>([^<]*)</s.exec(metadata.text) ?? [];
    const certificate = `-----BEGIN CERTIFICATE-----\n${base64?.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

    const away = await browser.setOut(encrypting.id);
    const [query = '', signature = ''] = away.location.search.slice(1).split('&Signature=');
    const verifier = createVerify('sha256').update(query);
    expect(verifier.verify(publicKeyOf(certificate), decodeURIComponent(signature), 'base64')).toBe(true);

    const plain = answerTo(encrypting, away, somebody());
    expect((await browser.comeBack(away, await encryptedFor(certificate, plain))).session).toBeTruthy();
    const again = await browser.setOut(encrypting.id);
    expect(await browser.comeBack(again, answerTo(encrypting, again, somebody()))).toMatchObject(refused);
  });

  test('keys are rotated with an overlap: both decrypt, the earlier one signs at first', async () => {
    const rotating = await aSamlProvider(tenant, { saml: { signsRequests: true } });
    const read = async () => (await tenant.client.get(`/identity-providers/${rotating.id}`)).body.keys;
    const [before] = await read();
    expect((await tenant.client.post(`/identity-providers/${rotating.id}/keys`, { overlapSeconds: 600 })).status).toBe(
      200,
    );
    const [next, earlier] = await read();
    expect(earlier).toMatchObject({ id: before.id, retiresAt: expect.any(String) });
    expect(next.id).not.toBe(before.id);

    const signsWith = async (certificate: string) => {
      const away = await browser.setOut(rotating.id);
      const [query = '', signature = ''] = away.location.search.slice(1).split('&Signature=');
      return createVerify('sha256')
        .update(query)
        .verify(publicKeyOf(certificate), decodeURIComponent(signature), 'base64');
    };
    const opensFor = async (certificate: string) => {
      const away = await browser.setOut(rotating.id);
      return (await browser.comeBack(away, await encryptedFor(certificate, answerTo(rotating, away, somebody()))))
        .problem;
    };
    expect([await signsWith(earlier.certificate), await signsWith(next.certificate)]).toEqual([true, false]);
    expect([await opensFor(earlier.certificate), await opensFor(next.certificate)]).toEqual([null, null]);
    await platform.shiftClock('au', '601 seconds');
    expect(await signsWith(next.certificate)).toBe(true);
    await platform.shiftClock('au', '1201 seconds');
    expect((await read()).map(({ id }: { id: string }) => id)).toEqual([next.id]);
    await platform.shiftClock('au', '0');
    const rows = await platform.sql('au', 'select k::text from saml_keys k');
    expect(JSON.stringify(rows)).not.toContain('PRIVATE KEY');
  });

  test('certificates are rotated: two are accepted while they overlap', async () => {
    const rotating = await aSamlProvider(tenant, { saml: { certificates: [one.certificate, two.certificate] } });
    for (const key of [one, two]) {
      const away = await browser.setOut(rotating.id);
      const xml = signed(answer(partsFor(rotating, away.requestId, somebody())), 'Assertion', key);
      expect((await browser.comeBack(away, xml)).session).toBeTruthy();
    }
    const read = (await tenant.client.get(`/identity-providers/${rotating.id}`)).body;
    expect(read.certificates).toMatchObject([
      { subject: 'CN=one' },
      { subject: 'CN=two', expiresAt: expect.any(String) },
    ]);
  });

  test('when certificates change, sign-ins under way are over', async () => {
    const changing = await aSamlProvider(tenant);
    const away = await browser.setOut(changing.id);
    await tenant.client.patch(`/identity-providers/${changing.id}`, { saml: { certificates: [two.certificate] } }, '*');
    expect(await browser.comeBack(away, answerTo(changing, away, somebody()))).toMatchObject(over);
  });
});

describe('test sign-in', () => {
  const stagesOf = async (id: string, testId: string) =>
    (await tenant.client.get(`/identity-providers/${id}/tests/${testId}`)).body;
  const tested = async (id: string, make: (requestId: string) => string) => {
    const begun = (await tenant.client.post(`/identity-providers/${id}/test`)).body;
    const away = await browser.setOut(id, new URL(begun.url).search);
    const back = await browser.comeBack(away, make(away.requestId));
    expect(back.location.pathname).toBe(`/t/${tenant.id}/identity-providers/${id}/tests/${begun.id}`);
    return stagesOf(id, begun.id);
  };

  test('shows what came, and lets nobody in', async () => {
    const who = somebody();
    const shown = await tested(provider.id, (requestId) => answerTo(provider, { requestId }, who));
    expect(shown).toMatchObject({
      state: 'passed',
      claims: { NameID: who.nameId, mail: `${who.nameId}@people.example` },
      mapped: { subject: who.nameId, issuer: entityId },
      account: { outcome: 'created' },
    });
    expect((await tenant.client.get(`/accounts?q=${who.nameId}`)).body.items).toEqual([]);
  });

  test('says when nobody would get the groups that are mapped', async () => {
    const { id: groupId } = await tenant.given.group();
    const mapping = { groups: 'memberOf', email: 'mail', username: 'uid' };
    const admission = { createsAccounts: true, mappedGroups: [{ value: 'staff', groupId }] };
    const mapped = await aSamlProvider(tenant, { mapping, admission });
    const said = async (attributes: Record<string, string[]>) => {
      const shown = await tested(mapped.id, (requestId) =>
        answerTo(mapped, { requestId }, { attributes: { ...somebody().attributes, ...attributes } }),
      );
      return [shown.state, shown.stages[5].message, shown.stages[5].path];
    };
    expect(await said({})).toEqual(['passed', expect.stringContaining('"memberOf" did not come'), 'mapping.groups']);
    expect(await said({ hasgroups: ['true'] })).toEqual([
      'passed',
      expect.stringMatching(/too many/),
      'mapping.groups',
    ]);
    expect(await said({ memberOf: ['guests'] })).toEqual(['passed', expect.stringMatching(/None of the values/), null]);
    expect(await said({ memberOf: ['staff'] })).toEqual(['passed', 'It names the person.', null]);
  });

  test('names the stage and the field to mend', async () => {
    const failing: [(xml: string) => string, string, string | null][] = [
      [(xml) => xml.replaceAll(entityId, `${entityId}/`), 'issuer', 'saml.entityId'],
      [(xml) => xml.replace(/<saml:Audience>[^<]*/, '<saml:Audience>x'), 'audience', null],
      [(xml) => xml.replace(/<samlp:Status>.*<\/samlp:Status>/, ''), 'answer', null],
      [(xml) => xml.replace(/<saml:NameID.*<\/saml:NameID>/, ''), 'claims', 'mapping.subject'],
    ];
    for (const [change, stage, path] of failing) {
      const shown = await tested(provider.id, (requestId) =>
        signed(change(answer(partsFor(provider, requestId))), 'Assertion'),
      );
      expect(shown.stages.find(({ outcome }: { outcome: string }) => outcome === 'failed')).toMatchObject({
        stage,
        path,
      });
    }
    const unsigned = await tested(provider.id, (requestId) => answer(partsFor(provider, requestId)));
    expect(unsigned.stages[2]).toMatchObject({ stage: 'signature', outcome: 'failed', path: 'saml.signedPart' });
  });
});

const logoutUrl = 'https://idp.example.com/slo';
const out = await aSamlProvider(tenant, { saml: { singleLogoutUrl: logoutUrl } });

describe('single logout', () => {
  const enter = async (who = somebody(), index = `_index-${who.nameId}`) => {
    const away = await browser.setOut(out.id);
    return browser.comeBack(away, answerTo(out, away, { ...who, sessionIndex: index }));
  };
  let ids = 0;
  const request = (nameId: string, more = '', change = (xml: string) => xml) =>
    change(
      `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_logout-${++ids}" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${out.addresses.logoutUrl}"><saml:Issuer>${entityId}</saml:Issuer><saml:NameID>${nameId}</saml:NameID>${more}</samlp:LogoutRequest>`,
    );
  const address = (xml: string, key = one, algorithm = rsaSha256, relayState = '&RelayState=a%20b') => {
    const query = `SAMLRequest=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}${relayState}&SigAlg=${encodeURIComponent(algorithm)}`;
    const signature = sign(algorithm.endsWith('sha1') ? 'sha1' : 'sha256', Buffer.from(query), key.privateKey).toString(
      'base64',
    );
    return `${new URL(out.addresses.logoutUrl).pathname}?${query}&Signature=${encodeURIComponent(signature)}`;
  };
  const isLive = async (session: string | undefined, at = 0) => (await me(session, at)).kind === 'account';

  test('the provider signs a person out, on all nodes, and is answered', async () => {
    const [who, other] = [somebody(), somebody()];
    const [mine, theirs] = [await enter(who), await enter(other)];
    const xml = request(who.nameId);
    const reply = await browser.get(address(xml));

    const answered = new URL(reply.headers.get('location') ?? 'none:');
    expect(answered.origin + answered.pathname).toBe(logoutUrl);
    expect(answered.searchParams.get('RelayState')).toBe('a b');
    expect(inflated(answered.searchParams.get('SAMLResponse'))).toContain(`InResponseTo="_logout-${ids}"`);
    expect(answered.searchParams.get('Signature')).toBeTruthy();
    expect([await isLive(mine.session), await isLive(mine.session, 1), await isLive(theirs.session)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(await tenant.auditedActions()).toContain('saml.logout');
  });

  test('by a form, and for one of two sessions', async () => {
    const who = somebody();
    const [first, second] = [await enter(who), await enter(who, '_elsewhere')];
    const form = signed(
      request(who.nameId, `<samlp:SessionIndex>_index-${who.nameId}</samlp:SessionIndex>`),
      'LogoutRequest',
    );
    const reply = await browser.post(new URL(out.addresses.logoutUrl).pathname, { SAMLRequest: encoded(form) });
    expect(reply.headers.get('location')).toContain(logoutUrl);
    expect([await isLive(first.session), await isLive(second.session)]).toEqual([false, true]);
    const none = signed(request(who.nameId, '<samlp:SessionIndex>_another</samlp:SessionIndex>'), 'LogoutRequest');
    await browser.post(new URL(out.addresses.logoutUrl).pathname, { SAMLRequest: encoded(none) });
    expect(await isLive(second.session)).toBe(true);
  });

  test('nobody is signed out by a request that is not to be believed', async () => {
    const who = somebody();
    const { session } = await enter(who);
    const xml = request(who.nameId);
    const unsigned = address(xml).replace(/&SigAlg=.*/, '');
    const twice = address(request(who.nameId), two);
    const hostile: Record<string, string> = {
      unsigned,
      'by another key': twice,
      'by SHA-1': address(request(who.nameId), one, 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'),
      'of another issuer': address(request(who.nameId, '', (each) => each.replace(entityId, 'https://evil.example'))),
      'to another address': address(
        request(who.nameId, '', (each) => each.replace(/Destination="[^"]*"/, 'Destination="x"')),
      ),
      old: address(
        request(who.nameId, '', (each) => each.replace(/IssueInstant="[^"]*"/, 'IssueInstant="2020-01-01T00:00:00Z"')),
      ),
      over: address(
        request(who.nameId, '', (each) => each.replace(' Version=', ' NotOnOrAfter="2020-01-01T00:00:00Z" Version=')),
      ),
      'changed afterwards': address(xml).replace('RelayState=a', 'RelayState=b'),
      'a name spelled otherwise': address(xml).replace('SAMLRequest', 'SAML%52equest'),
      'a document type': address(`<!DOCTYPE x>${request(who.nameId)}`),
      'much more than it seems (deflated)': address(request(`${who.nameId}${' '.repeat(1_000_000)}`)),
      'no request': `${new URL(out.addresses.logoutUrl).pathname}?SAMLRequest=AAAA`,
    };
    for (const [name, at] of Object.entries(hostile)) {
      const reply = await browser.get(at);
      expect(reply.headers.get('location'), name).toContain('problem=answer-not-valid');
      expect(await isLive(session), name).toBe(true);
    }
    expect((await browser.get(address(xml).replace('&RelayState', '&SAMLRequest=x&RelayState'))).status).toBe(400);
    const wrapped = signed(request(who.nameId), 'LogoutRequest').replace('</saml:NameID>', 'x</saml:NameID>');
    const forms = [request(who.nameId), wrapped, signed(request(who.nameId), 'LogoutRequest', two), 'x'];
    for (const form of forms)
      await browser.post(new URL(out.addresses.logoutUrl).pathname, { SAMLRequest: encoded(form) });
    expect(await isLive(session)).toBe(true);
  });

  test('what was not signed is not handed on under our signature', async () => {
    const handedOn = async (relayState: string, more = '') => {
      const reply = await browser.get(`${address(request(somebody().nameId), one, rsaSha256, relayState)}${more}`);
      const { origin, pathname, searchParams } = new URL(reply.headers.get('location') ?? 'none:');
      expect(origin + pathname).toBe(logoutUrl);
      return searchParams.get('RelayState');
    };
    expect(await handedOn('', '&Relay%53tate=https%3A%2F%2Fevil.example')).toBe(null);
    expect(await handedOn('&RelayState=%E0')).toBe(null);
    expect(await handedOn(`&RelayState=${'a'.repeat(300)}`)).toBe(null);
    expect(await handedOn('&RelayState=x%0D%0ASet-Cookie%3A%20a%3Db')).toBe('x\r\nSet-Cookie: a=b');
  });

  test('M7: of ten at once over two nodes one request counts', async () => {
    const who = somebody();
    const once = address(request(who.nameId));
    await enter(who);
    const replies = await Promise.all(Array.from({ length: 10 }, (_, at) => platform.client(null, at % 2).get(once)));
    const answered = replies.filter(({ headers }) => headers.get('location')?.startsWith(logoutUrl));
    expect(answered).toHaveLength(1);
  });

  test('a provider signs nobody out of another tenant, nor of another provider, by the same name', async () => {
    const who = somebody();
    const { session } = await enter(who);
    const elsewhere = await aTenant(platform);
    const [theirs, other] = [
      await aSamlProvider(elsewhere, { saml: { singleLogoutUrl: logoutUrl } }),
      await aSamlProvider(tenant, { saml: { singleLogoutUrl: logoutUrl } }),
    ];
    for (const { addresses } of [theirs, other]) {
      const to = (xml: string) => xml.replace(out.addresses.logoutUrl, addresses.logoutUrl);
      const at = address(request(who.nameId, '', to)).replace(
        new URL(out.addresses.logoutUrl).pathname,
        new URL(addresses.logoutUrl).pathname,
      );
      expect((await browser.get(at)).headers.get('location')).toContain(logoutUrl);
      expect(await isLive(session)).toBe(true);
    }
  });

  test('of somebody who was deleted no name is kept', async () => {
    const { id } = await me((await enter()).session);
    const kept = async () =>
      (await platform.sql('au', 'select count(*)::int as n from saml_sessions where account_id = $1', [id]))[0].n;
    expect(await kept()).toBe(1);
    expect((await tenant.client.post(`/accounts/${id}/disable`)).status).toBe(200);
    expect((await tenant.client.delete(`/accounts/${id}`, '*')).status).toBe(204);
    expect(await kept()).toBe(0);
  });

  test('a request is used once', async () => {
    const who = somebody();
    await enter(who);
    const once = address(request(who.nameId));
    expect((await browser.get(once)).headers.get('location')).toContain(logoutUrl);
    const { session } = await enter(who);
    expect((await browser.get(once)).headers.get('location')).toContain('problem=answer-not-valid');
    expect(await isLive(session)).toBe(true);
  });

  test('who signs out here is signed out there, by the name that the provider gave', async () => {
    const who = somebody();
    const { session = '' } = await enter(who);
    const reply = await platform.session(session).post('/v1/sessions/current/sign-out');
    const url = new URL(reply.body.url);
    expect(url.origin + url.pathname).toBe(logoutUrl);
    const sent = inflated(url.searchParams.get('SAMLRequest'));
    expect(sent).toContain(`>${who.nameId}</saml:NameID>`);
    expect(sent).toContain(`<samlp:SessionIndex>_index-${who.nameId}</samlp:SessionIndex>`);
    expect(url.searchParams.get('Signature')).toBeTruthy();
    expect(await isLive(session)).toBe(false);
    const back = await browser.get(`${new URL(out.addresses.logoutUrl).pathname}?SAMLResponse=x`);
    expect(new URL(back.headers.get('location') ?? 'none:').pathname).toBe(`/t/${tenant.id}/sign-in`);
    const local = await signIn();
    const only = await platform.session(local.session ?? '').post('/v1/sessions/current/sign-out');
    expect(only.body).toEqual({ url: null });
  });
});

describe('M9: metadata of a provider', () => {
  const use = (pem: string, of = '') =>
    `<md:KeyDescriptor${of}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${pem.replace(/-----.*?-----/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;
  const entity = ({
    id = entityId,
    keys = use(one.certificate, ' use="signing"'),
    sso = 'https://idp.example.com/sso',
    more = '',
  } = {}) =>
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${id}"${more}><!-- made by hand --><md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys}<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/slo"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/post"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${sso}"/></md:IDPSSODescriptor></md:EntityDescriptor>`;
  const several = `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${entity()}${entity({ id: 'https://second.example' })}</md:EntitiesDescriptor>`;
  const read = (body: object) => tenant.client.post('/identity-providers/read-metadata', body);

  test('becomes settings that a provider can be made with', async () => {
    const said = await read({
      metadata: entity({ keys: use(one.certificate) + use(two.certificate, ' use="signing"') + use(old.certificate) }),
    });
    expect(said).toMatchObject({
      status: 200,
      body: {
        saml: {
          entityId,
          singleSignOnUrl: 'https://idp.example.com/sso',
          singleSignOnBinding: 'redirect',
          singleLogoutUrl: 'https://idp.example.com/slo',
          singleLogoutBinding: 'redirect',
          signsRequests: true,
          metadataUrl: null,
        },
        certificates: [{ subject: 'CN=one' }, { subject: 'CN=two' }],
      },
    });
    const made = await tenant.client.post('/identity-providers', { name: aName(), type: 'saml', saml: said.body.saml });
    expect(made.body).toMatchObject({
      missing: [],
      certificates: [{ subject: 'CN=one' }, { subject: 'CN=two' }],
      keys: [{}],
    });
    const [{ id }] = (await tenant.client.get('/audit-entries?limit=1')).body.items;
    expect(id).toBeTruthy();
  });

  test('where a provider takes nothing in the address it is a form', async () => {
    const posts = entity().replaceAll('HTTP-Redirect', 'HTTP-Redirect-DEFLATE');
    expect((await read({ metadata: posts })).body.saml).toMatchObject({
      singleSignOnUrl: 'https://idp.example.com/post',
      singleSignOnBinding: 'post',
      singleLogoutUrl: null,
    });
  });

  test('of several providers one is chosen', async () => {
    expect(await read({ metadata: several })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'metadata', message: expect.stringContaining('second') }] },
    });
    expect((await read({ metadata: several, entityId: 'https://second.example' })).body.saml.entityId).toBe(
      'https://second.example',
    );
    expect((await read({ metadata: several, entityId: 'x' })).body.errors[0].path).toBe('entityId');
  });

  test('what cannot be used is refused with its reason', async () => {
    const wrong: Record<string, string> = {
      'no XML': 'x',
      'another document': '<x/>',
      'a document type': `<!DOCTYPE x [<!ENTITY a "b">]>${entity()}`,
      'no provider': '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>',
      'no certificate': entity({ keys: '' }),
      'a certificate for encryption only': entity({ keys: use(one.certificate, ' use="encryption"') }),
      'an expired certificate': entity({ keys: use(old.certificate) }),
      'a weak certificate': entity({ keys: use(weak.certificate) }),
      'an address without TLS': entity({ sso: 'ftp://idp.example.com' }),
      'an address inside': entity({ sso: 'https://10.0.0.1/' }),
      'no address': entity().replace(/HTTP-(Redirect|POST)/g, 'HTTP-Artifact'),
      over: entity({ more: ' validUntil="2020-01-01T00:00:00Z"' }),
    };
    for (const [name, metadata] of Object.entries(wrong))
      expect(await read({ metadata }), name).toMatchObject({ status: 400, body: { errors: [{ path: 'metadata' }] } });
    expect((await read({})).status).toBe(400);
    expect((await read({ metadata: 'x', metadataUrl: 'https://x.example' })).status).toBe(400);
  });

  test('is fetched by its address, and by no other', async () => {
    let body = entity();
    const server = createServer((_request, reply) => reply.end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterAll(() => server.close());
    const metadataUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata`;
    expect((await read({ metadataUrl })).body.saml).toMatchObject({ entityId, metadataUrl });
    body = ' '.repeat(5_000_000);
    for (const url of [
      metadataUrl,
      'http://idp.example.com/x',
      'https://10.0.0.1/x',
      'https://user:x@idp.example.com/',
    ])
      expect(await read({ metadataUrl: url }), url).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'metadataUrl' }] },
      });
  });

  test('certificates that are set are held to the same', async () => {
    const made = await tenant.given.identityProvider({ type: 'saml', oidc: undefined, clientSecret: undefined });
    for (const pem of ['x', weak.certificate, old.certificate, one.privateKey])
      expect(
        await tenant.client.patch(
          `/identity-providers/${made.id}`,
          { saml: { certificates: [one.certificate, pem] } },
          '*',
        ),
      ).toMatchObject({ status: 400, body: { errors: [{ path: 'saml.certificates.1' }] } });
    const bare = one.certificate.replace(/-----.*?-----|\n/g, '');
    const set = await tenant.client.patch(`/identity-providers/${made.id}`, { saml: { certificates: [bare] } }, '*');
    expect(set.body.saml.certificates).toEqual([one.certificate]);
  });
});

test('metadata is read by a set-up link too, for as long as it is valid', async () => {
  const made = await tenant.given.identityProvider({ type: 'saml', oidc: undefined, clientSecret: undefined });
  const link = (await tenant.client.post(`/identity-providers/${made.id}/set-up-link`)).body;
  const token = link.url.split('#')[1];
  const read = () => platform.anyone.post('/v1/identity-provider-set-up/read-metadata', { token, metadata: '<x/>' });
  expect(await read()).toMatchObject({ status: 400, body: { errors: [{ path: 'metadata' }] } });
  await tenant.client.delete(`/identity-providers/${made.id}/set-up-link`);
  expect((await read()).status).toBe(410);
});

test('owners are told before a certificate, and a key of ours, are over; not of one that was replaced', async () => {
  const own = await aTenant(platform);
  const soon = await makeCertificate('soon', new Date(), new Date(Date.now() + 40 * 86_400_000));
  const replaced = await makeCertificate('replaced', new Date(), new Date(Date.now() + 40 * 86_400_000));
  const both = await aSamlProvider(own, { saml: { certificates: [soon.certificate, replaced.certificate] } });
  await own.client.patch(`/identity-providers/${both.id}`, { saml: { certificates: [soon.certificate] } }, '*');
  const told = async () =>
    (
      await platform.sql(
        'au',
        `select text from notices where kind = 'certificate-expiring' and tenant_id = $1 order by created_at`,
        [own.id],
      )
    ).map(({ text }) => /^(A certificate|The key).* is over (.*?)\. /.exec(text)?.slice(1).join(' '));
  for (const [shift, said] of [
    ['10 days 1 minute', ['A certificate in 30 days']],
    ['40 days 1 minute', ['A certificate in 30 days', 'A certificate now']],
    ['1066 days', ['A certificate in 30 days', 'A certificate now', 'The key in 29 days']],
  ] as const) {
    await platform.shiftClock('au', shift);
    await expect.poll(told, { timeout: 20_000 }).toEqual(said);
  }
  await platform.shiftClock('au', '0');
});
