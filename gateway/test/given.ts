import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, expect } from 'vitest';
import { newId } from '../../server/src/kernel/ids.ts';
import { aName, aTenant, type TestPlatform, type TestTenant } from '../../server/test/harness.ts';

/** What a gateway stands between: a provider that issues tokens, an upstream, and the program itself as a process. */

const main = fileURLToPath(new URL('../dist/gateway/src/main.js', import.meta.url));
if (!existsSync(main)) throw new Error('The gateway is not built (gateway/dist is missing). Run `npm test`.');

const ended: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ended.reverse()) await end();
  ended.length = 0;
});

/** Waits until it holds. @throws with what was waited for */
export async function until<T>(what: string, condition: () => T | Promise<T>, seconds = 40): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`Waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function listening(handle: (request: IncomingMessage, reply: ServerResponse) => void) {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  ended.push(stop);
  return { server, stop, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export const audience = 'https://orders.example';

/** A provider of tokens: its description, its keys, and how often these were read. */
export async function anIssuer() {
  const reads = { keys: 0, areHeld: false };
  const made = async (kid: string) => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } };
  };
  const keys = [await made('first')];
  const { url: issuer, stop } = await listening((request, reply) => {
    reply.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration')
      return reply.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    reads.keys += 1;
    if (!reads.areHeld) reply.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  });
  return {
    issuer,
    keys,
    reads,
    stop,
    made,
    token(subject: string, more: JWTPayload = {}, key = keys[0] as Awaited<ReturnType<typeof made>>, header = {}) {
      return new SignJWT({ iss: issuer, aud: audience, sub: subject, ...more })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
        .setExpirationTime((more.exp as number | undefined) ?? '10m')
        .sign(key.privateKey);
    },
  };
}

/** An upstream that says what it was asked, unless it is told to answer otherwise. */
export async function anUpstream() {
  const seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const answers = new Map<string, (request: IncomingMessage, reply: ServerResponse) => void>();
  const { url, server, stop } = await listening((request, reply) => {
    const own = answers.get((request.url ?? '').split('?')[0] as string);
    if (own) return own(request, reply);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: asked = '', headers } = request;
      seen.push({ method, url: asked, headers, body: Buffer.concat(chunks).toString() });
      reply.writeHead(200, { 'content-type': 'application/json', 'x-upstream': 'yes' });
      reply.end(JSON.stringify(seen.at(-1)));
    });
  });
  return { url, server, seen, answers, stop };
}

export type Running = Awaited<ReturnType<typeof aGateway>>;

/** The program, as its users run it. It ends with the test file. */
export async function aGateway(args: Record<string, string>, env: Record<string, string> = {}) {
  const data = args.data ?? mkdtempSync(join(tmpdir(), 'bailiwick-gateway-'));
  if (!args.data) ended.push(() => rmSync(data, { recursive: true, force: true }));
  const child: ChildProcess = spawn(
    process.execPath,
    [
      main,
      ...Object.entries({ listen: '127.0.0.1:0', ...args, data }).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  );
  const output = { text: '' };
  const end = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1));
  });
  ended.push(async () => {
    child.kill('SIGKILL');
    await end;
  });
  const url = await new Promise<string>((resolve, reject) => {
    const heard = (text: string) => {
      output.text += text;
      const ready = /is ready at (\S+)\n/.exec(output.text)?.[1];
      if (ready) resolve(ready);
    };
    child.stdout?.setEncoding('utf8').on('data', heard);
    child.stderr?.setEncoding('utf8').on('data', heard);
    end.then((code) => reject(new Error(`It ended (${code}) before it was ready:\n${output.text}`)));
  });
  return {
    url,
    data,
    output,
    pid: child.pid as number,
    end,
    kill: (signal: NodeJS.Signals = 'SIGKILL') => {
      child.kill(signal);
      return end;
    },
    get: (path: string, token?: string, init: RequestInit = {}) =>
      fetch(url + path, {
        ...init,
        headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(init.headers as object) },
      }),
  };
}

export type Place = Awaited<ReturnType<typeof aPlace>>;

/** A tenant whose gateway leads to an upstream: below `/erp/orders` for a group. */
export async function aPlace(platform: TestPlatform, issuer: string, upstream: string) {
  const tenant: TestTenant = await aTenant(platform);
  const { given, client, id } = tenant;
  const namespace = await given.namespace();
  const provider = await given.identityProvider({ oidc: { issuer, clientId: 'orders' } });
  await platform.sql(
    tenant.region,
    `update identity_providers set status = 'active', version = version + 1 where id = $1`,
    [provider.id],
  );
  const group = await given.group();
  const service = (await client.post('/services', { name: 'orders', items: [{ name: 'secret' }] })).body;
  const at = `/namespaces/${namespace.id}/gateways`;
  const gateway = (
    await client.post(at, {
      name: aName('gateway'),
      prefix: '/erp',
      identityProviderId: provider.id,
      audiences: [audience],
    })
  ).body;
  const gatewayAt = `${at}/${gateway.id}`;
  const route = await client.post(`${gatewayAt}/routes`, {
    name: 'orders',
    pathPrefix: '/orders',
    serviceId: service.id,
    itemFrom: 'path',
    upstream: `${upstream}/api`,
    responseTimeoutMs: 5_000,
    requestHeaders: { set: [{ name: 'x-set', value: 'by the route' }], remove: ['x-remove'] },
    responseHeaders: { set: [{ name: 'x-answered', value: 'by the route' }], remove: ['x-upstream'] },
  });
  expect(route.status, route.text).toBe(201);
  const rule = (await client.post(`${gatewayAt}/rules`, { serviceId: service.id, groupIds: [group.id] })).body;
  return {
    tenant,
    namespace,
    provider,
    group,
    service,
    gateway,
    gatewayAt,
    route: route.body,
    rule,
    /** Somebody of the provider who is an enabled account here, in the group unless it says otherwise. */
    async person(subject: string, groupIds: string[] = [group.id]) {
      const account = await given.account();
      await platform.sql(tenant.region, `update accounts set status = 'enabled' where id = $1`, [account.id]);
      await platform.sql(
        tenant.region,
        `insert into external_identities (tenant_id, id, provider_id, issuer, subject, account_id)
         values ($1, $2, $3, $4, $5, $6)`,
        [id, newId(), provider.id, issuer, subject, account.id],
      );
      for (const groupId of groupIds)
        expect((await client.post(`/groups/${groupId}/members`, { accountIds: [account.id] })).status).toBe(200);
      return account;
    },
  };
}

/** What the process holds in memory now, in MiB. */
export async function memoryOf(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
