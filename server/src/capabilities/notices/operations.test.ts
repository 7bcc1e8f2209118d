import { beforeAll, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, signIn, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

let platform: TestPlatform;
let tenant: TestTenant;
beforeAll(async () => {
  platform = await aPlatform();
  tenant = await aTenant(platform);
});

const password = 'correct horse battery staple';

/** A notice as `ctx.notify` writes it: the row and the job that mails it. */
async function aNotice(text: string, accountId: string | null = null, of = tenant) {
  const [id, jobId] = [newId(), newId()];
  await platform.sql(
    'au',
    `insert into notices (tenant_id, id, kind, audience, account_id, text) values ($1, $2, 'test', $3, $4, $5)`,
    [of.id, id, accountId ? 'account' : 'owners', accountId, text],
  );
  await platform.sql(
    'au',
    `insert into jobs (tenant_id, id, kind, payload, request_id) values ($1, $2, 'notices.mail', $3, 'test')`,
    [of.id, jobId, JSON.stringify({ noticeId: id })],
  );
  await platform.sql('au', `insert into due_jobs (id, tenant_id, kind) values ($1, $2, 'notices.mail')`, [
    jobId,
    of.id,
  ]);
  return id;
}

const asPerson = async (email: string) => {
  const client = platform.session(await signIn(platform, email, password, tenant.id));
  return {
    list: async (query = '') => (await client.get(`${tenant.path}/notices${query}`)).body,
    read: (body?: object) => client.post(`${tenant.path}/notices/read`, body),
  };
};

test('each sees its own notices, an owner the owners’ too, and each has its own marks', async () => {
  const [ada, grace] = [await tenant.given.person(password), await tenant.given.person(password)];
  const forOwners = await aNotice('For owners');
  const forAda = await aNotice('For Ada', ada.id);
  const [asAda, asGrace] = [await asPerson(ada.email), await asPerson(grace.email)];

  expect(await asAda.list()).toMatchObject({ items: [{ id: forAda, text: 'For Ada', isRead: false }], unread: 1 });
  expect(await asGrace.list()).toMatchObject({ items: [], unread: 0, total: 0 });
  const owners = (await tenant.client.get('/notices')).body;
  expect(owners.items.map(({ id }: { id: string }) => id)).toContain(forOwners);
  expect(owners.items.map(({ id }: { id: string }) => id)).not.toContain(forAda);

  expect(await asGrace.read({ ids: [forAda, forOwners] })).toMatchObject({ status: 200, body: { unread: 0 } });
  expect(await asAda.list('?unread=true')).toMatchObject({ items: [{ id: forAda }], unread: 1 });
  expect(await asAda.read({ ids: [forAda] })).toMatchObject({ status: 200, body: { unread: 0 } });
  expect(await asAda.list()).toMatchObject({ items: [{ id: forAda, isRead: true }], unread: 0 });
  expect(await asAda.list('?unread=true')).toMatchObject({ items: [] });
  expect(await asAda.read({ ids: [forAda] })).toMatchObject({ status: 200 });
});

test('without ids all are read', async () => {
  const other = await aTenant(platform);
  await aNotice('One', null, other);
  await aNotice('Two', null, other);
  expect((await other.client.get('/notices?limit=1')).body).toMatchObject({ unread: 2, total: 2 });

  expect(await other.client.post('/notices/read')).toMatchObject({ status: 200, body: { unread: 0 } });

  expect((await other.client.get('/notices?unread=false')).body.items).toHaveLength(2);
  await aNotice('Three', null, other);
  expect(await other.client.post('/notices/read', { ids: [] })).toMatchObject({ body: { unread: 1 } });
});

test('a notice is mailed to each of those whom it is for, and to nobody else', async () => {
  const text = aName('A token expires soon');
  const ada = await tenant.given.person(password);
  const grace = await tenant.given.person(password);
  const owners = (await tenant.client.get('/groups')).body.items.find(
    ({ isOwnerGroup }: { isOwnerGroup: boolean }) => isOwnerGroup,
  );
  const joined = await tenant.client.post(`/groups/${owners.id}/members`, { accountIds: [grace.id] });
  expect(joined.status).toBe(200);
  await aNotice(text, ada.id);
  await aNotice(`${text} owners`);

  const mailed = async (to: string, body: string) => {
    for (let attempt = 0; attempt < 200; attempt++) {
      const mails = (await platform.outbox(to)).filter((mail) => mail.body.startsWith(`${body}\n`));
      if (mails.length) return mails;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return [];
  };
  const [mail] = await mailed(ada.email, text);
  expect(mail).toMatchObject({ to: ada.email, body: expect.stringContaining(`/t/${tenant.id}`) });
  expect(await mailed(grace.email, `${text} owners`)).toHaveLength(1);
  const all = (await platform.outbox()).filter(({ body }) => body.startsWith(text));
  // The first owner never accepted the invitation, so nothing is mailed there.
  expect(all.map(({ to }) => to).sort()).toEqual([ada.email, grace.email].sort());
});

test('another tenant sees none of them', async () => {
  const other = await aTenant(platform);
  await aNotice('Secret');
  expect((await other.client.get('/notices')).body.items).toEqual([]);
  expect((await platform.client(other.ownerKey).get(`${tenant.path}/notices`)).status).toBe(404);
  expect((await platform.anyone.get(`${tenant.path}/notices`)).status).toBe(401);
});
