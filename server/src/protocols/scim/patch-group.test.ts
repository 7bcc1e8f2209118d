import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroupChange } from '../../capabilities/groups/service.ts';
import { Problem } from '../../kernel/problem.ts';
import { groupType } from './attributes.ts';
import { readPatch } from './patch.ts';
import { compileGroupPatch } from './patch-group.ts';

/** A small world: `id(0)` to `id(7)` are people, the others are nobody. */
const id = (at: number) => `0198c0de-0000-7000-8000-${at.toString(16).padStart(12, '0')}`;
const [a, b, c] = [id(0), id(1), id(2)] as const;
const isSomebody = (one: string) => /-00000000000[0-7]$/.test(one);

const compile = (...operations: unknown[]) => compileGroupPatch(readPatch(groupType, { Operations: operations }));

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `${error.status} ${error.members.scimType ?? error.code}: ${error.message}`;
  }
  return 'none';
}

const idsIn = (change: GroupChange | undefined): Iterable<string> =>
  change && 'add' in change ? change.add : change && 'remove' in change ? change.remove : [];

const refusalOf = (...operations: unknown[]) => refusal(() => compile(...operations));

describe('attributes', () => {
  test('are set to what they are last', () => {
    expect(
      compile(
        { op: 'replace', path: 'displayName', value: 'Guides' },
        { op: 'Replace', value: { externalId: 'ext-1', displayname: 'Tour Guides' } },
      ),
    ).toEqual([{ set: { displayName: 'Tour Guides', externalId: 'ext-1' } }]);
  });

  test.each([
    [{ op: 'remove', path: 'externalId' }],
    [{ op: 'replace', path: 'externalId', value: null }],
    [{ op: 'replace', value: { externalId: '' } }],
  ])('an external id is taken away: %j', (operation) => {
    expect(compile(operation)).toEqual([{ set: { externalId: null } }]);
  });

  test.each([
    [{ op: 'remove', path: 'displayName' }, '400 mutability'],
    [{ op: 'replace', path: 'displayName', value: null }, '400 mutability'],
    [{ op: 'replace', path: 'displayName', value: ' ' }, '400 invalidValue: displayName'],
    [{ op: 'replace', path: 'displayName', value: 7 }, '400 invalidValue: displayName'],
    [{ op: 'replace', path: 'displayName', value: 'x'.repeat(300) }, '400 invalidValue: displayName'],
    [{ op: 'replace', path: 'id', value: a }, '400 mutability'],
    [{ op: 'replace', path: 'meta', value: {} }, '400 mutability'],
    [{ op: 'remove', path: 'schemas' }, '400 mutability'],
    [{ op: 'replace', path: 'description', value: 'x' }, '400 invalidPath'],
    [{ op: 'replace', path: 'displayName[value eq "x"]', value: 'x' }, '400 invalidPath'],
    [{ op: 'remove' }, '400 noTarget'],
    [{ op: 'add', path: 'members' }, '400 invalidValue'],
  ])('%j: %s', (operation, expected) => {
    expect(refusalOf(operation)).toContain(expected);
  });

  test('what is read-only or of other people is ignored in a value without a path', () => {
    const value = {
      id: a,
      meta: {},
      schemas: ['http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
      'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group': { x: 1 },
      'urn:okta:custom:group:1.0': { x: 1 },
      description: 'x',
    };
    expect(compile({ op: 'replace', value })).toEqual([]);
    expect(compile({ op: 'replace', path: 'urn:okta:custom:group:1.0:x', value: 1 })).toEqual([]);
  });
});

describe('members', () => {
  test.each([
    ['objects', [{ value: a }, { value: b }]],
    [
      'with a type and an address',
      [
        { value: a, type: 'User', $ref: `../Users/${a}` },
        { VALUE: b, display: 'B' },
      ],
    ],
    ['bare ids', [a, b]],
    ['in capitals, and twice', [a.toUpperCase(), { value: b }, { value: a }]],
  ])('in a list of %s', (_, value) => {
    expect(compile({ op: 'add', path: 'members', value })).toEqual([{ add: [a, b] }]);
    expect(compile({ op: 'Add', path: 'Members', value })).toEqual([{ add: [a, b] }]);
    expect(compile({ op: 'add', value: { MEMBERS: value } })).toEqual([{ add: [a, b] }]);
    expect(compile({ op: 'add', path: 'urn:ietf:params:scim:schemas:core:2.0:Group:members', value })).toEqual([
      { add: [a, b] },
    ]);
    expect(compile({ op: 'remove', path: 'members', value })).toEqual([{ remove: [a, b] }]);
    expect(compile({ op: 'replace', path: 'members', value })).toEqual([{ replaceWith: [a, b] }]);
    expect(compile({ op: 'replace', value: { members: value } })).toEqual([{ replaceWith: [a, b] }]);
  });

  test('one alone', () => {
    for (const value of [{ value: a }, a]) {
      expect(compile({ op: 'add', path: 'members', value })).toEqual([{ add: [a] }]);
      expect(compile({ op: 'remove', path: 'members', value })).toEqual([{ remove: [a] }]);
    }
  });

  test('all are removed without a value, or replaced by none', () => {
    for (const operation of [
      { op: 'remove', path: 'members' },
      { op: 'remove', path: 'members', value: null },
      { op: 'replace', path: 'members', value: [] },
      { op: 'replace', path: 'members', value: null },
      { op: 'replace', value: { members: [] } },
    ])
      expect(compile(operation)).toEqual([{ removeAll: true }]);
  });

  test('a list that names nobody removes nobody', () => {
    expect(compile({ op: 'remove', path: 'members', value: [] })).toEqual([]);
    expect(compile({ op: 'remove', path: 'members', value: [{ value: 'no id' }, { value: '' }] })).toEqual([]);
    expect(compile({ op: 'add', path: 'members', value: [] })).toEqual([]);
  });

  test.each([
    [{ op: 'add', path: 'members', value: [{ value: a, type: 'Group' }] }, '400 invalidValue: members has a group'],
    [{ op: 'replace', value: { members: [{ value: a, Type: 'group' }] } }, '400 invalidValue: members has a group'],
    [{ op: 'add', path: 'members', value: [{ value: 'no id' }] }, '400 invalidValue: members.value'],
    [{ op: 'add', path: 'members', value: ['1'] }, '400 invalidValue: members.value'],
    [{ op: 'add', path: 'members', value: [7] }, '400 invalidValue: members'],
    [{ op: 'add', path: 'members', value: [{ display: 'x' }] }, '400 invalidValue: members'],
    [{ op: 'replace', path: 'members', value: 7 }, '400 invalidValue: members'],
    [{ op: 'remove', path: 'members', value: [7] }, '400 invalidValue: members'],
    [{ op: 'remove', path: 'members', value: [{}] }, '400 invalidValue: members'],
    [{ op: 'remove', path: 'members', value: true }, '400 invalidValue: members'],
    [{ op: 'remove', path: 'members.value' }, '400 mutability'],
    [{ op: 'remove', path: `members[value eq "${a}"].value` }, '400 mutability'],
    [{ op: 'remove', path: `members[value eq "${a}"].type` }, '400 mutability'],
    [{ op: 'replace', path: `members[value eq "${a}"]`, value: { value: b } }, '400 mutability'],
    [{ op: 'replace', path: `members[value eq "${a}"].value`, value: b }, '400 mutability'],
    [{ op: 'add', path: `members[value eq "${a}"]`, value: { type: 'User' } }, '400 mutability'],
    [{ op: 'remove', path: 'members[shoeSize eq "x"]' }, '400 invalidFilter'],
    [{ op: 'remove', path: 'members[value eq "x"' }, '400 invalidFilter'],
  ])('%j: %s', (operation, expected) => {
    expect(refusalOf(operation)).toContain(expected);
  });

  test('are removed by what a filter says of their ids', () => {
    const remove = (filter: string) => compile({ op: 'remove', path: `members[${filter}]` });
    expect(remove(`value eq "${a}"`)).toEqual([{ remove: [a] }]);
    expect(remove(`VALUE EQ "${a.toUpperCase()}"`)).toEqual([{ remove: [a] }]);
    expect(remove(`value eq "${a}" or value eq "${b}"`)).toEqual([{ remove: [a, b] }]);
    expect(remove(`(value eq "${a}" or value eq "${b}") and not (value eq "${a}")`)).toEqual([{ remove: [b] }]);
    expect(remove(`value eq "${a}" and type eq "user"`)).toEqual([{ remove: [a] }]);
    expect(remove(`value eq "${a}" and value eq "${b}"`)).toEqual([]);
    expect(remove('value eq "no id"')).toEqual([]);
    expect(remove('value eq null')).toEqual([]);
    expect(remove('type eq "Group"')).toEqual([]);
    expect(remove('type eq "User"')).toEqual([{ removeAll: true }]);
    expect(remove('type sw "us"')).toEqual([{ removeAll: true }]);
    expect(remove('value pr')).toEqual([{ removeAll: true }]);
    expect(remove('value ne "no id"')).toEqual([{ removeAll: true }]);
    expect(remove(`value ne "${a}" or value ne "${b}"`)).toEqual([{ removeAll: true }]);
  });

  test.each([`value ne "${a}"`, `not (value eq "${a}")`, 'value co "0"', 'value gt "0"', '$ref eq "x"', '$ref co "x"'])(
    'a filter that asks for the list is refused in words: %s',
    (filter) => {
      expect(refusalOf({ op: 'remove', path: `members[${filter}]` })).toMatch(
        /^400 invalidFilter: .*members are removed/,
      );
    },
  );

  // What took time by the square of them would not end before the test is given up.
  test('100,000 in one request, in one list or in many, and not one more', () => {
    const ids = Array.from({ length: 100_000 }, (_, at) => id(at));
    const lists = Array.from({ length: 1000 }, (_, at) => ids.slice(100 * at, 100 * at + 100));
    const another = { op: 'remove', path: `members[value eq "${id(100_000)}"]` };
    for (const op of ['add', 'remove']) {
      const expected = JSON.stringify([{ [op]: ids }]);
      const whole = { op, path: 'members', value: ids.map((value) => ({ value })) };
      expect(JSON.stringify(compile(whole)) === expected).toBe(true);
      const inLists = compile(...lists.map((value) => ({ op, path: 'members', value })));
      expect(JSON.stringify(inLists.map((change) => ({ [op]: [...idsIn(change)] }))) === expected).toBe(true);
      expect(refusalOf(whole, another)).toMatch(/^400 invalidValue.*100000/);
    }
    expect(refusalOf({ op: 'add', path: 'members', value: [...ids, id(100_000)] })).toMatch(/^400 invalidValue/);
  });

  test('10,000 operations, as those of Entra ID for one member each, and not one more', () => {
    const operations = Array.from({ length: 10_001 }, (_, at) => ({
      op: 'Remove',
      path: `members[value eq "${id(at)}"]`,
    }));
    const [change, ...others] = compile(...operations.slice(1));
    expect(others).toEqual([]);
    expect(change).toHaveProperty('remove');
    expect([...idsIn(change)]).toEqual(Array.from({ length: 10_000 }, (_, at) => id(at + 1)));
    expect(refusalOf(...operations)).toMatch(/^413 too-large/);
  });
});

describe('clients', () => {
  test('Entra ID removes by a list of values (before aadOptscim062020)', () => {
    expect(compile({ op: 'Remove', path: 'members', value: [{ $ref: null, value: a }] })).toEqual([{ remove: [a] }]);
  });

  test('Entra ID removes by a filter (with aadOptscim062020), as JumpCloud does', () => {
    expect(compile({ op: 'Remove', path: `members[value eq "${a}"]` })).toEqual([{ remove: [a] }]);
  });

  test('Entra ID adds', () => {
    expect(compile({ op: 'Add', path: 'members', value: [{ $ref: null, value: a }] })).toEqual([{ add: [a] }]);
  });

  test('Okta renames with an id, and the members stay', () => {
    expect(compile({ op: 'replace', value: { id: c, displayName: 'Guides' } })).toEqual([
      { set: { displayName: 'Guides' } },
    ]);
  });

  test('Okta removes and adds in one request, members without a type', () => {
    expect(
      compile(
        { op: 'remove', path: `members[value eq "${a}"]` },
        { op: 'add', path: 'members', value: [{ value: b, display: 'b@example.com' }] },
      ),
    ).toEqual([{ add: [b] }, { remove: [a] }]);
  });

  test('Okta replaces all', () => {
    expect(compile({ op: 'replace', value: { members: [{ value: a }, { value: b }] } })).toEqual([
      { replaceWith: [a, b] },
    ]);
  });
});

describe('against a model', () => {
  interface Step {
    op: 'add' | 'remove' | 'removeAll' | 'replaceWith' | 'removeNamed' | 'rename';
    ids: string[];
  }

  const step: fc.Arbitrary<Step> = fc.record({
    op: fc.constantFrom('add', 'add', 'remove', 'remove', 'removeNamed', 'removeAll', 'replaceWith', 'rename'),
    ids: fc.array(fc.integer({ min: 0, max: 8 }).map(id), { maxLength: 4 }),
  });

  const operationOf = ({ op, ids }: Step): object => {
    if (op === 'removeAll') return { op: 'remove', path: 'members' };
    if (op === 'removeNamed') return { op: 'Remove', path: 'members', value: ids.map((value) => ({ value })) };
    if (op === 'rename') return { op: 'replace', path: 'displayName', value: `Group of ${ids.length}` };
    if (op === 'replaceWith') return { op: 'replace', value: { members: ids } };
    if (op === 'add') return { op: 'add', path: 'members', value: ids };
    const filter = ids.length > 0 ? ids.map((value) => `value eq "${value}"`).join(' or ') : 'value eq "nobody"';
    return { op: 'remove', path: `members[${filter}]` };
  };

  interface World {
    name: string;
    members: Set<string>;
  }

  /** What one operation does; undefined when it names somebody who is not there. */
  function take({ name, members }: World, { op, ids }: Step): World | undefined {
    if (op === 'rename') return { name: `Group of ${ids.length}`, members };
    if (op === 'removeAll') return { name, members: new Set() };
    if (op === 'remove' || op === 'removeNamed')
      return { name, members: new Set([...members].filter((one) => !ids.includes(one))) };
    if (!ids.every(isSomebody)) return undefined;
    return { name, members: new Set([...(op === 'add' ? members : []), ...ids]) };
  }

  /** What the server does with changes, in their order. */
  function change({ name, members }: World, changes: GroupChange[]): World | undefined {
    const world = { name, members: new Set(members) };
    for (const each of changes) {
      if ('set' in each) world.name = each.set.displayName ?? world.name;
      else if ('remove' in each) for (const one of each.remove) world.members.delete(one);
      else {
        if (!('add' in each)) world.members.clear();
        for (const one of 'add' in each ? each.add : 'replaceWith' in each ? each.replaceWith : []) {
          if (!isSomebody(one)) return undefined;
          world.members.add(one);
        }
      }
    }
    return world;
  }

  test('a few changes do what the operations do one after the other', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 7 }).map(id)),
        (steps, before) => {
          const world = { name: 'Group', members: new Set(before) };
          const expected = steps.reduce<World | undefined>((at, each) => at && take(at, each), world);
          const changes = compile(...steps.map(operationOf));
          expect(changes.length).toBeLessThanOrEqual(3);
          expect(change(world, changes)).toEqual(expected);
          if (!expected) refused++;
          else if (!changes.some((each) => 'removeAll' in each || 'replaceWith' in each))
            // Repeated, they change nothing: a client whose answer was lost sends them again.
            expect(change(expected, changes)).toEqual(expected);
        },
      ),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  test('a filter chooses whom it describes', () => {
    const simple = fc.oneof(
      fc.integer({ min: 0, max: 8 }).map((at) => `value eq "${id(at)}"`),
      fc.integer({ min: 0, max: 8 }).map((at) => `value ne "${id(at)}"`),
      fc.constantFrom('type eq "User"', 'type ne "user"', 'value pr', '$ref pr', 'value eq null', 'type co "s"'),
    );
    const filter = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        simple,
        fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(${one}) and (${other})`),
        fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(${one}) or (${other})`),
        tie('node').map((one) => `not (${one})`),
      ),
    })).node;
    let decided = 0;
    fc.assert(
      fc.property(filter, (text) => {
        const all = Array.from({ length: 9 }, (_, at) => id(at));
        const chosen = all.filter((one) => describes(text, one));
        const refused = refusalOf({ op: 'remove', path: `members[${text}]` });
        if (refused === 'none') {
          decided++;
          const after = change(
            { name: '', members: new Set(all) },
            compile({ op: 'remove', path: `members[${text}]` }),
          );
          expect([...(after?.members ?? [])]).toEqual(all.filter((one) => !chosen.includes(one)));
        } else {
          expect(refused).toMatch(/^400 invalidFilter/);
          // Only what is true of strangers as well cannot be decided.
          expect(describes(text, id(99))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
    expect(decided).toBeGreaterThan(100);
  });

  /** Decides a filter of the test above for one member, in JavaScript's own logic. */
  function describes(filter: string, one: string): boolean {
    const logic = filter
      .replaceAll(/value eq "([^"]*)"/g, (_, value) => String(value === one))
      .replaceAll(/value ne "([^"]*)"/g, (_, value) => String(value !== one))
      .replaceAll(/type eq "User"|value pr|\$ref pr|type co "s"/g, 'true')
      .replaceAll(/type ne "user"|value eq null/g, 'false');
    let left = logic;
    for (let before = ''; before !== left; ) {
      before = left;
      left = left
        .replaceAll('not (true)', 'false')
        .replaceAll('not (false)', 'true')
        .replaceAll(/\((true|false)\) and \((true|false)\)/g, (_, x, y) => String(x === 'true' && y === 'true'))
        .replaceAll(/\((true|false)\) or \((true|false)\)/g, (_, x, y) => String(x === 'true' || y === 'true'));
    }
    return left === 'true';
  }

  test('whatever is sent: changes, or a problem', () => {
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(a, 'x', '', null, true, 7),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('value', 'type', 'members', 'displayName', '__proto__', 'id'), tie('node'), {
          maxKeys: 3,
        }),
      ),
    })).node;
    const operation = fc.record(
      {
        op: fc.constantFrom('add', 'Replace', 'remove', 'x'),
        path: fc.oneof(
          fc.constantFrom('members', 'displayName', 'externalId', `members[value eq "${a}"]`),
          fc.string(),
        ),
        value,
      },
      { requiredKeys: ['op'] },
    );
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 3 }), (operations) => {
        expect(refusalOf(...operations)).toMatch(/^none$|^400 (?:invalid|noTarget|mutability)/);
      }),
      { numRuns: 1000 },
    );
    expect(({} as { value?: unknown }).value).toBeUndefined();
  });
});
