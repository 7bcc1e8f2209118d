import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { topics } from '../api/session.ts';
import * as of from '../api/tenant.ts';
import { sorts } from '../shell/sorts.ts';
import { chunk, firstPage, later, tenant } from './base.tsx';

/** Who may do what, and who did: access, requests, reviews, audit, partners. */

const ofImports = () => import('../api/imports.ts');
const ofDelegations = () => import('../api/delegations.ts');
const ofLicences = () => import('../api/licences.ts');

const access = createRoute({
  getParentRoute: () => tenant,
  path: '/access',
  component: lazyRouteComponent(() => import('../pages/access/AccessPage.tsx'), 'AccessPage'),
  loader: ({ context }) => void context.queryClient.prefetchQuery(topics),
});

const accessRequests = createRoute({
  getParentRoute: () => tenant,
  path: '/access-requests',
  component: chunk(() => import('../pages/access-requests/RequestsPage.tsx'), 'RequestsPage'),
});

const reviews = createRoute({
  getParentRoute: () => tenant,
  path: '/reviews',
  component: chunk(() => import('../pages/reviews/ReviewsPage.tsx'), 'ReviewsPage'),
});

const newReview = createRoute({
  getParentRoute: () => reviews,
  path: '/new',
  component: chunk(() => import('../pages/reviews/NewReviewPanel.tsx'), 'NewReviewPanel'),
});

const review = createRoute({
  getParentRoute: () => tenant,
  path: '/reviews/$id',
  component: chunk(() => import('../pages/reviews/ReviewPage.tsx'), 'ReviewPage'),
});

const audit = createRoute({
  getParentRoute: () => tenant,
  path: '/audit',
  loader: firstPage((id, client) => [
    client.prefetchQuery(of.auditEntries(id)),
    client.prefetchQuery({ ...of.overview(id), staleTime: 60_000 }),
  ]),
  component: chunk(() => import('../pages/audit/AuditPage.tsx'), 'AuditPage'),
});

const partnerAccess = createRoute({
  getParentRoute: () => tenant,
  path: '/partner-access',
  loader: firstPage((id, client) =>
    later(ofDelegations, (m) => client.prefetchQuery(m.delegations(id, { sort: sorts.delegations }))),
  ),
  component: chunk(() => import('../pages/delegations/DelegationsPage.tsx'), 'DelegationsPage'),
});

const newDelegation = createRoute({
  getParentRoute: () => partnerAccess,
  path: '/new',
  component: chunk(() => import('../pages/delegations/NewDelegationPanel.tsx'), 'NewDelegationPanel'),
});

const delegation = createRoute({
  getParentRoute: () => tenant,
  path: '/partner-access/$id',
  component: chunk(() => import('../pages/delegations/DelegationPage.tsx'), 'DelegationPage'),
  loader: ({ context, params }) =>
    later(ofDelegations, (m) => context.queryClient.prefetchQuery(m.delegation(params.tenantId, params.id))),
});

const sharedGroups = createRoute({
  getParentRoute: () => tenant,
  path: '/shared-groups',
  loader: firstPage((id, client) => later(ofImports, (m) => client.prefetchQuery(m.groupImports(id)))),
  component: chunk(() => import('../pages/imports/ImportsPage.tsx'), 'ImportsPage'),
});

const licences = createRoute({
  getParentRoute: () => tenant,
  path: '/licences',
  loader: firstPage((id, client) =>
    later(ofLicences, (m) => client.prefetchQuery(m.licences(id, { sort: sorts.licences }))),
  ),
  component: chunk(() => import('../pages/licences/LicencesPage.tsx'), 'LicencesPage'),
});

const newLicence = createRoute({
  getParentRoute: () => licences,
  path: '/new',
  component: chunk(() => import('../pages/licences/NewLicencePanel.tsx'), 'NewLicencePanel'),
});

const licenceFile = createRoute({
  getParentRoute: () => licences,
  path: '/upload',
  component: chunk(() => import('../pages/licences/UploadPanel.tsx'), 'UploadPanel'),
});

const licence = createRoute({
  getParentRoute: () => tenant,
  path: '/licences/$id',
  component: chunk(() => import('../pages/licences/LicencePage.tsx'), 'LicencePage'),
  loader: ({ context, params }) =>
    later(ofLicences, (m) => context.queryClient.prefetchQuery(m.licence(params.tenantId, params.id))),
});

export const governanceRoutes = [
  partnerAccess.addChildren([newDelegation]),
  delegation,
  licences.addChildren([newLicence, licenceFile]),
  licence,
  sharedGroups,
  access,
  accessRequests,
  reviews.addChildren([newReview]),
  review,
  audit,
] as const;
