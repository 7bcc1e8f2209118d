import { createRoute } from '@tanstack/react-router';
import * as of from '../api/tenant.ts';
import { sorts } from '../shell/sorts.ts';
import { chunk, firstPage, tenant } from './base.tsx';

/** Namespaces, gateways and integrations. */

const namespaces = createRoute({
  getParentRoute: () => tenant,
  path: '/namespaces',
  loader: firstPage((id, client) => client.prefetchQuery(of.namespaces(id, { sort: sorts.namespaces }))),
  component: chunk(() => import('../pages/namespaces/NamespacesPage.tsx'), 'NamespacesPage'),
});

const newNamespace = createRoute({
  getParentRoute: () => namespaces,
  path: '/new',
  component: chunk(() => import('../pages/namespaces/NewNamespacePanel.tsx'), 'NewNamespacePanel'),
});

const namespace = createRoute({
  getParentRoute: () => tenant,
  path: '/namespaces/$id',
  component: chunk(() => import('../pages/namespaces/NamespacePage.tsx'), 'NamespacePage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.namespace(params.tenantId, params.id)),
});

const gateways = createRoute({
  getParentRoute: () => tenant,
  path: '/gateways',
  component: chunk(() => import('../pages/gateways/GatewaysPage.tsx'), 'GatewaysPage'),
});

const gateway = createRoute({
  getParentRoute: () => tenant,
  path: '/gateways/$namespaceId/$id',
  component: chunk(() => import('../pages/gateways/GatewayPage.tsx'), 'GatewayPage'),
});

const logging = createRoute({
  getParentRoute: () => tenant,
  path: '/logging',
  component: chunk(() => import('../pages/logging/LoggingPage.tsx'), 'LoggingPage'),
});

const integrations = createRoute({
  getParentRoute: () => tenant,
  path: '/integrations',
  loader: firstPage((id, client) => client.prefetchQuery(of.serviceAccounts(id, { sort: sorts.integrations }))),
  component: chunk(() => import('../pages/integrations/IntegrationsPage.tsx'), 'IntegrationsPage'),
});

const newServiceAccount = createRoute({
  getParentRoute: () => integrations,
  path: '/new',
  component: chunk(() => import('../pages/integrations/NewServiceAccountPanel.tsx'), 'NewServiceAccountPanel'),
});

const serviceAccount = createRoute({
  getParentRoute: () => tenant,
  path: '/integrations/$id',
  component: chunk(() => import('../pages/integrations/ServiceAccountPage.tsx'), 'ServiceAccountPage'),
  loader: ({ context, params }) =>
    void context.queryClient.prefetchQuery(of.serviceAccount(params.tenantId, params.id)),
});

const key = createRoute({
  getParentRoute: () => tenant,
  path: '/integrations/keys/$id',
  component: chunk(() => import('../pages/integrations/KeyPage.tsx'), 'KeyPage'),
});

export const platformRoutes = [
  namespaces.addChildren([newNamespace]),
  namespace,
  gateways,
  gateway,
  logging,
  integrations.addChildren([newServiceAccount]),
  serviceAccount,
  key,
] as const;
