import { createHash, createHmac, createPublicKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  agentKeyParts,
  formatAgentKey,
  formatCredential,
  formatKeyId,
  formatLinkSecret,
  formatSessionSecret,
  hashSecret,
  parseCredential,
  parseKeyId,
  parseLinkSecret,
  parseSessionSecret,
} from './credential-text.ts';
import { idToBase62, newId, randomBase62 } from './ids.ts';

const key = randomBytes(32);
const tenantId = newId();
const tenantKinds = ['sa', 'pt', 'sk', 'ak'] as const;

test('a credential reads back as it was written, by its own platform only', () => {
  for (const kind of tenantKinds) {
    const text = formatCredential(kind, tenantId, key);
    expect(text).toMatch(new RegExp(`^bwk_${kind}_${idToBase62(tenantId)}[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$`));
    expect(parseCredential(text, key)).toEqual({ kind, tenantId, random: text.slice(29, 61) });
    expect(parseCredential(text, randomBytes(32))).toBeUndefined();
  }
});

test('an operator key has no tenant', () => {
  const text = formatCredential('op', undefined, key);
  expect(text).toMatch(/^bwk_op_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/);
  expect(parseCredential(text, key)).toMatchObject({ kind: 'op', tenantId: undefined });
  expect(() => formatCredential('op', tenantId, key)).toThrow(TypeError);
  expect(() => formatCredential('sa', undefined, key)).toThrow(TypeError);
});

test('a random part that is short, long or not base62 is refused when written', () => {
  for (const random of [randomBase62(31), randomBase62(300), `${randomBase62(32)}_`, `${randomBase62(32)}\n`]) {
    expect(() => formatCredential('sa', tenantId, key, random)).toThrow(TypeError);
  }
});

test('one changed, added or lost character makes a credential worthless', () => {
  const text = formatCredential('sa', tenantId, key);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, other) => {
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      fc.pre(changed !== text);
      expect(parseCredential(changed, key)).toBeUndefined();
    }),
    { numRuns: 1_000 },
  );
  for (const changed of [`${text}\n`, ` ${text}`, text.toUpperCase(), `Bearer ${text}`, text + 'x'.repeat(100_000)]) {
    expect(parseCredential(changed, key)).toBeUndefined();
  }
});

test('a rightful checksum does not make a wrong form right', () => {
  const signed = (body: string) => {
    const digest = BigInt(`0x${createHmac('sha256', key).update(body).digest().subarray(0, 4).toString('hex')}`);
    let rest = digest;
    let sum = '';
    for (let place = 0; place < 6; place++) {
      sum = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.charAt(Number(rest % 62n)) + sum;
      rest /= 62n;
    }
    return `${body}_${sum}`;
  };
  expect(parseCredential(signed(`bwk_sa_${idToBase62(tenantId)}${'a'.repeat(32)}`), key)?.tenantId).toBe(tenantId);
  expect(parseCredential(signed(`bwk_sa_${idToBase62(tenantId)}${'a'.repeat(31)}`), key)).toBeUndefined();
  expect(parseCredential(signed(`bwk_sa_${'z'.repeat(22)}${'a'.repeat(32)}`), key)).toBeUndefined();
  expect(parseCredential(signed(`bwk_xx_${idToBase62(tenantId)}${'a'.repeat(32)}`), key)).toBeUndefined();
});

test('any text is read or refused, never an exception', () => {
  const parts = fc.constantFrom('bwk_', 'sa', 'op', 'ak', '_', 'a'.repeat(32), idToBase62(tenantId), '\0', 'é', '.');
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(parts).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(text, (value) => {
      expect(parseCredential(value, key)).toBeUndefined();
      agentKeyParts(value);
      parseKeyId(value);
      parseSessionSecret(value);
      parseLinkSecret(value);
    }),
    { numRuns: 1_000 },
  );
});

test('secrets are hashed whole', () => {
  const text = formatCredential('pt', tenantId, key);
  expect(hashSecret(text)).toEqual(createHash('sha256').update(text).digest());
});

test('session and link secrets name their tenant and are not taken for each other', () => {
  const session = formatSessionSecret(tenantId);
  const link = formatLinkSecret(tenantId);
  expect(session).toHaveLength(54);
  expect(link).toHaveLength(65);
  expect(parseSessionSecret(session)).toEqual({ tenantId });
  expect(parseLinkSecret(link)).toEqual({ tenantId });
  expect(parseSessionSecret(link)).toBeUndefined();
  expect(parseLinkSecret(session)).toBeUndefined();
  expect(parseSessionSecret('z'.repeat(54))).toBeUndefined();
  expect(parseSessionSecret(`${session.slice(0, 53)}-`)).toBeUndefined();
  expect(formatSessionSecret(tenantId)).not.toBe(session);
});

test('an agent key carries all that its agent needs to sign', () => {
  const keyId = newId();
  const { value, publicKey } = formatAgentKey(tenantId, keyId, key);
  expect(value).toMatch(/^bwk_ak_[0-9A-Za-z]{87}_[0-9A-Za-z]{6}$/);
  expect(parseCredential(value, key)).toMatchObject({ kind: 'ak', tenantId });

  const parts = agentKeyParts(value);
  expect(parts).toMatchObject({ tenantId, keyId });
  expect(parts && createPublicKey(parts.privateKey).export({ format: 'jwk' }).x).toBe(publicKey.toString('base64url'));
  expect(publicKey).toHaveLength(32);
  expect(agentKeyParts(formatCredential('ak', tenantId, key))).toBeUndefined();
  expect(agentKeyParts(formatCredential('sa', tenantId, key, randomBase62(65)))).toBeUndefined();
});

test('a key id reads back as it was written', () => {
  const keyId = newId();
  const text = formatKeyId(tenantId, keyId);
  expect(parseKeyId(text)).toEqual({ tenantId, keyId });
  for (const other of [text.replace('.', '_'), text.slice(1), `${text}0`, `.${text}`]) {
    expect(parseKeyId(other)).toBeUndefined();
  }
});
