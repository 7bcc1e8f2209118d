import { z } from 'zod';
import { isPermission } from '../../kernel/catalogue.ts';
import { Id, personal } from '../../kernel/schema.ts';

const Count = {
  people: z.int(),
  serviceAccounts: z.int(),
  keys: z.int(),
  guests: z.int(),
  inactive: z
    .int()
    .describe(
      'Who cannot act now: invited or disabled, and of another tenant those whose use is to be approved or whose access is stopped. It counts once they can.',
    ),
};
const Held = z.array(z.strictObject({ permission: z.string(), namespaceId: Id.nullable() }));
const Moved = z.strictObject({
  ...Count,
  permissions: z.array(z.strictObject({ permission: z.string(), namespaceId: Id.nullable(), ...Count })),
});

/** Who would gain and lose what: people and guests who may act, machines with their live keys, and who cannot act yet. */
export const Effect = z
  .strictObject({
    gains: Moved,
    loses: Moved,
    namespaces: z.int().describe('In how many namespaces the rights of these lists count.'),
    mixes: z.array(z.strictObject({ permissions: z.array(z.string()), text: z.string(), ...Count })),
    uncounted: z
      .array(
        z.strictObject({
          guests: z.int(),
          reason: z.enum(['silent', 'late', 'busy', 'too-many', 'provisioning']),
          text: z.string(),
        }),
      )
      .optional()
      .describe(
        'Guests of whom it is not known what else they hold here, and why: they may gain or lose less than it says, and come to hold a dangerous mix that it does not name. Absent where all is known.',
      ),
    elsewhere: z
      .int()
      .optional()
      .describe(
        'How many other tenants let in a group of this one whose people it concerns: they gain or lose as well what it gives them there, which is known there. Absent where none does.',
      ),
  })
  .meta({ id: 'Effect' });

/** What whoever comes would hold, where it is not known who comes. */
export const Newcomer = z
  .strictObject({
    value: z.string().nullable().describe('Of the groups claim; null for everybody who comes.'),
    groups: z.array(z.strictObject({ id: Id, name: z.string() })),
    permissions: Held,
    mixes: z.array(z.string()),
  })
  .meta({ id: 'Newcomer' });

/** Several of a kind turned on or off together, to be looked at before it is done. */
export const LookAtSwitch = z
  .strictObject({ ids: z.array(Id).min(1).max(200), status: z.enum(['enabled', 'disabled']) })
  .meta({ id: 'LookAtSwitch' });

/** Whose names are asked for. */
export const namesAsked = {
  side: z.enum(['gains', 'loses']),
  permission: z
    .string()
    .max(100)
    .refine(isPermission, 'must be a permission of GET /v1/topics')
    .optional()
    .describe('Only those who gain or lose this one.'),
  namespaceId: Id.nullable().optional(),
  after: Id.optional().describe('The last id of the page before.'),
  limit: z.int().min(1).max(200).default(50),
};

export const AffectedList = z
  .strictObject({
    items: z.array(
      z.strictObject({
        id: Id,
        kind: z.enum(['account', 'service-account', 'guest']),
        displayName: personal(z.string()),
        email: personal(z.string().nullable()),
        inactive: z.boolean().describe('Cannot act now: invited or disabled.'),
        gains: Held,
        loses: Held,
      }),
    ),
    nextAfter: Id.nullable(),
  })
  .meta({ id: 'AffectedList' });
