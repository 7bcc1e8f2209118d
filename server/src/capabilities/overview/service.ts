import type { TenantContext } from '../../kernel/context.ts';
import { whoStandsBehind } from '../credentials/service.ts';
import { countUsableOwners } from '../groups/service.ts';
import { refusedNow } from '../licences/service.ts';
import { waitingRecoveryOf } from '../ownership/service.ts';
import * as store from './store.ts';

const DAYS = 14;
const DAY_MS = 86_400_000;

const credentialKinds = { pt: 'provisioning-token', sa: 'service-account-key' } as const;

/** What the home page shows the caller. All of it is read in one go on one connection. */
export async function readOverview(ctx: TenantContext) {
  const may = (permission: string) => ctx.rights.may(permission);
  const when = <T>(isSeen: boolean, read: () => Promise<T>) => (isSeen ? read() : Promise.resolve(undefined));
  const namespaces = ctx.rights.namespacesWith('namespaces.view');
  const approvedBy = ctx.rights.namespacesWith('namespaces.approve');
  const today = Math.floor(ctx.now.getTime() / DAY_MS) * DAY_MS;
  const firstDay = new Date(today - (DAYS - 1) * DAY_MS);
  const kinds = [...(may('provisioning.view') ? ['pt'] : []), ...(may('integrations.view') ? ['sa'] : [])];

  const [
    providers,
    tokens,
    owners,
    everyNamespace,
    accounts,
    groups,
    seenNamespaces,
    machines,
    waitingAccounts,
    waitingAccessRequests,
    waitingPartnerRequests,
    waitingActivations,
    waitingChanges,
    refused,
    expiring,
    perDay,
    waitingRecovery,
  ] = await Promise.all([
    store.countActiveProviders(ctx),
    store.countProvisioningTokens(ctx),
    countUsableOwners(ctx),
    store.countNamespaces(ctx, 'all'),
    when(may('accounts.view'), () => store.countAccounts(ctx)),
    when(may('groups.view'), () => store.countGroups(ctx)),
    when(namespaces === 'all' || namespaces.length > 0, () => store.countNamespaces(ctx, namespaces)),
    when(may('integrations.view'), () => store.countServiceAccounts(ctx)),
    when(may('accounts.change'), () => store.countWaitingAccounts(ctx)),
    when(may('groups.change'), () => store.countAccessRequests(ctx)),
    when(may('delegations.change'), () => store.countPartnerRequests(ctx)),
    when(may('delegations.change'), async () =>
      store.waitingActivations(ctx, ctx.actor.id ? await whoStandsBehind(ctx, ctx.actor.id) : []),
    ),
    when(approvedBy === 'all' || approvedBy.length > 0, () => store.waitingChanges(ctx, approvedBy)),
    when(may('licences.view'), () => refusedNow(ctx)),
    store.expiring(ctx, kinds, ctx.later((DAYS * DAY_MS) / 1000)),
    when(may('audit.view'), () => store.entriesPerDay(ctx, firstDay, DAYS)),
    when(ctx.rights.isOwner, () => waitingRecoveryOf(ctx)),
  ]);

  const counts = {
    ...(accounts === undefined ? {} : { accounts }),
    ...(groups === undefined ? {} : { groups }),
    ...(seenNamespaces === undefined ? {} : { namespaces: seenNamespaces }),
    ...(may('provisioning.view') ? { provisioningTokens: tokens } : {}),
    ...(machines === undefined ? {} : { serviceAccounts: machines }),
  };
  const waiting = {
    ...(waitingAccounts === undefined ? {} : { waitingAccounts }),
    ...(waitingAccessRequests === undefined ? {} : { waitingAccessRequests }),
    ...(waitingPartnerRequests === undefined ? {} : { waitingPartnerRequests }),
  };
  return {
    tenantId: ctx.tenantId,
    setupSteps: [
      { step: 'identity-provider', isDone: providers > 0, isAvailable: may('identity-providers.change') },
      { step: 'provisioning-token', isDone: tokens > 0, isAvailable: may('provisioning.issue') },
      { step: 'second-owner', isDone: owners >= 2, isAvailable: ctx.rights.isOwner },
      { step: 'namespace', isDone: everyNamespace > 0, isAvailable: may('namespaces.change') },
    ],
    counts,
    atLeast: Object.entries({ ...counts, ...waiting }).flatMap(([name, count]) =>
      count === store.COUNTED ? [name] : [],
    ),
    expiring: expiring.map(({ kind, ...credential }) => ({
      kind: credentialKinds[kind as keyof typeof credentialKinds],
      ...credential,
    })),
    ...waiting,
    ...(waitingActivations === undefined ? {} : { waitingActivations }),
    ...(waitingChanges === undefined ? {} : { waitingChanges }),
    ...(refused === undefined ? {} : { refusedByLicences: refused.map(({ reason }) => reason) }),
    ...(waitingRecovery === undefined ? {} : { waitingRecovery }),
    ...(perDay === undefined ? {} : { changesPerDay: perDay }),
  };
}
