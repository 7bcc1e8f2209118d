import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, secret, Timestamp, text } from '../../kernel/schema.ts';

export const NamespaceName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,63}$/, 'must have 1 to 63 letters, digits, _ or -, without spaces');

const NamespaceKey = z.strictObject({
  id: Id,
  lastFour: z.string(),
  createdAt: Timestamp,
  lastUsedAt: Timestamp.nullable(),
  endsAt: Timestamp.nullable().describe('Set when it was reset with an overlap.'),
});

const Protection = z
  .enum(['none', 'name', 'approval'])
  .describe(
    '`name`: each change of it, and of what is in it, says its name in the header X-Bailiwick-Confirm. `approval`: it also waits until a second person approves.',
  );

export const Namespace = z
  .strictObject({
    id: Id,
    name: NamespaceName.describe('Part of agent URLs, so it never changes.'),
    description: z.string(),
    region: z.string().describe('Where its gateways are expected to run; its rows stay in the tenant’s region.'),
    agentUrl: z.string(),
    agentKeys: z.array(NamespaceKey),
    serviceKeys: z.array(NamespaceKey),
    protection: Protection,
    status: z.enum(['active', 'deleted']),
    restorableUntil: Timestamp.nullable(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Namespace' });

export const MadeNamespace = Namespace.extend({
  agentKey: secret(z.string().optional()).describe('Shown once.'),
  serviceKey: secret(z.string().optional()).describe('Shown once.'),
}).meta({ id: 'MadeNamespace' });

export const NewNamespace = z
  .strictObject({ name: NamespaceName, description: text(500, 0).optional(), region: z.string().max(8).optional() })
  .meta({ id: 'NewNamespace' });

export const NamespaceChanges = z
  .strictObject({ description: text(500, 0), protection: Protection })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'NamespaceChanges' });

export const NamespaceQuery = listQuery(['createdAt', 'name', 'region']).extend({
  status: z.enum(['active', 'deleted']).optional().describe('active by default'),
});
export const NamespaceList = listOf(Namespace);

export const KeyReset = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(0)
      .describe('How long the old key stays valid, in seconds; 0: it is dead at once.'),
  })
  .meta({ id: 'KeyReset' });

export const ResetAgentKey = Namespace.extend({ agentKey: secret(z.string().optional()) }).meta({
  id: 'ResetAgentKey',
});
export const ResetServiceKey = Namespace.extend({ serviceKey: secret(z.string().optional()) }).meta({
  id: 'ResetServiceKey',
});

/** What goes with a namespace when it is deleted. */
export const NamespaceContents = z
  .strictObject({
    id: Id,
    contents: z.array(z.strictObject({ kind: z.string(), count: z.int() })),
    restorableUntil: Timestamp,
  })
  .meta({ id: 'NamespaceContents' });

export const DeleteNamespaceQuery = z.strictObject({ confirmName: z.string().max(63).describe('The name, typed.') });
