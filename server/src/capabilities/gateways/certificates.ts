import type { z } from 'zod';
import { makeCertificate, publicJwk, readCertificate, signingAlgorithm } from '../../kernel/certificates.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, invalid, notFound } from '../../kernel/problem.ts';
import { inTurn, readKeyPair } from './certificate-files.ts';
import {
  type CertificateChanges,
  type CertificateQuery,
  GatewayCertificate,
  type GeneratedCertificate,
  type UploadedCertificate,
} from './certificates-schema.ts';
import * as store from './certificates-store.ts';
import { tellLater } from './expiry.ts';
import { OVERLAP_SECONDS, publishedOf, publishedUntil } from './overlap.ts';
import { changesOf, type GatewayParts, gatewayOf, holdGateway } from './service.ts';
import { find as findGateway, type GatewayRow } from './store.ts';
import { keyThatSigns } from './upstream-token.ts';

/**
 * The certificates by whose keys a gateway signs for its upstreams. The next one is published at once and signs later, so
 * that upstreams know its key by then; the one before stays published for as long again (`overlap.ts`).
 */

const MOST = 5;

/** @param all of the gateway */
function stateOf(ctx: TenantContext, all: store.CertificateRow[], row: store.CertificateRow) {
  if (row.expiresAt <= ctx.now) return 'over' as const;
  if (row === keyThatSigns(all, ctx.now)) return 'current' as const;
  if (row.signsFrom > ctx.now) return 'next' as const;
  return publishedOf(all, ctx.now).includes(row) ? ('earlier' as const) : ('retired' as const);
}

function shown(ctx: TenantContext, gateway: GatewayRow, all: store.CertificateRow[], id: string) {
  const row = all.find((each) => each.id === id);
  if (!row) throw notFound('certificate');
  const state = stateOf(ctx, all, row);
  const { retiredAt: _, ...certificate } = row;
  return {
    state,
    publishedUntil: state === 'earlier' ? publishedUntil(all, row, ctx.now) : null,
    actions: changesOf(ctx, gateway, 'gateway-certificates.change', 'gateway-certificates.delete'),
    ...certificate,
  };
}

const shownOne = async (ctx: TenantContext, gateway: GatewayRow, id: string) =>
  shown(ctx, gateway, await store.allOf(ctx, gateway.id), id);

export async function readCertificateOf(ctx: TenantContext, at: GatewayParts & { id: string }) {
  return shownOne(ctx, await findGateway(ctx, gatewayOf(at)), at.id);
}

export async function listCertificates(ctx: TenantContext, at: GatewayParts, query: z.output<typeof CertificateQuery>) {
  const gateway = await findGateway(ctx, gatewayOf(at));
  const found = await store.list(ctx, at.gatewayId, query);
  const all = await store.allOf(ctx, at.gatewayId);
  return { ...found, items: found.items.map(({ id }) => shown(ctx, gateway, all, id)) };
}

/** A turn that is given begins now at the earliest. @throws {Problem} 400 that names the field */
function requireWithin(
  { now }: TenantContext,
  { startsAt, expiresAt }: Pick<store.CertificateRow, 'startsAt' | 'expiresAt'>,
  signsFrom: Date,
): Date {
  const begin = signsFrom < now ? now : signsFrom;
  if (signsFrom < startsAt || begin >= expiresAt)
    throw invalid({ path: 'signsFrom', message: 'must be while the certificate is valid' });
  return begin;
}

/** Before what is known of the turns changes: of a key that is published no more it stays known. */
async function keepRetired(ctx: TenantContext, all: store.CertificateRow[]): Promise<void> {
  const ids = all.filter((row) => stateOf(ctx, all, row) === 'retired').map(({ id }) => id);
  if (ids.length > 0) await store.retire(ctx, ids);
}

/** When a new certificate signs unless it was said: upstreams have a day to read its key, where another one signs. */
function usualBegin(ctx: TenantContext, startsAt: Date, rows: store.CertificateRow[]): Date {
  const current = keyThatSigns(rows, ctx.now);
  if (!current) return startsAt > ctx.now ? startsAt : ctx.now;
  const later = Math.min(ctx.later(OVERLAP_SECONDS).getTime(), current.expiresAt.getTime());
  return new Date(Math.max(later, startsAt.getTime()));
}

interface Pair {
  source: 'uploaded' | 'generated';
  privateKey: string;
  /** PEM, the one of the key first. */
  certificate: string;
}

async function keep(ctx: TenantContext, gateway: GatewayRow, pair: Pair, signsFrom: string | undefined) {
  const read = readCertificate(firstOf(pair.certificate));
  if (!read) throw new Error('A certificate that was read before cannot be read.');
  const rows = await store.allOf(ctx, gateway.id);
  if (rows.length >= MOST)
    throw conflict(
      'too-many-certificates',
      `A gateway has at most ${MOST} certificates. Delete one that is not needed any more.`,
    );
  const { startsAt, expiresAt, subject, fingerprint } = read;
  const begin = signsFrom === undefined ? usualBegin(ctx, startsAt, rows) : new Date(signsFrom);
  const key = signingAlgorithm(read.publicKey);
  if ('weakness' in key) throw new Error('A key that was found good before is weak.');
  const id = newId();
  await store.insert(ctx, {
    id,
    gatewayId: gateway.id,
    source: pair.source,
    certificate: pair.certificate,
    privateKey: await ctx.keys.seal(pair.privateKey, 'gateway_certificates', id, 'private_key'),
    algorithm: key.algorithm,
    keyId: publicJwk(read.publicKey).kid,
    subject,
    fingerprint,
    startsAt,
    expiresAt,
    signsFrom: requireWithin(ctx, read, begin),
  });
  tellLater(ctx, id, expiresAt);
  const after = await shownOne(ctx, gateway, id);
  ctx.audit(GatewayCertificate, { after, target: targetOf(after) });
  return after;
}

const firstOf = (pem: string) => pem.slice(0, pem.indexOf('-----END CERTIFICATE-----') + 25);

/**
 * Takes a key and its certificate from a PKCS#12 file. The password is not kept, and the key never shown.
 *
 * @throws {Problem} 400 that names `pkcs12`, `password` or `signsFrom`; 409 `too-many-certificates`, `certificate-exists`;
 * 429 while others read theirs
 */
export async function uploadCertificate(ctx: TenantContext, at: GatewayParts, body: UploadedCertificate) {
  const pair = await inTurn(ctx, gatewayOf(at), () => readKeyPair(body, ctx.now));
  return keep(ctx, await holdGateway(ctx, gatewayOf(at)), { source: 'uploaded', ...pair }, body.signsFrom);
}

/** @throws {Problem} 400 that names `signsFrom`; 409 `too-many-certificates` */
export async function generateCertificate(ctx: TenantContext, at: GatewayParts, body: GeneratedCertificate) {
  const gateway = await holdGateway(ctx, gatewayOf(at));
  const { algorithm, days, signsFrom } = body;
  const made = await makeCertificate(gateway.name, ctx.now, ctx.later(days * 86_400), algorithm);
  return keep(ctx, gateway, { source: 'generated', ...made }, signsFrom);
}

/** Changes whose turn it is: a certificate whose turn came last signs. @throws {Problem} 400 that names `signsFrom` */
export async function changeCertificate(
  ctx: TenantContext,
  at: GatewayParts & { id: string },
  { signsFrom }: CertificateChanges,
) {
  const gateway = await holdGateway(ctx, gatewayOf(at));
  const all = await store.allOf(ctx, at.gatewayId);
  const before = shown(ctx, gateway, all, at.id);
  ctx.requireVersion(before);
  await keepRetired(ctx, all);
  await store.update(ctx, at.id, { signsFrom: requireWithin(ctx, before, new Date(signsFrom)) });
  const after = await shownOne(ctx, gateway, at.id);
  ctx.audit(GatewayCertificate, { before, after, target: targetOf(after) });
  return after;
}

/**
 * Deletes a certificate with its key: what it signed is refused by upstreams as soon as they read the keys again.
 *
 * @throws {Problem} 409 `last-certificate` while the gateway signs and has no other that is valid
 */
export async function deleteCertificate(ctx: TenantContext, at: GatewayParts & { id: string }): Promise<void> {
  const gateway = await holdGateway(ctx, gatewayOf(at));
  const all = await store.allOf(ctx, at.gatewayId);
  const before = shown(ctx, gateway, all, at.id);
  ctx.requireVersion(before);
  const others = all.filter(({ id }) => id !== at.id);
  if (gateway.signing !== null && before.state === 'current' && !keyThatSigns(others, ctx.now))
    throw conflict(
      'last-certificate',
      'This gateway signs by it and has no other valid certificate. Add another one, or switch signing off.',
    );
  await keepRetired(ctx, all);
  await store.remove(ctx, at.id);
  ctx.audit(GatewayCertificate, { before, target: targetOf(before) });
}

const targetOf = ({ id, subject }: { id: string; subject: string }) => ({
  kind: 'gateway-certificate',
  id,
  name: subject,
});
