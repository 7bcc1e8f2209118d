import { expect, onTestFinished, test } from 'vitest';
import { accept, aName, aPlatform, aTenant, type TestTenant } from '../../../test/harness.ts';
import { aNameServer } from '../../../test/name-server.ts';

const dns = await aNameServer();
const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_DNS_SERVERS: dns.address } });

interface Discovered {
  regions: { code: string; baseUrl: string }[];
  tenants?: object[];
}

const discover = (email: string, node = 0) => platform.client(null, node).post('/v1/sign-in/discover', { email });

/** A domain of the tenant whose record stands in the DNS. */
async function proved(tenant: TestTenant, name = `${aName('domain')}.example`) {
  const domain = await tenant.given.domain({ name });
  publish(domain);
  const reply = await tenant.client.post(`/domains/${domain.id}/verify`);
  expect(reply, reply.text).toMatchObject({ status: 200, body: { status: 'verified', lastOutcome: 'found' } });
  return reply.body;
}

const entered = new Map<string, string[]>();
/** Enters the record beside those that are there. */
function publish({ record }: { record: { name: string; value: string } }) {
  const values = [...(entered.get(record.name) ?? []), record.value];
  entered.set(record.name, values);
  dns.set(record.name, ...values);
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It did not come.');
}

const noticesOf = async (tenant: TestTenant, kind: string) =>
  (
    await platform.sql(tenant.region, 'select text from notices where tenant_id = $1 and kind = $2', [tenant.id, kind])
  ).map(({ text }) => text as string);

test('a domain is proved by a TXT record of the tenant’s own, and leads to it on every node', async () => {
  const tenant = await aTenant(platform);
  const name = `${aName('proved')}.example`;
  const made = await tenant.client.post('/domains', { name: name.toUpperCase() });
  expect(made).toMatchObject({
    status: 201,
    etag: '"1"',
    body: {
      name,
      status: 'pending',
      record: {
        type: 'TXT',
        name: `_bailiwick-challenge.${name}`,
        value: expect.stringMatching(/^bailiwick-verification=[0-9A-Za-z]{32}$/),
      },
    },
  });
  const { id, record } = made.body;
  const generic = (await discover('nobody@example.org')).text;

  for (const [values, outcome] of [
    [[], 'absent'],
    [['v=spf1 -all'], 'absent'],
    [['bailiwick-verification=somebody-else'], 'other-value'],
    [[record.value.split('=')[1]], 'other-value'],
    [[`"${record.value}"`], 'other-value'],
  ] as const) {
    dns.set(record.name, ...values);
    expect(await tenant.client.post(`/domains/${id}/verify`)).toMatchObject({
      status: 200,
      body: { status: 'pending', lastOutcome: outcome, verifiedAt: null },
    });
    expect((await discover(`ann@${name}`)).text).toBe(generic);
  }
  dns.set(record.name, 'v=spf1 -all', [record.value.slice(0, 10), record.value.slice(10)]);
  expect(await tenant.client.post(`/domains/${id}/verify`)).toMatchObject({
    status: 200,
    body: { status: 'verified', lastOutcome: 'found', verifiedAt: expect.any(String), releasesAt: null },
  });
  for (const node of [0, 1])
    expect((await discover(`Ann@${name.toUpperCase()}`, node)).body).toMatchObject({
      methods: [],
      tenants: [
        {
          tenantId: tenant.id,
          region: 'au',
          label: 'Australia',
          methods: ['password', 'passkey', 'link'],
          providers: [],
        },
      ],
    });
  expect((await discover(`ann@mail.${name}`)).text).toBe(generic);
  expect(await tenant.auditedActions()).toEqual(expect.arrayContaining(['domains.create', 'domains.verify']));
});

test('an answer too long for UDP is asked for over TCP; name servers that fail prove nothing', async () => {
  const tenant = await aTenant(platform);
  const domain = await tenant.given.domain();
  publish(domain);
  dns.fail('SERVFAIL');
  const unanswered = { status: 200, body: { status: 'pending', lastOutcome: 'unanswered' } };
  expect(await tenant.client.post(`/domains/${domain.id}/verify`)).toMatchObject(unanswered);
  dns.fail();
  dns.truncate(true);
  expect(await tenant.client.post(`/domains/${domain.id}/verify`)).toMatchObject({ body: { status: 'verified' } });
  dns.truncate(false);
  expect(dns.asked).toContain(`${domain.record.name} by TCP`);
});

test.each([
  ['gmail.com', 'public mail provider'],
  ['co.uk', 'public suffix'],
  ['github.io', 'public suffix'],
  ['example', 'at least one dot'],
  ['example.com.', 'must not end with a dot'],
  ['192.0.2.1', 'not an address'],
  ['exаmple.com', 'mix letters'], // Cyrillic
  ['a..example.com', 'must have'],
])('%s is no domain to prove', async (name, message) => {
  const tenant = await aTenant(platform);
  expect(await tenant.client.post('/domains', { name })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'name', message: expect.stringContaining(message) }] },
  });
});

test('an international domain is one in all its spellings', async () => {
  const tenant = await aTenant(platform);
  const label = `bücher-${aName('idn')}`;
  const made = await proved(tenant, `${label}.example`);
  expect(made).toMatchObject({ name: expect.stringMatching(/^xn--/), displayName: `${label}.example` });
  expect((await tenant.client.post('/domains', { name: made.name })).status).toBe(409);
  for (const email of [`ann@${label}.example`, `ann@${made.name}`, `ann@${label.toUpperCase()}.example`])
    expect((await discover(email)).body.tenants?.[0]?.tenantId, email).toBe(tenant.id);
});

test('several tenants prove one domain, each by its own record; the earlier ones are told, not of whom', async () => {
  const [first, second, third] = [await aTenant(platform), await aTenant(platform, 'eu'), await aTenant(platform)];
  const { name } = await proved(first);
  await until(async () =>
    (await platform.directorySql('select 1 from domains where tenant_id = $1', [first.id])).length ? true : undefined,
  );
  const copied = await third.given.domain({ name });
  // The value of another tenant proves nothing.
  expect(await third.client.post(`/domains/${copied.id}/verify`)).toMatchObject({
    body: { status: 'pending', lastOutcome: 'other-value' },
  });
  await proved(second, name);
  const [told] = await until(async () => {
    const texts = await noticesOf(first, 'domain-shared');
    return texts.length ? texts : undefined;
  });
  expect(told).toContain(name);
  expect(told).not.toContain(second.id);
  expect(told).not.toContain(second.name);
  const choices = (await discover(`ann@${name}`)).body.tenants;
  expect(choices.map(({ tenantId, label }: { tenantId: string; label: string }) => [tenantId, label])).toEqual([
    [first.id, 'Australia'],
    [second.id, 'Europe'],
  ]);
  expect(JSON.stringify(choices)).not.toMatch(new RegExp(`${first.name}|${second.name}`));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await noticesOf(first, 'domain-shared')).toHaveLength(1);
  expect(await noticesOf(second, 'domain-shared')).toHaveLength(0);
  expect((await first.client.get('/domains')).body.items[0].sharedAt).not.toBeNull();
});

test('a region leads to a tenant of another one by the directory, and to its own without it', async () => {
  const [here, there] = [await aTenant(platform), await aTenant(platform, 'eu')];
  const [own, other] = [await proved(here), await proved(there)];
  await until(async () => {
    const rows = await platform.directorySql('select 1 from domains where tenant_id = any($1)', [[here.id, there.id]]);
    return rows.length === 2 ? true : undefined;
  });
  const stored = await platform.directorySql('select * from domains');
  expect(JSON.stringify(stored)).not.toContain(own.name);

  const node = await platform.startAnother(['au']);
  const ask = (email: string) =>
    fetch(`http://127.0.0.1:${node.port}/v1/sign-in/discover`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email }),
    }).then((reply) => reply.json() as Promise<Discovered>);
  const eu = (await ask('x@example.org')).regions.find(({ code }) => code === 'eu');
  expect((await ask(`ann@${other.name}`)).tenants).toEqual([
    { tenantId: there.id, region: 'eu', label: 'Europe', baseUrl: eu?.baseUrl },
  ]);
  const { directory } = node.platform;
  const connect = () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  Object.assign(node.platform, { directory: { connect } });
  onTestFinished(() => {
    Object.assign(node.platform, { directory });
  });
  expect((await ask(`ann@${own.name}`)).tenants).toMatchObject([{ tenantId: here.id, region: 'au' }]);
  expect((await ask(`ann@${other.name}`)).tenants).toBeUndefined();
});

test('a domain whose record is lost leads on for seven days, the owners are told, then it is released', async () => {
  const tenant = await aTenant(platform, 'eu');
  await accept(platform, tenant.ownerEmail, 'lantern orbit plum ferry');
  const domain = await proved(tenant);
  const stateAfter = async (interval: string, expected: string) => {
    await platform.shiftClock('eu', interval);
    return until(async () => {
      const [row] = await platform.sql('eu', 'select status from domains where id = $1', [domain.id]);
      return row.status === expected ? row.status : undefined;
    });
  };
  const looks = () => dns.asked.filter((each) => each.startsWith(domain.record.name)).length;
  try {
    // The look of every day finds it.
    await platform.shiftClock('eu', '25 hours');
    await until(async () => (looks() > 1 ? true : undefined));
    dns.set(domain.record.name);
    await stateAfter('50 hours', 'failing');
    expect((await noticesOf(tenant, 'domain-failing'))[0]).toContain(domain.name);
    expect((await discover(`ann@${domain.name}`)).body.tenants).toHaveLength(1);
    dns.set(domain.record.name, domain.record.value);
    await stateAfter('75 hours', 'verified');

    dns.fail('SERVFAIL'); // for whatever reason: nobody says that the record is gone
    const before = looks();
    await platform.shiftClock('eu', '400 hours');
    await until(async () => (looks() > before ? true : undefined));
    expect((await discover(`ann@${domain.name}`)).body.tenants).toHaveLength(1);
    dns.fail();

    // Nobody was told of the silence, so the owners are warned first and have their seven days.
    dns.set(domain.record.name);
    await stateAfter('425 hours', 'failing');
    expect(await noticesOf(tenant, 'domain-failing')).toHaveLength(2);
    const mails = () =>
      platform.sql('eu', `select 1 from mails where tenant_id = $1 and body ~ 'not found any more'`, [tenant.id]);
    await until(async () => ((await mails()).length > 0 ? true : undefined));
    expect(await noticesOf(tenant, 'domain-released')).toEqual([]);
    const asked = looks();
    await platform.shiftClock('eu', '590 hours');
    await until(async () => (looks() > asked ? true : undefined));
    expect((await discover(`ann@${domain.name}`)).body.tenants).toHaveLength(1);

    await stateAfter('617 hours', 'released');
    expect((await noticesOf(tenant, 'domain-released'))[0]).toContain(domain.name);
    expect((await discover(`ann@${domain.name}`)).body.tenants).toBeUndefined();
    await until(async () =>
      (await platform.directorySql('select 1 from domains where tenant_id = $1', [tenant.id])).length === 0
        ? true
        : undefined,
    );
  } finally {
    dns.fail();
    await platform.shiftClock('eu', '0');
  }
});

test('name servers that are silent for 30 days count as no record: the owners are warned, then it is released', async () => {
  const tenant = await aTenant(platform, 'eu');
  const domain = await proved(tenant);
  const looked = async (interval: string) => {
    await platform.shiftClock('eu', interval);
    return until(async () => {
      const [row] = await platform.sql(
        'eu',
        `select status, last_outcome as outcome from domains
         where id = $1 and last_checked_at > platform_time() - interval '1 hour'`,
        [domain.id],
      );
      return row;
    });
  };
  try {
    dns.fail('SERVFAIL');
    expect(await looked('29 days')).toEqual({ status: 'verified', outcome: 'unanswered' });
    expect(await looked('31 days')).toEqual({ status: 'failing', outcome: 'unanswered' });
    expect(await noticesOf(tenant, 'domain-failing')).toHaveLength(1);
    expect(await looked('37 days')).toEqual({ status: 'failing', outcome: 'unanswered' });
    expect(await looked('39 days')).toEqual({ status: 'released', outcome: 'unanswered' });
    expect(await noticesOf(tenant, 'domain-released')).toHaveLength(1);
  } finally {
    dns.fail();
    await platform.shiftClock('eu', '0');
  }
});

test('a removed domain leads nowhere from the answer on, and may be added and proved again', async () => {
  const tenant = await aTenant(platform);
  const domain = await proved(tenant);
  expect((await tenant.client.delete(`/domains/${domain.id}`)).status).toBe(428);
  expect((await tenant.client.delete(`/domains/${domain.id}`, '"1"')).status).toBe(412);
  expect((await tenant.client.delete(`/domains/${domain.id}`, `"${domain.version}"`)).status).toBe(204);
  for (const node of [0, 1]) expect((await discover(`ann@${domain.name}`, node)).body.tenants).toBeUndefined();
  const again = await tenant.given.domain({ name: domain.name });
  expect(again.record.value).not.toBe(domain.record.value);
  expect(await tenant.client.post(`/domains/${again.id}/verify`)).toMatchObject({
    body: { status: 'pending', lastOutcome: 'other-value' },
  });
  publish(again);
  expect(await tenant.client.post(`/domains/${again.id}/verify`)).toMatchObject({ body: { status: 'verified' } });
  expect((await discover(`ann@${domain.name}`)).body.tenants).toHaveLength(1);
});

test('every address of no verified domain gets the same answer, by as many questions', async () => {
  const tenant = await aTenant(platform);
  await tenant.given.domain({ name: `${tenant.name}.example` }); // not proved
  const replies = await Promise.all(
    [tenant.ownerEmail, `nobody@${tenant.name}.example`, 'nobody@example.org', 'x@gmail.com'].map((email) =>
      discover(email),
    ),
  );
  expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
  expect(replies[0]?.body.methods).toEqual(['password', 'passkey', 'link']);
  expect(replies[0]?.body.tenants).toBeUndefined();
  expect(
    replies[0]?.body.regions.map((each: { code: string; isServedHere: boolean }) => [each.code, each.isServedHere]),
  ).toEqual([
    ['au', true],
    ['eu', true],
  ]);
  expect(await discover('x')).toMatchObject({ status: 400, body: { errors: [{ path: 'email' }] } });
});

test('the page of a tenant tells a closed one and one that never was alike', async () => {
  const tenant = await aTenant(platform);
  const page = await platform.anyone.get(`/v1/sign-in/tenants/${tenant.id}`);
  expect(page).toMatchObject({
    status: 200,
    body: {
      tenantId: tenant.id,
      displayName: `${tenant.name} display`,
      region: 'au',
      methods: ['password', 'passkey', 'link'],
      providers: [],
    },
  });
  await platform.sql('au', `update tenants set status = 'closed' where tenant_id = $1`, [tenant.id]);
  const closed = await platform.anyone.get(`/v1/sign-in/tenants/${tenant.id}`);
  const unknown = await platform.anyone.get(`/v1/sign-in/tenants/${tenant.id.slice(0, -4)}0000`);
  expect([closed.status, unknown.status]).toEqual([404, 404]);
  const plain = (text: string) => text.replace(/"requestId":"[^"]*"/, '');
  expect(plain(closed.text)).toBe(plain(unknown.text));
});

test('a tenant that is closed for good is led to no more', async () => {
  const tenant = await aTenant(platform);
  const domain = await proved(tenant);
  await tenant.client.post('/close', { confirmName: tenant.name });
  try {
    await platform.shiftClock('au', '31 days');
    await until(async () =>
      (await discover(`ann@${domain.name}`)).body.tenants === undefined &&
      (await platform.directorySql('select 1 from domains where tenant_id = $1', [tenant.id])).length === 0 &&
      (await platform.sql('au', 'select 1 from domain_index where tenant_id = $1', [tenant.id])).length === 0
        ? true
        : undefined,
    );
  } finally {
    await platform.shiftClock('au', '0');
  }
});
