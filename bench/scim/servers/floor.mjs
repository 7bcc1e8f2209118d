import { createHash } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';
import { CONNECTIONS, connection, listenOn, ready } from './start.mjs';

/**
 * The least that could do the same: bare Fastify, one SELECT for the token, one statement that does the work and, when
 * it changes something, writes its audit row. No validation, no schema, no tenants, no versions.
 */

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const token = 'floor_0123456789abcdefghijklmnopqrstuvwxyz';
const hashOf = (text) => createHash('sha256').update(text).digest();
const pool = new pg.Pool({ ...connection, max: CONNECTIONS });

await pool.query(`
  create table tokens (hash bytea primary key, tenant_id uuid not null);
  create table users (
    id uuid primary key default gen_random_uuid(), user_name text not null, user_name_folded text not null unique,
    active boolean not null, attributes jsonb not null, version int not null default 1,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now());
  create table groups (id uuid primary key default gen_random_uuid(), name text not null unique);
  create table members (
    group_id uuid not null references groups, user_id uuid not null references users, primary key (group_id, user_id));
  create table audit (
    id uuid primary key default gen_random_uuid(), at timestamptz not null default now(), tenant_id uuid not null,
    action text not null, target_id uuid not null, changes jsonb)`);
await pool.query('insert into tokens values ($1, gen_random_uuid())', [hashOf(token)]);

const statements = {
  token: 'select tenant_id from tokens where hash = $1',
  create: `with made as (
      insert into users (user_name, user_name_folded, active, attributes) values ($2, $3, $4, $5) returning *),
    entry as (insert into audit (tenant_id, action, target_id, changes) select $1, 'create', id, attributes from made)
    select * from made`,
  read: 'select * from users where id = $1',
  find: 'select * from users where user_name_folded = $1',
  activate: `with changed as (
      update users set active = $3, version = version + 1, updated_at = now() where id = $2 returning *),
    entry as (
      insert into audit (tenant_id, action, target_id, changes)
      select $1, 'update', id, jsonb_build_object('active', active) from changed)
    select * from changed`,
  group: `with made as (insert into groups (name) values ($2) returning *),
    entry as (insert into audit (tenant_id, action, target_id) select $1, 'group', id from made)
    select * from made`,
  add: `with added as (insert into members select $2, unnest($3::uuid[]) on conflict do nothing returning user_id)
    insert into audit (tenant_id, action, target_id, changes)
    select $1, 'add', $2, jsonb_agg(user_id) from added`,
  remove: `with gone as (delete from members where group_id = $2 and user_id = any ($3::uuid[]) returning user_id)
    insert into audit (tenant_id, action, target_id, changes)
    select $1, 'remove', $2, jsonb_agg(user_id) from gone`,
};
const run = async (name, values) => (await pool.query({ name, text: statements[name], values })).rows;

const resource = (row) => ({
  schemas: [USER],
  id: row.id,
  userName: row.user_name,
  active: row.active,
  ...row.attributes,
  meta: {
    resourceType: 'User',
    created: row.created_at,
    lastModified: row.updated_at,
    location: `/scim/v2/Users/${row.id}`,
    version: `W/"${row.version}"`,
  },
});

const app = Fastify();
app.addContentTypeParser('application/scim+json', { parseAs: 'string' }, (_, body, done) =>
  done(null, JSON.parse(body)),
);
app.addHook('preHandler', async (request, reply) => {
  const [known] = await run('token', [hashOf(request.headers.authorization?.slice('Bearer '.length) ?? '')]);
  if (!known) return reply.code(401).send();
  request.tenant = known.tenant_id;
  reply.type('application/scim+json');
});
app.post('/scim/v2/Users', async ({ tenant, body }, reply) => {
  const { userName, active, ...attributes } = body;
  const [row] = await run('create', [tenant, userName, userName.toLowerCase(), active, attributes]);
  return reply.code(201).send(resource(row));
});
app.get('/scim/v2/Users/:id', async ({ params }) => resource((await run('read', [params.id]))[0]));
app.get('/scim/v2/Users', async ({ query }) => {
  const rows = await run('find', [JSON.parse(query.filter.split(' eq ')[1]).toLowerCase()]);
  return { totalResults: rows.length, Resources: rows.map(resource) };
});
app.patch('/scim/v2/Users/:id', async ({ tenant, params, body }) =>
  resource((await run('activate', [tenant, params.id, body.Operations[0].value]))[0]),
);
app.post('/scim/v2/Groups', async ({ tenant, body }, reply) =>
  reply.code(201).send((await run('group', [tenant, body.displayName]))[0]),
);
app.patch('/scim/v2/Groups/:id', async ({ tenant, params, body }, reply) => {
  const [{ op, value }] = body.Operations;
  if (op === 'add') await run('add', [tenant, params.id, value.map((member) => member.value)]);
  else await run('remove', [tenant, params.id, body.Operations.map(({ path }) => /"(.*)"/.exec(path)[1])]);
  return reply.code(204).send();
});
await app.listen(listenOn);
ready('/scim/v2', token);
