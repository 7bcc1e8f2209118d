import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { message } from '../../kernel/region-messages.ts';
import { Id } from '../../kernel/schema.ts';
import { ActQuery, ActReport } from '../delegations/schema.ts';
import { hearOver, sayMembers, sayNames, sayQuestion, sayUse } from './home.ts';
import { listKeys, makeKey, readKey, revokeKey } from './keys.ts';
import { previewEnd, reportImport, sayLook } from './looking.ts';
import { AskedByKey, AskedLook, AskedMembers, AskedNames, ImportOver, UsedKey } from './messages.ts';
import {
  GroupImport,
  GroupImportList,
  ImportEffect,
  ImportedMembers,
  ImportedMembersQuery,
  ImportKeyList,
  ImportKeyQuery,
  ImportLook,
  ImportPreview,
  ImportQuestion,
  ImportsQuery,
  MadeImportKey,
  NewImport,
  NewImportKey,
} from './schema.ts';
import {
  askAboutKey,
  confirmImport,
  endImport,
  endOfGroup,
  hideEnded,
  importGroup,
  listImportedMembers,
  listImports,
  readImport,
  showToGroup,
  tellEnd,
} from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const One = z.strictObject({ tenantId: Id, id: Id });
const keys = '/v1/tenants/:tenantId/import-keys';
const path = '/v1/tenants/:tenantId/group-imports';

export const imports: Capability = {
  name: 'imports',
  operations: [
    operation({
      id: 'import-keys.list',
      method: 'GET',
      path: keys,
      summary: 'List keys by which other tenants import groups of this one',
      access: allow('groups.view'),
      params: InTenant,
      query: ImportKeyQuery,
      reply: ImportKeyList,
      handle: (ctx, { query }) => listKeys(ctx, query),
    }),
    operation({
      id: 'import-keys.create',
      method: 'POST',
      path: keys,
      summary: 'Make a key by which one other tenant imports a group of this one, once',
      access: allow('groups.change', { freshSignIn: true }),
      params: InTenant,
      body: NewImportKey,
      reply: MadeImportKey,
      creates: { reread: readKey },
      handle: (ctx, { body }) => makeKey(ctx, body),
    }),
    operation({
      id: 'import-keys.revoke',
      method: 'DELETE',
      path: `${keys}/:id`,
      summary: 'Revoke an import key that was not used',
      access: allow('groups.change', { duringReadOnly: true }),
      params: One,
      reply: null,
      withoutVersion: 'ending access loses nothing to another writer',
      handle: (ctx, { params }) => revokeKey(ctx, params.id),
    }),
    operation({
      id: 'group-imports.list',
      method: 'GET',
      path,
      summary: 'List imported groups: what this tenant lets in, and which of its groups others let in',
      access: allow('groups.view'),
      params: InTenant,
      query: ImportsQuery,
      reply: GroupImportList,
      handle: (ctx, { query }) => listImports(ctx, query),
    }),
    operation({
      id: 'group-imports.ask',
      method: 'POST',
      path: `${path}/question`,
      summary: 'See what an import key is for, without using it',
      access: allow('groups.change'),
      params: InTenant,
      body: ImportQuestion,
      reply: ImportPreview,
      onlyShows: true,
      handle: (ctx, { body }) => askAboutKey(ctx, body.key),
    }),
    operation({
      id: 'group-imports.create',
      method: 'POST',
      path,
      summary: 'Import a group of another tenant with a key',
      access: allow('groups.change', { freshSignIn: true }),
      params: InTenant,
      body: NewImport,
      reply: GroupImport,
      creates: { reread: readImport },
      handle: (ctx, { body }) => importGroup(ctx, body),
    }),
    operation({
      id: 'group-imports.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read an import of a group',
      access: allow('groups.view'),
      params: One,
      reply: GroupImport,
      handle: (ctx, { params }) => readImport(ctx, params.id),
    }),
    operation({
      id: 'group-imports.list-members',
      method: 'GET',
      path: `${path}/:id/members`,
      summary: 'List who comes in by an imported group, as its home tells it',
      access: allow('groups.view'),
      params: One,
      query: ImportedMembersQuery,
      reply: ImportedMembers,
      handle: (ctx, { params, query }) => listImportedMembers(ctx, params.id, query),
    }),
    operation({
      id: 'group-imports.preview',
      method: 'POST',
      path: `${path}/:id/preview`,
      summary: 'See who would lose what by the end of an import, without ending it',
      access: allow('groups.view'),
      params: One,
      body: ImportLook,
      reply: ImportEffect,
      onlyShows: true,
      handle: (ctx, { params, body }) => previewEnd(ctx, params.id, body),
    }),
    operation({
      id: 'group-imports.report',
      method: 'GET',
      path: `${path}/:id/acts`,
      summary: 'What people of an imported group did, and whether both audits agree one to one',
      access: allow('groups.view'),
      params: One,
      query: ActQuery,
      reply: ActReport,
      handle: (ctx, { params, query }) => reportImport(ctx, params.id, query),
    }),
    operation({
      id: 'group-imports.end',
      method: 'POST',
      path: `${path}/:id/end`,
      summary: 'End the import of a group, from either side',
      access: allow('groups.change', { duringReadOnly: true, duringClosing: true }),
      params: One,
      reply: GroupImport,
      handle: (ctx, { params }) => endImport(ctx, params.id),
    }),
  ],
  messages: {
    'import-question': message(AskedByKey, sayQuestion),
    'import-use': message(UsedKey, sayUse),
    'import-over': message(ImportOver, hearOver),
    'import-names': message(AskedNames, sayNames),
    'import-look': message(AskedLook, sayLook),
    'import-members': message(AskedMembers, sayMembers),
  },
  jobs: [
    job('group-imports.show', showToGroup),
    job('group-imports.hide', hideEnded),
    job('group-imports.confirm', confirmImport),
    job('group-imports.tell', tellEnd),
    job('group-imports.end-of-group', endOfGroup),
  ],
};
