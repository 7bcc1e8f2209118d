import { createRoute } from '@tanstack/react-router';
import * as of from '../api/tenant.ts';
import { sorts } from '../shell/sorts.ts';
import { chunk, firstPage, later, tenant } from './base.tsx';

/** How people sign in: identity providers, provisioning, domains, policy. */

const ofDomains = () => import('../api/domains.ts');
const ofSignInPolicy = () => import('../api/sign-in-policy.ts');

const providers = createRoute({
  getParentRoute: () => tenant,
  path: '/identity-providers',
  loader: firstPage((id, client) => client.prefetchQuery(of.identityProviders(id, { sort: sorts.identityProviders }))),
  component: chunk(() => import('../pages/identity-providers/ProvidersPage.tsx'), 'ProvidersPage'),
});

const newProvider = createRoute({
  getParentRoute: () => tenant,
  path: '/identity-providers/new',
  component: chunk(() => import('../pages/identity-providers/NewProviderPage.tsx'), 'NewProviderPage'),
});

const provider = createRoute({
  getParentRoute: () => tenant,
  path: '/identity-providers/$id',
  component: chunk(() => import('../pages/identity-providers/ProviderPage.tsx'), 'ProviderPage'),
  loader: ({ context, params }) =>
    void context.queryClient.prefetchQuery(of.identityProvider(params.tenantId, params.id)),
});

const providerTest = createRoute({
  getParentRoute: () => tenant,
  path: '/identity-providers/$id/tests/$testId',
  component: chunk(() => import('../pages/identity-providers/TestPage.tsx'), 'TestPage'),
});

const provisioning = createRoute({
  getParentRoute: () => tenant,
  path: '/provisioning',
  loader: firstPage((id, client) => [
    client.prefetchQuery(of.provisioning(id)),
    client.prefetchQuery(of.tokens(id, { sort: sorts.provisioning })),
  ]),
  component: chunk(() => import('../pages/provisioning/ProvisioningPage.tsx'), 'ProvisioningPage'),
});

const newToken = createRoute({
  getParentRoute: () => provisioning,
  path: '/new',
  component: chunk(() => import('../pages/provisioning/NewTokenPanel.tsx'), 'NewTokenPanel'),
});

const token = createRoute({
  getParentRoute: () => tenant,
  path: '/provisioning/$id',
  component: chunk(() => import('../pages/provisioning/TokenPage.tsx'), 'TokenPage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.token(params.tenantId, params.id)),
});

const domains = createRoute({
  getParentRoute: () => tenant,
  path: '/domains',
  loader: firstPage((id, client) =>
    later(ofDomains, (m) => client.prefetchQuery(m.domains(id, { sort: sorts.domains }))),
  ),
  component: chunk(() => import('../pages/domains/DomainsPage.tsx'), 'DomainsPage'),
});

const newDomain = createRoute({
  getParentRoute: () => domains,
  path: '/new',
  component: chunk(() => import('../pages/domains/NewDomainPanel.tsx'), 'NewDomainPanel'),
});

const domain = createRoute({
  getParentRoute: () => tenant,
  path: '/domains/$id',
  component: chunk(() => import('../pages/domains/DomainPage.tsx'), 'DomainPage'),
  loader: ({ context, params }) =>
    later(ofDomains, (m) => context.queryClient.prefetchQuery(m.domain(params.tenantId, params.id))),
});

const signInPolicy = createRoute({
  getParentRoute: () => tenant,
  path: '/sign-in-policy',
  component: chunk(() => import('../pages/sign-in-policy/PolicyPage.tsx'), 'PolicyPage'),
  loader: ({ context, params }) =>
    later(ofSignInPolicy, (m) => context.queryClient.prefetchQuery(m.signInPolicy(params.tenantId))),
});

export const signInRoutes = [
  providers,
  newProvider,
  provider,
  providerTest,
  provisioning.addChildren([newToken]),
  token,
  domains.addChildren([newDomain]),
  domain,
  signInPolicy,
] as const;
