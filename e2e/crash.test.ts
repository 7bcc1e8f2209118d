import { randomInt, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { newTenant, type Reply } from './http.ts';
import { kill, type Product, start, until } from './process.ts';

/** Proof (e) of the foundation, P35: `kill -9` of node and database during acknowledged writes. */

const ROUNDS = 3;
const WRITERS = 8;
/** Acknowledged before anything is killed, in each round. */
const WARM = 40;

interface Write {
  name: string;
  idempotencyKey: string;
  id: string;
}

test('kill -9 of node and database: nothing acknowledged is lost, nothing is doubled', {
  timeout: 600_000,
}, async () => {
  let product = await start();
  const made = await product.asOperator('POST', '/v1/tenants', { body: newTenant('eu', 'crashing') });
  expect(made.status, made.text).toBe(201);
  const key: string = made.body.ownerKey;
  const path = `/v1/tenants/${made.body.tenant.id}`;

  const acknowledged: Write[] = [];
  /** Anything but 201, no answer and a 503 that says when to try again. */
  const wrong: string[] = [];
  const doubled: string[] = [];

  /** One group, asked for with one key again and again until some answer acknowledges it. */
  async function write(name: string, isOver: () => boolean): Promise<void> {
    const idempotencyKey = randomUUID();
    const ask = async () => {
      const reply = await product
        .send('POST', `${path}/groups`, { key, body: { name }, headers: { 'idempotency-key': idempotencyKey } })
        .catch(() => undefined);
      if (reply && !isRetryable(reply) && reply.status !== 201) wrong.push(`${name}: ${reply.status} ${reply.text}`);
      return reply?.status === 201 ? (reply.body.id as string) : undefined;
    };
    while (!isOver() && wrong.length === 0) {
      // Two at once, as a client does that lost patience with the first.
      const ids = (await Promise.all(randomInt(4) === 0 ? [ask(), ask()] : [ask()])).filter((id) => id !== undefined);
      if (new Set(ids).size > 1) doubled.push(name);
      const [id] = ids;
      if (id === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      acknowledged.push({ name, idempotencyKey, id });
      return;
    }
  }

  for (let round = 1; round <= ROUNDS; round++) {
    const before = acknowledged.length;
    let over = false;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let at = 0; !over && wrong.length === 0; at++) await write(`r${round}-w${writer}-${at}`, () => over);
    });
    const more = (count: number) => {
      const from = acknowledged.length;
      return until(`${count} more writes`, () => acknowledged.length >= from + count || wrong.length > 0, 90_000);
    };

    await more(WARM + randomInt(WARM));
    const victim = product.postmaster('eu');
    const wait = randomInt(300);
    await new Promise((resolve) => setTimeout(resolve, wait));
    kill(victim, 'SIGKILL');
    await more(WARM); // the node has healed
    expect(product.isRunning).toBe(true);

    const later = randomInt(300);
    await new Promise((resolve) => setTimeout(resolve, later));
    // The node alone, then everything at once: databases that lost their node, and none left.
    if (round % 2 === 1) await product.killNode();
    else await product.killAll();
    const { data, port } = product;
    product = await start({ data, port });
    await more(WARM);
    over = true;
    await Promise.all(writers);
    console.log(
      `round ${round}: ${acknowledged.length - before} acknowledged; the database died ${wait} ms and the node ${later} ms ` +
        `after a count of writes; ready again ${product.seconds?.toFixed(1)} s after its start`,
    );
    expect(wrong).toEqual([]);
  }
  expect(doubled).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(ROUNDS * 3 * WARM);

  const groups = await everyItem(product, `${path}/groups?limit=200`, key);
  const groupsByName = grouped(groups, ({ name }) => name);
  const entries = await everyItem(product, `${path}/audit-entries?limit=200&action=groups.create`, key);
  const entriesByTarget = grouped(entries, ({ target }) => target.id);

  for (const { name, id } of acknowledged)
    expect(
      groupsByName.get(name)?.map((group) => group.id),
      name,
    ).toEqual([id]);
  // Also what was made and never acknowledged has its one entry.
  for (const { id, name } of groups.filter(({ isOwnerGroup }) => !isOwnerGroup))
    expect(
      entriesByTarget.get(id)?.map(({ outcome }) => outcome),
      name,
    ).toEqual(['success']);
  expect(entries.filter(({ target }) => !groups.some(({ id }) => id === target.id))).toEqual([]);

  // A key still means the object that it made.
  for (const { name, idempotencyKey, id } of acknowledged.filter((_, at) => at % 20 === 0)) {
    const again = await product.send('POST', `${path}/groups`, {
      key,
      body: { name },
      headers: { 'idempotency-key': idempotencyKey },
    });
    expect([again.status, again.body.id], name).toEqual([201, id]);
  }
  await product.stop();
});

test('kill -9 during SCIM: users and members that were acknowledged are there, once', {
  timeout: 300_000,
}, async () => {
  let product = await start();
  const made = await product.asOperator('POST', '/v1/tenants', { body: newTenant('eu', 'provisioned') });
  expect(made.status, made.text).toBe(201);
  const tenantId: string = made.body.tenant.id;
  const tenantPath = `/v1/tenants/${tenantId}`;
  const ownerKey: string = made.body.ownerKey;
  const issued = await product.send('POST', `${tenantPath}/provisioning-tokens`, {
    key: ownerKey,
    body: { name: 'IdP' },
  });
  const key: string = issued.body.value;
  const base = `/scim/v2/${tenantId}`;
  const wrong: string[] = [];

  /** Until an answer comes that acknowledges it; undefined when the writers are to end. */
  async function insist(
    what: string,
    isOver: () => boolean,
    ask: (attempt: number) => Promise<Reply>,
    isDone: (reply: Reply) => boolean,
  ): Promise<Reply | undefined> {
    for (let attempt = 0; !isOver() && wrong.length === 0; attempt++) {
      const reply = await ask(attempt).catch(() => undefined);
      if (reply && isDone(reply)) return reply;
      if (reply && !isRetryable(reply)) wrong.push(`${what}: ${reply.status} ${reply.text}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return undefined;
  }

  const group = await product.send('POST', `${base}/Groups`, { key, body: { displayName: 'everybody' } });
  expect(group.status, group.text).toBe(201);
  const groupPath = `${base}/Groups/${group.body.id}`;
  const members = new Set<string>();
  const removed = new Set<string>();
  const users = new Map<string, string>();
  /** Asked, and not known to have happened or not when the writers ended. */
  const unknown = new Set<string>();

  /** A client that makes a user, joins it to the group, and takes every third out again. */
  async function provision(userName: string, takesOut: boolean, isOver: () => boolean): Promise<void> {
    // RFC 7644 section 3.3 has no key against doubling: a client that got no answer looks for what it made.
    const filter = `${base}/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`;
    const created = await insist(
      userName,
      isOver,
      async (attempt) => {
        const reply = await product.send('POST', `${base}/Users`, { key, body: { userName } });
        return reply.status === 409 && attempt > 0 ? product.send('GET', filter, { key }) : reply;
      },
      ({ status, body }) => status === 201 || (status === 200 && body.totalResults === 1),
    );
    if (!created) return;
    const id: string = created.body.id ?? created.body.Resources[0].id;
    users.set(userName, id);
    const change = (operation: object) => () =>
      product.send('PATCH', groupPath, { key, body: { Operations: [operation] } });
    const isNoContent = ({ status }: Reply) => status === 204;
    unknown.add(id);
    const adding = change({ op: 'add', path: 'members', value: [{ value: id }] });
    if (!(await insist(`${userName} joins`, isOver, adding, isNoContent))) return;
    if (takesOut) {
      const removing = change({ op: 'remove', path: `members[value eq "${id}"]` });
      if (!(await insist(`${userName} leaves`, isOver, removing, isNoContent))) return;
      removed.add(id);
    } else members.add(id);
    unknown.delete(id);
  }

  let over = false;
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let at = 0; !over && wrong.length === 0; at++)
      await provision(`w${writer}-${at}@people.example`, at % 3 === 2, () => over);
  });
  const more = (count: number) => {
    const from = users.size;
    return until(`${count} more users`, () => users.size >= from + count || wrong.length > 0, 90_000);
  };
  await more(WARM + randomInt(WARM));
  kill(product.postmaster('eu'), 'SIGKILL');
  await more(WARM);
  await product.killAll();
  const { data, port } = product;
  product = await start({ data, port });
  await more(WARM);
  over = true;
  await Promise.all(writers);
  expect(wrong).toEqual([]);

  const listed: { id: string; userName: string }[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page = await product.send('GET', `${base}/Users?count=1000&cursor=${encodeURIComponent(cursor)}`, { key });
    expect(page.status, page.text).toBe(200);
    listed.push(...page.body.Resources);
    cursor = page.body.nextCursor;
  }
  const byName = grouped(listed, ({ userName }) => userName);
  for (const [userName, id] of users)
    expect(
      byName.get(userName)?.map((user) => user.id),
      userName,
    ).toEqual([id]);
  expect([...byName.values()].filter((same) => same.length > 1)).toEqual([]);

  const { body } = await product.send('GET', groupPath, { key });
  const present: string[] = body.members.map(({ value }: { value: string }) => value);
  expect(new Set(present).size).toBe(present.length);
  expect([...members].filter((id) => !present.includes(id))).toEqual([]);
  expect(present.filter((id) => !members.has(id) && !unknown.has(id))).toEqual([]);
  expect(removed.size).toBeGreaterThan(10);

  // Each user that is there has its one entry of the audit, and nobody else has.
  const entries = await everyItem(product, `${tenantPath}/audit-entries?limit=200&action=scim.create-user`, ownerKey);
  const successes = entries.filter(({ outcome }) => outcome === 'success').map(({ target }) => target.id);
  expect(successes.sort()).toEqual(listed.map(({ id }) => id).sort());
  await product.stop();
});

const isRetryable = ({ status, headers }: Reply) => status === 503 && Number(headers.get('retry-after')) > 0;

// biome-ignore lint/suspicious/noExplicitAny: items of two lists
async function everyItem(product: Product, path: string, key: string): Promise<any[]> {
  const items = [];
  for (let cursor = ''; ; ) {
    const { status, body, text } = await product.send('GET', `${path}${cursor && `&cursor=${cursor}`}`, { key });
    expect(status, text).toBe(200);
    items.push(...body.items);
    if (!body.nextCursor) return items;
    cursor = encodeURIComponent(body.nextCursor);
  }
}

function grouped<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
