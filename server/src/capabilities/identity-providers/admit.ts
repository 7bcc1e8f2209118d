import { foldCase } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { problemOf } from '../../kernel/problem.ts';
import { accountFor, admitted, createAdmitted, followDescription } from '../accounts/service.ts';
import { verifiedDomains } from '../domains/service.ts';
import { coverAll, holdWhatItHolds, joinMapped, leaveMapped } from '../groups/service.ts';
import { type Claims, claimOf, describedBy, onlyTextOf, provesSecondFactor, textsOf } from './claims.ts';
import type { KnownAs } from './known-as.ts';
import type { Provider } from './reading.ts';
import { ExternalIdentity, type stages } from './schema.ts';
import * as store from './store.ts';
import { rightsBehind } from './trusting.ts';

/** Who comes in: from what a provider said of somebody to an account, by the tenant's rule. */

/** What a protocol verified. */
export interface External {
  issuer: string;
  /** Never changes and is never given to another person, as the provider promises. */
  subject: string;
  claims: Claims;
  /** When the person proved to the provider that it is them, as it says (RFC 3339). */
  provedAt?: string | undefined;
  /** How the provider ends a session of theirs, where it can. */
  knownAs?: KnownAs;
}

/**
 * Why somebody does not come in: at which stage, in words for who tests it, and the field that mends it. The person who
 * signs in is told `code` only.
 */
export class SignInRefused extends Error {
  readonly stage: (typeof stages)[number];
  readonly code: RefusalCode;
  readonly path: string | null;

  constructor(stage: (typeof stages)[number], code: RefusalCode, message: string, path: string | null = null) {
    super(message);
    this.stage = stage;
    this.code = code;
    this.path = path;
  }
}

export type RefusalCode =
  | 'provider-unreachable'
  | 'provider-refused'
  | 'answer-not-valid'
  | 'no-account'
  | 'no-room'
  | 'account-waiting'
  | 'account-disabled'
  | 'account-in-the-way'
  | 'another-account'
  | 'provider-not-confirmed';

type Decision =
  | { outcome: 'linked'; identityId: string; ownsFields: boolean; accountId: string; username: string }
  | { outcome: 'matched'; accountId: string; username: string }
  | { outcome: 'created'; accountId: null; username: string };

const LONGEST_ISSUER = 1024;
const LONGEST_SUBJECT = 255;
/** What no database keeps as it is, or nobody sees. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

function requireSane({ issuer, subject }: External, path: string | null) {
  const isSane = (text: string, longest: number) => text !== '' && text.length <= longest && !UNPRINTABLE.test(text);
  if (!isSane(subject, LONGEST_SUBJECT) || !isSane(issuer, LONGEST_ISSUER))
    throw new SignInRefused(
      'claims',
      'answer-not-valid',
      `The provider must name the person by a text of 1 to ${LONGEST_SUBJECT} characters, none of which is a control character.`,
      path,
    );
}

/**
 * Whose account it is, or would be. Changes nothing.
 *
 * An account is found by (provider, issuer, subject); at the first time by the field that the rule names, among accounts
 * of provisioning that are no owners, that nobody of the provider is linked with, and that hold no more than who stands
 * behind the provider (P23); never by an e-mail address (P12).
 *
 * @throws {SignInRefused}
 */
export async function decide(ctx: TenantContext, provider: Provider, external: External): Promise<Decision> {
  const { admission, mapping } = provider;
  requireSane(external, 'mapping.subject');
  const link = await store.identity(ctx, provider.id, external.issuer, external.subject);
  if (link) {
    const account = await admitted(ctx, link.accountId);
    if (!account) throw new SignInRefused('account', 'no-account', 'The account that this person had was deleted.');
    if (account.status === 'disabled')
      throw new SignInRefused('account', 'account-disabled', `The account ${account.username} is disabled.`);
    return {
      outcome: 'linked',
      identityId: link.id,
      ownsFields: link.ownsFields,
      accountId: account.id,
      username: account.username,
    };
  }
  const matched = await matchedBy(ctx, provider, external.claims);
  if (matched) return matched;
  if (!admission.createsAccounts)
    throw new SignInRefused(
      'account',
      'no-account',
      'Nobody here is linked with this person, and the rule makes no accounts.',
      'admission.createsAccounts',
    );
  const described = describedBy(external.claims, mapping);
  // Some providers say it as a text, and null where they do not say it. Whatever else is no yes is none.
  const isVerified = claimOf(external.claims, 'email_verified');
  if (isVerified !== undefined && isVerified !== null && String(isVerified).toLowerCase() !== 'true')
    throw new SignInRefused('account', 'no-account', 'The provider says that the e-mail address is not verified.');
  const person = await accountFor(ctx, described).catch((error) => {
    throw asRefusal(error);
  });
  await requireDomain(ctx, provider, person.domain);
  return { outcome: 'created', accountId: null, username: person.username };
}

/** Where the rule names domains, accounts are made for those that the tenant proved to own. */
async function requireDomain(ctx: TenantContext, { admission: { domains } }: Provider, domain: string) {
  if (domains.length === 0) return;
  const refuse = (message: string) => new SignInRefused('account', 'no-account', message, 'admission.domains');
  if (!domains.includes(domain))
    throw refuse(`The rule makes accounts for some e-mail domains only, and ${domain} is none of them.`);
  if (!(await verifiedDomains(ctx)).includes(domain))
    throw refuse(`The rule names ${domain}, but this tenant has not proved that it owns it. Do that under Domains.`);
}

async function matchedBy(
  ctx: TenantContext,
  { id, trustedBy, admission: { matches, matchClaim } }: Provider,
  claims: Claims,
): Promise<Decision | undefined> {
  if (matches === 'none') return undefined;
  const value = onlyTextOf(claims, matchClaim);
  if (value === null)
    throw new SignInRefused(
      'account',
      'no-account',
      `The claim ${matchClaim}, which accounts are found by, did not come with one value.`,
      'admission.matchClaim',
    );
  const found =
    matches === 'external-id'
      ? await store.matching(ctx, 'externalId', value)
      : await store.matching(ctx, 'usernameFolded', foldCase(value));
  const [account, another] = found;
  if (!account) return undefined;
  if (another)
    throw new SignInRefused('account', 'account-in-the-way', 'Several accounts have this value.', 'admission.matches');
  const rights = await rightsBehind(ctx, trustedBy);
  const locked = await store.lockAccount(ctx, account.id);
  if (!locked) return undefined;
  const held = await holdWhatItHolds(ctx, locked);
  if (held.some(({ isOwnerGroup }) => isOwnerGroup))
    throw new SignInRefused(
      'account',
      'no-account',
      'The account found is an owner. Owners link themselves: on their own page, once they are signed in.',
    );
  if (locked.status === 'disabled')
    throw new SignInRefused('account', 'account-disabled', `The account ${account.username} is disabled.`);
  // Once: who comes later with the same value, which they may have been able to choose, is somebody else.
  if (await store.isLinked(ctx, id, account.id))
    throw new SignInRefused(
      'account',
      'account-in-the-way',
      `Somebody else of this provider is linked with the account ${account.username}. End that link where it is the same person.`,
      'admission.matchClaim',
    );
  if (!coverAll(rights, held))
    throw new SignInRefused(
      'account',
      'provider-not-confirmed',
      `The account ${account.username} may do more than who activated this provider or changed it last. An owner can confirm under "Who comes in" that it may find such accounts.`,
      'admission.matches',
    );
  return { outcome: 'matched', accountId: account.id, username: account.username };
}

/** What stood in the way of an account, as the stage that it is. */
function asRefusal(error: unknown): unknown {
  const problem = problemOf(error);
  if (!problem || problem.status >= 500) return error;
  const { code, errors, message } = problem;
  if (code === 'no-seat-left' || code === 'too-many-accounts') return new SignInRefused('account', 'no-room', message);
  const field = errors?.[0]?.path ?? (code === 'email-taken' ? 'email' : 'username');
  return new SignInRefused(
    'account',
    errors ? 'no-account' : 'account-in-the-way',
    errors ? `No account can be made of what came: ${message}.` : `${message} It is not linked by that.`,
    `mapping.${field}`,
  );
}

export interface Admitted {
  accountId: string;
  status: string;
  hasSecondFactor: boolean;
}

/**
 * Lets somebody in: finds, links or makes the account, has its names follow the claims where the provider made it, and
 * its memberships the mapped groups.
 *
 * @throws {SignInRefused}
 */
export async function admit(ctx: TenantContext, provider: Provider, external: External): Promise<Admitted> {
  const decision = await decide(ctx, provider, external);
  const described = describedBy(external.claims, provider.mapping);
  let { accountId } = decision;
  let identityId = decision.outcome === 'linked' ? decision.identityId : '';
  if (accountId === null) {
    const made = await createAdmitted(ctx, described).catch((error) => {
      throw asRefusal(error);
    });
    accountId = made.id;
    await joinMapped(ctx, accountId, provider.admission.defaultGroupIds);
  } else if (decision.outcome === 'linked' && decision.ownsFields) await followDescription(ctx, accountId, described);
  if (decision.outcome !== 'linked')
    identityId = await link(ctx, provider, external, accountId, decision.outcome === 'created');
  await followGroups(ctx, provider, external.claims, identityId, accountId);
  await store.noteUse(ctx, identityId);
  const account = await admitted(ctx, accountId);
  return {
    accountId,
    status: account?.status ?? 'disabled',
    hasSecondFactor: provesSecondFactor(external.claims, provider.mapping),
  };
}

/** Keeps who somebody is here. An entry about the account tells of it. */
export async function link(
  ctx: TenantContext,
  provider: Pick<Provider, 'id' | 'name'>,
  { issuer, subject }: Pick<External, 'issuer' | 'subject'>,
  accountId: string,
  ownsFields: boolean,
): Promise<string> {
  const id = newId();
  await store.insertIdentity(ctx, { id, providerId: provider.id, issuer, subject, accountId, ownsFields });
  ctx.audit(ExternalIdentity, {
    after: { id, providerId: provider.id, providerName: provider.name, accountId, issuer, subject },
    target: { kind: 'account', id: accountId },
    action: 'identity-providers.link',
  });
  return id;
}

/** Memberships that mapped values give, and that end with the value. Those from elsewhere are left alone. */
async function followGroups(
  ctx: TenantContext,
  { admission: { mappedGroups }, mapping }: Provider,
  claims: Claims,
  identityId: string,
  accountId: string,
): Promise<void> {
  const said = mappedGroups.length > 0 ? textsOf(claims, mapping.groups) : new Set<string>();
  const wanted = new Set(mappedGroups.filter(({ value }) => said.has(value)).map(({ groupId }) => groupId));
  const given = await store.givenTo(ctx, identityId);
  const over = given.filter((groupId) => !wanted.has(groupId));
  await leaveMapped(ctx, accountId, over);
  await store.forgetGiven(ctx, identityId, over);
  const joined = await joinMapped(ctx, accountId, [...wanted]);
  await store.noteGiven(ctx, identityId, joined);
}

/** The groups that mapped values would give, for who tests it. */
export const mappedGroupIds = ({ admission, mapping }: Provider, claims: Claims): string[] => {
  const said = textsOf(claims, mapping.groups);
  return [...new Set(admission.mappedGroups.filter(({ value }) => said.has(value)).map(({ groupId }) => groupId))];
};
