import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, personal, secret, Timestamp, text } from '../../kernel/schema.ts';
import { Code, limits, renewalFrequencies } from '../products/schema.ts';

const states = ['upcoming', 'active', 'grace', 'ended'] as const;

const Named = z.strictObject({ code: Code, name: z.string() });

export const SubscriptionTier = z
  .strictObject({ product: Named, tier: Named, ...limits })
  .meta({ id: 'SubscriptionTier' });
export type SubscriptionTier = z.output<typeof SubscriptionTier>;

export const Licence = z
  .strictObject({
    id: Id,
    name: z.string(),
    source: z
      .enum(['catalogue', 'file'])
      .describe(
        'Whether its subscriptions are added from what the operator offers, or come with a file of the vendor’s.',
      ),
    renewalFrequency: z.enum(renewalFrequencies).nullable().describe('Of its newest subscription.'),
    legacyKey: z.string().nullable().describe('The key that it had elsewhere, where the file names one.'),
    owner: z
      .strictObject({ id: Id, displayName: personal(z.string()) })
      .nullable()
      .describe('Who added it.'),
    file: z
      .strictObject({
        issuer: z.string(),
        number: z.string().describe('As the vendor numbers the licence.'),
        keyId: z.string(),
        issuedAt: Timestamp,
        endsAt: Timestamp.nullable(),
      })
      .nullable(),
    state: z
      .enum([...states, 'empty'])
      .describe('`empty`: it has no subscription yet. `grace`: over, and still in force.'),
    activeThrough: Timestamp.nullable().describe('Of the subscription that lasts longest.'),
    subscriptions: z.int().describe('How many it has.'),
    namespaces: z.array(z.strictObject({ id: Id, name: z.string() })).describe('Those that it is assigned to.'),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Licence' });

export const LicenceQuery = listQuery(['name', 'createdAt']);
export const LicenceList = listOf(Licence);

export const NewLicence = z.strictObject({ name: text(200) }).meta({ id: 'NewLicence' });
export const LicenceChanges = z.strictObject({ name: text(200) }).meta({ id: 'LicenceChanges' });

export const LicenceFile = z
  .strictObject({
    file: secret(
      z
        .string()
        .trim()
        .max(100_000, 'must have at most 100,000 characters')
        .regex(
          /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/,
          'must be a licence file: three parts with a dot between',
        )
        .meta({ contentMediaType: 'application/jose' }),
    ).describe('What the file has in it.'),
  })
  .meta({ id: 'LicenceFile' });

export const LicenceNamespaces = z
  .strictObject({
    namespaceIds: z
      .array(Id)
      .max(500)
      .refine((ids) => new Set(ids).size === ids.length, 'must name each namespace once'),
    takeOver: z
      .boolean()
      .optional()
      .describe('Take those that have another licence from that one. Without it they are refused.'),
  })
  .meta({ id: 'LicenceNamespaces' });

export const Subscription = z
  .strictObject({
    id: Id,
    licenceId: Id,
    number: z.string().describe('Generated, or as the file numbers it.'),
    activeFrom: Timestamp,
    activeThrough: Timestamp,
    graceEndsAt: Timestamp.describe('Until then it is in force.'),
    state: z.enum(states),
    autoRenew: z.boolean().describe('Whether it is renewed at its end. One of a file is renewed by a new file only.'),
    renewalFrequency: z.enum(renewalFrequencies),
    tiers: z.array(SubscriptionTier).describe('As they were when it was added.'),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Subscription' });

export const SubscriptionQuery = listQuery(['activeFrom', 'createdAt']);
export const SubscriptionList = listOf(Subscription);

export const NewSubscription = z
  .strictObject({
    tiers: z
      .array(z.strictObject({ product: Code, tier: Code }))
      .min(1, 'must name a tier')
      .max(50, 'must name at most 50 tiers')
      .refine(
        (tiers) => new Set(tiers.map(({ product }) => product)).size === tiers.length,
        'must name one tier of each product',
      )
      .describe('Of what is offered, of one renewal frequency.'),
    autoRenew: z.boolean().optional().describe('True unless it is said otherwise.'),
  })
  .meta({ id: 'NewSubscription' });

export const SubscriptionChanges = z.strictObject({ autoRenew: z.boolean() }).meta({ id: 'SubscriptionChanges' });

const Day = z.iso.date();
/** Nothing was counted before it, and the database knows no year 0. */
const CountedDay = Day.refine((day) => day >= '2000-01-01', 'must not come before 2000-01-01');

export const UsageQuery = z.strictObject({
  from: CountedDay.optional().describe('The first day (UTC); 30 days ago when it is left out.'),
  until: CountedDay.optional().describe('The last day; today when it is left out.'),
  licenceId: Id.optional().describe(
    'Transactions, limits and refusals of this licence only; limits of users are those of its products. Users are counted in the tenant all the same.',
  ),
});

const LicenceLimit = z
  .strictObject({
    of: z.enum(['users', 'transactions']),
    product: Named,
    licence: z
      .strictObject({ id: Id, name: z.string() })
      .nullable()
      .describe('Of transactions. Users are counted in the tenant: licences of one product add up.'),
    limit: z.int(),
    used: z.int(),
    enforcement: z.enum(['soft', 'hard']),
    state: z
      .enum(['within', 'near', 'reached', 'grace', 'refusing'])
      .describe(
        '`near`: 80 % and more. `grace`: over the transactions, and carried on. `refusing`: nothing more is let in.',
      ),
    refusesFrom: Timestamp.nullable().describe('When grace is over.'),
  })
  .meta({ id: 'LicenceLimit' });

export const LicenceUsage = z
  .strictObject({
    from: Day,
    until: Day,
    users: z.int().describe('Accounts that may sign in or are invited, now.'),
    transactionsThisMonth: z.int(),
    limits: z.array(LicenceLimit),
    refused: z
      .array(
        z.strictObject({
          of: z.enum(['users', 'transactions']),
          licence: z.strictObject({ id: Id, name: z.string() }).nullable().describe('As in `limits`.'),
          reason: z.string(),
        }),
      )
      .describe('What nobody is given at the moment, and why; also where a licence is over and has no limit any more.'),
    items: z.array(
      z.strictObject({
        day: Day,
        users: z.int().nullable().describe('At the end of the day, or now; null where it was not kept.'),
        peakUsers: z
          .int()
          .nullable()
          .describe(
            'The most at any look of that day; there is one an hour at least. What came and went between two looks is not in it.',
          ),
        transactions: z.int(),
      }),
    ),
  })
  .meta({ id: 'LicenceUsage' });
