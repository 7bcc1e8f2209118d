import { hkdfSync, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { open } from './access.ts';
import type { TenantContext } from './context.ts';
import { privateKeyOfSeed, publicKeyOf } from './credential-text.ts';
import { newId } from './ids.ts';
import { operation } from './operation.ts';
import { OutgoingFailed, outgoing } from './outgoing.ts';
import { forbidden, invalid, Problem, unauthenticated, unavailable } from './problem.ts';
import type { Platform } from './regions.ts';

/**
 * What regions say to each other about guests: to the base URL that the directory has, signed with the key of the region
 * that says it, for one region, within a minute. Every message may come twice without harm: it asks, it uses up what
 * counts once, or it says that something is over.
 */

const MINUTE_MS = 60_000;

/** The key that a region signs with: the same on all of its nodes, as it is made of the region's master key. */
export const signingKeyOf = (masterKey: Buffer): KeyObject =>
  privateKeyOfSeed(Buffer.from(hkdfSync('sha256', masterKey, '', 'bailiwick region messages', 32)));

const Said = z.object({
  from: z.string(),
  to: z.string(),
  kind: z.string(),
  at: z.number(),
  body: z.unknown(),
});
type Said = z.infer<typeof Said>;

function seal(said: Said, key: KeyObject): string {
  const text = Buffer.from(JSON.stringify({ id: newId(), ...said }));
  return `${text.toString('base64url')}.${sign(null, text, key).toString('base64url')}`;
}

/** Reads a message of another region. @throws {Problem} 401 when it is none, or not for a region that is served here */
async function unseal(platform: Platform, message: string): Promise<Said> {
  const refuse = () => unauthenticated('This is no message of a region of the platform.');
  const [head = '', signature = '', more] = message.split('.');
  const text = Buffer.from(head, 'base64url');
  let said: Said;
  try {
    said = Said.parse(JSON.parse(text.toString()));
  } catch {
    throw refuse();
  }
  if (more !== undefined || !platform.regions.has(said.to) || Math.abs(Date.now() - said.at) > MINUTE_MS)
    throw refuse();
  const isSignedBy = (key: Buffer | null | undefined) =>
    key ? verify(null, text, publicKeyOf(key), Buffer.from(signature, 'base64url')) : false;
  // A region that is new, or has a new key, is learnt with its first message.
  if (!isSignedBy(platform.knownRegion(said.from)?.publicKey)) {
    await platform.learnRegionsSoon();
    if (!isSignedBy(platform.knownRegion(said.from)?.publicKey)) throw refuse();
  }
  return said;
}

/** What other regions may say, of one kind. */
export interface RegionMessage {
  body: z.ZodType;
  answer: (platform: Platform, from: string, body: never) => Promise<unknown>;
}

/** @param body its shape; what a newer region says besides is left out */
export const message = <B extends z.ZodType>(
  body: B,
  answer: (platform: Platform, from: string, body: z.output<B>) => Promise<unknown>,
): RegionMessage => ({ body, answer });

/**
 * Asks another region, or this node where it serves that one too.
 *
 * @param from the region on whose behalf
 * @param silent regions from which nothing came back: they are not asked, and this one joins them when nothing does
 * @throws {Problem} what that region refuses with; 503 when it gives no answer
 */
export async function askRegion<T>(
  platform: Platform,
  from: string,
  to: string,
  kind: string,
  body: object,
  silent = new Set<string>(),
): Promise<T> {
  if (platform.regions.has(to)) return (await answerTo(platform, { from, to, kind, at: 0, body })) as T;
  const region = platform.regions.get(from);
  const info = await platform.regionInfo(to);
  const away = () => unavailable(`The region ${info?.name ?? to} does not answer. Try again.`);
  if (!region || !info || silent.has(to)) throw away();
  const message = seal({ from, to, kind, at: Date.now(), body }, region.signingKey);
  const answer = await outgoing(allowing(platform, info.baseUrl), `${info.baseUrl}/v1/region-messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message }),
  }).catch((error) => {
    if (!(error instanceof OutgoingFailed)) throw error;
    silent.add(to);
    throw away();
  });
  const reply = JSON.parse(answer.body.toString() || '{}');
  if (answer.status === 200) return reply.result as T;
  if (answer.status < 400 || answer.status >= 500 || typeof reply.type !== 'string') throw away();
  throw new Problem(answer.status, reply.type.replace(/^.*:/, ''), String(reply.detail));
}

/**
 * Asks another region for a request, which waits once at most: a region from which nothing came back is not asked by it
 * again. One that answers is, even when it answers that it cannot.
 *
 * @throws {Problem} as `askRegion`
 */
export function askFor<T>(
  { platform, place, request }: Pick<TenantContext, 'platform' | 'place' | 'request'>,
  to: string,
  kind: string,
  body: object,
): Promise<T> {
  request.silentRegions ??= new Set();
  return askRegion<T>(platform, place.region.code, to, kind, body, request.silentRegions);
}

/**
 * Says something to another tenant, in whichever region it lives.
 *
 * @param region where it is known to live; the directory is asked without
 * @returns undefined when there is no such tenant; the caller cannot tell one that never was
 * @throws {Problem} 503 when that region gives no answer
 */
export async function sayToTenant<T>(
  ctx: Pick<TenantContext, 'platform' | 'place' | 'request' | 'tenantId'>,
  { tenantId, region }: { tenantId: string; region: string | null },
  kind: string,
  said: object,
): Promise<T | undefined> {
  const there = region ?? (await ctx.platform.regionOfTenant(tenantId));
  if (!there) return undefined;
  return askFor<T>(ctx, there, kind, { of: ctx.tenantId, to: tenantId, ...said });
}

/** The operator's own regions may be anywhere: their addresses come from its settings, by way of the directory. */
function allowing({ config }: Platform, baseUrl: string): Pick<Platform, 'config'> {
  const { hostname, port, protocol } = new URL(baseUrl);
  const named = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
  return { config: { ...config, egress: { ...config.egress, allow: [...config.egress.allow, named] } } };
}

async function answerTo(platform: Platform, { from, kind, body }: Said): Promise<unknown> {
  const known = platform.answers.get(kind);
  if (!known) throw forbidden('unknown-message', 'This region knows no such message. It may be older.');
  const read = known.body.safeParse(body);
  if (!read.success) throw invalid({ path: 'message', message: `is no ${kind} as this region knows it` });
  return (await known.answer(platform, from, read.data as never)) ?? null;
}

/** @throws {Problem} 403 unless the tenant lives in the region that speaks of it */
export async function requireTenantOf(platform: Platform, from: string, tenantId: string): Promise<void> {
  if ((await platform.regionOfTenant(tenantId)) !== from)
    throw forbidden('not-your-tenant', 'A region speaks of its own tenants only.');
}

export const regionMessages = operation({
  id: 'region-messages.receive',
  method: 'POST',
  path: '/v1/region-messages',
  summary: 'For regions among each other: ask about guests, or tell of them',
  access: open('signed by a region'),
  body: z
    .strictObject({
      message: z
        .string()
        .max(100_000)
        .regex(/^[\w.-]*$/, 'must be a message of a region'),
    })
    .meta({ id: 'RegionMessage' }),
  reply: z.strictObject({ result: z.unknown() }).meta({ id: 'RegionAnswer' }),
  handle: async ({ platform }, { body }) => ({
    result: await answerTo(platform, await unseal(platform, body.message)),
  }),
});
