import { z } from 'zod';
import { Id, Timestamp, text } from '../../kernel/schema.ts';

export const renewalFrequencies = ['month', 'quarter', 'year'] as const;
export const enforcements = ['soft', 'hard'] as const;

export const Code = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must have 1 to 63 small letters, digits or -, and begin with a letter');

/** PostgreSQL keeps it as integer. */
const Limit = z.int().min(1).max(2_000_000_000).nullable();

/** What a tier allows: the same in an offer, in a subscription and in a licence file. */
export const limits = {
  userLimit: Limit.describe('Accounts that may sign in or are invited; null: not limited.'),
  transactionLimit: Limit.describe('Requests that gateways let in, in a calendar month (UTC); null: not limited.'),
  enforcement: z.enum(enforcements).describe('A soft limit is told of; a hard one is not passed.'),
  graceDays: z.int().min(0).max(365).describe('Days for which it goes on after its end, and over its transactions.'),
};

export const ProductTier = z
  .strictObject({
    code: Code,
    name: text(200),
    ...limits,
    renewalFrequency: z.enum(renewalFrequencies).describe('For so long a subscription is, and is renewed.'),
    isOffered: z.boolean().describe('Whether tenants may add it.'),
  })
  .meta({ id: 'ProductTier' });

const Tiers = z
  .array(ProductTier)
  .min(1, 'must have a tier')
  .max(50, 'must have at most 50 tiers')
  .refine((tiers) => new Set(tiers.map(({ code }) => code)).size === tiers.length, 'must name each tier once');

const described = {
  name: text(200),
  description: text(2000, 0),
  isOffered: z.boolean().describe('Whether tenants see it. What they have already goes on.'),
  tiers: Tiers,
};

export const Product = z
  .strictObject({
    id: Id,
    region: z.string().describe('Where it is offered.'),
    code: Code.describe('As subscriptions and licence files name it; never changes.'),
    ...described,
    version: z.int(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Product' });

export const NewProduct = z
  .strictObject({ region: z.string().max(8), code: Code, ...described })
  .meta({ id: 'NewProduct' });
export type NewProduct = z.output<typeof NewProduct>;

export const ProductReplacement = z.strictObject(described).meta({ id: 'ProductReplacement' });
export type ProductReplacement = z.output<typeof ProductReplacement>;

export const ProductQuery = z.strictObject({
  region: z.string().max(8).optional().describe('Of this region; else of all that the node serves.'),
});
export const ProductList = z.strictObject({ items: z.array(Product) });

export const LicenceOffers = z
  .strictObject({
    items: z.array(
      z.strictObject({
        code: Code,
        name: z.string(),
        description: z.string(),
        tiers: z.array(ProductTier.omit({ isOffered: true }).meta({ id: 'OfferedTier' })),
      }),
    ),
    needsBillingProfile: z
      .boolean()
      .describe('There is no active billing profile, and without one nothing is added from what is offered.'),
    takesFiles: z.boolean().describe('Whether licence files are taken: the operator has set keys of a vendor.'),
    isRequired: z.boolean().describe('Whether what has no licence in force is refused; else it is not limited.'),
  })
  .meta({ id: 'LicenceOffers', description: 'What the operator offers in this region.' });
