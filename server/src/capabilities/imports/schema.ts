import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, personal, secret, Timestamp, text } from '../../kernel/schema.ts';
import { EffectOnOthers, NamesBehind } from '../delegations/schema.ts';

export const MOST_KEY_DAYS = 30;
const KeyState = z.enum(['open', 'used', 'revoked', 'expired']);

/** What one other tenant imports a group of this one with, once. */
export const ImportKey = z
  .strictObject({
    id: Id,
    groupId: Id,
    groupName: z.string(),
    receivingTenantId: Id.describe('The one tenant that can use it.'),
    state: KeyState,
    createdAt: Timestamp,
    createdBy: Id.nullable(),
    expiresAt: Timestamp,
    usedAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
    actions: z.array(Action),
  })
  .meta({ id: 'ImportKey' });
export const ImportKeyQuery = listQuery(['createdAt'])
  .omit({ q: true })
  .extend({ groupId: Id.optional(), state: KeyState.optional() });
export const ImportKeyList = listOf(ImportKey);

export const NewImportKey = z
  .strictObject({
    groupId: Id.describe('A group of this tenant, whose members are to act in the other.'),
    receivingTenantId: Id.describe('Told by the other organisation. Whether there is such a tenant is not told here.'),
    days: z.int().min(1).max(MOST_KEY_DAYS).default(7).describe('How long the key can be used.'),
  })
  .meta({ id: 'NewImportKey' });
export type NewImportKey = z.output<typeof NewImportKey>;

export const MadeImportKey = ImportKey.extend({
  value: secret(z.string()).optional().describe('Shown once. The other tenant imports the group with it, once.'),
}).meta({ id: 'MadeImportKey' });

const Key = secret(
  z
    .string()
    .max(200)
    .regex(/^[0-9A-Za-z]*$/, 'must be a key as it was handed over')
    .describe('As the other organisation handed it over.'),
);
export const ImportQuestion = z.strictObject({ key: Key }).meta({ id: 'GroupImportQuestion' });

/** What a key is for, before it is used. */
export const ImportPreview = z
  .strictObject({
    homeTenantId: Id,
    homeTenantName: z.string(),
    homeRegion: z.string(),
    homeGroupId: Id,
    name: z.string(),
    description: z.string(),
    memberCount: z.int().describe('Accounts that are members at this moment.'),
    expiresAt: Timestamp,
  })
  .meta({ id: 'GroupImportPreview' });

export const NewImport = z
  .strictObject({
    key: Key,
    name: text(100).optional().describe('Of the group here; as its home calls it without.'),
  })
  .meta({ id: 'NewGroupImport' });
export type NewImport = z.output<typeof NewImport>;

const Side = z.enum(['home', 'receiver']);

/** A group of one tenant whose members act in another; each of the two sees its own side. */
export const GroupImport = z
  .strictObject({
    id: Id,
    side: Side.describe('home: a group of this tenant is let in elsewhere. receiver: this tenant lets one in.'),
    otherTenantId: Id,
    otherTenantName: z.string().nullable().describe('As the other tells it at this moment; null while it does not.'),
    homeGroupId: Id.describe('The group at home, whose members act in the receiving tenant.'),
    homeGroupName: z.string().nullable().describe('As home tells it at this moment; null while it does not.'),
    homeGroupDescription: z.string().nullable(),
    memberCount: z.int().nullable().describe('Accounts in the group at home, as home tells it at this moment.'),
    groupId: Id.nullable().describe("The receiver's group of source `imported`, with what they may do here."),
    state: z.enum(['active', 'ended']),
    createdAt: Timestamp,
    endedAt: Timestamp.nullable(),
    endedBy: Side.nullable(),
    version: z.int(),
    actions: z.array(Action),
  })
  .meta({ id: 'GroupImport' });
export const ImportsQuery = listQuery(['createdAt'])
  .omit({ q: true })
  .extend({
    side: Side.optional(),
    state: z.enum(['active', 'ended']).optional(),
    groupId: Id.optional().describe('Of the group of this tenant, whichever side this is.'),
  });
export const GroupImportList = listOf(GroupImport);

export const ImportLook = z.strictObject({ names: NamesBehind.optional() }).meta({ id: 'GroupImportLook' });

/** What an end of the import would take from whom, as the receiver knows it. */
export const ImportEffect = z.strictObject(EffectOnOthers).meta({ id: 'GroupImportEffect' });

/** Who comes in by an imported group, asked at home. */
export const ImportedMember = z
  .strictObject({ homeAccountId: Id, displayName: personal(z.string()), status: z.string() })
  .meta({ id: 'ImportedMember' });
export const ImportedMembersQuery = listQuery(['displayName']);
export const ImportedMembers = listOf(ImportedMember);
