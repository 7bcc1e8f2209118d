import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { queriesOver } from '../../kernel/database/queries.ts';
import { newId } from '../../kernel/ids.ts';
import { list } from './list-store.ts';
import { AccountQuery } from './schema.ts';
import { standingOf, termsOf, wordsOf } from './words.ts';

/**
 * A tenant with accounts enough that each way of finding is taken: small sets are gathered, of large ones the list is
 * tried, then read on. What is found is held against the same list made in memory; how it is found, by the plans.
 */

const MANY = 24_000;
const DAY_MS = 86_400_000;
const now = new Date();

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);

/** The same numbers in each run. */
let seed = 42;
const below = (n: number) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor((seed / 2 ** 31) * n);
};

const syllables = 'an be ca do el fi ga ho is ju ka le mi no ol pe ra sa ti ur va wi xe yo zu'.split(' ');
const name = (from: number, parts: number) =>
  Array.from({ length: parts }, (_, at) => syllables[Math.floor(from / 25 ** at) % 25]).join('');

interface Made {
  id: string;
  email: string | null;
  username: string;
  firstName: string;
  lastName: string;
  displayName: string;
  status: string;
  source: string;
  verifiedAt: Date | null;
  createdAt: Date;
  lastSignInAt: Date | null;
  groups: string[];
  words: string[];
}

/** The newest are new; those of the second half have other names, so that terms and time go together. */
function made(at: number): Made {
  const firstName = name(at < MANY / 2 ? below(300) : 300 + below(325), 2);
  const lastName = name(below(15_000), 3);
  const username = `${firstName}.${lastName}${at}@${at % 2 ? 'example.com' : 'zebra.org'}`;
  const isNew = at > MANY * 0.8;
  const status = isNew ? 'new' : at % 20 === 0 ? 'disabled' : 'enabled';
  const source = at % 4 === 0 && !isNew ? 'scim' : 'local';
  const isUsed = status !== 'new' && below(10) < 6;
  const person = {
    firstName,
    lastName,
    displayName: `${firstName} ${lastName}`,
    username,
    email: source === 'scim' && at % 3 === 0 ? null : username,
  };
  const row = {
    ...person,
    status,
    source,
    verifiedAt: isNew && at % 5 ? null : now,
    createdAt: new Date(now.getTime() - (MANY - at) * 60_000),
    lastSignInAt: isUsed ? new Date(now.getTime() - below(200) * DAY_MS) : null,
  };
  const groups = [
    ...(at % 10 ? ['most'] : []),
    ...(at % 3 ? [] : ['third']),
    ...(at % 1000 ? [] : ['few']),
    ...(at > MANY * 0.75 ? ['newest'] : []),
  ];
  return { id: newId(), ...row, groups, words: [standingOf(row), ...wordsOf(person)] };
}

const accounts = Array.from({ length: MANY }, (_, at) => made(at));
const groups = new Map(['most', 'third', 'few', 'newest', 'nobody'].map((each) => [each, newId()]));
let client: pg.Client;

beforeAll(async () => {
  await platform.sql('au', 'delete from account_words where tenant_id = $1', [tenant.id]);
  await platform.sql(
    'au',
    `with given as (select * from jsonb_to_recordset($2) as r (id uuid, email text, username text, "firstName" text,
       "lastName" text, "displayName" text, status text, source text, "verifiedAt" timestamptz, "createdAt" timestamptz,
       "lastSignInAt" timestamptz, words jsonb)),
     p as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from given),
     w as (insert into account_words (tenant_id, account_id, word)
       select $1, id, word from given, jsonb_array_elements_text(words) as word)
     insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, username_folded, first_name,
       last_name, display_name, status, source, attributes, verified_at, created_at, last_sign_in_at, has_words)
     select $1, id, email, email, username, username, case source when 'scim' then username end, "firstName", "lastName",
       "displayName", status, source, case source when 'scim' then '{}'::jsonb end, "verifiedAt", "createdAt",
       "lastSignInAt", true from given`,
    [tenant.id, JSON.stringify(accounts)],
  );
  for (const [each, id] of groups) {
    await platform.sql('au', 'insert into groups (tenant_id, id, name, name_canonical) values ($1, $2, $3, $3)', [
      tenant.id,
      id,
      each,
    ]);
    await platform.sql(
      'au',
      'insert into memberships (tenant_id, group_id, principal_id) select $1, $2, unnest($3::uuid[])',
      [tenant.id, id, accounts.filter((account) => account.groups.includes(each)).map((account) => account.id)],
    );
  }
  // The owner that the tenant was made with is nobody of ours.
  await platform.sql('au', `update accounts set deleted_at = now() where tenant_id = $1 and not id = any($2)`, [
    tenant.id,
    accounts.map(({ id }) => id),
  ]);
  for (const table of ['accounts', 'account_words', 'memberships', 'groups'])
    await platform.sql('au', `vacuum analyze ${table}`);
  const { host, port } = inject('postgres');
  client = new pg.Client({ host, port, user: 'app', database: platform.databases.cells.au?.[0] as string });
  await client.connect();
  await client.query("select set_config('bailiwick.tenant', $1, false)", [tenant.id]);
}, 120_000);
afterAll(() => client.end());

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  Filter?: string;
  Plans?: PlanNode[];
}

const tables = ['accounts', 'account_words', 'memberships'];

/** What a plan does that costs by the size of the tenant; it may read an index from its beginning, without the table. */
function costly(node: PlanNode): string[] {
  const { 'Node Type': type, 'Relation Name': relation = '', 'Index Cond': condition = '', Filter: filter } = node;
  const isWhole = tables.includes(relation) && !/ AND /.test(condition);
  const here =
    tables.includes(relation) && /^(Seq|Bitmap Heap) Scan/.test(type)
      ? [`${type} of ${relation}`]
      : isWhole && type === 'Index Scan' && filter
        ? [`reads all of ${relation} for ${filter}`]
        : /Sort$/.test(type) && readsOpenly(node)
          ? [`${type} of a whole index`]
          : [];
  return [...here, ...(node.Plans ?? []).flatMap(costly)];
}

/** Whether what is sorted comes from the beginning of an index without a limit. */
const readsOpenly = ({ Plans: plans = [] }: PlanNode): boolean =>
  plans.some(
    (plan) =>
      plan['Node Type'] !== 'Limit' &&
      ((plan['Relation Name'] === 'accounts' && !/ AND /.test(plan['Index Cond'] ?? '')) || readsOpenly(plan)),
  );

const camel = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()), value]),
  );

async function asked(params: Record<string, string>) {
  const plans: string[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  const db = queriesOver(<R>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) => {
    const next = queue.then(async () => {
      const { rows: told } = await client.query(`explain (format json) ${sql}`, [...parameters]);
      plans.push(...costly(told[0]['QUERY PLAN'][0].Plan));
      const { rows } = await client.query(sql, [...parameters]);
      return { rows: rows.map(camel) as R[] };
    });
    queue = next.catch(() => undefined);
    return next;
  });
  const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  const ctx = { db, now, tenantId: tenant.id, later } as unknown as TenantContext;
  return { page: await list(ctx, AccountQuery.parse(params)), plans };
}

const bySort: Record<string, (account: Made) => string | number> = {
  createdAt: ({ createdAt }) => createdAt.getTime(),
  email: ({ email }) => email ?? '',
  username: ({ username }) => username,
  displayName: ({ displayName }) => displayName,
  lastSignInAt: ({ lastSignInAt }) => lastSignInAt?.getTime() ?? 0,
  status: standingOf,
  source: (account) => account.source + standingOf(account),
};

/** The same list, made in memory. */
function expected({
  q = '',
  status,
  source,
  groupId,
  lastSignIn,
  waiting,
  sort = '-createdAt',
}: Record<string, string>) {
  const ago = (days: number) => now.getTime() - days * DAY_MS;
  const isSince = {
    never: (at: number | undefined) => at === undefined,
    'within-30-days': (at = 0) => at >= ago(30),
    'over-30-days': (at = Number.POSITIVE_INFINITY) => at < ago(30),
    'over-90-days': (at = Number.POSITIVE_INFINITY) => at < ago(90),
  }[lastSignIn ?? ''];
  const terms = termsOf(q);
  const group = [...groups].find(([, id]) => id === groupId)?.[0];
  const found = accounts.filter(
    (account) =>
      terms.every((term) => account.words.some((word) => word.startsWith(term))) &&
      (!status || status.split(',').includes(account.status)) &&
      (!source || source.split(',').includes(account.source)) &&
      (!group || account.groups.includes(group)) &&
      (!waiting || (account.status === 'new' && account.verifiedAt)) &&
      (!isSince || isSince(account.lastSignInAt?.getTime())),
  );
  const key = bySort[sort.replace('-', '')] as (account: Made) => string | number;
  const sign = sort.startsWith('-') ? -1 : 1;
  const keyed = found.map((account) => ({ key: key(account), id: account.id }));
  keyed.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id < b.id ? -1 : 1));
  return keyed.map(({ id }) => id);
}

const filters: Record<string, (string | undefined)[]> = {
  q: [undefined, 'a', 'z', 'ze', 'xe', 'anbe', 'an be', 'e z', 'a b c d', 'nobody', 'zebra.org'],
  status: [undefined, 'enabled', 'disabled', 'new', 'new,disabled', 'enabled,disabled,new'],
  source: [undefined, 'scim', 'local'],
  groupId: [undefined, ...groups.values()],
  lastSignIn: [undefined, 'never', 'within-30-days', 'over-30-days', 'over-90-days'],
  waiting: [undefined, 'true'],
};
const sorts = Object.keys(bySort).flatMap((sort) => [sort, `-${sort}`]);

const given = (values: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, string>;

/** Each value of each filter with each sort; and some of several filters. */
const combinations = [
  ...sorts.map((sort) => ({ sort })),
  ...Object.entries(filters).flatMap(([filter, values]) =>
    values.flatMap((value) => (value ? sorts.map((sort) => ({ [filter]: value, sort })) : [])),
  ),
  ...Array.from({ length: 200 }, () =>
    given({
      ...Object.fromEntries(Object.entries(filters).map(([filter, values]) => [filter, values[below(values.length)]])),
      waiting: below(10) ? undefined : 'true',
      sort: sorts[below(sorts.length)],
    }),
  ),
];

test.each([0, 1, 2, 3])(
  'each combination finds what it should, page after page, and no plan costs by the size of the tenant: part %i',
  async (part) => {
    const wrong: string[] = [];
    for (const params of combinations.filter((_, at) => at % 4 === part)) {
      const label = new URLSearchParams(params).toString();
      const ids = expected(params);
      let cursor: string | undefined;
      for (const at of [0, 7]) {
        const { page, plans } = await asked({ ...params, limit: '7', ...(cursor ? { cursor } : {}) });
        const found = page.items.map(({ id }) => id);
        if (found.join() !== ids.slice(at, at + 7).join()) wrong.push(`${label}: finds others after ${at}`);
        if (page.totalIsAtLeast ? page.total > ids.length : page.total !== ids.length)
          wrong.push(`${label}: ${page.total} of ${ids.length}`);
        if ((page.nextCursor !== null) !== ids.length > at + 7) wrong.push(`${label}: another end`);
        wrong.push(...[...new Set(plans)].map((plan) => `${label}: ${plan}`));
        if (!page.nextCursor) break;
        cursor = page.nextCursor;
      }
    }
    expect(wrong).toEqual([]);
  },
  180_000,
);
