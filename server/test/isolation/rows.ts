import type pg from 'pg';
import { newId } from '../../src/kernel/ids.ts';

/** Rows of two tenants in every tenant table, made from the catalogue: a new table is covered without a line here. */

export const tenantA = newId();
export const tenantB = newId();

interface Column {
  table: string;
  column: string;
  type: string;
  isNullable: boolean;
  hasDefault: boolean;
}

/** Values that a check constraint asks for. */
const fixed: Record<string, unknown> = {
  'tenants.type': 'customer',
  'principals.kind': 'account',
  'accounts.email': 'ann@example.com',
  'accounts.email_canonical': () => `${newId()}@example.com`,
  'provisioning_holds.kind': 'clash',
  'provisioning_holds.account_id': newId,
  'credentials.kind': 'pt',
  'credentials.secret_hash': () => Buffer.from(newId()),
  'links.purpose': 'invitation',
  'identity_providers.type': 'oidc',
  'sign_in_trips.purpose': 'sign-in',
  'factors.kind': 'totp',
  'unfinished_sign_ins.method': 'password',
  'audit_entries.outcome': 'success',
  'notices.audience': 'owners',
  'logos.type': 'image/png',
  'delegations.kind': 'delegation',
  'routes.item_from': 'none',
  'agents.state': 'serving',
  'gateway_certificates.source': 'generated',
  'delegations.side': 'customer',
  'delegations.relation': 'partner',
  'delegations.state': 'requested',
  'delegation_activations.state': 'requested',
  'review_campaigns.reviewers': 'accounts',
  'review_campaigns.undecided': 'keep',
  'review_items.kind': 'account',
  'review_items.path': 'direct',
  'licences.source': 'catalogue',
  'subscriptions.renewal_frequency': 'month',
  'subscriptions.active_from': () => new Date(0),
  'billing_profiles.account_type': 'account',
};

const byType: Record<string, () => unknown> = {
  uuid: newId,
  text: () => `text ${newId()}`,
  bytea: () => Buffer.from(newId()),
  bool: () => false,
  int8: () => 1,
  int4: () => 1,
  int2: () => 1,
  date: () => '2026-01-01',
  timestamptz: () => new Date(),
  jsonb: () => '{}',
  _text: () => ['au'],
  _uuid: () => [newId()],
};

export async function columnsOf(client: pg.Client): Promise<Map<string, Column[]>> {
  const { rows } = await client.query<Column>(`
    select c.table_name as table, c.column_name as column, c.udt_name as type, c.is_nullable = 'YES' as "isNullable",
           c.column_default is not null as "hasDefault"
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      and not (select relispartition from pg_class where oid = quote_ident(c.table_name)::regclass)
    order by c.table_name, c.ordinal_position`);
  const tables = new Map<string, Column[]>();
  for (const row of rows) tables.set(row.table, [...(tables.get(row.table) ?? []), row]);
  return tables;
}

/** An insert of a row of the tenant, with what the table needs and no more. */
export function insertOf(table: string, columns: Column[], tenantId: string): { text: string; values: unknown[] } {
  const given = columns.filter(
    ({ column, isNullable, hasDefault }) =>
      column === 'tenant_id' || `${table}.${column}` in fixed || (!isNullable && !hasDefault),
  );
  const values = given.map(({ column, type }) => {
    if (column === 'tenant_id') return tenantId;
    const value = fixed[`${table}.${column}`] ?? byType[type];
    if (value === undefined) throw new Error(`No test value for ${table}.${column} of type ${type}.`);
    return typeof value === 'function' ? value() : value;
  });
  const names = given.map(({ column }) => `"${column}"`).join(', ');
  return {
    text: `insert into "${table}" (${names}) values (${values.map((_, at) => `$${at + 1}`).join(', ')})`,
    values,
  };
}

/** Gives both tenants a row in every table; foreign keys are left aside, row policies do not depend on them. */
export async function fill(client: pg.Client, tables: string[]): Promise<void> {
  const columns = await columnsOf(client);
  await client.query("set session_replication_role = 'replica'");
  await client.query("select make_transaction_partition((now() at time zone 'UTC')::date)");
  for (const table of tables)
    for (const tenantId of [tenantA, tenantB]) await client.query(insertOf(table, columns.get(table) ?? [], tenantId));
  await client.query("set session_replication_role = 'origin'");
}
