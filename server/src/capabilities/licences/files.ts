import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import { fieldErrors, Id, Timestamp, text } from '../../kernel/schema.ts';
import { FileRefused, readSignedFile } from '../../kernel/signed-file.ts';
import { renewalFrequencies } from '../products/schema.ts';
import { holdLicences, look } from './looks.ts';
import { Licence, SubscriptionTier } from './schema.ts';
import { readLicence, requireRoomForLicence, requireRoomForSubscriptions } from './service.ts';
import * as store from './store.ts';

/** Licences that a vendor signed, for installations that reach nobody: a JWS in compact form (RFC 7515). */

export const FILE_TYPE = 'bailiwick-licence+jws';
/** Clocks of vendors may be ahead of ours by so much. */
const AHEAD_SECONDS = 300;

const Seconds = z.int().min(0).max(253_402_300_799);

export const Contents = z.strictObject({
  iss: z.string(),
  aud: Id.describe('The tenant that it is for.'),
  iat: Seconds,
  exp: Seconds.optional(),
  licence: z.strictObject({
    number: text(100),
    name: text(200),
    legacyKey: text(200).optional(),
    subscriptions: z
      .array(
        z
          .strictObject({
            number: text(100),
            activeFrom: Timestamp,
            activeThrough: Timestamp,
            renewalFrequency: z.enum(renewalFrequencies),
            tiers: z.array(SubscriptionTier).min(1).max(50),
          })
          .refine(({ activeFrom, activeThrough }) => activeFrom < activeThrough, 'must end after it begins'),
      )
      .min(1)
      .max(200)
      .refine((all) => new Set(all.map(({ number }) => number)).size === all.length, 'must number each once'),
  }),
});

const refused = (message: string) => invalid({ path: 'file', message });

/** @throws {Problem} 400 that says what is wrong with it; 409 `no-licence-keys` */
async function read(ctx: TenantContext, file: string) {
  const { keys, issuer } = ctx.platform.config.licences;
  if (keys.length === 0)
    throw conflict('no-licence-keys', 'The operator of this platform has set no key of a vendor, so no file is taken.');
  const { keyId, contents } = await readSignedFile(file, FILE_TYPE, keys).catch((error: unknown) => {
    throw error instanceof FileRefused ? refused(error.message) : error;
  });
  const parsed = Contents.safeParse(contents);
  if (!parsed.success) {
    const [first] = fieldErrors(parsed.error);
    throw refused(`is signed, but holds what is no licence (${first?.path}: ${first?.message})`.slice(0, 300));
  }
  const { iss, aud, iat, exp } = parsed.data;
  const now = ctx.now.getTime() / 1000;
  if (iss !== issuer) throw refused('was issued by somebody else than this platform takes files of');
  if (aud !== ctx.tenantId) throw refused('is for another tenant');
  if (iat > now + AHEAD_SECONDS) throw refused('was issued in the future. Compare the clocks');
  if (exp !== undefined && exp <= now)
    throw refused(`could be used until ${new Date(exp * 1000).toISOString()}. Get a new one`);
  return { keyId, ...parsed.data };
}

/**
 * Takes a licence in, or what the vendor changed of one that is there. Its name stays as the tenant has it.
 *
 * @throws {Problem} 400 that says what is wrong with the file; 409 `no-licence-keys`, `licence-file-in-use`,
 *   `too-many-licences`, `too-many-subscriptions`
 */
export async function uploadFile(ctx: TenantContext, file: string) {
  const { iss: issuer, iat, exp, keyId, licence } = await read(ctx, file);
  const { number: fileNumber, name, legacyKey = null, subscriptions } = licence;
  await holdLicences(ctx);
  const hash = createHash('sha256').update(file).digest();
  const issuedAt = new Date(iat * 1000);
  const newest = await store.holdNewestFile(ctx, issuer, fileNumber);
  const there = await store.lockOfFile(ctx, issuer, fileNumber);
  const isSame = newest?.hash.equals(hash) ?? false;
  if (there && isSame) throw conflict('licence-file-in-use', 'This file is in use already.');
  if (newest && !isSame && issuedAt <= newest.issuedAt)
    throw refused('is older than one that came before. Upload the newest');
  const about = { legacyKey, issuer, fileNumber, keyId, issuedAt, fileEndsAt: exp ? new Date(exp * 1000) : null };
  const id = there?.id ?? newId();
  const before = there && (await readLicence(ctx, id));
  if (there) await store.update(ctx, id, about);
  else {
    await requireRoomForLicence(ctx);
    await store.insert(ctx, { id, name, source: 'file', ...about });
  }
  await store.noteFile(ctx, { issuer, fileNumber, issuedAt, hash });
  await writeSubscriptions(ctx, id, subscriptions);
  const after = await readLicence(ctx, id);
  ctx.audit(Licence, { ...(before ? { before } : {}), after, details: { keyId, issuedAt, subscriptions } });
  await look(ctx);
  return after;
}

type Given = z.output<typeof Contents>['licence']['subscriptions'];

/** Requires the licence to be held, or new. */
async function writeSubscriptions(ctx: TenantContext, licenceId: string, given: Given): Promise<void> {
  const before = new Map((await store.subscriptionsOf(ctx, [licenceId])).map((row) => [row.number, row.id]));
  await requireRoomForSubscriptions(ctx, given.length - before.size);
  for (const { number, activeFrom, activeThrough, renewalFrequency, tiers } of given) {
    const row = {
      activeFrom: new Date(activeFrom),
      activeThrough: new Date(activeThrough),
      renewalFrequency,
      tiers,
      autoRenew: false,
    };
    const id = before.get(number);
    before.delete(number);
    if (id) await store.updateSubscription(ctx, id, row);
    else await store.insertSubscription(ctx, { id: newId(), licenceId, number, ...row });
  }
  for (const id of before.values()) await store.removeSubscription(ctx, id);
}
