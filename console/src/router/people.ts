import { createRoute } from '@tanstack/react-router';
import * as of from '../api/tenant.ts';
import { sorts } from '../shell/sorts.ts';
import { chunk, firstPage, tenant } from './base.tsx';

/** Accounts, groups and guests. */

const accounts = createRoute({
  getParentRoute: () => tenant,
  path: '/accounts',
  loader: firstPage((id, client) => client.prefetchQuery(of.accounts(id, { sort: sorts.accounts }))),
  component: chunk(() => import('../pages/accounts/AccountsPage.tsx'), 'AccountsPage'),
});

const inviteMany = createRoute({
  getParentRoute: () => accounts,
  path: '/invite-many',
  component: chunk(() => import('../pages/accounts/InviteManyPanel.tsx'), 'InviteManyPanel'),
});

const newAccount = createRoute({
  getParentRoute: () => accounts,
  path: '/new',
  component: chunk(() => import('../pages/accounts/InvitePanel.tsx'), 'InvitePanel'),
});

const account = createRoute({
  getParentRoute: () => tenant,
  path: '/accounts/$id',
  component: chunk(() => import('../pages/accounts/AccountPage.tsx'), 'AccountPage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.account(params.tenantId, params.id)),
});

const guests = createRoute({
  getParentRoute: () => tenant,
  path: '/guests',
  component: chunk(() => import('../pages/guests/GuestsPage.tsx'), 'GuestsPage'),
});

const guestInvitations = createRoute({
  getParentRoute: () => tenant,
  path: '/guest-invitations',
  component: chunk(() => import('../pages/guests/InvitationsPage.tsx'), 'InvitationsPage'),
});

const visits = createRoute({
  getParentRoute: () => tenant,
  path: '/visits',
  component: chunk(() => import('../pages/guests/VisitsPage.tsx'), 'VisitsPage'),
});

const groups = createRoute({
  getParentRoute: () => tenant,
  path: '/groups',
  loader: firstPage((id, client) => client.prefetchQuery(of.groups(id, { sort: sorts.groups }))),
  component: chunk(() => import('../pages/groups/GroupsPage.tsx'), 'GroupsPage'),
});

const newGroup = createRoute({
  getParentRoute: () => groups,
  path: '/new',
  component: chunk(() => import('../pages/groups/NewGroupPanel.tsx'), 'NewGroupPanel'),
});

const group = createRoute({
  getParentRoute: () => tenant,
  path: '/groups/$id',
  component: chunk(() => import('../pages/groups/GroupPage.tsx'), 'GroupPage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.group(params.tenantId, params.id)),
});

export const peopleRoutes = [
  accounts.addChildren([newAccount, inviteMany]),
  account,
  guests,
  guestInvitations,
  visits,
  groups.addChildren([newGroup]),
  group,
] as const;
