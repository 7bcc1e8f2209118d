import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, Timestamp, text } from '../../kernel/schema.ts';

/** What an item of a service is called in paths and rules: no slash, which would end it in a path. */
export const ItemName = text(200).refine((name) => !/[/?#\\%;]/.test(name), 'must not contain / \\ ? # % or ;');

export const MOST_ITEMS = 2_000;

const Item = z.strictObject({ name: ItemName, description: text(200, 0).default('') });

const Items = z
  .array(Item)
  .max(MOST_ITEMS, 'must have at most 2,000 items')
  .refine(
    (items) => new Set(items.map(({ name }) => name)).size === items.length,
    'must name each item once; names differ by capitals',
  )
  .nullable();

export const Service = z
  .strictObject({
    id: Id,
    name: z.string().describe('Its word in routes and rules; never changes.'),
    description: z.string(),
    items: Items.describe('What in it a rule may name; null: rules name the whole service only.'),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Service' });

export const NewService = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must have 1 to 63 small letters, digits or -, and begin with a letter'),
    description: text(500, 0).optional(),
    items: Items.optional(),
  })
  .meta({ id: 'NewService' });
export type NewService = z.output<typeof NewService>;

export const ServiceChanges = z
  .strictObject({ description: text(500, 0), items: Items })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'ServiceChanges' });
export type ServiceChanges = z.output<typeof ServiceChanges>;

export const ServiceQuery = listQuery(['name', 'createdAt']);
export const ServiceList = listOf(Service);
