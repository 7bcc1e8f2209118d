import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import {
  agentOf,
  aPlatform,
  aTenant,
  clientOf,
  rawRequest,
  signIn,
  type TestPlatform,
  type TestTenant,
} from '../harness.ts';
import { bodies, type Placeholders, scimMessages } from './bodies.ts';
import { checksum, populate, scimContentType, withoutId } from './tenants.ts';

/**
 * T1, T2, Z3 and Z8, generated from the contract: each operation with each kind of credential, with another tenant's
 * ids in each place, and with fields that nobody may set. An operation that `bodies.ts` does not know fails.
 */

interface Contract {
  paths: Record<string, Record<string, Described>>;
}
interface Described {
  operationId: string;
  'x-access': string;
  'x-permission'?: string;
  parameters?: { name: string; in: string; required: boolean; schema?: { format?: string } }[];
  requestBody?: object;
}

const password = 'a long enough password for tests';

let platform: TestPlatform;
let a: TestTenant;
let b: TestTenant;
let own: Placeholders;
let foreign: Placeholders;
let powerless: string;
let memberCookie: string;
const credentials: Record<string, Record<string, string>> = {};
interface Called {
  id: string;
  method: string;
  path: string;
  isScim: boolean;
  described: Described;
}
const operations: Called[] = [];

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'] });
  a = await aTenant(platform, 'au');
  b = await aTenant(platform, 'au');
  own = await populate(platform, a);
  foreign = await populate(platform, b);
  powerless = (await a.given.machine([])).key;
  const member = await a.given.person(password);
  memberCookie = await signIn(platform, member.email, password);
  const expired = await a.client.post('/provisioning-tokens', { name: 'revoked' });
  await a.client.delete(`/provisioning-tokens/${expired.body.id}`);
  Object.assign(credentials, {
    none: {},
    malformed: { authorization: 'Bearer bwk_sa_nonsense' },
    'wrong checksum': { authorization: `Bearer ${a.ownerKey.slice(0, -1)}${a.ownerKey.endsWith('0') ? '1' : '0'}` },
    'a revoked provisioning token': { authorization: `Bearer ${expired.body.value}` },
    'an agent key as bearer': { authorization: `Bearer ${own.agentKey}` },
    'an agent key': { agent: own.agentKey },
    'a service key': { authorization: `Bearer ${own.serviceKey}` },
    'a provisioning token': { authorization: `Bearer ${own.token}` },
    'the operator': { authorization: `Bearer bwk_op_${'t'.repeat(40)}` },
    'a machine without rights': { authorization: `Bearer ${powerless}` },
    'a member without rights': { cookie: memberCookie, origin: platform.url, 'x-bailiwick-csrf': '1' },
    'another tenant': { authorization: `Bearer ${b.ownerKey}` },
    owner: { authorization: `Bearer ${a.ownerKey}` },
  });
}, 120_000);

// The contract is read at collection, so that each operation is a test of its own.
const { operations: declared, version } = await import('../../src/node.ts');
const { describe: describeContract } = await import('../../src/kernel/openapi.ts');
const contract = describeContract(declared, version) as unknown as Contract;
for (const [path, methods] of Object.entries(contract.paths))
  for (const [method, described] of Object.entries(methods))
    operations.push({
      id: described.operationId,
      method: method.toUpperCase(),
      path,
      isScim: path.startsWith('/scim/'),
      described,
    });

/** Which object a path parameter names: the segment before it. */
const nounBefore = (path: string, name: string) => path.split('/')[path.split('/').indexOf(`{${name}}`) - 1] as string;

const namesOf = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);

function fillPath(path: string, from: Placeholders, swapped: Partial<Record<string, string>> = {}): string {
  return namesOf(path).reduce((filled, name) => {
    const value = swapped[name] ?? (name === 'tenantId' ? from.tenantId : from[nounBefore(path, name)]);
    if (!value)
      throw new Error(`populate() gives no ${nounBefore(path, name)} for {${name}} of ${path}: add it there.`);
    return filled.replace(`{${name}}`, value);
  }, path);
}

function prepare(operation: Called, from: Placeholders) {
  const entry = bodies[operation.id];
  if (!entry) throw new Error(`${operation.id} has no entry in bodies.ts: say what a valid request of it is.`);
  const { body, query = '' } = entry(from);
  return { body, query };
}

async function send(operation: Called, path: string, headers: Record<string, string>, body: unknown) {
  const { method } = operation;
  const { agent, ...others } = headers;
  const client = agent ? agentOf(platform.url, agent) : clientOf(platform.url, null);
  return client.call(method, path, {
    headers: {
      ...others,
      ...(['PATCH', 'PUT', 'DELETE'].includes(method) ? { 'if-match': '*' } : {}),
      ...(operation.isScim && body !== undefined ? { 'content-type': scimContentType } : {}),
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** RFC 7644 section 3.12, and nothing of `/v1`'s problems. */
function expectScimError({ status, headers, body, text }: Awaited<ReturnType<typeof send>>) {
  expect(headers.get('content-type'), text).toMatch(/^application\/scim\+json/);
  expect(body, text).toEqual({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    detail: expect.any(String),
    ...(status === 400 ? { scimType: expect.any(String) } : {}),
  });
}

describe.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
  '%s',
  (_name, operation) => {
    const access = operation.described['x-access'];
    const isInTenant = operation.path.includes('{tenantId}');
    const { isScim } = operation;
    /** Who may do most here. */
    const most = () =>
      (isScim
        ? credentials['a provisioning token']
        : access === 'agent'
          ? credentials['an agent key']
          : credentials.owner) ?? {};

    if (access !== 'open') {
      test.each(['none', 'malformed', 'wrong checksum', 'a revoked provisioning token', 'an agent key as bearer'])(
        '%s: 401',
        async (kind) => {
          const { body, query } = prepare(operation, own);
          const reply = await send(operation, fillPath(operation.path, own) + query, credentials[kind] ?? {}, body);
          expect(reply.status, reply.text).toBe(401);
          expect(reply.headers.get('www-authenticate')).toBeTruthy();
          if (isScim) expectScimError(reply);
        },
      );
    }

    if (access === 'provisioning') {
      test.each(['a machine without rights', 'a member without rights', 'a service key', 'the operator', 'owner'])(
        '%s opens nothing over SCIM: 401',
        async (kind) => {
          const { body, query } = prepare(operation, own);
          const reply = await send(operation, fillPath(operation.path, own) + query, credentials[kind] ?? {}, body);
          expect(reply.status, reply.text).toBe(401);
          expectScimError(reply);
        },
      );
    }

    if (access === 'agent') {
      test.each([
        'a machine without rights',
        'a member without rights',
        'a service key',
        'a provisioning token',
        'the operator',
        'owner',
      ])('%s opens nothing of what running gateways ask: 401 or 404', async (kind) => {
        const { body, query } = prepare(operation, own);
        const reply = await send(operation, fillPath(operation.path, own) + query, credentials[kind] ?? {}, body);
        expect(reply.status, reply.text).toBe(kind === 'the operator' ? 404 : 401);
      });
    } else if (access !== 'open' && access !== 'credential')
      test('T2: an agent key opens nothing here', async () => {
        const { body, query } = prepare(operation, own);
        const key = credentials['an agent key'] ?? {};
        const reply = await send(operation, fillPath(operation.path, own) + query, key, body);
        expect(reply.status, reply.text).toBe(401);
      });

    if (access === 'allow' || access === 'own' || access === 'member') {
      test('a provisioning token opens nothing beside SCIM: 401', async () => {
        const { body, query } = prepare(operation, own);
        const path = fillPath(operation.path, own) + query;
        const reply = await send(operation, path, credentials['a provisioning token'] ?? {}, body);
        expect(reply.status, reply.text).toBe(401);
      });
      test.each(['a service key'])('%s opens nothing here', async (kind) => {
        const { body, query } = prepare(operation, own);
        const reply = await send(operation, fillPath(operation.path, own) + query, credentials[kind] ?? {}, body);
        expect([401, 403, 404], reply.text).toContain(reply.status);
      });
      test('the operator sees nothing of it', async () => {
        const { body, query } = prepare(operation, own);
        const reply = await send(
          operation,
          fillPath(operation.path, own) + query,
          credentials['the operator'] ?? {},
          body,
        );
        expect([401, 403, 404], reply.text).toContain(reply.status);
      });
    }

    if (access === 'allow') {
      test.each(['a machine without rights', 'a member without rights'])('%s: 403', async (kind) => {
        const { body, query } = prepare(operation, own);
        const reply = await send(operation, fillPath(operation.path, own) + query, credentials[kind] ?? {}, body);
        expect(reply.status, reply.text).toBe(403);
      });
      test('a machine without rights is refused before its input is read', async () => {
        const reply = await send(
          operation,
          fillPath(operation.path, own),
          credentials['a machine without rights'] ?? {},
          operation.described.requestBody ? { nonsense: 1 } : undefined,
        );
        expect(reply.status, reply.text).toBe(403);
      });
    }

    if (access === 'deciding') {
      test.each(['a member without rights', 'a provisioning token', 'the operator'])(
        '%s opens nothing where software asks: 401 or 404',
        async (kind) => {
          const { body, query } = prepare(operation, own);
          const reply = await send(operation, fillPath(operation.path, own) + query, credentials[kind] ?? {}, body);
          expect([401, 404], reply.text).toContain(reply.status);
        },
      );
      test('T2: a machine without rights: 403', async () => {
        const { body, query } = prepare(operation, own);
        const key = credentials['a machine without rights'] ?? {};
        const reply = await send(operation, fillPath(operation.path, own) + query, key, body);
        expect(reply.status, reply.text).toBe(403);
      });
      test("another tenant's ids in the body are answered like ids that never were", async () => {
        const answer = async ({ accounts, namespaces }: Record<string, string>) => {
          const { body } = prepare(operation, { ...own, accounts, namespaces } as Placeholders);
          const reply = await send(operation, fillPath(operation.path, own), credentials.owner ?? {}, body);
          expect(reply.status, reply.text).toBe(200);
          return reply.text;
        };
        expect(await answer(foreign)).toBe(await answer({ accounts: newId(), namespaces: newId() }));
      });
    }

    if (access === 'operator' || access === 'operator-in-tenant') {
      test('an owner may not: 403 or 404', async () => {
        const { body, query } = prepare(operation, own);
        const reply = await send(operation, fillPath(operation.path, own) + query, credentials.owner ?? {}, body);
        expect([403, 404], reply.text).toContain(reply.status);
      });
    }

    if (isInTenant && access !== 'operator-in-tenant' && access !== 'open') {
      test("another tenant's path answers like one that never was, and nothing of it moves", async () => {
        const before = await checksum(platform, b);
        const { body, query } = prepare(operation, own);
        const key = most();
        const there = await send(operation, fillPath(operation.path, foreign) + query, key, body);
        const nowhere = await send(
          operation,
          fillPath(operation.path, { ...foreign, tenantId: newId() }) + query,
          key,
          body,
        );
        expect(there.status, there.text).toBe(404);
        expect(withoutId(there.text)).toBe(withoutId(nowhere.text));
        expect(there.text).not.toContain(b.id);
        if (isScim) expectScimError(there);
        expect(await checksum(platform, b)).toBe(before);
      });

      for (const name of namesOf(operation.path).filter((each) => each !== 'tenantId')) {
        // The schemas of SCIM are the same everywhere.
        if (name === 'urn' || name === 'name') continue;
        test(`T1: another tenant's {${name}} answers like one that never was, and nothing of it moves`, async () => {
          const before = await checksum(platform, b);
          const { body, query } = prepare(operation, own);
          const noun = nounBefore(operation.path, name);
          const there = await send(
            operation,
            fillPath(operation.path, own, { [name]: foreign[noun] as string }) + query,
            most(),
            body,
          );
          const nowhere = await send(
            operation,
            fillPath(operation.path, own, { [name]: newId() }) + query,
            most(),
            body,
          );
          expect(there.status, there.text).toBe(404);
          expect(withoutId(there.text)).toBe(withoutId(nowhere.text));
          expect(there.text).not.toContain(foreign[noun]);
          if (isScim) expectScimError(there);
          expect(await checksum(platform, b)).toBe(before);
        });
        test(`a malformed {${name}}: ${isScim ? 404 : 400}`, async () => {
          const { body, query } = prepare(operation, own);
          const reply = await send(
            operation,
            fillPath(operation.path, own, { [name]: 'not-an-id' }) + query,
            most(),
            body,
          );
          expect(reply.status, reply.text).toBe(isScim ? 404 : 400); // to SCIM, any text may be an id
        });
      }
    }

    const idsOfQuery = (operation.described.parameters ?? []).filter(
      (parameter) => parameter.in === 'query' && parameter.schema?.format === 'uuid',
    );
    if (idsOfQuery.length > 0 && (access === 'allow' || access === 'member'))
      test("T1, T6: another tenant's ids in the query are answered like ids that never were", async () => {
        const { body, query } = prepare(operation, own);
        const isId = (value: string) => /^[0-9a-f-]{36}$/.test(value);
        const theirs = Object.entries(foreign).flatMap(([name, value]) =>
          value !== own[name] && isId(value) ? [value] : [],
        );
        const ask = async (name: string, id: string) => {
          const search = new URLSearchParams(query);
          search.set(name, id);
          const path = `${fillPath(operation.path, own)}?${search}`;
          const { status, text } = await send(operation, path, credentials.owner ?? {}, body);
          // Times and places in a stream move beside the request.
          const said = text.replaceAll(id, '<id>').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
          return { status, text: withoutId(said).replace(/"cursor":"\d+"/, '"cursor"') };
        };
        for (const { name } of idsOfQuery) {
          const nowhere = await ask(name, newId());
          expect(theirs.length).toBeGreaterThan(20);
          for (const id of new Set(theirs)) {
            // The tenant's own attempts at the other one, which stand in its own audit.
            if (name === 'targetId' && id === b.id) continue;
            expect(await ask(name, id), `${name}=${id}`).toEqual(nowhere);
          }
        }
      });

    const isScimMessage = scimMessages.has(operation.id);
    if (operation.described.requestBody && !isScimMessage && (access === 'allow' || access === 'operator')) {
      test.each(['tenantId', 'owner', 'id', 'createdAt', 'version', 'isOwner', 'actorId', 'onBehalfOf'])(
        'an extra field %s is refused by name',
        async (field) => {
          const { body, query } = prepare(operation, own);
          if (typeof body !== 'object' || body === null || field in body) return;
          const key = access === 'operator' ? credentials['the operator'] : credentials.owner;
          const reply = await send(operation, fillPath(operation.path, own) + query, key ?? {}, {
            ...body,
            [field]: 'x',
          });
          expect(reply.status, reply.text).toBe(400);
          expect(reply.body.errors.map(({ path }: { path: string }) => path)).toContain(field);
        },
      );
      test("T6: another tenant's ids in the body are answered like ids that never were", async () => {
        const { body } = prepare(operation, own);
        const { body: theirs, query } = prepare(operation, foreign);
        if (JSON.stringify(body) === JSON.stringify(theirs) || access === 'operator') return;
        const before = await checksum(platform, b);
        const nobody = Object.fromEntries(
          Object.keys(foreign).map((key) => [
            key,
            /^[0-9a-f-]{36}$/.test(String(foreign[key])) ? newId() : foreign[key],
          ]),
        ) as Placeholders;
        const there = await send(operation, fillPath(operation.path, own) + query, credentials.owner ?? {}, theirs);
        const nowhere = await send(
          operation,
          fillPath(operation.path, own) + query,
          credentials.owner ?? {},
          prepare(operation, nobody).body,
        );
        expect(there.status, there.text).toBe(400);
        expect(withoutId(there.text)).toBe(withoutId(nowhere.text));
        expect(await checksum(platform, b)).toBe(before);
      });
      test.each([
        ['[]'],
        ['"text"'],
        ['7'],
        ['null'],
        ['{'],
        ['{"a":1,"a":2}'],
        [`${'['.repeat(10_000)}`],
        ['{"name":"\\u0000"}'],
        ['{"name":"\\ud800"}'],
        ['{"limit":1e400}'],
      ])('the body %j is a 400 problem', async (text) => {
        const key = access === 'operator' ? credentials['the operator'] : credentials.owner;
        const reply = await clientOf(platform.url, null).call(operation.method, fillPath(operation.path, own), {
          headers: { ...key, 'content-type': 'application/json', 'if-match': '*' },
          body: text,
        });
        expect(reply.status, reply.text).toBe(400);
        expect(reply.body.type).toMatch(/^urn:bailiwick:problem:/);
      });
    }

    test('Z8: another spelling of the path opens nothing', async () => {
      const path = fillPath(operation.path, own);
      const spellings = [
        `${path}/`,
        path.replace('/v1/', '/V1/').replace('/scim/', '/SCIM/'),
        `/${path}`,
        `${path};x=1`,
        path.replace('/', '/./'),
        path.replace('/', '/x/../'),
        path.replace('/', '/%2e/'),
      ].filter((spelling) => spelling !== path);
      for (const spelling of spellings) {
        const { status } = await rawRequest(platform.url, {
          method: operation.method,
          path: spelling,
          headers: most(),
        });
        // It may be another address, which lacks the method, or that of another object of the operator's.
        const closed = [400, 401, 404, 405, ...(access === 'operator' ? [403] : [])];
        expect(closed, spelling).toContain(status);
      }
    });
  },
);

test('the operations of the contract and the entries of bodies.ts are the same', () => {
  expect(Object.keys(bodies).sort()).toEqual(operations.map(({ id }) => id).sort());
});

test('T8: nothing of one tenant is in what the other lists', async () => {
  for (const operation of operations.filter(
    ({ method, path, described }) =>
      method === 'GET' && described['x-access'] === 'allow' && namesOf(path).length === 1,
  )) {
    // Refusals name the id that the caller itself sent.
    if (operation.id === 'provisioning-calls.list-out-of-step') continue;
    const query = /^(audit|provisioning-calls)\.list/.test(operation.id)
      ? '?outcome=success&limit=200'
      : operation.id === 'access.list-holders'
        ? '?permission=groups.view'
        : '';
    const reply = await send(operation, fillPath(operation.path, own) + query, credentials.owner ?? {}, undefined);
    expect(reply.status, operation.id).toBe(200);
    const theirs = Object.entries(foreign).filter(([name, value]) => value !== own[name]);
    expect(
      theirs.filter(([, value]) => reply.text.includes(value)),
      operation.id,
    ).toEqual([]);
  }
});
