import { z } from 'zod';
import { allow, open } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { publishDomains } from './publication.ts';
import { discover, readSignInPage } from './routing.ts';
import { Discover, Discovered, Domain, DomainList, DomainQuery, NewDomain, SignInPage } from './schema.ts';
import { addDomain, checkDomain, deleteDomain, foundDomain, listDomains, readDomain, verifyDomain } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const OneDomain = z.strictObject({ tenantId: Id, id: Id });
const path = '/v1/tenants/:tenantId/domains';

export const domains: Capability = {
  name: 'domains',
  operations: [
    operation({
      id: 'sign-in.discover',
      method: 'POST',
      path: '/v1/sign-in/discover',
      summary: 'Ask how an address may sign in, and where',
      access: open('asked before there is a credential; the domain of the address alone decides the answer'),
      body: Discover,
      reply: Discovered,
      handle: (ctx, { body }) => discover(ctx, body),
    }),
    operation({
      id: 'sign-in.read-page',
      method: 'GET',
      path: '/v1/sign-in/tenants/:tenantId',
      summary: 'Read what the sign-in page of a tenant shows',
      access: open('whoever knows the address of a sign-in page may see it'),
      params: InTenant,
      reply: SignInPage,
      handle: (ctx, { params }) => readSignInPage(ctx, params.tenantId),
    }),
    operation({
      id: 'domains.list',
      method: 'GET',
      path,
      summary: 'List the e-mail domains of a tenant',
      access: allow('identity-providers.view'),
      params: InTenant,
      query: DomainQuery,
      reply: DomainList,
      handle: (ctx, { query }) => listDomains(ctx, query),
    }),
    operation({
      id: 'domains.create',
      method: 'POST',
      path,
      summary: 'Add an e-mail domain, to be proved by a TXT record',
      access: allow('identity-providers.change'),
      params: InTenant,
      body: NewDomain,
      reply: Domain,
      creates: { reread: readDomain },
      handle: (ctx, { body }) => addDomain(ctx, body),
    }),
    operation({
      id: 'domains.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read an e-mail domain',
      access: allow('identity-providers.view'),
      params: OneDomain,
      reply: Domain,
      foresees: ({ params: { id } }) => [foundDomain({ id })],
      handle: (ctx, { params }) => readDomain(ctx, params.id),
    }),
    operation({
      id: 'domains.verify',
      method: 'POST',
      path: `${path}/:id/verify`,
      summary: 'Look for the TXT record of a domain now',
      access: allow('identity-providers.change'),
      params: OneDomain,
      reply: Domain,
      // So that no connection is held while name servers are asked.
      foresees: ({ params: { id } }) => [foundDomain({ id })],
      handle: (ctx, { params }) => verifyDomain(ctx, params.id),
    }),
    operation({
      id: 'domains.delete',
      method: 'DELETE',
      path: `${path}/:id`,
      summary: 'Remove an e-mail domain; its addresses lead here no more',
      access: allow('identity-providers.change'),
      params: OneDomain,
      reply: null,
      handle: (ctx, { params }) => deleteDomain(ctx, params.id),
    }),
  ],
  jobs: [job('domains.check', checkDomain)],
  chores: [{ name: 'domains.publish', everySeconds: 1, run: publishDomains }],
};
