import { createRoute } from '@tanstack/react-router';
import * as of from '../api/tenant.ts';
import { chunk, firstPage, later, tenant } from './base.tsx';

/** The start of a tenant, its profile and owners, and what a person is told. */

const ofOwnership = () => import('../api/ownership.ts');

const device = createRoute({
  getParentRoute: () => tenant,
  path: '/device',
  component: chunk(() => import('../pages/me/DevicePage.tsx'), 'DevicePage'),
});

const home = createRoute({
  getParentRoute: () => tenant,
  path: '/',
  component: chunk(() => import('../pages/home/HomePage.tsx'), 'HomePage'),
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(of.overview(params.tenantId)),
});

const tenantProfile = createRoute({
  getParentRoute: () => tenant,
  path: '/profile',
  component: chunk(() => import('../pages/tenants/TenantPage.tsx'), 'TenantPage'),
});

const tenantProfileEdit = createRoute({
  getParentRoute: () => tenant,
  path: '/profile/edit',
  component: chunk(() => import('../pages/tenants/EditTenantPage.tsx'), 'EditTenantPage'),
});

const owners = createRoute({
  getParentRoute: () => tenant,
  path: '/owners',
  component: chunk(() => import('../pages/owners/OwnersPage.tsx'), 'OwnersPage'),
  loader: ({ context, params }) =>
    later(ofOwnership, (m) => context.queryClient.prefetchQuery(m.transfers(params.tenantId))),
});

const tasks = createRoute({
  getParentRoute: () => tenant,
  path: '/tasks',
  loader: firstPage((id, client) => client.prefetchQuery(of.tasks(id))),
  component: chunk(() => import('../pages/tasks/TasksPage.tsx'), 'TasksPage'),
});

const notices = createRoute({
  getParentRoute: () => tenant,
  path: '/notices',
  loader: firstPage((id, client) => client.prefetchQuery(of.notices(id))),
  component: chunk(() => import('../pages/notices/NoticesPage.tsx'), 'NoticesPage'),
});

export const homeRoutes = [home, device, tenantProfile, tenantProfileEdit, owners, tasks, notices] as const;
