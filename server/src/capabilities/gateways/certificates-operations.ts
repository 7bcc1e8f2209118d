import { z } from 'zod';
import { allow, open } from '../../kernel/access.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { generateAgentCertificate, rereadAgentCertificate } from './agent-certificate-files.ts';
import { AgentCertificateFile, NewAgentCertificate } from './agent-certificates-schema.ts';
import {
  changeCertificate,
  deleteCertificate,
  generateCertificate,
  listCertificates,
  readCertificateOf,
  uploadCertificate,
} from './certificates.ts';
import {
  CertificateChanges,
  CertificateList,
  CertificateQuery,
  GatewayCertificate,
  GeneratedCertificate,
  PublishedKeys,
  UploadedCertificate,
} from './certificates-schema.ts';
import { publishKeys } from './published-keys.ts';

const OfGateway = z.strictObject({ tenantId: Id, namespaceId: Id, gatewayId: Id });
const One = z.strictObject({ tenantId: Id, namespaceId: Id, gatewayId: Id, id: Id });
const path = '/v1/tenants/:tenantId/namespaces/:namespaceId/gateways/:gatewayId/certificates';
const view = allow('gateways.view', { namespace: 'namespaceId' });
const change = allow('gateways.change', { namespace: 'namespaceId' });

export const certificateOperations = [
  operation({
    id: 'gateway-certificates.list',
    method: 'GET',
    path,
    summary: 'List the certificates by whose keys a gateway signs',
    access: view,
    params: OfGateway,
    query: CertificateQuery,
    reply: CertificateList,
    handle: (ctx, { params, query }) => listCertificates(ctx, params, query),
  }),
  operation({
    id: 'gateway-certificates.upload',
    method: 'POST',
    path,
    summary: 'Upload a certificate with its private key, as a PKCS#12 file',
    access: change,
    params: OfGateway,
    body: UploadedCertificate,
    reply: GatewayCertificate,
    creates: { reread: (ctx, id, params) => readCertificateOf(ctx, { ...params, id }) },
    handle: (ctx, { params, body }) => uploadCertificate(ctx, params, body),
  }),
  operation({
    id: 'gateway-certificates.generate',
    method: 'POST',
    path: `${path}/generate`,
    summary: 'Make a new key in a certificate that it signs itself',
    access: change,
    params: OfGateway,
    body: GeneratedCertificate,
    reply: GatewayCertificate,
    creates: { reread: (ctx, id, params) => readCertificateOf(ctx, { ...params, id }) },
    handle: (ctx, { params, body }) => generateCertificate(ctx, params, body),
  }),
  operation({
    id: 'gateway-certificates.read',
    method: 'GET',
    path: `${path}/:id`,
    summary: 'Read a certificate of a gateway; its private key is never shown',
    access: view,
    params: One,
    reply: GatewayCertificate,
    handle: (ctx, { params }) => readCertificateOf(ctx, params),
  }),
  operation({
    id: 'gateway-certificates.change',
    method: 'PATCH',
    path: `${path}/:id`,
    summary: 'Change from when a gateway signs by a certificate',
    access: change,
    params: One,
    body: CertificateChanges,
    reply: GatewayCertificate,
    handle: (ctx, { params, body }) => changeCertificate(ctx, params, body),
  }),
  operation({
    id: 'gateway-certificates.delete',
    method: 'DELETE',
    path: `${path}/:id`,
    summary: 'Delete a certificate with its key',
    access: change,
    params: One,
    reply: null,
    handle: (ctx, { params }) => deleteCertificate(ctx, params),
  }),
  operation({
    id: 'agent-certificates.generate',
    method: 'POST',
    path: '/v1/tenants/:tenantId/namespaces/:namespaceId/gateways/:gatewayId/agent-certificates/generate',
    summary: 'Make a key and a client certificate for a program of a gateway; they leave once, and are kept nowhere',
    // The gateway lets in nobody by it before it is listed there.
    access: allow('gateways.change', { namespace: 'namespaceId', unprotected: true }),
    params: OfGateway,
    body: NewAgentCertificate,
    reply: AgentCertificateFile,
    status: 200,
    creates: { reread: async () => rereadAgentCertificate() },
    handle: (ctx, { params, body }) => generateAgentCertificate(ctx, params, body),
  }),
  operation({
    id: 'gateway-keys.read',
    method: 'GET',
    path: '/v1/gateway-keys/:tenantId/gateways/:gatewayId/jwks.json',
    summary: 'The public keys of what a gateway signs, as a JWK Set',
    access: open('upstreams verify by it what a gateway signed; public keys are no secret'),
    params: z.strictObject({ tenantId: Id, gatewayId: Id }),
    reply: PublishedKeys,
    handle: (ctx, { params }) => publishKeys(ctx, params),
  }),
];
