import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/**
 * The attacks that every release withstands, each by the number that tests carry in their titles: a row without
 * a test fails.
 */
const rows = {
  A1: 'passwords: long ones, whole ones, common ones',
  A2: 'guessing from many addresses, at many accounts, over nodes',
  A3: 'known and unknown names',
  A4: 'what stands between password and second factor',
  A5: 'codes: twice, guessed, of another account, at once',
  A6: 'links to a new password',
  A7: 'a cookie that stood in the browser before',
  A8: 'sessions after sign-out, password change, deactivation, removal of a factor',
  A9: 'passkeys: foreign pages, replays, nobody verified',
  A10: 'changes of factors and address by an old session',
  A11: 'one address in several spellings',
  G1: 'requests of agents: keys, replays, changes, clocks',
  G2: 'tokens at a gateway: issuer, audience, algorithms, keys',
  G5: 'client certificates: of others, over, of authorities, only said',
  G6: 'keys that are uploaded: weak, of other forms, gone',
  G3: 'a gateway without its region',
  O1: 'ID tokens: algorithms and keys',
  O2: 'ID tokens: claims',
  O3: "a provider that asserts somebody else's address",
  O4: 'answers of one provider at another',
  O5: 'state, code and browser of a trip',
  O6: 'single sign-on is required',
  O7: 'groups from claims',
  O8: 'where a sign-in leads',
  O9: 'a provider that changes under live sessions',
  M1: 'signature wrapping',
  M2: 'signatures: missing, by other keys, weak',
  M3: 'several assertions',
  M4: 'comments and instructions within values',
  M5: 'entities, depth and size',
  M6: 'audience, recipient, destination, request, times',
  M7: 'an assertion twice, on two nodes',
  M8: 'names of other people',
  M9: 'metadata',
  W1: 'changes that a foreign page sends',
  W2: 'scripts and formulas in texts',
  W3: 'headers, cookies, storage',
  S11: 'deactivated, deleted, out of a group in the directory',
  T1: "another tenant's ids, in every place",
  T2: 'no credential, bad ones, of other kinds, without rights',
  T3: "a tenant that is claimed beside the credential's",
  T4: 'one connection for many tenants',
  T5: 'the database without a tenant',
  T6: "references to another tenant's objects",
  T7: 'names that another tenant has, and errors',
  T8: 'lists, counts, searches and exports',
  T9: 'work after the answer, with ids of another tenant',
  X1: 'addresses that lead inside, by their text',
  X2: 'names that lead inside, redirects',
  X3: 'answers that are too long, too slow or packed',
  Z1: 'rights for oneself, or that one lacks',
  Z2: 'credentials and status of stronger accounts',
  Z3: 'fields that nobody declared',
  Z4: 'a partner beyond what it was given',
  Z5: 'acting as somebody else',
  Z6: 'the last owner',
  Z7: 'a permission taken away, on every node',
  Z8: 'spellings of method and path',
};

const below = (folder: string): string[] =>
  readdirSync(new URL(folder, import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(folder + name, import.meta.url), 'utf8'));

const numbered = new Set(
  [...below('./'), ...below('../src/'), ...below('../../e2e/'), ...below('../../gateway/test/')].flatMap((text) =>
    [...text.matchAll(/['"`]((?:[AGMOSTWXZ]\d+ and )*[AGMOSTWXZ]\d+): /g)].flatMap(([, numbers = '']) =>
      numbers.split(' and '),
    ),
  ),
);

test.each(Object.entries(rows))('%s, %s, has a test', (row) => {
  expect([...numbered]).toContain(row);
});
