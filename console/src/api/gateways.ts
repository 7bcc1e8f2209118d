import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, everyItem, newIdempotencyKey, read, readVersioned } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** Services of the tenant, and the gateways of its namespaces with their routes and rules. */

type Schemas = components['schemas'];

export type Service = Schemas['Service'];
export type Gateway = Schemas['Gateway'];
export type Route = Schemas['Route'];
export type Rule = Schemas['Rule'];
export type Agent = Schemas['Agent'];
export type TrialResult = Schemas['TrialResult'];

export const services = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/services'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'services', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/services', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
/** All of them, by name. */
export const everyService = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'services', 'list', 'every'),
    queryFn: ({ client }) => everyItem((from) => client.fetchQuery(services(tenantId, { ...from, sort: 'name' }))),
  });
export const createService = (tenantId: string, body: Schemas['NewServiceInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/services', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const readService = (tenantId: string, id: string) =>
  readVersioned(api.GET('/v1/tenants/{tenantId}/services/{id}', { params: { path: { tenantId, id } } }));
export const changeService = (tenantId: string, id: string, version: string, body: Schemas['ServiceChangesInput']) =>
  readVersioned(
    api.PATCH('/v1/tenants/{tenantId}/services/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
      body,
    }),
  );
export const deleteService = (tenantId: string, id: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/services/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': '*' } },
    }),
  );

const gatewaysPath = '/v1/tenants/{tenantId}/namespaces/{namespaceId}/gateways';
type InNamespace = { tenantId: string; namespaceId: string };
type OneGateway = InNamespace & { id: string };
type OfGateway = InNamespace & { gatewayId: string };
type OneOfGateway = OfGateway & { id: string };

export const gateways = (path: InNamespace, query: QueryOf<typeof gatewaysPath> = {}) =>
  queryOptions({
    queryKey: keyOf(path.tenantId, 'gateways', 'list', path.namespaceId, query),
    queryFn: ({ signal }) => read(api.GET(gatewaysPath, { params: { path, query }, signal })),
    placeholderData: keepPreviousData,
  });
/** All of a namespace, by name. */
export const everyGateway = (path: InNamespace) =>
  queryOptions({
    queryKey: keyOf(path.tenantId, 'gateways', 'list', path.namespaceId, 'every'),
    queryFn: ({ client }) => everyItem((from) => client.fetchQuery(gateways(path, { ...from, sort: 'name' }))),
  });
export const gateway = (path: OneGateway) =>
  queryOptions({
    queryKey: keyOf(path.tenantId, 'gateways', path.id),
    queryFn: ({ signal }) => readVersioned(api.GET(`${gatewaysPath}/{id}`, { params: { path }, signal })),
  });
export const createGateway = (path: InNamespace, body: Schemas['NewGatewayInput'], key = newIdempotencyKey()) =>
  read(api.POST(gatewaysPath, { params: { path, header: { 'Idempotency-Key': key } }, body }));
export const changeGateway = (path: OneGateway, version: string, body: Schemas['GatewayChangesInput']) =>
  readVersioned(api.PATCH(`${gatewaysPath}/{id}`, { params: { path, header: { 'If-Match': version } }, body }));
export const deleteGateway = (path: OneGateway, version: string) =>
  read(api.DELETE(`${gatewaysPath}/{id}`, { params: { path, header: { 'If-Match': version } } }));
export const tryRequest = (path: OneGateway, body: Schemas['TrialInput']) =>
  read(api.POST(`${gatewaysPath}/{id}/try`, { params: { path }, body }));

export const routes = (path: OfGateway, query: QueryOf<`${typeof gatewaysPath}/{gatewayId}/routes`> = {}) =>
  queryOptions({
    queryKey: keyOf(path.tenantId, 'gateways', path.gatewayId, 'routes', query),
    queryFn: ({ signal }) => read(api.GET(`${gatewaysPath}/{gatewayId}/routes`, { params: { path, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const readRoute = (path: OneOfGateway) =>
  readVersioned(api.GET(`${gatewaysPath}/{gatewayId}/routes/{id}`, { params: { path } }));
export const createRoute = (path: OfGateway, body: Schemas['NewRouteInput'], key = newIdempotencyKey()) =>
  read(api.POST(`${gatewaysPath}/{gatewayId}/routes`, { params: { path, header: { 'Idempotency-Key': key } }, body }));
export const changeRoute = (path: OneOfGateway, version: string, body: Schemas['RouteChangesInput']) =>
  readVersioned(
    api.PATCH(`${gatewaysPath}/{gatewayId}/routes/{id}`, { params: { path, header: { 'If-Match': version } }, body }),
  );
export const deleteRoute = (path: OneOfGateway) =>
  read(api.DELETE(`${gatewaysPath}/{gatewayId}/routes/{id}`, { params: { path, header: { 'If-Match': '*' } } }));

export const rules = (path: OfGateway, query: QueryOf<`${typeof gatewaysPath}/{gatewayId}/rules`> = {}) =>
  queryOptions({
    queryKey: keyOf(path.tenantId, 'gateways', path.gatewayId, 'rules', query),
    queryFn: ({ signal }) => read(api.GET(`${gatewaysPath}/{gatewayId}/rules`, { params: { path, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const readRule = (path: OneOfGateway) =>
  readVersioned(api.GET(`${gatewaysPath}/{gatewayId}/rules/{id}`, { params: { path } }));
export const createRule = (path: OfGateway, body: Schemas['NewRuleInput'], key = newIdempotencyKey()) =>
  read(api.POST(`${gatewaysPath}/{gatewayId}/rules`, { params: { path, header: { 'Idempotency-Key': key } }, body }));
export const changeRule = (path: OneOfGateway, version: string, body: Schemas['RuleChangesInput']) =>
  readVersioned(
    api.PATCH(`${gatewaysPath}/{gatewayId}/rules/{id}`, { params: { path, header: { 'If-Match': version } }, body }),
  );
export const deleteRule = (path: OneOfGateway) =>
  read(api.DELETE(`${gatewaysPath}/{gatewayId}/rules/{id}`, { params: { path, header: { 'If-Match': '*' } } }));

const agentsPath = `${gatewaysPath}/{gatewayId}/agents` as const;

export const generateAgentCertificate = (path: OfGateway, body: Schemas['NewAgentCertificateInput']) =>
  read(api.POST(`${gatewaysPath}/{gatewayId}/agent-certificates/generate`, { params: { path }, body }));
export type AgentCertificateFile = Awaited<ReturnType<typeof generateAgentCertificate>>;

/** Looked at again while they are shown: they tell how they are every ten seconds. */
export const agents = (path: OfGateway, query: QueryOf<typeof agentsPath> = {}) =>
  queryOptions({
    queryKey: keyOf(path.tenantId, 'gateways', path.gatewayId, 'agents', query),
    queryFn: ({ signal }) => read(api.GET(agentsPath, { params: { path, query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
export const drainAgent = (path: OneOfGateway) => read(api.POST(`${agentsPath}/{id}/drain`, { params: { path } }));
export const resumeAgent = (path: OneOfGateway) => read(api.POST(`${agentsPath}/{id}/resume`, { params: { path } }));
export const removeAgent = (path: OneOfGateway) => read(api.DELETE(`${agentsPath}/{id}`, { params: { path } }));

const certificatesPath = `${gatewaysPath}/{gatewayId}/certificates` as const;
export type Certificate = Schemas['GatewayCertificate'];

export const certificates = (path: OfGateway, query: QueryOf<typeof certificatesPath> = {}) =>
  queryOptions({
    queryKey: keyOf(path.tenantId, 'gateways', path.gatewayId, 'certificates', query),
    queryFn: ({ signal }) => read(api.GET(certificatesPath, { params: { path, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const uploadCertificate = (
  path: OfGateway,
  body: Schemas['UploadedCertificateInput'],
  key = newIdempotencyKey(),
) => read(api.POST(certificatesPath, { params: { path, header: { 'Idempotency-Key': key } }, body }));
export const generateCertificate = (
  path: OfGateway,
  body: Schemas['GeneratedCertificateInput'],
  key = newIdempotencyKey(),
) => read(api.POST(`${certificatesPath}/generate`, { params: { path, header: { 'Idempotency-Key': key } }, body }));
/** Its turn is now. */
export const signByCertificate = (path: OneOfGateway, signsFrom: string) =>
  read(api.PATCH(`${certificatesPath}/{id}`, { params: { path, header: { 'If-Match': '*' } }, body: { signsFrom } }));
export const deleteCertificate = (path: OneOfGateway) =>
  read(api.DELETE(`${certificatesPath}/{id}`, { params: { path, header: { 'If-Match': '*' } } }));
