import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { parseSearch, stringifySearch } from './addresses.ts';
import { ApiProblem } from './api/problem.ts';
import { me, mySessions, regions, topics } from './api/session.ts';
import * as of from './api/tenant.ts';
import { Toasts } from './kit/toasts.tsx';
import { Broken, BrokenAlone, Missing, Waiting } from './shell/Fallbacks.tsx';
import { Shell } from './shell/Shell.tsx';
import { sorts } from './shell/sorts.ts';
import { holds } from './shell/where.ts';

/** Every address of the console. Each page is a chunk of its own; its fetch starts while the code loads. */

interface Context {
  queryClient: QueryClient;
}

/** A page in a chunk of its own. While nobody answers it waits; a chunk that an upgrade took away loads the console anew. */
const chunk: typeof lazyRouteComponent = (load, name) =>
  lazyRouteComponent(async () => {
    for (;;)
      try {
        return await load();
      } catch (error) {
        if (await isAnswered()) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
  }, name);
const isAnswered = () =>
  fetch('/healthz', { cache: 'no-store' }).then(
    () => true,
    () => false,
  );

/** Query strings are plain text; what a page does not know it ignores with a note. */
type Search = Partial<Record<string, string>>;

const root = createRootRouteWithContext<Context>()({
  validateSearch: (given: Record<string, unknown>) => given as Search,
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
  notFoundComponent: Missing,
  errorComponent: BrokenAlone,
});

const whoOrSignIn = async ({ queryClient }: Context, href: string) => {
  try {
    return await queryClient.ensureQueryData(me);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401)
      throw redirect({ to: '/sign-in', search: href === '/' ? {} : { next: href } });
    throw error;
  }
};

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async ({ context }) => {
    const who = await whoOrSignIn(context, '/');
    throw who.tenantId
      ? redirect({ to: '/t/$tenantId', params: { tenantId: who.tenantId } })
      : redirect({ to: '/tenants' });
  },
});

/** What asks for parts that few look at: each comes with the first visit to its pages. */
const ofImports = () => import('./api/imports.ts');
const ofDelegations = () => import('./api/delegations.ts');
const ofDomains = () => import('./api/domains.ts');
const ofOwnership = () => import('./api/ownership.ts');
const ofSignInPolicy = () => import('./api/sign-in-policy.ts');

/** A prefetch by a part of its own; when that does not come the page asks itself. */
const later = <M,>(load: () => Promise<M>, ask: (module: M) => unknown): void => void load().then(ask, () => undefined);

/* Doors: nobody is signed in yet */

const doors = createRoute({
  getParentRoute: () => root,
  id: 'doors',
  component: chunk(() => import('./pages/doors/DoorFrame.tsx'), 'DoorFrame'),
  loader: ({ context }) => void context.queryClient.prefetchQuery(regions),
});
const door = <const P extends string>(
  path: P,
  load: () => Promise<Record<string, React.ComponentType>>,
  name: string,
) => createRoute({ getParentRoute: () => doors, path, component: chunk(load as never, name as never) });
const signIn = door('/sign-in', () => import('./pages/doors/SignInPage.tsx'), 'SignInPage');
const register = door('/register', () => import('./pages/doors/RegisterPage.tsx'), 'RegisterPage');
const completeRegistration = door('/register/complete', () => import('./pages/doors/CompletePage.tsx'), 'CompletePage');
const setup = door('/setup', () => import('./pages/doors/SetupPage.tsx'), 'SetupPage');
const accept = door('/accept', () => import('./pages/doors/AcceptPage.tsx'), 'AcceptPage');
const confirmEmail = door('/confirm-email', () => import('./pages/doors/ConfirmEmailPage.tsx'), 'ConfirmEmailPage');
const providerSetUp = door(
  '/identity-provider-set-up',
  () => import('./pages/doors/ProviderSetUpPage.tsx'),
  'ProviderSetUpPage',
);
const guest = door('/guest', () => import('./pages/doors/GuestPage.tsx'), 'GuestPage');
const enter = door('/enter', () => import('./pages/doors/EnterPage.tsx'), 'EnterPage');
const finish = door('/sign-in/finish', () => import('./pages/doors/FinishPage.tsx'), 'FinishPage');
const forgot = door('/sign-in/forgot', () => import('./pages/doors/ForgotPage.tsx'), 'ForgotPage');
const link = door('/sign-in/link', () => import('./pages/doors/LinkPage.tsx'), 'LinkPage');
const reset = door('/reset', () => import('./pages/doors/ResetPage.tsx'), 'ResetPage');
const tenantSignIn = door(
  '/t/$tenantId/sign-in',
  () => import('./pages/doors/TenantSignInPage.tsx'),
  'TenantSignInPage',
);
const emergency = door('/t/$tenantId/emergency', () => import('./pages/doors/EmergencyPage.tsx'), 'EmergencyPage');

/* Inside */

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: ({ context, location }) => whoOrSignIn(context, location.href).then(() => undefined),
  component: Shell,
  errorComponent: BrokenAlone,
});
const tenants = createRoute({
  getParentRoute: () => inside,
  path: '/tenants',
  component: chunk(() => import('./pages/tenants/TenantsPage.tsx'), 'TenantsPage'),
});
const profile = createRoute({
  getParentRoute: () => inside,
  path: '/me',
  component: chunk(() => import('./pages/me/MePage.tsx'), 'MePage'),
  loader: ({ context }) => void context.queryClient.prefetchQuery(mySessions),
});
const tenant = createRoute({
  getParentRoute: () => inside,
  path: '/t/$tenantId',
  loader: ({ context: { queryClient }, params: { tenantId } }) => {
    if (holds(queryClient.getQueryData(me.queryKey), tenantId, 'tenant.view'))
      void queryClient.prefetchQuery(of.tenant(tenantId));
  },
});

const device = createRoute({
  getParentRoute: () => tenant,
  path: '/device',
  component: chunk(() => import('./pages/me/DevicePage.tsx'), 'DevicePage'),
});

const home = createRoute({
  getParentRoute: () => tenant,
  path: '/',
  component: chunk(() => import('./pages/home/HomePage.tsx'), 'HomePage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.overview(params.tenantId)),
});
const tenantProfile = createRoute({
  getParentRoute: () => tenant,
  path: '/profile',
  component: chunk(() => import('./pages/tenants/TenantPage.tsx'), 'TenantPage'),
});
const tenantProfileEdit = createRoute({
  getParentRoute: () => tenant,
  path: '/profile/edit',
  component: chunk(() => import('./pages/tenants/EditTenantPage.tsx'), 'EditTenantPage'),
});

const owners = createRoute({
  getParentRoute: () => tenant,
  path: '/owners',
  component: chunk(() => import('./pages/owners/OwnersPage.tsx'), 'OwnersPage'),
  loader: ({ context, params }) =>
    later(ofOwnership, (m) => context.queryClient.prefetchQuery(m.transfers(params.tenantId))),
});

interface Arrival {
  context: Context;
  params: { tenantId: string };
  location: { search: object };
}
/** Asks for the first page of a list; a narrowed one is asked for by the page, which knows its filters. */
const firstPage =
  (ask: (tenantId: string, client: QueryClient) => unknown) =>
  ({ context, params, location }: Arrival): void => {
    if (Object.keys(location.search).length === 0) ask(params.tenantId, context.queryClient);
  };

const accounts = createRoute({
  getParentRoute: () => tenant,
  path: '/accounts',
  loader: firstPage((id, client) => client.prefetchQuery(of.accounts(id, { sort: sorts.accounts }))),
  component: chunk(() => import('./pages/accounts/AccountsPage.tsx'), 'AccountsPage'),
});
const inviteMany = createRoute({
  getParentRoute: () => accounts,
  path: '/invite-many',
  component: chunk(() => import('./pages/accounts/InviteManyPanel.tsx'), 'InviteManyPanel'),
});
const newAccount = createRoute({
  getParentRoute: () => accounts,
  path: '/new',
  component: chunk(() => import('./pages/accounts/InvitePanel.tsx'), 'InvitePanel'),
});
const account = createRoute({
  getParentRoute: () => tenant,
  path: '/accounts/$id',
  component: chunk(() => import('./pages/accounts/AccountPage.tsx'), 'AccountPage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.account(params.tenantId, params.id)),
});

const guests = createRoute({
  getParentRoute: () => tenant,
  path: '/guests',
  component: chunk(() => import('./pages/guests/GuestsPage.tsx'), 'GuestsPage'),
});
const guestInvitations = createRoute({
  getParentRoute: () => tenant,
  path: '/guest-invitations',
  component: chunk(() => import('./pages/guests/InvitationsPage.tsx'), 'InvitationsPage'),
});
const visits = createRoute({
  getParentRoute: () => tenant,
  path: '/visits',
  component: chunk(() => import('./pages/guests/VisitsPage.tsx'), 'VisitsPage'),
});

const groups = createRoute({
  getParentRoute: () => tenant,
  path: '/groups',
  loader: firstPage((id, client) => client.prefetchQuery(of.groups(id, { sort: sorts.groups }))),
  component: chunk(() => import('./pages/groups/GroupsPage.tsx'), 'GroupsPage'),
});
const newGroup = createRoute({
  getParentRoute: () => groups,
  path: '/new',
  component: chunk(() => import('./pages/groups/NewGroupPanel.tsx'), 'NewGroupPanel'),
});
const group = createRoute({
  getParentRoute: () => tenant,
  path: '/groups/$id',
  component: chunk(() => import('./pages/groups/GroupPage.tsx'), 'GroupPage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.group(params.tenantId, params.id)),
});

const providers = createRoute({
  getParentRoute: () => tenant,
  path: '/identity-providers',
  loader: firstPage((id, client) => client.prefetchQuery(of.identityProviders(id, { sort: sorts.identityProviders }))),
  component: chunk(() => import('./pages/identity-providers/ProvidersPage.tsx'), 'ProvidersPage'),
});
const newProvider = createRoute({
  getParentRoute: () => tenant,
  path: '/identity-providers/new',
  component: chunk(() => import('./pages/identity-providers/NewProviderPage.tsx'), 'NewProviderPage'),
});
const provider = createRoute({
  getParentRoute: () => tenant,
  path: '/identity-providers/$id',
  component: chunk(() => import('./pages/identity-providers/ProviderPage.tsx'), 'ProviderPage'),
  loader: ({ context, params }) =>
    void context.queryClient.prefetchQuery(of.identityProvider(params.tenantId, params.id)),
});
const providerTest = createRoute({
  getParentRoute: () => tenant,
  path: '/identity-providers/$id/tests/$testId',
  component: chunk(() => import('./pages/identity-providers/TestPage.tsx'), 'TestPage'),
});

const provisioning = createRoute({
  getParentRoute: () => tenant,
  path: '/provisioning',
  loader: firstPage((id, client) => [
    client.prefetchQuery(of.provisioning(id)),
    client.prefetchQuery(of.tokens(id, { sort: sorts.provisioning })),
  ]),
  component: chunk(() => import('./pages/provisioning/ProvisioningPage.tsx'), 'ProvisioningPage'),
});
const newToken = createRoute({
  getParentRoute: () => provisioning,
  path: '/new',
  component: chunk(() => import('./pages/provisioning/NewTokenPanel.tsx'), 'NewTokenPanel'),
});
const token = createRoute({
  getParentRoute: () => tenant,
  path: '/provisioning/$id',
  component: chunk(() => import('./pages/provisioning/TokenPage.tsx'), 'TokenPage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.token(params.tenantId, params.id)),
});

const partnerAccess = createRoute({
  getParentRoute: () => tenant,
  path: '/partner-access',
  loader: firstPage((id, client) =>
    later(ofDelegations, (m) => client.prefetchQuery(m.delegations(id, { sort: sorts.delegations }))),
  ),
  component: chunk(() => import('./pages/delegations/DelegationsPage.tsx'), 'DelegationsPage'),
});
const newDelegation = createRoute({
  getParentRoute: () => partnerAccess,
  path: '/new',
  component: chunk(() => import('./pages/delegations/NewDelegationPanel.tsx'), 'NewDelegationPanel'),
});
const delegation = createRoute({
  getParentRoute: () => tenant,
  path: '/partner-access/$id',
  component: chunk(() => import('./pages/delegations/DelegationPage.tsx'), 'DelegationPage'),
  loader: ({ context, params }) =>
    later(ofDelegations, (m) => context.queryClient.prefetchQuery(m.delegation(params.tenantId, params.id))),
});

const sharedGroups = createRoute({
  getParentRoute: () => tenant,
  path: '/shared-groups',
  loader: firstPage((id, client) => later(ofImports, (m) => client.prefetchQuery(m.groupImports(id)))),
  component: chunk(() => import('./pages/imports/ImportsPage.tsx'), 'ImportsPage'),
});

const domains = createRoute({
  getParentRoute: () => tenant,
  path: '/domains',
  loader: firstPage((id, client) =>
    later(ofDomains, (m) => client.prefetchQuery(m.domains(id, { sort: sorts.domains }))),
  ),
  component: chunk(() => import('./pages/domains/DomainsPage.tsx'), 'DomainsPage'),
});
const newDomain = createRoute({
  getParentRoute: () => domains,
  path: '/new',
  component: chunk(() => import('./pages/domains/NewDomainPanel.tsx'), 'NewDomainPanel'),
});
const domain = createRoute({
  getParentRoute: () => tenant,
  path: '/domains/$id',
  component: chunk(() => import('./pages/domains/DomainPage.tsx'), 'DomainPage'),
  loader: ({ context, params }) =>
    later(ofDomains, (m) => context.queryClient.prefetchQuery(m.domain(params.tenantId, params.id))),
});
const signInPolicy = createRoute({
  getParentRoute: () => tenant,
  path: '/sign-in-policy',
  component: chunk(() => import('./pages/sign-in-policy/PolicyPage.tsx'), 'PolicyPage'),
  loader: ({ context, params }) =>
    later(ofSignInPolicy, (m) => context.queryClient.prefetchQuery(m.signInPolicy(params.tenantId))),
});

const namespaces = createRoute({
  getParentRoute: () => tenant,
  path: '/namespaces',
  loader: firstPage((id, client) => client.prefetchQuery(of.namespaces(id, { sort: sorts.namespaces }))),
  component: chunk(() => import('./pages/namespaces/NamespacesPage.tsx'), 'NamespacesPage'),
});
const newNamespace = createRoute({
  getParentRoute: () => namespaces,
  path: '/new',
  component: chunk(() => import('./pages/namespaces/NewNamespacePanel.tsx'), 'NewNamespacePanel'),
});
const namespace = createRoute({
  getParentRoute: () => tenant,
  path: '/namespaces/$id',
  component: chunk(() => import('./pages/namespaces/NamespacePage.tsx'), 'NamespacePage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.namespace(params.tenantId, params.id)),
});

const gateways = createRoute({
  getParentRoute: () => tenant,
  path: '/gateways',
  component: chunk(() => import('./pages/gateways/GatewaysPage.tsx'), 'GatewaysPage'),
});
const gateway = createRoute({
  getParentRoute: () => tenant,
  path: '/gateways/$namespaceId/$id',
  component: chunk(() => import('./pages/gateways/GatewayPage.tsx'), 'GatewayPage'),
});

const integrations = createRoute({
  getParentRoute: () => tenant,
  path: '/integrations',
  loader: firstPage((id, client) => client.prefetchQuery(of.serviceAccounts(id, { sort: sorts.integrations }))),
  component: chunk(() => import('./pages/integrations/IntegrationsPage.tsx'), 'IntegrationsPage'),
});
const newServiceAccount = createRoute({
  getParentRoute: () => integrations,
  path: '/new',
  component: chunk(() => import('./pages/integrations/NewServiceAccountPanel.tsx'), 'NewServiceAccountPanel'),
});
const serviceAccount = createRoute({
  getParentRoute: () => tenant,
  path: '/integrations/$id',
  component: chunk(() => import('./pages/integrations/ServiceAccountPage.tsx'), 'ServiceAccountPage'),
  loader: ({ context, params }) =>
    void context.queryClient.prefetchQuery(of.serviceAccount(params.tenantId, params.id)),
});

const key = createRoute({
  getParentRoute: () => tenant,
  path: '/integrations/keys/$id',
  component: chunk(() => import('./pages/integrations/KeyPage.tsx'), 'KeyPage'),
});

const access = createRoute({
  getParentRoute: () => tenant,
  path: '/access',
  component: lazyRouteComponent(() => import('./pages/access/AccessPage.tsx'), 'AccessPage'),
  loader: ({ context }) => void context.queryClient.prefetchQuery(topics),
});
const accessRequests = createRoute({
  getParentRoute: () => tenant,
  path: '/access-requests',
  component: chunk(() => import('./pages/access-requests/RequestsPage.tsx'), 'RequestsPage'),
});
const reviews = createRoute({
  getParentRoute: () => tenant,
  path: '/reviews',
  component: chunk(() => import('./pages/reviews/ReviewsPage.tsx'), 'ReviewsPage'),
});
const newReview = createRoute({
  getParentRoute: () => reviews,
  path: '/new',
  component: chunk(() => import('./pages/reviews/NewReviewPanel.tsx'), 'NewReviewPanel'),
});
const review = createRoute({
  getParentRoute: () => tenant,
  path: '/reviews/$id',
  component: chunk(() => import('./pages/reviews/ReviewPage.tsx'), 'ReviewPage'),
});
const audit = createRoute({
  getParentRoute: () => tenant,
  path: '/audit',
  loader: firstPage((id, client) => [
    client.prefetchQuery(of.auditEntries(id)),
    client.prefetchQuery({ ...of.overview(id), staleTime: 60_000 }),
  ]),
  component: chunk(() => import('./pages/audit/AuditPage.tsx'), 'AuditPage'),
});
const tasks = createRoute({
  getParentRoute: () => tenant,
  path: '/tasks',
  loader: firstPage((id, client) => client.prefetchQuery(of.tasks(id))),
  component: chunk(() => import('./pages/tasks/TasksPage.tsx'), 'TasksPage'),
});
const notices = createRoute({
  getParentRoute: () => tenant,
  path: '/notices',
  loader: firstPage((id, client) => client.prefetchQuery(of.notices(id))),
  component: chunk(() => import('./pages/notices/NoticesPage.tsx'), 'NoticesPage'),
});

const tree = root.addChildren([
  start,
  doors.addChildren([
    signIn,
    tenantSignIn,
    finish,
    forgot,
    reset,
    link,
    emergency,
    register,
    completeRegistration,
    setup,
    accept,
    confirmEmail,
    providerSetUp,
    guest,
    enter,
  ]),
  inside.addChildren([
    tenants,
    profile,
    tenant.addChildren([
      home,
      device,
      tenantProfile,
      tenantProfileEdit,
      owners,
      accounts.addChildren([newAccount, inviteMany]),
      account,
      guests,
      guestInvitations,
      visits,
      groups.addChildren([newGroup]),
      group,
      providers,
      newProvider,
      provider,
      providerTest,
      provisioning.addChildren([newToken]),
      token,
      partnerAccess.addChildren([newDelegation]),
      delegation,
      sharedGroups,
      domains.addChildren([newDomain]),
      domain,
      signInPolicy,
      namespaces.addChildren([newNamespace]),
      namespace,
      gateways,
      gateway,
      integrations.addChildren([newServiceAccount]),
      serviceAccount,
      key,
      access,
      accessRequests,
      reviews.addChildren([newReview]),
      review,
      audit,
      tasks,
      notices,
    ]),
  ]),
]);

export const makeRouter = (queryClient: QueryClient) =>
  createRouter({
    routeTree: tree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 150,
    defaultPendingMinMs: 0,
    defaultPendingComponent: Waiting,
    defaultErrorComponent: Broken,
    notFoundMode: 'root',
    defaultNotFoundComponent: Missing,
    scrollRestoration: true,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
