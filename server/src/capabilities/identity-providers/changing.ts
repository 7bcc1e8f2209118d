import type { z } from 'zod';
import { skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, forbidden, invalid, Problem } from '../../kernel/problem.ts';
import { requireCovered } from '../../kernel/strength.ts';
import { lookAt } from '../effects/service.ts';
import { requireMayMap } from '../groups/service.ts';
import { endSessionsOfProvider } from '../sessions/service.ts';
import { requireWorkingMethod } from '../single-sign-on/service.ts';
import { requireKey, watchCertificates } from './keys.ts';
import { changeByMapping, newcomersBy } from './looking.ts';
import { followFromNow } from './metadata.ts';
import { type Admission, IdentityProvider, type IdentityProviderChanges, type NewIdentityProvider } from './schema.ts';
import { storeSecret } from './secrets.ts';
import {
  canonicalDomains,
  canonicalSettings,
  changesTrust,
  isAnotherAuthority,
  missingOf,
  newAdmission,
  newMapping,
  newSettings,
  requireValid,
} from './settings.ts';
import { readIdentityProvider, shownOne } from './showing.ts';
import * as store from './store.ts';

/** What is there, and over it what is named. */
const overlaid = <T extends object>(base: T, named: { [K in keyof T]?: T[K] | undefined } | undefined): T => ({
  ...base,
  ...Object.fromEntries(Object.entries(named ?? {}).filter(([, value]) => value !== undefined)),
});

/** Kept without what has a table of its own. */
const ruleOf = ({ defaultGroupIds: _joined, mappedGroups: _mapped, ...rule }: Admission) => ({
  ...rule,
  domains: canonicalDomains(rule.domains),
});

const groupRows = ({ defaultGroupIds, mappedGroups }: Admission) => {
  const rows = [
    ...defaultGroupIds.map((groupId) => ({ claimValue: '', groupId })),
    ...mappedGroups.map(({ value, groupId }) => ({ claimValue: value, groupId })),
  ];
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
};

/** As if the caller added everybody who comes in to the groups by hand (P23). */
const requireMayGive = (ctx: TenantContext, { defaultGroupIds, mappedGroups }: Admission) =>
  requireMayMap(ctx, [
    ...defaultGroupIds.map((groupId, at) => ({ groupId, path: `admission.defaultGroupIds.${at}` })),
    ...mappedGroups.map(({ groupId }, at) => ({ groupId, path: `admission.mappedGroups.${at}.groupId` })),
  ]);

/**
 * P23: who decides whose word is believed could come in as anybody who comes that way, so they may hold nothing that
 * the caller lacks.
 *
 * @throws {Problem} 403 `stronger-principal`
 */
async function requireAsStrong(ctx: TenantContext, id: string, isMatching: boolean): Promise<void> {
  if (ctx.rights.isOwner) return;
  const { isOwner, given } = await store.heldThrough(ctx, id, isMatching);
  if (isOwner)
    throw forbidden(
      'stronger-principal',
      'An owner signs in through this identity provider. Only an owner may do this.',
    );
  requireCovered(ctx, given, (lacked) =>
    forbidden(
      'stronger-principal',
      `People who come in by this identity provider hold ${lacked}, which you do not. Ask an owner.`,
    ),
  );
}

/**
 * Makes a provider; inactive, and as incomplete as it is given.
 *
 * @throws {Problem} 409 `name-taken`, `too-many-identity-providers`; 400 that names the fields; 403 as for adding
 *   members, `stronger-principal`
 */
export async function createIdentityProvider(ctx: TenantContext, body: z.output<typeof NewIdentityProvider>) {
  const { name, type, description = '', clientSecret, clientSecretExpiresAt } = body;
  requireValid(ctx, type, body);
  if (clientSecret !== undefined && type === 'saml')
    throw invalid({ path: 'clientSecret', message: 'is none of SAML' });
  const own = canonicalSettings(body);
  const mapping = overlaid(newMapping[type], body.mapping);
  const admission = overlaid<Admission>({ ...newAdmission, defaultGroupIds: [], mappedGroups: [] }, body.admission);
  await requireMayGive(ctx, admission);
  await requireRoom(ctx, 'identity-providers');
  const id = newId();
  await store.insert(ctx, {
    id,
    name,
    nameCanonical: skeleton(name),
    type,
    description,
    settings: JSON.stringify({ ...newSettings[type], ...own[type] }),
    mapping: JSON.stringify(mapping),
    admission: JSON.stringify(ruleOf(admission)),
  });
  await store.replaceGroups(ctx, id, groupRows(admission));
  if (admission.matches !== 'none') await requireAsStrong(ctx, id, true);
  if (type === 'saml') {
    await requireKey(ctx, id);
    watchCertificates(ctx, id, [], own.saml?.certificates ?? []);
    await followFromNow(ctx, id, {}, overlaid(newSettings.saml, own.saml));
  }
  if (clientSecret !== undefined)
    await storeSecret(ctx, await store.lock(ctx, id), { clientSecret, expiresAt: clientSecretExpiresAt });
  const made = await readIdentityProvider(ctx, id);
  ctx.audit(IdentityProvider, { after: made });
  return made;
}

/**
 * Changes settings; of each part the fields that are named. Sign-ins that are under way are over when trust changed;
 * when it is another authority now, sessions and links of the one before end (O9). Who changes it in trust, or names
 * `admission.matches` again, stands behind it from then on.
 *
 * @throws {Problem} 400 that names the fields; 403 `stronger-principal`, and as for adding members; 409
 *   `provider-incomplete` when an active one would lack something
 */
export async function changeIdentityProvider(ctx: TenantContext, id: string, named: IdentityProviderChanges) {
  const row = await store.lock(ctx, id);
  const before = await shownOne(ctx, row);
  ctx.requireVersion(row);
  const { type } = row;
  requireValid(ctx, type, named);
  const changes = canonicalSettings(named);
  const parts = { type, oidc: {}, oauth2: {}, saml: {} };
  const was = { ...parts, [type]: row.settings, mapping: row.mapping, admission: before.admission };
  const is = {
    ...parts,
    [type]: overlaid(row.settings, changes[type]),
    mapping: overlaid(row.mapping, changes.mapping),
    admission: overlaid(before.admission, changes.admission),
  };
  const isTrustChanged = changesTrust(was, is);
  if (changes.admission?.defaultGroupIds || changes.admission?.mappedGroups || isTrustChanged)
    await requireMayGive(ctx, is.admission);
  const isMatching = is.admission.matches !== 'none';
  // Naming again what accounts are found by confirms it.
  const isTrusting = isTrustChanged || (isMatching && changes.admission?.matches !== undefined);
  if (isTrusting) await requireAsStrong(ctx, id, isMatching);
  const missing = missingOf(is, row.clientSecret !== null);
  if (row.status === 'active' && missing.length > 0)
    throw new Problem(409, 'provider-incomplete', `An active identity provider needs it: ${missing[0]?.message}`, {
      errors: missing,
    });
  const isAnother = isAnotherAuthority(was, is);
  const isMappedOtherwise = changes.admission?.mappedGroups !== undefined || changes.mapping?.groups !== undefined;
  const effect =
    isMappedOtherwise && (await lookAt(ctx, await changeByMapping(ctx, id, is.admission, is.mapping.groups)));
  const newcomers = changes.admission ? await newcomersBy(ctx, was.admission, is.admission) : [];
  const ended = isAnother ? await endAllThrough(ctx, id, { links: true }) : undefined;
  const details =
    ended || effect || newcomers.length > 0
      ? { ...ended, ...(effect ? { effect } : {}), ...(newcomers.length > 0 ? { newcomers } : {}) }
      : undefined;
  await store.update(ctx, id, {
    ...(changes.description === undefined ? {} : { description: changes.description }),
    settings: JSON.stringify(is[type]),
    mapping: JSON.stringify(is.mapping),
    admission: JSON.stringify(ruleOf(is.admission)),
    ...(isTrustChanged ? { trustVersion: row.trustVersion + 1 } : {}),
    ...(isTrusting ? { trustedBy: ctx.actor.id } : {}),
  });
  if (changes.admission) await store.replaceGroups(ctx, id, groupRows(is.admission));
  const known = (row.settings.certificates as string[] | undefined) ?? [];
  watchCertificates(ctx, id, known, changes.saml?.certificates ?? []);
  await followFromNow(ctx, id, was.saml, is.saml);
  const after = await readIdentityProvider(ctx, id);
  ctx.audit(IdentityProvider, { before, after, ...(details ? { details } : {}) });
  if (row.status === 'active' && isTrustChanged)
    tellOwners(ctx, row, `Whom the identity provider "${row.name}" lets in was changed.`);
  return after;
}

/** What came in by a provider ends. @returns how much there was, for the entry */
async function endAllThrough(ctx: TenantContext, id: string, { links }: { links: boolean }) {
  const sessionsEnded = (await endSessionsOfProvider(ctx, id)).length;
  return links ? { sessionsEnded, linksEnded: await store.removeIdentitiesOf(ctx, id) } : { sessionsEnded };
}

const tellOwners = (ctx: TenantContext, { id }: { id: string }, text: string) =>
  ctx.notify({ kind: 'identity-provider-changed', text, to: 'owners', target: { kind: 'identity-provider', id } });

/**
 * Lets people sign in by it. Whom it would find by what it says of them may hold more than when that was set.
 *
 * @throws {Problem} 409 `provider-incomplete`, which names what is missing; 403 `stronger-principal`
 */
export async function activateIdentityProvider(ctx: TenantContext, id: string) {
  const row = await store.lock(ctx, id);
  const before = await shownOne(ctx, row);
  if (row.status === 'active') return before;
  if (before.missing.length > 0)
    throw new Problem(409, 'provider-incomplete', `It cannot be activated yet: ${before.missing[0]?.message}`, {
      errors: before.missing,
    });
  if (before.admission.matches !== 'none') await requireAsStrong(ctx, id, true);
  if (row.type === 'saml') await requireKey(ctx, id);
  await store.endSetUpLinks(ctx, id);
  await store.update(ctx, id, { status: 'active', activatedAt: ctx.now, trustedBy: ctx.actor.id });
  const after = await readIdentityProvider(ctx, id);
  ctx.audit(IdentityProvider, { before, after });
  tellOwners(ctx, row, `The identity provider "${row.name}" was activated: people can sign in by it.`);
  return after;
}

/**
 * Lets nobody in by it any more, and ends the sessions that came of it. Nothing is deleted.
 *
 * @throws {Problem} 409 `last-method`
 */
export async function deactivateIdentityProvider(ctx: TenantContext, id: string) {
  const row = await store.lock(ctx, id);
  const before = await shownOne(ctx, row);
  if (row.status === 'inactive') return before;
  await store.update(ctx, id, { status: 'inactive', trustVersion: row.trustVersion + 1 });
  await requireWorkingMethod(ctx);
  const details = await endAllThrough(ctx, id, { links: false });
  const after = await readIdentityProvider(ctx, id);
  ctx.audit(IdentityProvider, { before, after, details });
  tellOwners(ctx, row, `The identity provider "${row.name}" was deactivated: nobody can sign in by it.`);
  return after;
}

/**
 * Deletes an inactive provider with its links. Accounts stay as they are.
 *
 * @throws {Problem} 409 `provider-active`
 */
export async function deleteIdentityProvider(ctx: TenantContext, id: string): Promise<void> {
  const row = await store.lock(ctx, id);
  const before = await shownOne(ctx, row);
  ctx.requireVersion(row);
  if (row.status === 'active') throw conflict('provider-active', 'Deactivate the identity provider, then delete it.');
  const details = await endAllThrough(ctx, id, { links: true });
  await store.remove(ctx, id);
  ctx.audit(IdentityProvider, { before, details });
  tellOwners(ctx, row, `The identity provider "${row.name}" was deleted.`);
}
