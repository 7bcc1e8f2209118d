import { expect, test } from 'vitest';
import { accept, aPlatform, aTenant, signIn } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

/** Campaigns from their beginning to the evidence, over HTTP. */

const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '100000' } });
const password = 'a long enough password for tests';

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;
const soon = (days = 7) => new Date(Date.now() + days * 86_400_000).toISOString();

async function until<T>(what: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await what();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** A tenant with an owner who signs in, and people with sessions. */
async function aPlace() {
  const tenant = await aTenant(platform);
  await accept(platform, tenant.ownerEmail, password);
  const below = (cookie: string) => {
    const session = platform.session(cookie);
    return {
      get: (at: string) => session.get(tenant.path + at),
      post: (at: string, body?: unknown) => session.post(tenant.path + at, body),
      patch: (at: string, body: unknown, ifMatch: string) => session.patch(tenant.path + at, body, ifMatch),
    };
  };
  const owner = below(await signIn(platform, tenant.ownerEmail, password));
  const reviewer = async (groupIds: string[] = []) => {
    const person = await tenant.given.person(password, { groupIds });
    return { ...below(await signIn(platform, person.email, password)), id: person.id as string };
  };
  const ended = async (reply: Any) => {
    expect(reply, reply.text).toMatchObject({ status: 202 });
    return until(async () => {
      const task = (await tenant.client.get(`/tasks/${reply.body.id}`)).body;
      expect(task.state, JSON.stringify(task.result)).not.toBe('failed');
      return task.state === 'done' && task;
    });
  };
  const begun = async (body: Any) => {
    const made = await tenant.client.post('/review-campaigns', {
      name: 'Spring',
      reviewers: 'accounts',
      dueAt: soon(),
      ...body,
    });
    expect(made, made.text).toMatchObject({ status: 201 });
    return until(async () => {
      const read = (await tenant.client.get(`/review-campaigns/${made.body.id}`)).body;
      return read.state === 'open' && read;
    });
  };
  const closed = (id: string) =>
    until(async () => {
      const read = (await tenant.client.get(`/review-campaigns/${id}`)).body;
      return read.state === 'closed' && read;
    });
  const itemsOf = async (id: string, query = '') =>
    (await tenant.client.get(`/review-campaigns/${id}/items${query}`)).body.items;
  const members = async (id: string) =>
    (await tenant.client.get(`/groups/${id}/members`)).body.items.map((each: Any) => each.id) as string[];
  /** A group that grants this, with so many people in it. */
  const group = async (count: number, permission = 'namespaces.view') => {
    const made = await tenant.given.group();
    await tenant.client.put(`/groups/${made.id}/grants`, { grants: [{ permission }] }, '*');
    const people = [];
    for (let at = 0; at < count; at++) people.push((await tenant.given.account()).id as string);
    if (count > 0) await tenant.client.post(`/groups/${made.id}/members`, { accountIds: people });
    return { id: made.id as string, people };
  };
  return { ...tenant, owner, reviewer, ended, begun, closed, itemsOf, members, group };
}

const place = await aPlace();
const { client, given, owner, reviewer, begun, ended, closed, itemsOf, members, group } = place;
const ownerId = (await client.get(`/accounts?q=${encodeURIComponent(place.ownerEmail)}`)).body.items[0].id as string;
const decide = (who: Any, id: string, itemId: string, decision: string) =>
  who.post(`/review-campaigns/${id}/items/${itemId}/decide`, { decision, reason: 'As seen.' });

test('a campaign holds who has what, how it came about and when it was used; a decision is kept with who, when and why', async () => {
  const { id: groupId, people } = await group(2);
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [ownerId] });
  expect(campaign).toMatchObject({ counts: { total: 2, undecided: 2 }, undecided: 'keep' });
  const [first, second] = await itemsOf(campaign.id);
  expect(people).toContain(first.principalId);
  expect(first).toMatchObject({
    kind: 'account',
    group: { id: groupId },
    grants: ['namespaces.view'],
    path: 'direct',
    lastUsedAt: null,
    state: 'undecided',
    changed: [],
  });
  expect(await decide(owner, campaign.id, first.id, 'keep')).toMatchObject({
    status: 200,
    body: { state: 'kept', reason: 'As seen.', decidedBy: { id: ownerId }, decidedAt: expect.any(String) },
  });
  const look = await owner.post(`/review-campaigns/${campaign.id}/look`, { itemIds: [second.id] });
  // Invited only: loses what it could not use yet.
  expect(look.body.effect.loses).toMatchObject({ people: 0, inactive: 1 });
  expect(await decide(owner, campaign.id, second.id, 'remove')).toMatchObject({
    status: 200,
    body: { state: 'removed' },
  });
  expect(await members(groupId)).toEqual([first.principalId]);
  expect(await decide(owner, campaign.id, second.id, 'keep')).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:already-removed' },
  });
  const entries = (await client.get(`/audit-entries?targetId=${campaign.id}`)).body.items;
  expect(entries.map((each: Any) => each.action)).toEqual(
    expect.arrayContaining(['review-campaigns.create', 'review-campaigns.gather', 'review-campaigns.decide']),
  );
});

test('the difference is shown before: who would lose what', async () => {
  const made = await group(0, 'audit.view');
  const person = await given.person(password, { groupIds: [made.id] });
  const campaign = await begun({ scope: { groupIds: [made.id] }, reviewerIds: [ownerId] });
  const [item] = await itemsOf(campaign.id);
  expect(item.principalId).toBe(person.id);
  const look = await owner.post(`/review-campaigns/${campaign.id}/look`, { itemIds: [item.id] });
  expect(look).toMatchObject({
    status: 200,
    body: {
      effect: { loses: { people: 1, permissions: [{ permission: 'audit.view', people: 1 }] }, gains: { people: 0 } },
      names: null,
    },
  });
  const asked = { itemIds: [item.id], names: { side: 'loses', permission: 'audit.view' } };
  const named = { status: 200, body: { effect: look.body.effect, names: { items: [{ id: person.id }] } } };
  expect(await owner.post(`/review-campaigns/${campaign.id}/look`, asked)).toMatchObject(named);
  // A key decides about nothing, but may see groups: it looks at what it names.
  expect(await client.post(`/review-campaigns/${campaign.id}/look`, asked)).toMatchObject(named);
  expect(await client.post(`/review-campaigns/${campaign.id}/look`, { groupId: made.id })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'itemIds', message: expect.stringContaining('must name items of the list') }] },
  });
  expect((await owner.post(`/review-campaigns/${campaign.id}/look`, {})).body).toEqual(look.body);
});

test('nobody decides about a machine of theirs: another reviewer does, and of a group that its owner answers for too', async () => {
  const makers = await given.group();
  const grants = ['integrations.view', 'integrations.change', 'integrations.issue'].map((permission) => ({
    permission,
  }));
  await client.put(`/groups/${makers.id}/grants`, { grants }, '*');
  const maker = await reviewer([makers.id]);
  const other = await reviewer();
  const { id: groupId, people } = await group(1);
  const machine = (await maker.post('/service-accounts', { name: 'reviewed' })).body;
  // Another one’s, of which the reviewer made a key.
  const keyed = (await client.post('/service-accounts', { name: 'keyed' })).body;
  expect((await maker.post(`/service-accounts/${keyed.id}/keys`, { name: 'key' })).status).toBe(201);
  await client.post(`/groups/${groupId}/members`, { serviceAccountIds: [machine.id, keyed.id] });
  for (const answers of [false, true]) {
    if (answers) await client.patch(`/groups/${groupId}`, { ownerId: maker.id }, '*');
    const campaign = await begun({
      scope: { groupIds: [groupId] },
      reviewers: answers ? 'group-owners' : 'accounts',
      reviewerIds: answers ? [other.id] : [maker.id, other.id],
    });
    const at = `/review-campaigns/${campaign.id}`;
    expect((await maker.get(at)).body.yours).toBe(1);
    expect((await other.get(at)).body.yours).toBe(answers ? 2 : 3);
    const named = async (by: Any) =>
      (await by.get(`${at}/items?yours=true`)).body.items.map((each: Any) => each.principalId).sort();
    expect(await named(maker)).toEqual(people);
    const rest = answers ? [machine.id, keyed.id] : [machine.id, keyed.id, ...people];
    expect(await named(other)).toEqual(rest.sort());
    const { items } = (await maker.get(`${at}/items`)).body;
    for (const of of [machine.id, keyed.id]) {
      const item = items.find((each: Any) => each.principalId === of);
      expect(item.actions[0]).toMatchObject({ allowed: false, reason: expect.stringContaining('a machine of theirs') });
      expect(await decide(maker, campaign.id, item.id, 'keep')).toMatchObject({
        status: 403,
        body: { type: 'urn:bailiwick:problem:own-access' },
      });
      expect((await decide(other, campaign.id, item.id, 'keep')).status).toBe(200);
    }
  }
  // Whom all who are asked stand behind keeps its place: nobody could have kept it there.
  const alone = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [maker.id] });
  await client.post(`/review-campaigns/${alone.id}/close`, { undecided: 'remove' });
  expect((await closed(alone.id)).counts).toMatchObject({ left: 2, removed: 1 });
  expect((await members(groupId)).sort()).toEqual([machine.id, keyed.id].sort());
});

test('nor much at once: by group, by what is unused and by name machines of theirs are left out, and stay where nobody else decides', async () => {
  const { id: groupId, people } = await group(2);
  const makers = await given.group();
  const rights = ['integrations.change', 'groups.change', 'groups.view', 'namespaces.view'];
  await client.put(`/groups/${makers.id}/grants`, { grants: rights.map((permission) => ({ permission })) }, '*');
  const maker = await reviewer([makers.id]);
  const own = (await maker.post('/service-accounts', { name: 'of the maker' })).body.id as string;
  const foreign = (await client.post('/service-accounts', { name: 'of the owner' })).body.id as string;
  await client.post(`/groups/${groupId}/members`, { serviceAccountIds: [own, foreign] });
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [maker.id] });
  const at = `/review-campaigns/${campaign.id}`;
  const idOf = new Map((await itemsOf(campaign.id)).map((each: Any) => [each.principalId, each.id]));
  const many = (which: Any, decision = 'remove') =>
    maker.post(`${at}/decide`, { decision, reason: 'Not needed.', ...which });
  for (const decision of ['keep', 'remove'])
    expect(await many({ itemIds: [idOf.get(own)] }, decision)).toMatchObject({
      status: 403,
      body: { type: 'urn:bailiwick:problem:own-access' },
    });
  // Who sees it and is no reviewer of it is told so, by name of what there is only.
  const other = await reviewer([(await given.group()).id, makers.id]);
  const asked = { decision: 'keep', reason: 'Needed.' };
  expect(await other.post(`${at}/decide`, { ...asked, itemIds: [idOf.get(foreign)] })).toMatchObject({
    status: 403,
    body: { type: 'urn:bailiwick:problem:not-a-reviewer' },
  });
  expect(await other.post(`${at}/decide`, { ...asked, itemIds: [newId()] })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'itemIds' }] },
  });
  // Named among others it is left out, and the others are decided.
  const [first, ...rest] = people;
  const named = await ended(await many({ itemIds: [idOf.get(own), idOf.get(first)] }));
  expect(named.result.counts).toEqual({ removed: 1 });
  const whole = await ended(await many({ groupId }));
  expect(whole.result.counts).toEqual({ removed: rest.length + 1 });
  expect(await members(groupId)).toEqual([own]);
  expect((await maker.get(at)).body).toMatchObject({ yours: 0, counts: { undecided: 1, removed: people.length + 1 } });
  for (const which of [{ groupId }, { unusedDays: 1 }]) expect(await many(which)).toMatchObject({ status: 400 });
  // Nobody could have kept it, so the end takes it from nobody.
  await client.post(`${at}/close`, { undecided: 'remove' });
  expect((await closed(campaign.id)).counts).toMatchObject({ left: 1, undecided: 0 });
  expect(await members(groupId)).toEqual([own]);
  const [left] = await itemsOf(campaign.id, '?state=left');
  expect(left).toMatchObject({
    principalId: own,
    decidedBy: null,
    note: expect.stringContaining('stand behind this machine'),
  });
});

test('who answers for a group decides about it without other rights, and its removal waits for somebody who may', async () => {
  const responsible = await reviewer();
  const { id: groupId, people } = await group(2);
  const other = await group(1);
  await client.patch(`/groups/${groupId}`, { ownerId: responsible.id }, '*');
  await client.post(`/groups/${groupId}/members`, { accountIds: [responsible.id] });
  const campaign = await begun({
    scope: { groupIds: [groupId, other.id] },
    reviewers: 'group-owners',
    reviewerIds: [ownerId],
  });
  const seen = (await responsible.get(`/review-campaigns/${campaign.id}/items`)).body.items;
  expect(new Set(seen.map((each: Any) => each.group.id))).toEqual(new Set([groupId]));
  expect((await responsible.get(`/review-campaigns/${campaign.id}`)).body.yours).toBe(2);
  expect((await responsible.get('/review-campaigns')).body.items.map((each: Any) => each.id)).toContain(campaign.id);
  const own = seen.find((each: Any) => each.principalId === responsible.id);
  expect(await decide(responsible, campaign.id, own.id, 'keep')).toMatchObject({
    status: 403,
    body: { type: 'urn:bailiwick:problem:own-access' },
  });
  const theirs = seen.find((each: Any) => each.principalId === people[0]);
  expect(await decide(responsible, campaign.id, theirs.id, 'remove')).toMatchObject({
    status: 200,
    body: { state: 'waiting', note: expect.stringContaining('groups.change') },
  });
  expect(await members(groupId)).toContain(people[0]);
  // What is nobody's, and what is about who answers for it, is for the named one.
  expect(
    (await owner.get(`/review-campaigns/${campaign.id}/items?yours=true`)).body.items.map(
      (each: Any) => each.principalId,
    ),
  ).toEqual(expect.arrayContaining([responsible.id, other.people[0]]));
  for (const reader of [owner, responsible]) {
    const yours = (await reader.get(`/review-campaigns/${campaign.id}/items?yours=true&limit=200`)).body;
    expect((await reader.get(`/review-campaigns/${campaign.id}`)).body.yours).toBe(yours.items.length);
  }
  expect((await owner.get(`/review-campaigns/${campaign.id}`)).body.yours).toBe(2);
  await client.post(`/accounts/${responsible.id}/disable`);
  expect((await owner.get(`/review-campaigns/${campaign.id}`)).body.yours).toBe(3);
  await ended(await client.post(`/review-campaigns/${campaign.id}/carry-out`));
  expect(await members(groupId)).not.toContain(people[0]);
  expect((await client.get(`/review-campaigns/${campaign.id}`)).body.counts).toMatchObject({ removed: 1, waiting: 0 });
  expect(await client.post(`/review-campaigns/${campaign.id}/carry-out`)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:nothing-waits' },
  });
});

test('who is no reviewer neither sees nor decides', async () => {
  const stranger = await reviewer();
  const { id: groupId } = await group(1);
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [ownerId] });
  const [item] = await itemsOf(campaign.id);
  expect(await stranger.get(`/review-campaigns/${campaign.id}`)).toMatchObject({ status: 404 });
  expect(await stranger.get(`/review-campaigns/${campaign.id}/items`)).toMatchObject({ status: 404 });
  expect(await decide(stranger, campaign.id, item.id, 'keep')).toMatchObject({ status: 404 });
  expect(
    await stranger.post(`/review-campaigns/${campaign.id}/decide`, { decision: 'remove', reason: 'x' }),
  ).toMatchObject({ status: 404 });
  expect((await stranger.get('/review-campaigns')).body.items).toEqual([]);
  // A machine with every right sees it and does not decide: people do.
  expect(await decide(client, campaign.id, item.id, 'keep')).toMatchObject({
    status: 403,
    body: { type: 'urn:bailiwick:problem:not-a-reviewer' },
  });
});

test('a reviewer does not remove by a campaign what they could not remove in the group', async () => {
  const helpdesk = await given.group();
  await client.put(`/groups/${helpdesk.id}/grants`, { grants: [{ permission: 'groups.change' }] }, '*');
  const weak = await reviewer([helpdesk.id]);
  const strong = await group(1, 'tenant.close');
  const campaign = await begun({ scope: { groupIds: [strong.id] }, reviewerIds: [weak.id] });
  const [item] = await itemsOf(campaign.id);
  expect(await decide(weak, campaign.id, item.id, 'remove')).toMatchObject({
    status: 200,
    body: { state: 'waiting', note: expect.stringContaining('tenant.close') },
  });
  expect(await members(strong.id)).toEqual(strong.people);
});

test('the last owner stays, and owners are never removed in bulk or undecided', async () => {
  const second = await given.person(password);
  const owners = (await client.get('/groups?q=Owners')).body.items.find((each: Any) => each.isOwnerGroup);
  await owner.post(`/groups/${owners.id}/members`, { accountIds: [second.id] });
  const other = await signIn(platform, second.email, password);
  const campaign = await begun({
    scope: { groupIds: [owners.id], kinds: ['account'] },
    reviewerIds: [ownerId, second.id],
    undecided: 'remove',
  });
  const items = await itemsOf(campaign.id);
  const itemOf = (id: string) => items.find((each: Any) => each.principalId === id).id;
  const bulk = await ended(
    await owner.post(`/review-campaigns/${campaign.id}/decide`, { decision: 'remove', reason: 'All.' }),
  );
  expect(bulk.result.counts).toEqual({ waiting: 1 });
  expect((await itemsOf(campaign.id, '?state=waiting'))[0]).toMatchObject({
    principalId: second.id,
    note: expect.stringContaining('one by one'),
  });
  const session = platform.session(other);
  const decided = await session.post(`${place.path}/review-campaigns/${campaign.id}/items/${itemOf(ownerId)}/decide`, {
    decision: 'remove',
    reason: 'Left.',
  });
  expect(decided, decided.text).toMatchObject({ status: 200, body: { state: 'removed' } });
  await client.post(`/groups/${owners.id}/members`, { accountIds: [ownerId] });
  await client.post(`/review-campaigns/${campaign.id}/close`, { undecided: 'remove' });
  await closed(campaign.id);
  expect(await members(owners.id)).toEqual(expect.arrayContaining([ownerId, second.id]));
  await client.delete(`/groups/${owners.id}/members/${second.id}`);
});

test('a removal that would leave no usable owner is refused, and nothing is decided', async () => {
  const alone = await aPlace();
  const owners = (await alone.client.get('/groups')).body.items.find((each: Any) => each.isOwnerGroup);
  const second = await alone.given.person(password);
  await alone.owner.post(`/groups/${owners.id}/members`, { accountIds: [second.id] });
  const session = platform.session(await signIn(platform, second.email, password));
  const campaign = await alone.begun({
    scope: { groupIds: [owners.id], kinds: ['account'] },
    reviewerIds: [second.id],
  });
  const [item] = await alone.itemsOf(campaign.id);
  const path = `${alone.path}/review-campaigns/${campaign.id}/items`;
  const [other] = (await alone.itemsOf(campaign.id)).filter((each: Any) => each.principalId !== second.id);
  // An owner whom an identity provider keeps may do everything and does not count as one who can get in.
  await platform.sql('au', `update accounts set source = 'scim' where id = $1`, [second.id]);
  expect(await session.post(`${path}/${other.id}/decide`, { decision: 'remove', reason: 'Left.' })).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:last-owner' },
  });
  expect((await alone.itemsOf(campaign.id)).map((each: Any) => each.state)).toEqual(['undecided', 'undecided']);
  expect(item.group.isOwnerGroup).toBe(true);
});

test('what changed since is said in words, and what is gone counts as removed', async () => {
  const { id: groupId, people } = await group(3);
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [ownerId] });
  await client.delete(`/groups/${groupId}/members/${people[0]}`);
  await client.delete(`/groups/${groupId}/members/${people[1]}`);
  await client.post(`/groups/${groupId}/members`, { accountIds: [people[1]], endsAt: soon(3) });
  await client.put(`/groups/${groupId}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  const items = await itemsOf(campaign.id);
  const itemOf = (at: number) => items.find((each: Any) => each.principalId === people[at]);
  expect(itemOf(0).changed).toEqual(['It was taken away since, or ended by itself.']);
  expect(itemOf(1).changed).toEqual([
    expect.stringContaining('given anew'),
    expect.stringContaining('ends by itself'),
    'The group gives more now: audit.view.',
    'The group gives less now, without namespaces.view.',
  ]);
  expect(itemOf(2).changed).toHaveLength(2);
  expect(await decide(owner, campaign.id, itemOf(0).id, 'remove')).toMatchObject({
    body: { state: 'removed', note: 'It was gone already.' },
  });
  await client.delete(`/groups/${groupId}`, '*');
  expect((await itemsOf(campaign.id, '?state=undecided'))[0].changed).toEqual(['The group was deleted since.']);
  expect(await decide(owner, campaign.id, itemOf(2).id, 'remove')).toMatchObject({ body: { state: 'removed' } });
});

test('a removal that waited is not carried out on what was given after it was decided', async () => {
  const { id: groupId, people } = await group(2);
  const weak = await reviewer();
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [weak.id] });
  for (const { id } of await itemsOf(campaign.id))
    expect(await decide(weak, campaign.id, id, 'remove')).toMatchObject({ body: { state: 'waiting' } });
  await client.delete(`/groups/${groupId}/members/${people[0]}`);
  await client.post(`/groups/${groupId}/members`, { accountIds: [people[0]] });
  await ended(await client.post(`/review-campaigns/${campaign.id}/carry-out`));
  expect(await members(groupId)).toEqual([people[0]]);
  const notes = (await itemsOf(campaign.id)).map((each: Any) => [each.principalId, each.state, each.note]);
  expect(new Set(notes)).toEqual(
    new Set([
      [people[0], 'removed', 'It was gone already; what stands now was given later.'],
      [people[1], 'removed', null],
    ]),
  );
});

test('a membership of provisioning or by a mapping says where to change it, and waits', async () => {
  const token = await given.token();
  const scim = platform.client(token.value);
  const made = await scim.call('POST', `/scim/v2/${place.id}/Users`, {
    body: JSON.stringify({ userName: `u-${newId()}` }),
    headers: { 'content-type': 'application/scim+json' },
  });
  const pushed = await scim.call('POST', `/scim/v2/${place.id}/Groups`, {
    body: JSON.stringify({ displayName: `g-${newId()}`, members: [{ value: made.body.id }] }),
    headers: { 'content-type': 'application/scim+json' },
  });
  expect(pushed.status, pushed.text).toBe(201);
  const mapped = await group(1);
  const provider = await given.identityProvider();
  const identity = newId();
  await platform.sql(
    'au',
    `insert into external_identities (tenant_id, id, provider_id, account_id, issuer, subject) values ($1, $2, $3, $4, 'https://login.example.com', 'one')`,
    [place.id, identity, provider.id, mapped.people[0]],
  );
  await platform.sql('au', 'insert into identity_memberships (tenant_id, identity_id, group_id) values ($1, $2, $3)', [
    place.id,
    identity,
    mapped.id,
  ]);
  const campaign = await begun({ scope: { groupIds: [pushed.body.id, mapped.id] }, reviewerIds: [ownerId] });
  for (const item of await itemsOf(campaign.id)) {
    expect(item.path).toBe(item.group.id === mapped.id ? 'identity-provider' : 'provisioning');
    expect(item.managed).toContain('identity provider');
    const reply = await decide(owner, campaign.id, item.id, 'remove');
    expect(reply.body, reply.text).toMatchObject({
      state: 'waiting',
      note: expect.stringContaining('identity provider'),
    });
  }
  expect(await members(mapped.id)).toEqual(mapped.people);
});

test('much is decided at once by what it is: a group, or unused for so long', async () => {
  const [used, unused] = [await group(2), await group(3)];
  for (const id of used.people)
    await platform.sql('au', 'update accounts set last_sign_in_at = now() where id = $1', [id]);
  const campaign = await begun({ scope: { groupIds: [used.id, unused.id] }, reviewerIds: [ownerId] });
  expect(await itemsOf(campaign.id, '?unusedDays=90')).toHaveLength(3);
  const removed = await ended(
    await owner.post(`/review-campaigns/${campaign.id}/decide`, {
      decision: 'remove',
      reason: 'Unused.',
      unusedDays: 90,
    }),
  );
  expect(removed).toMatchObject({ done: 3, total: 3, result: { counts: { removed: 3 } } });
  expect(await members(unused.id)).toEqual([]);
  await ended(
    await owner.post(`/review-campaigns/${campaign.id}/decide`, {
      decision: 'keep',
      reason: 'Used.',
      groupId: used.id,
    }),
  );
  expect((await client.get(`/review-campaigns/${campaign.id}`)).body).toMatchObject({
    counts: { total: 5, kept: 2, removed: 3, undecided: 0 },
  });
});

test.each(['keep', 'remove'])('undecided at the end: %s', async (undecided) => {
  const { id: groupId, people } = await group(2);
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [ownerId], undecided });
  const [first] = await itemsOf(campaign.id);
  await decide(owner, campaign.id, first.id, 'keep');
  await platform.sql(
    'au',
    `update due_jobs set due_at = now() where kind = 'review-campaigns.end' and id in (
    select id from jobs where payload->>'campaignId' = $1)`,
    [campaign.id],
  );
  const over = await closed(campaign.id);
  expect(over.counts).toMatchObject(
    undecided === 'keep' ? { kept: 1, left: 1, removed: 0 } : { kept: 1, left: 0, removed: 1 },
  );
  expect(await members(groupId)).toHaveLength(undecided === 'keep' ? 2 : 1);
  expect(people).toEqual(expect.arrayContaining(await members(groupId)));
  const late = await decide(owner, campaign.id, first.id, 'remove');
  expect(late).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:campaign-over' } });
  const report = (await client.get(`/review-campaigns/${campaign.id}/report`)).body;
  expect(report).toMatchObject({
    state: 'closed',
    groups: [{ id: groupId, counts: { total: 2 } }],
    reviewers: [{ id: ownerId, decided: 1 }],
  });
});

test('with the right gone from who began it, the end removes nothing', async () => {
  const admins = await given.group();
  await client.put(
    `/groups/${admins.id}/grants`,
    { grants: [{ permission: 'groups.*' }, { permission: 'namespaces.view' }] },
    '*',
  );
  const beginner = await reviewer([admins.id]);
  const { id: groupId, people } = await group(1);
  const made = await beginner.post('/review-campaigns', {
    name: 'Short',
    scope: { groupIds: [groupId] },
    reviewers: 'accounts',
    reviewerIds: [ownerId],
    undecided: 'remove',
    dueAt: soon(),
  });
  expect(made, made.text).toMatchObject({ status: 201 });
  await until(async () => (await client.get(`/review-campaigns/${made.body.id}`)).body.state === 'open');
  await client.delete(`/groups/${admins.id}/members/${beginner.id}`);
  await platform.sql(
    'au',
    `update due_jobs set due_at = now() where kind = 'review-campaigns.end' and id in (
    select id from jobs where payload->>'campaignId' = $1)`,
    [made.body.id],
  );
  expect((await closed(made.body.id)).counts).toMatchObject({ removed: 0, waiting: 1 });
  expect(await members(groupId)).toEqual(people);
});

test('Z1: who changes the end has it done with their own rights, not with those of who began it', async () => {
  const helpdesk = await given.group();
  await client.put(`/groups/${helpdesk.id}/grants`, { grants: [{ permission: 'groups.*' }] }, '*');
  const weak = await reviewer([helpdesk.id]);
  const strong = await group(1, 'tenant.close');
  const campaign = await begun({ scope: { groupIds: [strong.id] }, reviewerIds: [ownerId] });
  const changed = await weak.patch(`/review-campaigns/${campaign.id}`, { undecided: 'remove' }, '*');
  expect(changed, changed.text).toMatchObject({ status: 200 });
  await platform.sql(
    'au',
    `update due_jobs set due_at = now() where kind = 'review-campaigns.end' and id in (
       select id from jobs where payload->>'campaignId' = $1)`,
    [campaign.id],
  );
  expect((await closed(campaign.id)).counts).toMatchObject({ removed: 0, waiting: 1 });
  expect(await members(strong.id)).toEqual(strong.people);
});

test('reviewers are told when it begins and before it ends, as long as something waits for them', async () => {
  const asked = await reviewer();
  const { id: groupId } = await group(1);
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [asked.id], dueAt: soon(30) });
  const told = async (kind: string) =>
    (await asked.get('/notices')).body.items.filter(
      (each: Any) => each.kind === kind && each.target.id === campaign.id,
    );
  expect(await told('review-begins')).toHaveLength(1);
  expect(await told('review-ends')).toHaveLength(0);
  const remind = () =>
    platform.sql(
      'au',
      `update due_jobs set due_at = now() where id in (
      select id from jobs where kind = 'review-campaigns.remind' and payload->>'campaignId' = $1 order by id limit 1)`,
      [campaign.id],
    );
  await remind();
  expect((await until(async () => (await told('review-ends'))[0])).text).toContain('What nobody decided stays then.');
  const [item] = await itemsOf(campaign.id);
  await decide(asked, campaign.id, item.id, 'keep');
  await remind();
  await until(
    async () =>
      (
        await platform.sql(
          'au',
          `select from jobs where kind = 'review-campaigns.remind' and payload->>'campaignId' = $1`,
          [campaign.id],
        )
      ).length === 0,
  );
  expect(await told('review-ends')).toHaveLength(1);
});

test('a campaign is changed while it is open; another end is the end that counts', async () => {
  const other = await reviewer();
  const { id: groupId } = await group(1);
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [ownerId] });
  const path = `/review-campaigns/${campaign.id}`;
  const later = soon(20);
  const changed = await owner.patch(path, { reviewerIds: [ownerId, other.id], dueAt: later }, `"${campaign.version}"`);
  expect(changed, changed.text).toMatchObject({
    status: 200,
    body: { reviewerIds: [ownerId, other.id], dueAt: later },
  });
  expect(await owner.patch(path, { name: 'Late' }, `"${campaign.version}"`)).toMatchObject({ status: 412 });
  await platform.sql(
    'au',
    `update due_jobs set due_at = now() where id in (
    select id from jobs where kind = 'review-campaigns.end' and payload->>'dueAt' = $1)`,
    [campaign.dueAt],
  );
  await until(
    async () =>
      (
        await platform.sql('au', `select from jobs where kind = 'review-campaigns.end' and payload->>'dueAt' = $1`, [
          campaign.dueAt,
        ])
      ).length === 0,
  );
  expect((await client.get(path)).body.state).toBe('open');
});

test('the evidence is exported as CSV and JSON', async () => {
  const made = await group(0);
  const person = await given.account({ firstName: '=cmd' });
  await client.post(`/groups/${made.id}/members`, { accountIds: [person.id] });
  const campaign = await begun({ scope: { groupIds: [made.id] }, reviewerIds: [ownerId] });
  const [item] = await itemsOf(campaign.id);
  await decide(owner, campaign.id, item.id, 'keep');
  const file = async (format: string) => {
    const task = await ended(await client.post(`/review-campaigns/${campaign.id}/export`, { format }));
    return (await client.get(`/tasks/${task.id}/result`)).text;
  };
  expect(JSON.parse(await file('json'))).toMatchObject([
    {
      itemId: item.id,
      principalId: person.id,
      state: 'kept',
      reason: 'As seen.',
      decidedBy: ownerId,
      decidedAt: expect.stringMatching(/^\d{4}-/),
      grants: ['namespaces.view'],
    },
  ]);
  const csv = await file('csv');
  expect(csv).toContain(`"'=cmd`);
  expect(csv).toContain('"kept","As seen."');
});

test('the scope: topics, namespaces, kinds', async () => {
  const here = await aPlace();
  const namespace = await here.given.namespace();
  const machine = await here.given.machine([{ permission: 'gateways.view', namespaceId: namespace.id }]);
  await here.group(1, 'audit.view');
  const wide = await here.group(1, 'namespaces.change');
  const me = (await here.given.person(password)).id;
  const groupsIn = async (scope: object) => {
    const campaign = await here.begun({ scope: { ...scope }, reviewerIds: [me] });
    const items = await here.itemsOf(campaign.id);
    return items.filter((each: Any) => !each.group.isOwnerGroup).map((each: Any) => each.group.id);
  };
  expect(await groupsIn({ topics: ['gateways'] })).toEqual([machine.groupId]);
  expect(new Set(await groupsIn({ namespaceIds: [namespace.id] }))).toEqual(new Set([machine.groupId, wide.id]));
  expect(await groupsIn({ kinds: ['service-account'], topics: ['gateways'] })).toEqual([machine.groupId]);
  expect(await groupsIn({})).toHaveLength(3);
});

test("a partner's group is reviewed as a whole, and its removal ends the consent", async () => {
  const { id: groupId } = await group(0, 'audit.view');
  const delegation = await given.delegation();
  await platform.sql('au', `update groups set source = 'imported' where id = $1`, [groupId]);
  await platform.sql(
    'au',
    `update delegations set state = 'active', group_id = $2, permissions = '{audit.view}', decided_at = now(),
       ends_at = now() + interval '30 days' where id = $1`,
    [delegation.id, groupId],
  );
  const campaign = await begun({ scope: { kinds: ['partner'] }, reviewerIds: [ownerId] });
  const [item, ...others] = await itemsOf(campaign.id);
  expect(others).toEqual([]);
  expect(item).toMatchObject({
    principalId: null,
    kind: 'partner',
    path: 'partner',
    group: { id: groupId },
    changed: [],
  });
  expect((await owner.post(`/review-campaigns/${campaign.id}/look`, { itemIds: [item.id] })).status).toBe(200);
  expect(await decide(owner, campaign.id, item.id, 'remove')).toMatchObject({
    status: 200,
    body: { state: 'removed' },
  });
  expect((await client.get(`/delegations/${delegation.id}`)).body).toMatchObject({
    state: 'ended',
    endedBy: 'customer',
  });

  const imported = await group(0, 'audit.view');
  const importId = newId();
  await platform.sql('au', `update groups set source = 'imported' where id = $1`, [imported.id]);
  await platform.sql(
    'au',
    `insert into delegations (tenant_id, id, kind, side, other_tenant_id, partner_group_id, group_id, relation,
       asked_permissions, asked_days, permissions, state, created_at, request_ends_at)
     values ($1, $2, 'import', 'customer', $3, $4, $5, 'partner', '{}', 0, '{}', 'active', now(), now())`,
    [place.id, importId, newId(), newId(), imported.id],
  );
  const again = await begun({ scope: { kinds: ['partner'] }, reviewerIds: [ownerId] });
  const [letIn] = await itemsOf(again.id);
  expect(letIn).toMatchObject({ group: { id: imported.id }, endsAt: null });
  expect(await decide(owner, again.id, letIn.id, 'remove')).toMatchObject({ status: 200, body: { state: 'removed' } });
  expect((await client.get(`/group-imports/${importId}`)).body.state).toBe('ended');
});

test('an end that was cancelled is begun again; one that was never gathered removes nothing', async () => {
  const { id: groupId, people } = await group(1);
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [ownerId], undecided: 'remove' });
  await platform.sql('au', `update review_campaigns set state = 'closing', task_id = null where id = $1`, [
    campaign.id,
  ]);
  expect(await owner.post(`/review-campaigns/${campaign.id}/close`, { undecided: 'keep' })).toMatchObject({
    status: 200,
  });
  expect((await closed(campaign.id)).counts).toMatchObject({ left: 1 });
  expect(await owner.post(`/review-campaigns/${campaign.id}/close`, { undecided: 'keep' })).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:campaign-over' },
  });
  const stuck = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [ownerId] });
  await platform.sql('au', `update review_campaigns set state = 'gathering' where id = $1`, [stuck.id]);
  await owner.post(`/review-campaigns/${stuck.id}/close`, { undecided: 'remove' });
  expect((await closed(stuck.id)).counts).toMatchObject({ removed: 0, left: 1 });
  expect(await members(groupId)).toEqual(people);
});

test('two who decide about one at the same moment: the removal stands', async () => {
  const other = await reviewer();
  const { id: groupId } = await group(1);
  const campaign = await begun({ scope: { groupIds: [groupId] }, reviewerIds: [ownerId, other.id] });
  const [item] = await itemsOf(campaign.id);
  const replies = await Promise.all([
    decide(owner, campaign.id, item.id, 'remove'),
    decide(other, campaign.id, item.id, 'keep'),
  ]);
  expect(replies[0].status).toBe(200);
  expect([200, 409]).toContain(replies[1].status);
  expect((await itemsOf(campaign.id))[0].state).toBe('removed');
  expect(await members(groupId)).toEqual([]);
});

test.each([
  [{ reviewerIds: [newId()] }, 'reviewerIds.0'],
  [{ reviewerIds: [] }, 'reviewerIds'],
  [{ scope: { groupIds: [newId()] } }, 'scope.groupIds.0'],
  [{ scope: { namespaceIds: [newId()] } }, 'scope.namespaceIds.0'],
  [{ scope: { topics: ['nothing'] } }, 'scope.topics.0'],
  [{ dueAt: new Date().toISOString() }, 'dueAt'],
  [{ dueAt: soon(400) }, 'dueAt'],
  [{ scope: { kinds: ['partner'] } }, 'scope'],
])('%j is refused and names the field', async (body, path) => {
  const reply = await client.post('/review-campaigns', {
    name: 'Bad',
    reviewers: 'accounts',
    reviewerIds: [ownerId],
    dueAt: soon(),
    ...body,
  });
  expect(reply, reply.text).toMatchObject({ status: 400, body: { errors: [{ path }] } });
});
