import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { MadeNamespace } from '../namespaces/schema.ts';
import { readNamespace } from '../namespaces/service.ts';
import {
  ComparisonQuery,
  ImportPreview,
  NamespaceComparison,
  NamespaceCopy,
  NamespaceImport,
  NamespacePromotion,
  NamespaceSettings,
  SettingsApplied,
} from './schema.ts';
import {
  compareNamespaces,
  duplicateNamespace,
  exportSettings,
  importSettings,
  previewImport,
  promote,
} from './service.ts';

const OneNamespace = z.strictObject({ tenantId: Id, id: Id });
const path = '/v1/tenants/:tenantId/namespaces/:id';
const see = allow('gateways.view', { namespace: 'id' });
const readOut = allow('gateways.view', { namespace: 'id', unprotected: true });
const change = allow('gateways.change', { namespace: 'id' });
/** What a namespace may hold, written out. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The settings of a namespace as a whole: copied, compared, promoted, written to a file and read from one. */
export const namespaceSettings: Capability = {
  name: 'namespace-settings',
  operations: [
    operation({
      id: 'namespaces.duplicate',
      method: 'POST',
      path: `${path}/duplicate`,
      summary: 'Make a namespace with the settings of this one; its own keys are shown once',
      access: allow('namespaces.change'),
      params: OneNamespace,
      body: NamespaceCopy,
      reply: MadeNamespace,
      creates: { reread: readNamespace },
      handle: (ctx, { params, body }) => duplicateNamespace(ctx, params.id, body),
    }),
    operation({
      id: 'namespaces.export',
      method: 'POST',
      path: `${path}/export`,
      summary: 'The settings of a namespace as a file',
      access: readOut,
      params: OneNamespace,
      reply: NamespaceSettings,
      handle: (ctx, { params }) => exportSettings(ctx, params.id),
    }),
    operation({
      id: 'namespaces.compare',
      method: 'GET',
      path: `${path}/comparison`,
      summary: 'What would make a namespace like another one',
      access: see,
      params: OneNamespace,
      query: ComparisonQuery,
      reply: NamespaceComparison,
      handle: (ctx, { params, query }) => compareNamespaces(ctx, params.id, query),
    }),
    operation({
      id: 'namespaces.promote',
      method: 'POST',
      path: `${path}/promote`,
      summary: 'Take over chosen differences from another namespace, all or nothing',
      access: change,
      params: OneNamespace,
      body: NamespacePromotion,
      reply: SettingsApplied,
      handle: (ctx, { params, body }) => promote(ctx, params.id, body),
    }),
    operation({
      id: 'namespaces.preview-import',
      method: 'POST',
      path: `${path}/import/preview`,
      summary: 'What an import of a file of settings would do',
      access: readOut,
      params: OneNamespace,
      body: ImportPreview,
      reply: NamespaceComparison,
      maxBodyBytes: MOST_BYTES,
      onlyShows: true,
      handle: (ctx, { params, body }) => previewImport(ctx, params.id, body),
    }),
    operation({
      id: 'namespaces.import',
      method: 'POST',
      path: `${path}/import`,
      summary: 'Take over chosen settings from a file, all or nothing',
      access: change,
      params: OneNamespace,
      body: NamespaceImport,
      reply: SettingsApplied,
      maxBodyBytes: MOST_BYTES,
      handle: (ctx, { params, body }) => importSettings(ctx, params.id, body),
    }),
  ],
};
