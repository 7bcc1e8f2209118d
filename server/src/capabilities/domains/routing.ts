import { canonicalEmail } from '../../kernel/canonical.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { invalid, notFound } from '../../kernel/problem.ts';
import type { Place, Platform } from '../../kernel/regions.ts';
import { type LogoRow, logoStatement, shownLogo } from '../sign-in-policy/service.ts';
import { domainFingerprint } from './service.ts';
import * as store from './store.ts';

/** What every address may try where no tenant is known yet. */
const everybodysMethods = ['password', 'passkey', 'link'] as const;

/** What sign-in shows of a tenant; undefined for one that is not there, or not any more. */
async function pageOf({ region, cell }: Place, tenantId: string, withLogo = false) {
  const statements = withLogo ? [...store.signInStatements, logoStatement] : store.signInStatements;
  const { unit, rows } = await Unit.open(cell, tenantId, statements, 'read');
  unit.finishRead();
  const row = rows[0]?.[0] as store.SignInRow | undefined;
  if (!row || row.tenantStatus === 'closed') return undefined;
  const providers = rows[1] as store.ProviderRow[];
  return {
    tenantId,
    displayName: row.displayName,
    label: row.signInLabel ?? region.name,
    region: region.code,
    baseUrl: region.baseUrl,
    providers,
    methods: row.singleSignOn === 'required' ? [] : everybodysMethods,
    logo: shownLogo(tenantId, rows[2]?.[0] as LogoRow | undefined),
  };
}

/** Tenants of the served regions that proved the domain. A cell that does not answer leads nobody meanwhile. */
async function ledHere(platform: Platform, fingerprint: Buffer) {
  const asked = [...platform.regions.values()].flatMap((region) =>
    region.cells.map(async (cell, cellIndex) => {
      const place = { region, cell, cellIndex };
      const ids = await store.tenantsOf(cell, fingerprint);
      return (await Promise.all(ids.map((tenantId) => pageOf(place, tenantId)))).filter((page) => page !== undefined);
    }),
  );
  return (await Promise.allSettled(asked)).flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/**
 * How an address may sign in, and where: its domain alone decides. A verified one leads to the tenants that proved it;
 * for every other the answer is the same, and as much is asked for it.
 *
 * @throws {Problem} 400 that names `email`
 */
export async function discover({ platform }: PlatformContext, { email: typed }: { email: string }) {
  const email = canonicalEmail(typed);
  if (!email.ok) throw invalid({ path: 'email', message: email.reason });
  const fingerprint = domainFingerprint(platform, email.domain);
  const [every, here, elsewhere] = await Promise.all([
    platform.recentRegions(),
    ledHere(platform, fingerprint),
    platform.provedElsewhere(fingerprint),
  ]);
  const tenants = [
    ...here.map(({ displayName: _, logo: __, ...led }) => led),
    ...elsewhere.flatMap(({ tenantId, region: code }) => {
      const region = every.find((each) => each.code === code);
      return region ? [{ tenantId, region: code, label: region.name, baseUrl: region.baseUrl }] : [];
    }),
  ];
  return {
    methods: tenants.length > 0 ? [] : everybodysMethods,
    regions: every.map(({ code, name, baseUrl }) => ({
      code,
      name,
      baseUrl,
      isServedHere: platform.regions.has(code),
    })),
    ...(tenants.length > 0 ? { tenants } : {}),
  };
}

/**
 * What the sign-in page of one tenant shows to whoever knows its address.
 *
 * @throws {Problem} 404 for one that is closed or never was; 421 when another region has it
 */
export async function readSignInPage({ platform }: PlatformContext, tenantId: string) {
  const place = await platform.locate(tenantId);
  const page = place && (await pageOf(place, tenantId, true));
  if (!page) throw notFound('tenant');
  return page;
}
