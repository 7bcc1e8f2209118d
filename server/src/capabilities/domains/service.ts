import { domainToUnicode } from 'node:url';
import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { canonicalDomain } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { countGuess, type GuessLimit } from '../../kernel/guesses.ts';
import { newId, randomBase62 } from '../../kernel/ids.ts';
import type { NoticeKind } from '../../kernel/messages/mails.ts';
import { invalid } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import { fingerprint } from '../../kernel/secrets.ts';
import { look, recordOf } from './challenge.ts';
import { reasonNobodyOwns } from './public-names.ts';
import { Domain, type DomainQuery, type NewDomain } from './schema.ts';
import * as store from './store.ts';

const DAY_SECONDS = 86_400;
/** So long a proof that is not found any more still leads here after the owners were told. */
const GRACE_DAYS = 7;
/** So long name servers may not answer at all, which may be nobody's wish, before that counts as no record. */
const SILENT_DAYS = 30;
const RECHECK_SECONDS = DAY_SECONDS;

export { one as foundDomain } from './store.ts';

/** The key by which a domain is found without telling it: in the region's index and in the directory. */
export const domainFingerprint = ({ fingerprintKey }: Platform, domain: string): Buffer =>
  fingerprint(fingerprintKey, 'domain', domain);

const daysAfter = (time: Date | null, days: number) => new Date((time?.getTime() ?? 0) + days * DAY_SECONDS * 1000);

/** When name servers that do not answer were silent long enough. */
const silentUntil = ({ lastFoundAt, verifiedAt }: store.DomainRow) => daysAfter(lastFoundAt ?? verifiedAt, SILENT_DAYS);

const releaseTime = (domain: store.DomainRow) => {
  const warned = daysAfter(domain.failingSince ?? domain.lastFoundAt ?? domain.verifiedAt, GRACE_DAYS);
  const silent = silentUntil(domain);
  return domain.lastOutcome === 'unanswered' && silent > warned ? silent : warned;
};

/** A domain as the caller sees it, with the record to enter and what it may do. */
function shown(ctx: TenantContext, domain: store.DomainRow) {
  const change = { permission: 'identity-providers.change' };
  return {
    displayName: domainToUnicode(domain.name),
    record: recordOf(domain),
    releasesAt: domain.status === 'failing' ? releaseTime(domain) : null,
    actions: actionsOf(ctx, [
      { name: 'domains.verify', ...change },
      { name: 'domains.delete', ...change },
    ]),
    ...domain,
  };
}

export const readDomain = async (ctx: TenantContext, id: string) => shown(ctx, await store.find(ctx, id));

export async function listDomains(ctx: TenantContext, query: z.output<typeof DomainQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: found.items.map((domain) => shown(ctx, domain)) };
}

/**
 * The domains whose addresses lead to this tenant, in ASCII form: what just-in-time creation may be limited to.
 *
 * @public
 */
export const verifiedDomains = (ctx: TenantContext): Promise<string[]> => store.verifiedNames(ctx);

/**
 * Adds a domain, to be proved by the TXT record that the reply names. It leads nowhere before.
 *
 * @throws {Problem} 400 that names `name`: no domain, a public mail provider, a public suffix; 409 `name-taken`,
 *   `too-many-domains`
 */
export async function addDomain(ctx: TenantContext, { name: typed }: z.output<typeof NewDomain>) {
  const named = canonicalDomain(typed);
  if (!named.ok) throw invalid({ path: 'name', message: named.reason });
  const reason = reasonNobodyOwns(named.domain);
  if (reason) throw invalid({ path: 'name', message: reason });
  await requireRoom(ctx, 'domains');
  const made = shown(
    ctx,
    await store.insert(ctx, {
      id: newId(),
      name: named.domain,
      fingerprint: domainFingerprint(ctx.platform, named.domain),
      challenge: randomBase62(32),
    }),
  );
  ctx.audit(Domain, { after: made });
  return made;
}

/** A tenant may have its domains looked up so often, over all nodes. */
const limitsOf = ({ tenantId }: TenantContext): GuessLimit[] => [
  { purpose: 'domain-look-up', of: [tenantId], limit: 120, windowSeconds: 3600 },
];

/**
 * Looks for the TXT record now. Found, the domain leads here from the answer on; not found, the reply says what was.
 *
 * @throws {Problem} 429 when it was asked very often
 */
export async function verifyDomain(ctx: TenantContext, id: string) {
  const { name, challenge } = await store.find(ctx, id);
  await countGuess(ctx.platform, limitsOf(ctx));
  const outcome = await look(ctx.platform, { name, challenge });
  return shown(ctx, await settle(ctx, await store.lock(ctx, id), outcome));
}

/** The daily look, until the domain is released or removed, or proved anew, which begins looks of its own. */
export async function checkDomain(
  ctx: TenantContext,
  { id, verifiedAt }: { id: string; verifiedAt: string },
): Promise<void> {
  const found = await store.find(ctx, id).catch(() => undefined);
  if (found?.verifiedAt?.toISOString() !== verifiedAt) return;
  const outcome = await look(ctx.platform, found);
  const before = await store.lockIfThere(ctx, id);
  if (before?.verifiedAt?.toISOString() !== verifiedAt || !leads(before)) return;
  if (leads(await settle(ctx, before, outcome))) scheduleCheck(ctx, id, verifiedAt);
}

const leads = ({ status }: store.DomainRow) => status === 'verified' || status === 'failing';

const scheduleCheck = (ctx: TenantContext, id: string, verifiedAt: string) =>
  ctx.enqueue('domains.check', { id, verifiedAt }, ctx.later(RECHECK_SECONDS));

/** What follows from a look. Requires the row to be held. */
async function settle(ctx: TenantContext, before: store.DomainRow, outcome: store.Outcome): Promise<store.DomainRow> {
  const { id, status } = before;
  await store.noteLook(ctx, id, outcome);
  if (outcome === 'found') {
    if (status === 'verified') return store.lock(ctx, id);
    return status === 'failing' ? change(ctx, before, { status: 'verified', failingSince: null }) : proved(ctx, before);
  }
  if (!leads(before)) return store.lock(ctx, id);
  if (outcome === 'unanswered' && silentUntil(before) > ctx.now) return store.lock(ctx, id);
  if (status === 'verified') {
    tellOwners(
      ctx,
      before,
      'domain-failing',
      `The TXT record of the domain ${before.name} is not found any more. It still leads to your sign-in until ${daysAfter(ctx.now, GRACE_DAYS).toISOString()}; then it is released. Enter the record again.`,
    );
    return change(ctx, before, { status: 'failing', failingSince: ctx.now });
  }
  if (releaseTime({ ...before, lastOutcome: outcome }) > ctx.now) return store.lock(ctx, id);
  await store.withdrawFromIndex(ctx, before.fingerprint);
  tellOwners(
    ctx,
    before,
    'domain-released',
    `The domain ${before.name} was released: its TXT record was not found since ${before.lastFoundAt?.toISOString()}. Its addresses do not lead to your sign-in any more. Enter the record again and verify the domain.`,
  );
  return change(ctx, before, { status: 'released', failingSince: null });
}

async function proved(ctx: TenantContext, before: store.DomainRow) {
  await store.putInIndex(ctx, before.fingerprint);
  scheduleCheck(ctx, before.id, ctx.now.toISOString());
  return change(ctx, before, { status: 'verified', verifiedAt: ctx.now });
}

async function change(ctx: TenantContext, before: store.DomainRow, changes: Parameters<typeof store.update>[2]) {
  const after = await store.update(ctx, before.id, changes);
  ctx.audit(Domain, { before: shown(ctx, before), after: shown(ctx, after) });
  return after;
}

const tellOwners = (ctx: TenantContext, { id }: { id: string }, kind: NoticeKind, text: string) =>
  ctx.notify({ kind, text, to: 'owners', target: { kind: 'domain', id } });

/** Removes a domain: its addresses lead here no more, in this region from the answer on, elsewhere seconds later. */
export async function deleteDomain(ctx: TenantContext, id: string): Promise<void> {
  const before = await store.lock(ctx, id);
  ctx.requireVersion(before);
  await store.withdrawFromIndex(ctx, before.fingerprint);
  await store.remove(ctx, id);
  ctx.audit(Domain, { before: shown(ctx, before) });
}

/** A tenant that is closed for good is led to no more. The caller records it. */
export const withdrawDomains = async (ctx: TenantContext): Promise<void> => {
  await store.withdrawFromIndex(ctx);
};

/**
 * Tells the owners that another organisation proved the domain too, without saying which: once for each time.
 *
 * @param at when, as the directory wrote it
 */
export async function noteShared(ctx: TenantContext, fingerprint: Buffer, at: string): Promise<void> {
  const shared = await store.noteShared(ctx, fingerprint, at);
  if (!shared) return;
  const { id, name } = shared;
  ctx.audit(Domain, { target: { kind: 'domain', id, name } });
  tellOwners(
    ctx,
    shared,
    'domain-shared',
    `Another organisation of this platform proved the domain ${name} too, by a TXT record of its own. People with its addresses now choose between the two. If you did not expect it, look who may change the DNS of ${name}.`,
  );
}
