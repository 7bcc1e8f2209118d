import type { z } from 'zod';
import { ask, type Pool } from '../../kernel/database/pool.ts';
import { newId } from '../../kernel/ids.ts';
import type { ProductReplacement, ProductTier } from './schema.ts';

export interface ProductRow {
  id: string;
  code: string;
  name: string;
  description: string;
  isOffered: boolean;
  tiers: z.output<typeof ProductTier>[];
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const columns = `id, code, name, description, is_offered as "isOffered", tiers, version, created_at as "createdAt",
  updated_at as "updatedAt"`;

/** What changed is in the operator's audit, by the same statement. */
const noted = (changed: string) =>
  `noted as (insert into operator_entries (id, action, outcome, request_id) select $1, $2, 'success', $3 from ${changed})`;

interface Act {
  action: string;
  requestId: string;
}
const entry = ({ action, requestId }: Act) => [newId(), action, requestId];

export const list = (cell: Pool): Promise<ProductRow[]> =>
  ask(cell, { name: 'list-products', text: `select ${columns} from products order by code limit 500`, values: [] });

export const listOffered = (cell: Pool): Promise<ProductRow[]> =>
  ask(cell, {
    name: 'list-offered-products',
    text: `select ${columns} from products where is_offered order by code limit 500`,
    values: [],
  });

export async function find(cell: Pool, id: string): Promise<ProductRow | undefined> {
  const [row] = await ask<ProductRow>(cell, {
    name: 'find-product',
    text: `select ${columns} from products where id = $1`,
    values: [id],
  });
  return row;
}

/** @throws a broken `products_code` */
export async function insert(
  cell: Pool,
  act: Act,
  { code, name, description, isOffered, tiers }: ProductReplacement & { code: string },
): Promise<ProductRow> {
  const [row] = await ask<ProductRow>(cell, {
    name: 'insert-product',
    text: `with made as (insert into products (id, code, name, description, is_offered, tiers)
             select $4, $5, $6, $7, $8, $9 where (select count(*) from products) < 500 returning *),
           ${noted('made')} select ${columns} from made`,
    values: [...entry(act), newId(), code, name, description, isOffered, JSON.stringify(tiers)],
  });
  return row as ProductRow;
}

/** Nothing when it is not in that version any more. */
export async function replace(
  cell: Pool,
  act: Act,
  { id, version }: { id: string; version: number },
  { name, description, isOffered, tiers }: ProductReplacement,
): Promise<ProductRow | undefined> {
  const [row] = await ask<ProductRow>(cell, {
    name: 'replace-product',
    text: `with changed as (update products set name = $6, description = $7, is_offered = $8, tiers = $9,
             version = version + 1, updated_at = platform_time() where id = $4 and version = $5 returning *),
           ${noted('changed')} select ${columns} from changed`,
    values: [...entry(act), id, version, name, description, isOffered, JSON.stringify(tiers)],
  });
  return row;
}

export async function remove(cell: Pool, act: Act, { id, version }: { id: string; version: number }): Promise<boolean> {
  const rows = await ask(cell, {
    name: 'remove-product',
    text: `with gone as (delete from products where id = $4 and version = $5 returning id),
           ${noted('gone')} select id from gone`,
    values: [...entry(act), id, version],
  });
  return rows.length > 0;
}
