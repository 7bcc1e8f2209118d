import { z } from 'zod';
import { isGrantable, isNamespaced } from '../../kernel/catalogue.ts';
import { Id } from '../../kernel/schema.ts';
import { GatewaysSettings, GroupNamed } from '../gateways/service.ts';
import { NamespaceName, NewNamespace } from '../namespaces/schema.ts';
import { NewService } from '../services/schema.ts';

export const PARTS = ['gateways', 'grants'] as const;
export type Part = (typeof PARTS)[number];

const ServiceSettings = NewService.required();
export type ServiceSettings = z.output<typeof ServiceSettings>;

const GrantSettings = z.strictObject({
  group: GroupNamed.describe('The name of the group.'),
  permission: z
    .string()
    .max(100)
    .refine((name) => isGrantable(name) && isNamespaced(name), 'must be a permission that is granted in a namespace'),
});
export type GrantSettings = z.output<typeof GrantSettings>;

const distinct = <T>(keyOf: (each: T) => string) => {
  return (all: T[]) => new Set(all.map(keyOf)).size === all.length;
};

/** Whether everything that a route or rule names is among the services of the same settings. */
const NamedServices = z
  .array(ServiceSettings)
  .max(500, 'must have at most 500 services')
  .refine(
    distinct<ServiceSettings>(({ name }) => name),
    'must name each service once',
  );

/** The settings of a namespace as a file: names rather than ids, in a stable order, without keys and secrets. */
export const NamespaceSettings = z
  .strictObject({
    format: z.literal('bailiwick-namespace', 'must be bailiwick-namespace'),
    version: z.literal(1, 'must be 1: this file is of another version'),
    services: NamedServices.default([]).describe(
      'What the routes and rules name; missing ones and missing items are made.',
    ),
    gateways: GatewaysSettings.optional().describe('All of them; left out: gateways are not touched.'),
    grants: z
      .array(GrantSettings)
      .max(10_000, 'must have at most 10,000 grants')
      .refine(
        distinct<GrantSettings>(({ group, permission }) => `${permission} ${group}`),
        'must name each grant once',
      )
      .optional()
      .describe('What groups may do in the namespace; left out: grants are not touched.'),
  })
  .meta({ id: 'NamespaceSettings' });
export type NamespaceSettings = z.output<typeof NamespaceSettings>;

export const NamespaceCopy = z
  .strictObject({
    name: NamespaceName,
    description: NewNamespace.shape.description,
    region: NewNamespace.shape.region,
    leavesOut: z
      .array(z.enum(PARTS))
      .max(2)
      .default([])
      .describe('What is not copied of gateways (with routes and rules) and grants of groups. Keys never are.'),
  })
  .meta({ id: 'NamespaceCopy' });
export type NamespaceCopy = z.output<typeof NamespaceCopy>;

export const SettingsChange = z
  .strictObject({
    key: z.string().describe('What it is called when changes are chosen.'),
    kind: z.enum(['service', 'gateway', 'route', 'rule', 'grant']),
    change: z.enum(['add', 'change', 'remove']),
    gateway: z.string().nullable().describe('The gateway that the route or rule is of.'),
    name: z.string(),
    fields: z.array(z.strictObject({ name: z.string(), before: z.unknown(), after: z.unknown() })),
    needs: z.array(z.string()).describe('The keys of the changes that it does not do without.'),
    obstacle: z.string().nullable().describe('Why it cannot be made; null when it can.'),
  })
  .meta({ id: 'SettingsChange' });
export type SettingsChange = z.output<typeof SettingsChange>;

/** What would make a namespace like another one, or like a file. */
export const NamespaceComparison = z
  .strictObject({
    id: Id,
    name: z.string(),
    other: z.strictObject({ id: Id, name: z.string() }).nullable().describe('Null: a file.'),
    look: z.string().describe('What was looked at; a change of it since is refused.'),
    parts: z.array(z.enum(PARTS)).describe('What was compared: what the caller may see, and the file has.'),
    changes: z.array(SettingsChange),
  })
  .meta({ id: 'NamespaceComparison' });

const chosen = {
  look: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, 'must be the look of a comparison or a preview')
    .describe('Of the comparison or preview that was looked at.'),
  keys: z
    // Escaped as in an address: one letter may be many characters here.
    .array(z.string().max(10_000))
    .min(1, 'must choose at least one change')
    .max(5000, 'must choose at most 5,000 changes')
    .optional()
    .describe('The changes to make; all of them unless given.'),
};

export const ComparisonQuery = z.strictObject({ with: Id.describe('The namespace to become like.') });

export const NamespacePromotion = z
  .strictObject({ fromId: Id.describe('The namespace to become like.'), ...chosen })
  .meta({ id: 'NamespacePromotion' });
export type NamespacePromotion = z.output<typeof NamespacePromotion>;

export const ImportPreview = z.strictObject({ settings: NamespaceSettings }).meta({ id: 'ImportPreview' });
export const NamespaceImport = z
  .strictObject({ settings: NamespaceSettings, ...chosen })
  .meta({ id: 'NamespaceImport' });
export type NamespaceImport = z.output<typeof NamespaceImport>;

/** What was done, by kind of change. */
export const SettingsApplied = z
  .strictObject({ id: Id, added: z.int(), changed: z.int(), removed: z.int() })
  .meta({ id: 'SettingsApplied' });
