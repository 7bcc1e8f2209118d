import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';

/**
 * The explanation against the decision itself, over HTTP and on random models: they agree; removing the paths that it
 * shows makes a yes a no, and removing fewer does not; each remedy makes a no a yes, and none can be shorter.
 */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const spaces = [await given.namespace(), await given.namespace()].map(({ id }) => id as string);
const owners = (await client.get('/groups?q=Owners')).body.items[0].id as string;
const machine = await given.machine();
await client.delete(`/groups/${machine.groupId}/members/${machine.id}`);
const groups = await Promise.all([0, 1, 2].map(async () => (await given.group()).id as string));

/** Each operation as a request that goes no further than the decision, or reads. */
const asked = [
  { operation: 'namespaces.read', at: spaces[0], send: () => machine.client.get(`/namespaces/${spaces[0]}`) },
  { operation: 'namespaces.change', at: spaces[1], send: () => machine.client.patch(`/namespaces/${spaces[1]}`, {}) },
  { operation: 'namespaces.list', at: undefined, send: () => machine.client.get('/namespaces') },
  { operation: 'namespaces.create', at: undefined, send: () => machine.client.post('/namespaces', {}) },
  { operation: 'accounts.list', at: undefined, send: () => machine.client.get('/accounts?limit=1') },
] as const;

/** What the server really decides. */
const decide = async ({ send }: (typeof asked)[number]) => {
  const { status } = await send();
  expect([200, 400, 401, 403, 404]).toContain(status);
  return status === 200 || status === 400;
};
const explained = async ({ operation, at }: (typeof asked)[number], principal = machine.id) =>
  (await client.get(`/access/explain?principal=${principal}&operation=${operation}${at ? `&resource=${at}` : ''}`))
    .body;

const grant = fc.record({
  permission: fc.constantFrom('namespaces.view', 'namespaces.change', 'namespaces.*', 'accounts.view', 'accounts.*'),
  where: fc.constantFrom(undefined, ...spaces),
});
const model = fc.record({
  groups: fc.tuple(
    ...groups.map(() =>
      fc.record({
        grants: fc.uniqueArray(grant, { maxLength: 3, selector: (each) => JSON.stringify(each) }),
        isMember: fc.boolean(),
        isEnabled: fc.boolean(),
      }),
    ),
  ),
  isOwner: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  isDisabled: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  question: fc.nat({ max: asked.length - 1 }),
});

const put = async (reply: Promise<{ status: number; text: string }>) => {
  const { status, text } = await reply;
  if (status >= 400 && status !== 404) throw new Error(text);
};
const grantsOf = (id: string) => client.get(`/groups/${id}/grants`).then(({ body }) => body.grants as Any[]);
const setGrants = (id: string, grants: Any[]) =>
  put(
    client.put(
      `/groups/${id}/grants`,
      {
        grants: grants.map(({ permission, namespaceId }) => ({ permission, ...(namespaceId ? { namespaceId } : {}) })),
      },
      '*',
    ),
  );
const join = (id: string) => put(client.post(`/groups/${id}/members`, { serviceAccountIds: [machine.id] }));
const leave = (id: string) => put(client.delete(`/groups/${id}/members/${machine.id}`));

async function build({ groups: wanted, isOwner, isDisabled }: typeof model extends fc.Arbitrary<infer M> ? M : never) {
  for (const [at, { grants, isMember, isEnabled }] of wanted.entries()) {
    const id = groups[at] as string;
    const fitting = grants
      .map(({ permission, where }) => ({ permission, namespaceId: permission.startsWith('accounts') ? null : where }))
      .filter((each, n, all) => all.findIndex((other) => JSON.stringify(other) === JSON.stringify(each)) === n);
    await setGrants(id, fitting);
    await (isMember ? join(id) : leave(id));
    await put(client.post(`/groups/${id}/${isEnabled ? 'enable' : 'disable'}`));
  }
  await (isOwner ? join(owners) : leave(owners));
  await put(client.post(`/service-accounts/${machine.id}/${isDisabled ? 'disable' : 'enable'}`));
}

/** Takes away one path, the grant of it where it has one; gives back what undoes that. */
async function cut({ group, grant: given }: Any) {
  if (!given) {
    await leave(group.id);
    return () => join(group.id);
  }
  const before = await grantsOf(group.id);
  await setGrants(
    group.id,
    before.filter((each) => each.permission !== given.permission || each.namespaceId !== given.namespaceId),
  );
  return async () => setGrants(group.id, [...(await grantsOf(group.id)), given]);
}

async function apply({ kind, group, grant: wanted }: Any): Promise<() => Promise<void>> {
  if (kind === 'join-group') {
    await join(group.id);
    return () => leave(group.id);
  }
  if (kind === 'enable-group') {
    await put(client.post(`/groups/${group.id}/enable`));
    return () => put(client.post(`/groups/${group.id}/disable`));
  }
  if (kind === 'grant') {
    const before = await grantsOf(group.id);
    await setGrants(group.id, [...before, wanted]);
    return () => setGrants(group.id, before);
  }
  expect(kind).toBe('enable-service-account');
  await put(client.post(`/service-accounts/${machine.id}/enable`));
  return () => put(client.post(`/service-accounts/${machine.id}/disable`));
}

/** Every set of them but the empty one, each in their order. */
const setsOf = (all: Any[]): Any[][] =>
  Array.from({ length: 2 ** all.length - 1 }, (_, set) => all.filter((_each, at) => ((set + 1) >> at) & 1));

const models = fc.sample(model, { numRuns: 60, seed: 20 });

test.each(models.map((each, at) => [at, each] as const))('model %i', async (_at, each) => {
  await build(each);
  const question = asked[each.question] as (typeof asked)[number];
  const found = await explained(question);
  expect(found.allowed).toBe(await decide(question));
  expect((await explained(question, machine.keyId)).allowed).toBe(found.allowed);
  const plain = { principal: machine.id, permission: found.permission, resource: question.at ?? tenant.id };
  const [evaluated] = (await client.post('/access/evaluate', { questions: [plain] })).body.items;
  expect(evaluated.allowed).toBe((await client.get(`/access/explain?${new URLSearchParams(plain)}`)).body.allowed);

  if (found.allowed) {
    const { paths } = found;
    expect(paths.length).toBeGreaterThan(0);
    // Only all of them together are what the right hangs on: of few every set is cut, of more all but one and all.
    for (const chosen of setsOf(paths)) {
      if (paths.length > 4 && chosen.length < paths.length - 1) continue;
      const undo: (() => Promise<void>)[] = [];
      for (const path of chosen) undo.unshift(await cut(path));
      expect(await decide(question)).toBe(chosen.length < paths.length);
      expect((await explained(question)).allowed).toBe(chosen.length < paths.length);
      for (const back of undo) await back();
    }
    return;
  }
  expect(found.remedies.length).toBeGreaterThan(0);
  const shortest = Math.min(...found.remedies.map(({ changes }: Any) => changes.length));
  for (const { changes } of found.remedies) {
    expect(changes.length).toBe(shortest);
    // None of its changes is too many: no part of them is enough.
    for (const chosen of setsOf(changes)) {
      const undo: (() => Promise<void>)[] = [];
      for (const change of chosen) undo.unshift(await apply(change));
      expect(await decide(question)).toBe(chosen.length === changes.length);
      for (const back of undo) await back();
    }
  }
});
