import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { NewService, Service, ServiceChanges, ServiceList, ServiceQuery } from './schema.ts';
import { changeService, createService, deleteService, listServices, readService } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const OneService = z.strictObject({ tenantId: Id, id: Id });
const path = '/v1/tenants/:tenantId/services';

/** What gateways lead to: the tenant's own words for it, the same in all its namespaces. */
export const services: Capability = {
  name: 'services',
  operations: [
    operation({
      id: 'services.list',
      method: 'GET',
      path,
      summary: 'List the services that gateways lead to',
      access: allow('gateways.view', { inAnyNamespace: true }),
      params: InTenant,
      query: ServiceQuery,
      reply: ServiceList,
      handle: (ctx, { query }) => listServices(ctx, query),
    }),
    operation({
      id: 'services.create',
      method: 'POST',
      path,
      summary: 'Name a service, and what in it a rule may name',
      access: allow('gateways.change'),
      params: InTenant,
      body: NewService,
      reply: Service,
      creates: { reread: readService },
      handle: (ctx, { body }) => createService(ctx, body),
    }),
    operation({
      id: 'services.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a service',
      access: allow('gateways.view', { inAnyNamespace: true }),
      params: OneService,
      reply: Service,
      handle: (ctx, { params }) => readService(ctx, params.id),
    }),
    operation({
      id: 'services.change',
      method: 'PATCH',
      path: `${path}/:id`,
      summary: 'Change a service; items that are given take the place of all',
      access: allow('gateways.change'),
      params: OneService,
      body: ServiceChanges,
      reply: Service,
      handle: (ctx, { params, body }) => changeService(ctx, params.id, body),
    }),
    operation({
      id: 'services.delete',
      method: 'DELETE',
      path: `${path}/:id`,
      summary: 'Delete a service that no route and no rule names',
      access: allow('gateways.change'),
      params: OneService,
      reply: null,
      handle: (ctx, { params }) => deleteService(ctx, params.id),
    }),
  ],
};
