import { describe, expect, test } from 'vitest';
import { ec, one, two } from './certificates.ts';
import { examined, expectedOf, ours } from './examining.ts';
import { answer, cbc, encoded, encryptedFor, encryptedWithin, gcm, partsOf, type Signing, signed } from './provider.ts';

/** Answers in the shapes of the common providers, signed by another library: each is read whole. */

const now = new Date('2026-12-01T10:00:00Z');
const expected = expectedOf(now);
const parts = () => partsOf({ ...ours, now });

const read = {
  claims: { mail: 'ann@people.example', uid: 'ann', name: 'Ann Example', NameID: 'ann' },
  nameId: { value: 'ann' },
};

describe('what is signed', () => {
  const more = 'http://www.w3.org/2001/04/xmldsig-more#';
  const ways: Record<string, [Partial<Signing>, string]> = {
    'RSA with SHA-256': [{}, one.certificate],
    'RSA with SHA-512': [
      { signatureAlgorithm: `${more}rsa-sha512`, digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha512' },
      one.certificate,
    ],
    'ECDSA with SHA-256': [{ signatureAlgorithm: `${more}ecdsa-sha256`, ...ec }, ec.certificate],
    'ECDSA with SHA-384': [{ signatureAlgorithm: `${more}ecdsa-sha384`, ...ec }, ec.certificate],
    'prefixes that are written always': [{ prefixes: ['xs', 'saml', 'samlp'] }, one.certificate],
  };
  test.each(Object.entries(ways))('%s', (_name, [how, certificate]) => {
    const certificates = [certificate];
    expect(examined(encoded(signed(answer(parts()), 'Assertion', how)), { ...expected, certificates })).toMatchObject({
      findings: [],
      said: read,
    });
  });

  test('the response, where that is set', () => {
    const document = encoded(signed(answer(parts()), 'Response'));
    expect(examined(document, { ...expected, signedPart: 'response' })).toMatchObject({ findings: [], said: read });
  });

  test.each(['assertion', 'response'] as const)('both, where the %s must be', (signedPart) => {
    const document = encoded(signed(signed(answer(parts()), 'Assertion'), 'Response'));
    expect(examined(document, { ...expected, signedPart })).toMatchObject({ findings: [], said: read });
  });

  test('by the second of two certificates, while they overlap', () => {
    const document = encoded(signed(answer(parts()), 'Assertion', two));
    const certificates = [one.certificate, two.certificate];
    expect(examined(document, { ...expected, certificates })).toMatchObject({ findings: [] });
  });
});

describe('what is encrypted', () => {
  const ciphers = { 'AES-256-GCM': gcm, 'AES-256-CBC': cbc, 'AES-128-GCM': gcm.replace('256', '128') };
  test.each(Object.entries(ciphers))('%s', async (_name, cipher) => {
    const document = await encryptedFor(two.certificate, signed(answer(parts()), 'Assertion'), { cipher });
    const privateKeys = [one.privateKey, two.privateKey];
    expect(examined(encoded(document), { ...expected, privateKeys, requiresEncryption: true })).toMatchObject({
      findings: [],
      said: read,
    });
  });

  test('and then signed as a whole', async () => {
    const document = signed(await encryptedFor(one.certificate, answer(parts())), 'Response');
    expect(examined(encoded(document), { ...expected, signedPart: 'response' })).toMatchObject({
      findings: [],
      said: read,
    });
  });
});

describe('what is encrypted within the assertion', () => {
  test.each([gcm, cbc])('the name and an attribute, by %s', async (cipher) => {
    const named = await encryptedWithin(two.certificate, answer(parts()), 'NameID', { cipher });
    const document = signed(await encryptedWithin(two.certificate, named, 'Attribute', { cipher }), 'Assertion');
    expect(document).not.toMatch(/>ann<\/saml:NameID>|ann@people/);
    const privateKeys = [one.privateKey, two.privateKey];
    expect(examined(encoded(document), { ...expected, privateKeys })).toMatchObject({ findings: [], said: read });
  });

  test('the name, in an assertion that is encrypted too', async () => {
    const named = await encryptedWithin(one.certificate, answer(parts()), 'NameID');
    const document = await encryptedFor(one.certificate, signed(named, 'Assertion'));
    expect(examined(encoded(document), expected)).toMatchObject({ findings: [], said: read });
  });
});

describe('in the shape of', () => {
  const schema = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  /** Each takes the answer and makes it look like the vendor's. */
  const shapes: Record<string, { make: () => string | Promise<string>; more?: object; said: object }> = {
    'Entra ID: default namespaces, claims by address': {
      make: () =>
        signed(
          answer(
            partsOf({
              ...ours,
              now,
              nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
              nameId: 'ann@people.example',
              contextClass: 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
              attributes: {
                'http://schemas.microsoft.com/identity/claims/objectidentifier': ['0f0f'],
                'http://schemas.microsoft.com/claims/authnmethodsreferences': [
                  'http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password',
                  'http://schemas.microsoft.com/claims/multipleauthn',
                ],
                'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress': ['ann@people.example'],
              },
            }),
          )
            .replace(/<(\/?)saml:/g, '<$1')
            .replace('xmlns:saml=', 'xmlns:unused=')
            .replaceAll('<Issuer>', '<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">')
            .replace('<Assertion ', '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" '),
          'Assertion',
        ),
      said: {
        nameId: { value: 'ann@people.example' },
        claims: {
          'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress': 'ann@people.example',
          amr: expect.arrayContaining(['http://schemas.microsoft.com/claims/multipleauthn']),
        },
      },
    },
    'Okta: both signed, saml2, types of values, prefix lists': {
      make: () => {
        const document = answer(parts())
          .replaceAll('saml:', 'saml2:')
          .replaceAll('samlp:', 'saml2p:')
          .replaceAll('xmlns:saml=', 'xmlns:saml2=')
          .replaceAll('xmlns:samlp=', 'xmlns:saml2p=')
          .replace('<saml2p:Response ', `<saml2p:Response ${schema} `)
          .replaceAll('<saml2:AttributeValue>', '<saml2:AttributeValue xsi:type="xs:string">')
          .replaceAll('<saml2:Issuer>', '<saml2:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">');
        return `<?xml version="1.0" encoding="UTF-8"?>${signed(signed(document, 'Assertion', { prefixes: ['xs'] }), 'Response', { prefixes: ['xs'] })}`;
      },
      said: read,
    },
    'Google Workspace: the response signed, standalone declaration, e-mail as name': {
      make: () =>
        `<?xml version="1.0" encoding="UTF-8" standalone="no"?>${signed(
          answer(partsOf({ ...ours, now, nameId: 'ann@people.example' }))
            .replaceAll('samlp:', 'saml2p:')
            .replace('xmlns:samlp', 'xmlns:saml2p'),
          'Response',
        )}`,
      more: { signedPart: 'response' },
      said: { nameId: { value: 'ann@people.example' } },
    },
    'Keycloak: the response signed, roles one attribute each, one-time use': {
      make: () =>
        signed(
          answer(partsOf({ ...ours, now, attributes: { Role: ['a', 'b'], role2: ['c'] } }))
            .replace('</saml:Conditions>', '<saml:OneTimeUse/></saml:Conditions>')
            .replace(
              '</saml:AttributeStatement>',
              '<saml:Attribute Name="Role" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"><saml:AttributeValue>d</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
            ),
          'Response',
        ),
      more: { signedPart: 'response' },
      said: { claims: { Role: ['a', 'b', 'd'], role2: 'c' } },
    },
    'AD FS: encrypted by CBC, line breaks of Windows, a tab in a value': {
      make: () =>
        encryptedFor(
          one.certificate,
          signed(
            answer(parts()).replaceAll('><', '>\r\n  <').replace('Ann Example', 'Ann\tExample &amp; &#xD;co.'),
            'Assertion',
          ),
          { cipher: cbc },
        ),
      said: { nameId: { value: 'ann' }, claims: { name: 'Ann\tExample & \rco.' } },
    },
  };
  test.each(Object.entries(shapes))('%s', async (_name, { make, more = {}, said }) => {
    expect(examined(encoded(await make()), { ...expected, ...more })).toMatchObject({ findings: [], said });
  });
});

test('of a name that looks like a member of objects nothing is taken over', () => {
  const attributes = { __proto__x: ['x'], constructor: ['y'], toString: ['z'] };
  const document = signed(
    answer(partsOf({ ...ours, now, attributes })).replace('__proto__x', '__proto__'),
    'Assertion',
  );
  const { findings, said } = examined(encoded(document), expected);
  expect(findings).toEqual([]);
  expect(Object.keys(said?.claims ?? {})).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'toString']));
  expect(({} as { x?: string }).x).toBeUndefined();
});

test('AuthnContext and name become claims that the mapping can use', () => {
  const { said } = examined(
    encoded(signed(answer(partsOf({ ...ours, now, contextClass: 'https://refeds.org/profile/mfa' })), 'Assertion')),
    expected,
  );
  expect(said?.claims).toMatchObject({ acr: 'https://refeds.org/profile/mfa', NameID: 'ann' });
});
