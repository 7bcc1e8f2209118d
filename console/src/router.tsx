import type { QueryClient } from '@tanstack/react-query';
import { createRoute, createRouter, redirect } from '@tanstack/react-router';
import { parseSearch, stringifySearch } from './addresses.ts';
import { mySessions } from './api/session.ts';
import { chunk, inside, root, tenant, whoOrSignIn } from './router/base.tsx';
import { doorRoutes } from './router/doors.ts';
import { governanceRoutes } from './router/governance.ts';
import { homeRoutes } from './router/home.ts';
import { peopleRoutes } from './router/people.ts';
import { platformRoutes } from './router/platform.ts';
import { signInRoutes } from './router/sign-in.ts';
import { Broken, Missing, MissingAlone, Waiting } from './shell/Fallbacks.tsx';

/** Every address of the console. Each page is a chunk of its own; its fetch starts while the code loads. */

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
/** Of a tenant: one finds on by its side bar. */
const missing = createRoute({ getParentRoute: () => tenant, path: '$', component: Missing });

const tree = root.addChildren([
  start,
  doorRoutes,
  inside.addChildren([
    tenants,
    profile,
    tenant.addChildren([
      ...homeRoutes,
      ...peopleRoutes,
      ...signInRoutes,
      ...platformRoutes,
      ...governanceRoutes,
      missing,
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
    defaultNotFoundComponent: MissingAlone,
    scrollRestoration: true,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
