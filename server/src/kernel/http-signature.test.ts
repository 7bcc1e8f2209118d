import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agentKeyParts, formatAgentKey, formatKeyId } from './credential-text.ts';
import { readSignature, signRequest, verifySignature } from './http-signature.ts';
import { newId } from './ids.ts';

const tenantId = newId();
const keyId = newId();
const { value: agentKey, publicKey } = formatAgentKey(tenantId, keyId, randomBytes(32));
const privateKey = agentKeyParts(agentKey)?.privateKey as NonNullable<ReturnType<typeof agentKeyParts>>['privateKey'];
const keyid = formatKeyId(tenantId, keyId);

const request = { method: 'POST', targetUri: 'https://eu.example.com/v1/me?x=%20', body: Buffer.from('{"hello":1}') };
const now = new Date('2026-11-24T12:00:00.900Z');

const signed = (over: Partial<typeof request> = {}) =>
  signRequest({ ...request, ...over, agentKey, now, nonce: 'a "quoted\\" nonce' });

const accepts = (
  headers: Record<string, string | string[]>,
  over: Partial<typeof request> & { publicKey?: Buffer } = {},
) => {
  const parsed = readSignature(headers);
  return parsed !== undefined && verifySignature(parsed, { publicKey, ...request, ...over });
};

/** Signs by hand, from the standard and not from the code under test. */
function byHand(components: string[], params: string, values: Record<string, string>, input = params) {
  const lines = components.map((name) => `"${name}": ${values[name]}`);
  const base = [...lines, `"@signature-params": ${params}`].join('\n');
  const signature = sign(null, Buffer.from(base), privateKey).toString('base64');
  return { 'signature-input': `sig1=${input}`, signature: `sig1=:${signature}:` };
}

const digestOf = (body: Buffer) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
const values = {
  '@method': request.method,
  '@target-uri': request.targetUri,
  'content-digest': digestOf(request.body),
};
const all = ['@method', '@target-uri', 'content-digest'];
const list = '("@method" "@target-uri" "content-digest")';
const tail = `;created=1795521600;nonce="n1";keyid="${keyid}"`;
const withDigest = (headers: Record<string, string>, digest = values['content-digest']) => ({
  ...headers,
  'content-digest': digest,
});

test('a signed request is read before any look-up and verified with the key that it names', () => {
  const parsed = readSignature(signed());
  expect(parsed).toMatchObject({
    label: 'agent',
    tenantId,
    keyId,
    created: Date.parse('2026-11-24T12:00:00Z') / 1000,
    nonce: 'a "quoted\\" nonce',
  });
  expect(accepts(signed())).toBe(true);
});

test('a signature made by the letter of RFC 9421 is accepted, in any order of components and parameters', () => {
  expect(accepts(withDigest(byHand(all, list + tail, values)))).toBe(true);
  expect(accepts(withDigest(byHand(all, `${list};alg="ed25519"${tail}`, values)))).toBe(true);
  const turned = ['content-digest', '@target-uri', '@method'];
  const params = `("content-digest" "@target-uri" "@method");keyid="${keyid}";nonce="n1";created=1795521600`;
  expect(accepts(withDigest(byHand(turned, params, values)))).toBe(true);
});

test('spaces that the standard allows do not change what was signed', () => {
  const spaced = `( "@method"  "@target-uri" "content-digest" ); created=1795521600;  nonce="n1"; keyid="${keyid}"`;
  expect(accepts(withDigest(byHand(all, list + tail, values, spaced)))).toBe(true);
});

test('another method, address, body or key is refused', () => {
  expect(accepts(signed(), { method: 'PUT' })).toBe(false);
  expect(accepts(signed(), { targetUri: `${request.targetUri}1` })).toBe(false);
  expect(accepts(signed({ targetUri: 'https://é.example' }), { targetUri: 'https://é.example' })).toBe(false);
  expect(accepts(signed(), { body: Buffer.from('{"hello":2}') })).toBe(false);
  expect(accepts(signed(), { body: Buffer.alloc(0) })).toBe(false);
  const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '';
  expect(accepts(signed(), { publicKey: Buffer.from(other, 'base64url') })).toBe(false);
  expect(accepts(signed(), { publicKey: Buffer.alloc(32) })).toBe(false);
  expect(accepts(signed(), { publicKey: Buffer.alloc(31) })).toBe(false);
});

test('a changed character in any signature header is refused', () => {
  const headers = signed();
  const names = Object.keys(headers);
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), fc.string({ maxLength: 2 }), (name, seed, other) => {
      const value = headers[name] ?? '';
      const at = seed % value.length;
      const changed = value.slice(0, at) + other + value.slice(at + 1);
      fc.pre(changed !== value);
      const mutated = { ...headers, [name]: changed };
      // A space more or less between the parts of a field leaves what was signed as it was.
      if (accepts(mutated)) expect(readSignature(mutated)).toEqual(readSignature(headers));
    }),
    { numRuns: 500 },
  );
});

test('a body must be covered; without one the digest of nothing is optional', () => {
  const bare = ['@method', '@target-uri'];
  const uncovered = byHand(bare, `("@method" "@target-uri")${tail}`, values);
  const empty = { body: Buffer.alloc(0) };
  expect(accepts(uncovered)).toBe(false);
  expect(accepts(withDigest(uncovered))).toBe(false);
  expect(accepts(uncovered, empty)).toBe(true);

  const covered = byHand(all, list + tail, { ...values, 'content-digest': digestOf(empty.body) });
  expect(accepts(withDigest(covered, digestOf(empty.body)), empty)).toBe(true);
  expect(accepts(covered, empty)).toBe(false);
});

test('a digest is sha-256, once, over the body', () => {
  const trial = (digest: string) =>
    accepts(withDigest(byHand(all, list + tail, { ...values, 'content-digest': digest }), digest));
  const right = values['content-digest'];
  expect(trial(right)).toBe(true);
  expect(trial(`sha-512=:${createHash('sha512').update(request.body).digest('base64')}:, ${right}`)).toBe(true);
  for (const digest of [
    digestOf(Buffer.from('else')),
    `${right}, ${right}`,
    `${right}, ${digestOf(Buffer.from('else'))}`,
    `${right},`,
    `${right};x=1`,
    right.replace('sha-256', 'sha-512'),
    right.replace('=:', '='),
    `sha-256=:${createHash('sha256').update(request.body).digest('hex')}:`,
    '',
  ]) {
    expect(trial(digest), digest).toBe(false);
  }
});

test('missing, doubled, unknown and foreign components and parameters are refused, though rightly signed', () => {
  const trial = (components: string[], params: string) => accepts(withDigest(byHand(components, params, values)));
  expect(trial(all, list + tail)).toBe(true);
  for (const [components, params] of [
    [['@target-uri', 'content-digest'], `("@target-uri" "content-digest")${tail}`],
    [['@method', 'content-digest'], `("@method" "content-digest")${tail}`],
    [[], `()${tail}`],
    [[...all, '@method'], `("@method" "@target-uri" "content-digest" "@method")${tail}`],
    [[...all, '@path'], `("@method" "@target-uri" "content-digest" "@path")${tail}`],
    [all, `("@method";req "@target-uri" "content-digest")${tail}`],
    [all, `("@method""@target-uri" "content-digest")${tail}`],
    [all, `${list};nonce="n1";keyid="${keyid}"`],
    [all, `${list};created=1795521600;keyid="${keyid}"`],
    [all, `${list};created=1795521600;nonce="n1"`],
    [all, `${list}${tail};alg="rsa-v1_5-sha256"`],
    [all, `${list}${tail};expires=1795521700`],
    [all, `${list}${tail};nonce="n2"`],
    [all, `${list};created="1795521600";nonce="n1";keyid="${keyid}"`],
    [all, `${list};created=-1;nonce="n1";keyid="${keyid}"`],
    [all, `${list};created=1.5;nonce="n1";keyid="${keyid}"`],
    [all, `${list};created=1795521600;nonce="";keyid="${keyid}"`],
    [all, `${list};created=1795521600;nonce="${'n'.repeat(129)}";keyid="${keyid}"`],
    [all, `${list};created=1795521600;nonce="n1";keyid="${keyid}0"`],
    [all, `${list};created=1795521600;nonce=n1;keyid="${keyid}"`],
  ] as [string[], string][]) {
    expect(trial(components, params), params).toBe(false);
  }
});

test('several signatures, labels that differ and long headers are refused', () => {
  const headers = signed();
  const input = headers['signature-input'] ?? '';
  const signature = headers.signature ?? '';
  for (const [name, value] of [
    ['signature-input', `${input}, ${input.replace('agent', 'other')}`],
    ['signature-input', [input]],
    ['signature-input', input.replace('agent', 'other')],
    ['signature', `${signature}, ${signature.replace('agent', 'other')}`],
    ['signature', [signature]],
    ['signature', `${signature};x=1`],
    ['signature', 'agent=:AAAA:'],
    ['signature-input', `${input}${' '.repeat(4096)}`],
    ['content-digest', [headers['content-digest'] ?? '']],
  ] as [string, string | string[]][]) {
    expect(accepts({ ...headers, [name]: value }), String(value).slice(0, 80)).toBe(false);
  }
  expect(readSignature({})).toBeUndefined();
});

test('hostile headers are refused at once, never an exception', () => {
  const bits = fc.constantFrom(
    'sig1',
    '=',
    '(',
    ')',
    '"@method"',
    ' ',
    ';',
    'created',
    '1',
    ':',
    'AA==',
    ',',
    '\\',
    '"',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(bits, { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, text, text, (input, signature, digest) => {
      const headers = { 'signature-input': input, signature, 'content-digest': digest };
      expect(accepts(headers)).toBe(false);
      expect(accepts({ ...signed(), 'content-digest': digest })).toBe(false);
    }),
    { numRuns: 500 },
  );
  const long = ['("', '"@method" ', '\\"', ';a=1', ':', ' ', 'a'].map((part) =>
    `sig1=("${part.repeat(2_000)}`.slice(0, 4_096),
  );
  const began = performance.now();
  for (const input of long) expect(readSignature({ ...signed(), 'signature-input': input })).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('only an agent key signs', () => {
  expect(() => signRequest({ ...request, agentKey: 'bwk_sa_x', now, nonce: 'n' })).toThrow(TypeError);
});
