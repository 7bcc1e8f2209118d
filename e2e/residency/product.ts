import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { signRequest } from '../../server/src/kernel/http-signature.ts';
import { Canaries, type Given, type Schema } from '../canaries.ts';
import { type Reply, send } from '../http.ts';
import { aFolder, type Product, start, until } from '../process.ts';
import { type Hit, hashForms, readableForms, Search } from '../search.ts';

/** The product on trial, what was put into it, and the search for that. */

export interface Operation {
  id: string;
  method: string;
  path: string;
  schema: Schema | undefined;
  query: string[];
}

export interface Step {
  /** For the places in the path, by name. */
  at?: Record<string, string>;
  key?: string;
  cookie?: string;
  /** Signs instead, as a program that runs a gateway. */
  agentKey?: string;
  query?: string;
  /** The name of a protected namespace. */
  confirm?: string;
  /** Fields that take no canary, by name or path. */
  given?: Given;
  /** A status that is no success and yet shows that the operation was reached. */
  orElse?: number;
}

export let product: Product;
export let contract: Map<string, Operation>;
export let canaries: Canaries;
export const temporary = join(aFolder(), 'tmp');
/** Identity providers of this test are on this machine. */
const environment = {
  TMPDIR: temporary,
  BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8',
  BAILIWICK_BILLING: 'on',
  // A proxy that is not there: what a request says of where it came from is believed of nobody.
  BAILIWICK_TRUST_PROXY: '10.255.255.254',
  BAILIWICK_CLIENT_CERTIFICATES: 'forwarded',
};
export const done = new Set<string>();
export const secrets = new Set<string>();
/** Links that lie in a mail, which lies in the region's database until it was delivered; `mails` holds their texts. */
export const mailed = new Set<string>();
export const mails = new Set<string>();
/** The link that the first start prints. */
export const setUp = { token: '' };

export const always: Given = { region: 'eu', country: 'AT', namespaceRegions: ['eu'], bootstrapKey: true };
const NEIGHBOUR = 16;
export const leftOut: Given = { ids: undefined, ownerId: undefined, groupIds: undefined, namespaceId: undefined };

export function aPassword(): string {
  const password = randomBytes(24).toString('base64url');
  secrets.add(password);
  return password;
}

/** A credential or link without the tenant's id at its start, which is no secret. */
export const randomPartOf = (secret: string) =>
  secret.startsWith('bwk_') ? (secret.split('_')[2]?.slice(22) ?? '') : secret.slice(22);

export function remember(reply: Reply) {
  const body = reply.body ?? {};
  for (const name of ['value', 'agentKey', 'serviceKey', 'ownerKey', 'invitation'])
    if (typeof body[name] === 'string') secrets.add(body[name]);
}

/** Headers that a client chooses, with a canary. */
export function chosen(method: string): Record<string, string> {
  const word = canaries.text();
  return {
    'user-agent': `${word}/1.0`,
    referer: `https://${word}.example/`,
    'x-forwarded-for': word,
    'x-request-id': word,
    traceparent: word,
    'accept-language': word,
    ...(method === 'POST' ? { 'idempotency-key': `${word}-${canaries.text()}` } : {}),
  };
}

export const called = (id: string): Operation => {
  const operation = contract.get(id);
  if (!operation) throw new Error(`The contract has no operation ${id}.`);
  return operation;
};

export const pathOf = ({ path }: Operation, at: Record<string, string>) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(at[name] ?? `no-${name}`));

const signed = (method: string, path: string, body: unknown, agentKey: string) =>
  signRequest({
    method,
    targetUri: product.url + path,
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    agentKey,
    now: new Date(),
    nonce: randomBytes(16).toString('hex'),
  });

export async function run(
  id: string,
  { at = {}, key, cookie, agentKey, query = '', confirm, given = {}, orElse }: Step = {},
): Promise<Reply> {
  const operation = called(id);
  const { method, schema } = operation;
  // Of a message of another standard the contract names no fields: it is what is given.
  const whole = Object.keys(given).length > 0 ? given : undefined;
  const body = schema && (canaries.body(id, schema, { ...always, ...leftOut, ...given }) ?? whole);
  const path = pathOf(operation, at) + query;
  const reply = await send(product.url, method, path, {
    key,
    ...(body === undefined ? {} : { body }),
    headers: {
      ...chosen(method),
      ...(/PATCH|PUT|DELETE/.test(method) ? { 'if-match': '*' } : {}),
      ...(cookie ? { cookie, origin: product.url, 'x-bailiwick-csrf': '1' } : {}),
      ...(confirm ? { 'x-bailiwick-confirm': confirm } : {}),
      ...(agentKey ? signed(method, path, body, agentKey) : {}),
    },
  });
  remember(reply);
  expect(reply.status === orElse || (reply.status >= 200 && reply.status < 300), `${id}: ${reply.text}`).toBe(true);
  done.add(id);
  return Object.assign(reply, { sent: body });
}

/** The link in the newest mail to the address, or in the newest that has one to that page; some come by a job. */
export async function linkTo(email: string, page = ''): Promise<string> {
  const token = await until(`a mail with a link to ${email}`, async () => {
    const { body } = await run('operator.list-outbox', {
      key: product.operatorKey,
      query: `?region=eu&to=${encodeURIComponent(email)}`,
    });
    for (const mail of body.items) mails.add(mail.body);
    const newest = page ? body.items.find((mail: { body: string }) => mail.body.includes(`${page}#`)) : body.items[0];
    return /#([0-9A-Za-z]+)/.exec(newest?.body ?? '')?.[1];
  });
  mailed.add(token);
  return token;
}

/** Looks into everything that lies or was said outside of `eu`. */
export function expectNothingOutside(): void {
  const search = new Search(canaries.all.flatMap((value) => [...readableForms(value), ...hashForms(value)]));
  const { hits, files, bytes } = search.below(product.data);
  const isInside = ({ file }: Hit) => relative(product.data, file.replace(/^the name of /, '')).startsWith('eu/');
  console.log(
    `${canaries.all.length} canaries in ${files} files, ${Math.round(bytes / 2 ** 20)} MiB; ` +
      `${hits.filter(isInside).length} places in eu`,
  );
  expect(files).toBeGreaterThan(1000);
  expect(hits.filter((hit) => !isInside(hit))).toEqual([]);
  expect(search.below(temporary).hits).toEqual([]);
  expect(search.in(Buffer.from(product.output), 'the output')).toEqual([]);
}

/** Looks for secrets everywhere, `eu` too. */
export function expectNoSecretKept(): void {
  const shown = [...secrets, ...mailed, setUp.token, product.operatorKey];
  expect(shown.length).toBeGreaterThan(20);
  const byPart = new Map(
    shown.map((secret) => [secret.startsWith('bwk_op_') || secret.length < 50 ? secret : randomPartOf(secret), secret]),
  );
  const search = new Search([...byPart.keys()].flatMap(readableForms));
  const hits = search.below(product.data).hits.filter((hit) => !liesInMail(hit, byPart.get(hit.value) ?? ''));
  expect(hits).toEqual([]);
  expect(search.below(temporary).hits).toEqual([]);
  // The set-up link is printed, and nothing else.
  const printed = search.in(Buffer.from(product.output), 'the output').map(({ value }) => byPart.get(value));
  expect(printed.filter((secret) => secret !== setUp.token)).toEqual([]);
}

/**
 * A mailed link inside the text of its mail: in the table of mails of `eu`, or on the way there in its WAL. What stands
 * before it or what stands after it tells, since a page of the WAL may end within one of them.
 */
export function liesInMail({ file, offset, form }: Hit, secret: string): boolean {
  if (!mailed.has(secret) || form !== 'plain' || !relative(product.data, file).startsWith('eu/postgres/')) return false;
  const text = [...mails].find((each) => each.includes(secret)) ?? '';
  const bytes = readFileSync(file);
  const start = offset - (secret.length - randomPartOf(secret).length);
  const [before = '', after = ''] = text.split(secret);
  const isAt = (neighbour: string, at: number) =>
    neighbour.length === NEIGHBOUR && bytes.subarray(at, at + NEIGHBOUR).equals(Buffer.from(neighbour));
  return isAt(before.slice(-NEIGHBOUR), start - NEIGHBOUR) || isAt(after.slice(0, NEIGHBOUR), start + secret.length);
}

export async function begin() {
  mkdirSync(temporary, { mode: 0o777 });
  product = await start({ env: { ...environment, BAILIWICK_REGISTRATION: 'open' } });
  const { body } = await product.send('GET', '/v1/openapi.json');
  canaries = new Canaries(body.components.schemas);
  contract = new Map();
  for (const [path, methods] of Object.entries<Record<string, ContractEntry>>(body.paths))
    for (const [method, entry] of Object.entries(methods)) {
      if (!entry.operationId) continue;
      contract.set(entry.operationId, {
        id: entry.operationId,
        method: method.toUpperCase(),
        path,
        schema: entry.requestBody?.content?.['application/json']?.schema,
        query: (entry.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name),
      });
    }
}

/** The same data, from a start after whatever end. */
export async function restart() {
  const { output } = product;
  product = await start({ data: product.data, port: product.port, env: environment });
  product.stdout = output + product.stdout;
}

export interface ContractEntry {
  operationId?: string;
  requestBody?: { content?: Record<string, { schema: Schema }> };
  parameters?: { in: string; name: string }[];
}

/** A request that may be refused in any way but as a fault of ours. */
export async function knock(
  operation: Operation,
  { at = {}, key: bearer, cookie }: Step,
  query = '',
  body?: string,
  type = 'application/json',
): Promise<void> {
  const reply = await fetch(product.url + pathOf(operation, { id: canaries.text(), ...at }) + query, {
    method: operation.method,
    headers: {
      ...chosen(operation.method),
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...(cookie ? { cookie, origin: product.url, 'x-bailiwick-csrf': canaries.text() } : {}),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body }),
  }).catch((error) => {
    // A body that is too large is not read to its end.
    if ((body?.length ?? 0) > 2 ** 20) return undefined;
    throw error;
  });
  const text = await reply?.text();
  expect(reply?.status ?? 413, `${operation.id}: ${text}`).toBeLessThan(500);
}

/** Sends bytes as they are. @returns the answer */
export const raw = (bytes: string) =>
  new Promise<string>((resolve, reject) => {
    let text = '';
    connect(product.port, '127.0.0.1')
      .setEncoding('latin1')
      .on('error', reject)
      .on('data', (part) => {
        text += part;
      })
      .on('close', () => resolve(text))
      .write(bytes);
  });

/** The address that a body of ours named. */
export function emailSent(reply: Reply, inside?: string): string {
  const { sent } = reply as Reply & { sent: Record<string, unknown> };
  const { email } = (inside ? sent[inside] : sent) as { email: string };
  return email;
}
