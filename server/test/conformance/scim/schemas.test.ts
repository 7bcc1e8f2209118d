import { describe, expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, problem, shown, unlimited, urn } from './scim.ts';

/**
 * `/Schemas` says what the server does, and all that it does: made of its own reply, for each attribute in it, writing,
 * reading, finding, changing and taking away, as the mutability and returned of it say (RFC 7643 section 7).
 */

interface Described {
  name: string;
  type: string;
  multiValued: boolean;
  required: boolean;
  mutability: string;
  returned: string;
  caseExact: boolean;
  canonicalValues?: string[];
  subAttributes?: Described[];
}

interface Case {
  /** As in a filter or a PATCH. */
  path: string;
  resource: 'Users' | 'Groups';
  /** Where its value lies, from the resource down. */
  steps: string[];
  attribute: Described;
  /** The attribute that it is of, when it is a sub-attribute. */
  parent?: Described;
}

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);
const described: { id: string; attributes: Described[] }[] = (await scim.get('/Schemas')).body.Resources;
// Those of the server itself are held against what it says (rfc7643.test.ts).
const schemas = described.filter(({ id }) => [urn.user, urn.enterprise, urn.group].some((own) => own === id));

const cases = schemas.flatMap(({ id, attributes }): Case[] => {
  const resource = id === urn.group ? 'Groups' : 'Users';
  const isExtension = id === urn.enterprise;
  return attributes.flatMap((attribute): Case[] => {
    const steps = [...(isExtension ? [id] : []), attribute.name];
    const path = isExtension ? `${id}:${attribute.name}` : attribute.name;
    const whole = { path, resource, steps, attribute } as const;
    const subs = (attribute.subAttributes ?? []).map((sub) => ({
      path: `${path}.${sub.name}`,
      resource,
      steps: [...steps, sub.name],
      attribute: sub,
      parent: attribute,
    }));
    return [whole, ...subs] as Case[];
  });
});

const isReadOnly = ({ attribute, parent }: Case) =>
  attribute.mutability === 'readOnly' || parent?.mutability === 'readOnly';
const isOrdinary = (each: Case) =>
  !isReadOnly(each) &&
  each.attribute.mutability === 'readWrite' &&
  each.attribute.type !== 'complex' &&
  each.resource === 'Users';
const titled = (some: Case[]) => some.map((each) => [each.path, each] as const);

/** A value of the attribute that no other call gives, but for booleans and canonical values. */
function sample({ type, canonicalValues }: Described, which: 0 | 1): unknown {
  if (type === 'boolean') return which === 0;
  if (canonicalValues) return canonicalValues[which % canonicalValues.length];
  if (type === 'reference') return `https://example.com/${aWord()}`;
  if (type === 'binary') return Buffer.from(aWord()).toString('base64');
  return aWord('Value');
}

/** Of a complex attribute, one of its values; of another, its value. */
function whole({ attribute, parent }: Case, value: unknown): unknown {
  if (!parent) return value;
  // What an element is about has to be there.
  const about = parent.subAttributes?.find(({ name }) => name === 'value');
  const isBare = about === undefined || attribute.name === 'value';
  const element = { ...(isBare ? {} : { value: sample(about, 0) }), [attribute.name]: value };
  return parent.multiValued ? [element] : element;
}

const bodyOf = (each: Case, value: unknown): object =>
  (each.parent ? each.steps.slice(0, -1) : each.steps).reduceRight<unknown>(
    (inner, step) => ({ [step]: inner }),
    whole(each, value),
  ) as object;

function valueAt(body: unknown, steps: string[]): unknown {
  return steps.reduce<unknown>((at, step) => {
    const here = Array.isArray(at) ? at[0] : at;
    return (here as Record<string, unknown> | undefined)?.[step];
  }, body);
}

const read = async (path: string) => (await scim.get(path)).body;

describe('what is readWrite and simple', () => {
  test.each(titled(cases.filter(isOrdinary)))(
    '%s round-trips, is found, changed and taken away',
    async (path, each) => {
      const [value, other] = [sample(each.attribute, 0), sample(each.attribute, 1)];
      const made = await scim.given.user(bodyOf(each, value));
      const at = `/Users/${made.id}`;
      const now = async () => valueAt(await read(at), each.steps);
      const isFoundBy = async (filter: string) =>
        shown(await scim.find('Users', `id eq "${made.id}" and ${filter}`), 'id').length === 1;
      expect(valueAt(made, each.steps)).toEqual(value);
      expect(await now()).toEqual(value);

      expect(await isFoundBy(`${path} pr`)).toBe(true);
      expect(await isFoundBy(`${path} eq ${JSON.stringify(value)}`)).toBe(true);
      expect(await isFoundBy(`${path.toUpperCase()} EQ ${JSON.stringify(value)}`)).toBe(true);
      expect(await isFoundBy(`${path} ne ${JSON.stringify(value)}`)).toBe(false);
      if (typeof value === 'string' && each.attribute.type !== 'boolean') {
        expect(await isFoundBy(`${path} eq ${JSON.stringify(value.toUpperCase())}`)).toBe(!each.attribute.caseExact);
        expect(await isFoundBy(`${path} sw ${JSON.stringify(value.slice(0, 3))}`)).toBe(true);
      }
      const shownOnly = await read(`${at}?attributes=${encodeURIComponent(path)}`);
      expect(valueAt(shownOnly, each.steps)).toEqual(value);
      expect(shownOnly).not.toHaveProperty('meta');
      expect(valueAt(await read(`${at}?excludedAttributes=${encodeURIComponent(path)}`), each.steps)).toBeUndefined();

      const changed = await scim.patch(at, { op: 'replace', path, value: other });
      expect([changed.status, valueAt(changed.body, each.steps)]).toEqual([200, other]);
      expect(await now()).toEqual(other);
      expect(valueAt((await scim.patch(at, { op: 'add', value: { [path]: value } })).body, each.steps)).toEqual(value);

      const removed = await scim.patch(at, { op: 'remove', path });
      if (each.attribute.required) expect(removed).toMatchObject(problem(400, 'mutability'));
      else expect(removed.status).toBe(200);
      // An account is always active or not.
      if (each.attribute.required || path === 'active') expect(await now()).toEqual(value);
      else {
        expect(await now()).toBeUndefined();
        expect(await isFoundBy(`${path} pr`)).toBe(false);
        expect(await isFoundBy(`not (${path} pr)`)).toBe(true);
      }
      const put = await scim.put(at, { userName: made.userName, ...bodyOf(each, other) });
      expect([put.status, valueAt(put.body, each.steps)]).toEqual([200, other]);
    },
  );
});

describe('what is readWrite and complex', () => {
  const complex = cases.filter(
    (each) => each.attribute.type === 'complex' && each.resource === 'Users' && !isReadOnly(each),
  );
  test.each(titled(complex))('%s as a whole round-trips, is found, replaced and taken away', async (path, each) => {
    const parts = each.attribute.subAttributes?.filter(({ mutability }) => mutability !== 'readOnly') ?? [];
    const element = (which: 0 | 1) => Object.fromEntries(parts.map((sub) => [sub.name, sample(sub, which)]));
    const wrapped = (value: object) => (each.attribute.multiValued ? [value] : value);
    const [value, other] = [wrapped(element(0)), wrapped(element(1))];
    const made = await scim.given.user(bodyOf(each, value));
    const at = `/Users/${made.id}`;
    const now = async () => valueAt(await read(at), each.steps);

    expect(await now()).toEqual(value);
    expect(shown(await scim.find('Users', `id eq "${made.id}" and ${path} pr`), 'id')).toEqual([made.id]);
    const replaced = await scim.patch(at, { op: 'replace', path, value: other });
    expect([replaced.status, await now()]).toEqual([200, other]);
    expect((await scim.patch(at, { op: 'remove', path })).status).toBe(200);
    expect(await now()).toBeUndefined();
    expect(shown(await scim.find('Users', `id eq "${made.id}" and ${path} pr`), 'id')).toEqual([]);
    expect((await scim.patch(at, { op: 'add', path, value })).status).toBe(200);
    expect(await now()).toEqual(value);
    // RFC 7643 section 2.5.
    expect((await scim.patch(at, { op: 'replace', path, value: each.attribute.multiValued ? [] : null })).status).toBe(
      200,
    );
    expect(await now()).toBeUndefined();
  });
});

describe('what is readOnly', () => {
  test.each(titled(cases.filter(isReadOnly)))(
    '%s is ignored in bodies, refused as a path, and found',
    async (path, each) => {
      const person = await scim.given.user();
      const boss = await scim.given.user();
      const bogus = bodyOf(each, each.attribute.type === 'complex' ? [{ value: 'bogus' }] : 'bogus');
      const made =
        each.resource === 'Groups'
          ? await scim.given.group({ ...bogus, members: [{ value: person.id, $ref: 'bogus', type: 'User' }] })
          : await scim.given.user({ ...bogus, [urn.enterprise]: { manager: { value: boss.id, $ref: 'bogus' } } });
      if (each.resource === 'Users') await scim.given.group({ members: [{ value: made.id }] });
      const at = `/${each.resource}/${made.id}`;
      const value = async () => {
        const found = valueAt(await read(at), each.steps);
        return Array.isArray(found) ? found[0] : found;
      };
      const before = await value();
      expect(before).toBeDefined();
      expect(JSON.stringify(before)).not.toContain('bogus');

      for (const op of ['add', 'replace', 'remove']) {
        const refused = await scim.patch(at, { op, path, value: 'bogus' });
        expect(refused).toMatchObject(problem(400, 'mutability'));
      }
      expect((await scim.patch(at, { op: 'replace', value: { [path]: 'bogus' } })).status).toBeLessThan(300);
      expect(await value()).toEqual(before);
      expect(shown(await scim.find(each.resource, `id eq "${made.id}" and ${path} pr`), 'id')).toEqual([made.id]);
      if (typeof before === 'string')
        expect(
          shown(await scim.find(each.resource, `id eq "${made.id}" and ${path} eq ${JSON.stringify(before)}`), 'id'),
        ).toEqual([made.id]);
    },
  );
});

test('what is never returned is writeOnly and found by nothing', async () => {
  const never = cases.filter(({ attribute }) => attribute.returned === 'never');
  expect(never.map(({ path }) => path)).toEqual(['password']);

  for (const { path, attribute } of never) {
    expect(attribute.mutability).toBe('writeOnly');
    for (const filter of [`${path} pr`, `${path} eq "x"`])
      expect(await scim.find('Users', filter)).toMatchObject(problem(400, 'invalidFilter'));
  }
});

test('Group: displayName, externalId and members do what they say', async () => {
  const rest = cases.filter((each) => each.resource === 'Groups' && !isReadOnly(each)).map(({ path }) => path);
  expect(rest).toEqual(['displayName', 'members', 'members.value', 'members.type']);
  const [a, b] = [await scim.given.user(), await scim.given.user()];
  const group = await scim.given.group({ members: [{ value: a.id }], externalId: aWord('Ext') });
  const isFoundBy = async (filter: string) =>
    shown(await scim.find('Groups', `id eq "${group.id}" and ${filter}`), 'id').length === 1;

  for (const filter of [
    'displayName pr',
    `displayName eq ${JSON.stringify(group.displayName.toUpperCase())}`,
    `externalId eq "${group.externalId}"`,
    'members pr',
    `members eq "${a.id}"`,
    `members.value eq "${a.id}"`,
    `members[value eq "${a.id}"]`,
    `members[value eq "${a.id}" and type eq "User"]`,
    'members.type eq "User"',
  ])
    expect(await isFoundBy(filter), filter).toBe(true);
  for (const filter of [
    `externalId eq "${group.externalId.toLowerCase()}"`,
    `members eq "${b.id}"`,
    'members.type eq "Group"',
    'not (members pr)',
  ])
    expect(await isFoundBy(filter), filter).toBe(false);

  const other = aWord('Other');
  const at = `/Groups/${group.id}`;
  expect(
    (
      await scim.patch(
        at,
        { op: 'replace', path: 'externalId', value: other },
        { op: 'replace', path: 'displayName', value: other },
      )
    ).status,
  ).toBe(204);
  expect(await read(at)).toMatchObject({ externalId: other, displayName: other, members: [{ value: a.id }] });
  expect((await scim.patch(at, { op: 'remove', path: 'externalId' })).status).toBe(204);
  expect(await read(at)).not.toHaveProperty('externalId');
  expect(await scim.patch(at, { op: 'remove', path: 'displayName' })).toMatchObject(problem(400, 'mutability'));
});
