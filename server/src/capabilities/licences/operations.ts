import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { uploadFile } from './files.ts';
import { nextLook } from './looks.ts';
import {
  Licence,
  LicenceChanges,
  LicenceFile,
  LicenceList,
  LicenceNamespaces,
  LicenceQuery,
  LicenceUsage,
  NewLicence,
  NewSubscription,
  Subscription,
  SubscriptionChanges,
  SubscriptionList,
  SubscriptionQuery,
  UsageQuery,
} from './schema.ts';
import {
  assignLicence,
  changeLicence,
  changeSubscription,
  createLicence,
  createSubscription,
  deleteLicence,
  deleteSubscription,
  listLicences,
  listSubscriptions,
  namespacesReached,
  readLicence,
  readSubscription,
} from './service.ts';
import { readUsage } from './usage.ts';

const InTenant = z.strictObject({ tenantId: Id });
const OneLicence = z.strictObject({ tenantId: Id, id: Id });
const InLicence = z.strictObject({ tenantId: Id, licenceId: Id });
const OneSubscription = z.strictObject({ tenantId: Id, licenceId: Id, id: Id });
const path = '/v1/tenants/:tenantId/licences';
const subscriptionPath = `${path}/:licenceId/subscriptions`;
const view = allow('licences.view');
const change = allow('licences.change');

/** What a tenant may use, what of it is used, and what happens at the limits. */
export const licences: Capability = {
  name: 'licences',
  operations: [
    operation({
      id: 'licences.list',
      method: 'GET',
      path,
      summary: 'List the licences of a tenant',
      access: view,
      params: InTenant,
      query: LicenceQuery,
      reply: LicenceList,
      handle: (ctx, { query }) => listLicences(ctx, query),
    }),
    operation({
      id: 'licences.create',
      method: 'POST',
      path,
      summary: 'Add a licence, for subscriptions of what the operator offers',
      access: change,
      params: InTenant,
      body: NewLicence,
      reply: Licence,
      creates: { reread: readLicence },
      handle: (ctx, { body }) => createLicence(ctx, body),
    }),
    operation({
      id: 'licences.upload',
      method: 'POST',
      path: `${path}/files`,
      summary: 'Take in a licence file that the vendor signed, or a newer one of the same licence',
      access: allow('licences.change', {
        opensToPartners: 'it is signed by the vendor for this tenant, and no use elsewhere',
      }),
      params: InTenant,
      body: LicenceFile,
      reply: Licence,
      handle: (ctx, { body }) => uploadFile(ctx, body.file),
    }),
    operation({
      id: 'licences.read-usage',
      method: 'GET',
      path: `${path}/usage`,
      summary: 'Read what is used of what licences allow, and day by day',
      access: view,
      params: InTenant,
      query: UsageQuery,
      reply: LicenceUsage,
      handle: (ctx, { query }) => readUsage(ctx, query),
    }),
    operation({
      id: 'licences.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a licence',
      access: view,
      params: OneLicence,
      reply: Licence,
      handle: (ctx, { params }) => readLicence(ctx, params.id),
    }),
    operation({
      id: 'licences.change',
      method: 'PATCH',
      path: `${path}/:id`,
      summary: 'Rename a licence',
      access: change,
      params: OneLicence,
      body: LicenceChanges,
      reply: Licence,
      handle: (ctx, { params, body }) => changeLicence(ctx, params.id, body),
    }),
    operation({
      id: 'licences.delete',
      method: 'DELETE',
      path: `${path}/:id`,
      summary: 'Delete a licence with its subscriptions',
      access: change,
      params: OneLicence,
      reply: null,
      changesNamespaces: (ctx, { params }) => namespacesReached(ctx, params.id, []),
      handle: (ctx, { params }) => deleteLicence(ctx, params.id),
    }),
    operation({
      id: 'licences.assign',
      method: 'PUT',
      path: `${path}/:id/namespaces`,
      summary: 'Assign a licence to these namespaces and no others',
      access: change,
      params: OneLicence,
      body: LicenceNamespaces,
      reply: Licence,
      changesNamespaces: (ctx, { params, body }) => namespacesReached(ctx, params.id, body.namespaceIds),
      handle: (ctx, { params, body }) => assignLicence(ctx, params.id, body),
    }),
    operation({
      id: 'subscriptions.list',
      method: 'GET',
      path: subscriptionPath,
      summary: 'List the subscriptions of a licence',
      access: view,
      params: InLicence,
      query: SubscriptionQuery,
      reply: SubscriptionList,
      handle: (ctx, { params, query }) => listSubscriptions(ctx, params.licenceId, query),
    }),
    operation({
      id: 'subscriptions.create',
      method: 'POST',
      path: subscriptionPath,
      summary: 'Add tiers of what the operator offers, from now on',
      access: change,
      params: InLicence,
      body: NewSubscription,
      reply: Subscription,
      creates: { reread: (ctx, id, { licenceId }) => readSubscription(ctx, { licenceId, id }) },
      handle: (ctx, { params, body }) => createSubscription(ctx, params.licenceId, body),
    }),
    operation({
      id: 'subscriptions.read',
      method: 'GET',
      path: `${subscriptionPath}/:id`,
      summary: 'Read a subscription with its tiers',
      access: view,
      params: OneSubscription,
      reply: Subscription,
      handle: (ctx, { params }) => readSubscription(ctx, params),
    }),
    operation({
      id: 'subscriptions.change',
      method: 'PATCH',
      path: `${subscriptionPath}/:id`,
      summary: 'Have a subscription renewed at its end, or not',
      access: change,
      params: OneSubscription,
      body: SubscriptionChanges,
      reply: Subscription,
      handle: (ctx, { params, body }) => changeSubscription(ctx, params, body),
    }),
    operation({
      id: 'subscriptions.delete',
      method: 'DELETE',
      path: `${subscriptionPath}/:id`,
      summary: 'Delete a subscription',
      access: change,
      params: OneSubscription,
      reply: null,
      handle: (ctx, { params }) => deleteSubscription(ctx, params),
    }),
  ],
  jobs: [nextLook],
};
