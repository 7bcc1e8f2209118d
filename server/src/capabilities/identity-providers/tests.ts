import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { Problem } from '../../kernel/problem.ts';
import { decide, type External, mappedGroupIds, SignInRefused } from './admit.ts';
import { type Claims, describedBy, provesSecondFactor, textsOf } from './claims.ts';
import { type Provider, readProvider } from './reading.ts';
import { type ProviderTest, type Stage, stages } from './schema.ts';
import { missingOf } from './settings.ts';
import * as store from './store.ts';
import { issueTrip } from './trips.ts';

/** Test sign-in: goes the whole way to the provider and back, and shows each stage instead of letting anybody in. */

const KEPT_SECONDS = 86_400;
/** Of claims, as JSON; more than anybody reads. */
const MOST_SHOWN = 32_768;

type Report = Pick<ProviderTest, 'stages' | 'claims' | 'mapped' | 'account'>;

const nothingYet: Report = { stages: [], claims: {}, mapped: {}, account: null };

/**
 * Begins a test of a provider, active or not, as long as it is complete.
 *
 * @param returnTo where its window goes in the end; `:id` becomes the test's
 * @throws {Problem} 409 `provider-incomplete`
 */
export async function beginTest(ctx: TenantContext, providerId: string, returnTo: string) {
  const provider = await readProvider(ctx, providerId);
  const missing = missingOf(provider, provider.clientSecrets.length > 0);
  if (missing.length > 0)
    throw new Problem(409, 'provider-incomplete', `It cannot be tested yet: ${missing[0]?.message}`, {
      errors: missing,
    });
  const id = newId();
  const expiresAt = ctx.later(KEPT_SECONDS);
  await store.insertTest(ctx, { id, providerId, expiresAt });
  const { url } = await issueTrip(ctx, provider, {
    purpose: 'test',
    testId: id,
    accountId: ctx.actor.kind === 'account' ? ctx.actor.id : null,
    returnTo: returnTo.replace(':id', id),
  });
  return { id, providerId, state: 'waiting', createdAt: ctx.now, finishedAt: null, expiresAt, url, ...nothingYet };
}

/** @throws {Problem} 404, also when it is more than a day old */
export async function readTest(ctx: TenantContext, providerId: string, id: string) {
  const { report, ...row } = await store.test(ctx, providerId, id);
  const shown: Report = report ? JSON.parse(await ctx.keys.open(report, 'provider_tests', id, 'report')) : nothingYet;
  return { ...row, ...shown };
}

/** What a protocol found: somebody, or why not; the claims as far as they came. */
export type Arrival = { external: External } | { refusal: SignInRefused; claims?: Claims | undefined };

/** Writes down what a test showed. */
export async function finishTest(ctx: TenantContext, provider: Provider, id: string, arrival: Arrival): Promise<void> {
  const report = await reportOf(ctx, provider, arrival);
  const state = report.stages.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'passed';
  const sealed = await ctx.keys.seal(JSON.stringify(report), 'provider_tests', id, 'report');
  await store.finishTest(ctx, id, state, sealed);
}

async function reportOf(ctx: TenantContext, provider: Provider, arrival: Arrival): Promise<Report> {
  if ('refusal' in arrival)
    return { ...nothingYet, stages: stagesOf(arrival.refusal), claims: shownClaims(arrival.claims ?? {}) };
  const { external } = arrival;
  const { claims } = external;
  const mapped = {
    ...describedBy(claims, provider.mapping),
    issuer: external.issuer,
    subject: external.subject,
    groupIds: mappedGroupIds(provider, claims),
    secondFactor: provesSecondFactor(claims, provider.mapping),
  };
  const shown = { claims: shownClaims(claims), mapped };
  const onClaims = noteOnGroups(provider, claims);
  try {
    const { accountId, username, outcome } = await decide(ctx, provider, external);
    return { ...shown, stages: stagesOf(undefined, onClaims), account: { id: accountId, username, outcome } };
  } catch (error) {
    if (!(error instanceof SignInRefused)) throw error;
    return { ...shown, stages: stagesOf(error, onClaims), account: null };
  }
}

const shownClaims = (claims: Claims): Record<string, unknown> =>
  JSON.stringify(claims).length <= MOST_SHOWN ? claims : { note: 'The claims are too large to be shown.' };

/** What an administrator should know of groups that are mapped here, and that nobody would get. */
function noteOnGroups({ mapping, admission }: Provider, claims: Claims): Pick<Stage, 'message' | 'path'> | undefined {
  const { groups } = mapping;
  if (admission.mappedGroups.length === 0) return undefined;
  const said = textsOf(claims, groups);
  if (said.size === 0) {
    // Entra ID and AD FS leave the list out where it is long.
    const isLong = claims.hasgroups !== undefined || claims._claim_names !== undefined;
    const why = isLong
      ? 'The provider leaves the groups out, since the person is in too many. Have it send only those that are assigned to this application.'
      : `Nobody gets a group: the claim "${groups ?? ''}" did not come. Have the provider send it, or ask for the scope that it belongs to.`;
    return { message: why, path: 'mapping.groups' };
  }
  if (admission.mappedGroups.some(({ value }) => said.has(value))) return undefined;
  return { message: `It names the person. None of the values of "${groups}" is mapped to a group here.`, path: null };
}

const passed: Record<Stage['stage'], string> = {
  provider: 'The provider was reached.',
  answer: 'It sent the browser back with an answer to this request.',
  signature: 'What it said is authentic.',
  issuer: 'The issuer is the one that is set here.',
  audience: 'It was said to us and in time.',
  claims: 'It names the person.',
  account: 'The person has an account here, or would get one.',
};

function stagesOf(refusal?: SignInRefused, onClaims?: Pick<Stage, 'message' | 'path'>): Stage[] {
  const failedAt = refusal ? stages.indexOf(refusal.stage) : stages.length;
  return stages.map((stage, at) => {
    if (at < failedAt) {
      const said = (stage === 'claims' && onClaims) || { message: passed[stage], path: null };
      return { stage, outcome: 'passed', ...said };
    }
    if (at === failedAt && refusal)
      return { stage, outcome: 'failed', message: refusal.message.slice(0, 1000), path: refusal.path };
    return { stage, outcome: 'not-reached', message: 'Not reached.', path: null };
  });
}
