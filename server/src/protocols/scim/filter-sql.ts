import { type RawBuilder, sql } from 'kysely';
import { foldCase, skeleton } from '../../kernel/canonical.ts';
import { isId } from '../../kernel/ids.ts';
import { type AttributePath, findAttribute, type ResourceType, type ResourceTypeName, userType } from './attributes.ts';
import { type Comparison, type Filter, instantOf, nameOf, type Operator, withDefault } from './filter.ts';
import { scimProblem } from './problem.ts';
import { writeVersion } from './resource.ts';

/**
 * Filters and orders as SQL over `accounts` or `groups`; the caller's query adds that they are of SCIM and not deleted.
 * What clients write becomes parameters only; names in the SQL are those of the schemas.
 *
 * Below row security an index serves plain comparisons only (their operators are leakproof), so columns stand alone in
 * them. Databases are made with the order of code points, so that goes for every column (kernel, embedded/cluster.ts).
 */

type Sql = RawBuilder<unknown>;

interface Condition {
  /** Null counts as false. */
  readonly sql: RawBuilder<boolean>;
  /** An index leads to all rows for which it is true. */
  readonly isIndexed: boolean;
}

/** A text that `eq` seeks, in the forms that columns have; or places for them, in a query that is compiled once. */
export interface Sought {
  readonly exact: string;
  readonly folded: string;
  /** Its `skeleton`. */
  readonly look: string;
}

/** A value that is not complex, as SQL has it; null when it is unassigned. */
interface Value {
  /** `ne` is not here: it is the opposite of `eq`. */
  readonly compare: (operator: Operator, value: string | number | boolean, places?: Sought) => Condition;
  readonly isPresent: RawBuilder<boolean>;
  /** To sort by. */
  readonly order: Sql;
}

/** The values of a multi-valued attribute of the row at hand. */
interface Values {
  /** From a table on; ends in a condition. */
  readonly from: Sql;
  /** Of each: of a sub-attribute, or of the whole when the path has none. */
  readonly read: (path: AttributePath) => Value;
  /** The primary one first. */
  readonly first: Sql;
}

interface Scope {
  readonly type: ResourceType;
  /** Of the tenant's SCIM, without a slash at its end; resources have their addresses below. */
  readonly baseUrl: string;
  /** Inside the brackets of an attribute. */
  readonly read?: Values['read'];
  /** The condition has to be true for the whole to be true, so it can be a join. */
  readonly isRequired: boolean;
  /** Instead of the one value that is compared. */
  readonly places?: Sought | undefined;
}

const condition = (text: RawBuilder<unknown>, isIndexed = false): Condition => ({
  sql: text as RawBuilder<boolean>,
  isIndexed,
});
const always = condition(sql`true`);
/** No row at all is the quickest of look-ups. */
const never = condition(sql`false`, true);
const not = ({ sql: text }: Condition) => condition(sql`(${text}) is not true`);

/**
 * What a filter asks for, to stand in a `where`. The same as `evaluate` of the resources that clients get.
 *
 * @param places stand for the value of a filter that `isLookup`
 */
export const filterSql = (type: ResourceType, filter: Filter, baseUrl: string, places?: Sought): RawBuilder<boolean> =>
  compile(filter, { type, baseUrl, isRequired: true, places }).sql;

const lookups: Record<ResourceTypeName, ReadonlySet<string>> = {
  User: new Set(['id', 'externalId', 'userName', 'emails.value']),
  Group: new Set(['id', 'externalId', 'displayName']),
};

/** Whether it seeks one text by index, as identity providers do before each change: the SQL then is always the same. */
export const isLookup = (type: ResourceType, filter: Filter): filter is Comparison & { value: string } =>
  filter.kind === 'compare' &&
  filter.operator === 'eq' &&
  typeof filter.value === 'string' &&
  lookups[type.name].has(nameOf(filter.path)) &&
  (nameOf(filter.path) !== 'id' || isId(filter.value));

/** Tells whether an index leads to what a filter asks for. Where none does, all resources are read. */
export const isIndexed = (type: ResourceType, filter: Filter): boolean =>
  compile(filter, { type, baseUrl: '', isRequired: true }).isIndexed;

/**
 * What to order by, with direction: `.orderBy(orderBy(...))`; the caller adds the id to make it total. Of several
 * values the primary one counts, else the first; resources without a value are last, or first when it descends
 * (RFC 7644 section 3.4.2.3).
 *
 * @throws {Problem} `invalidValue`: no attribute of that name, or none that has an order
 */
export function orderBy(
  type: ResourceType,
  sortBy: string,
  sortOrder: 'ascending' | 'descending',
  baseUrl: string,
): Sql {
  const order = orderOf(type, sortBy, baseUrl);
  if (!order) throw scimProblem(400, 'invalidValue', `sortBy names no attribute of ${type.name}. See /Schemas.`);
  return directed(order, sortOrder);
}

/** Those without a value are last, or first when it descends. */
export const directed = (order: Sql, sortOrder: 'ascending' | 'descending'): Sql =>
  sortOrder === 'ascending' ? sql`${order} asc nulls last` : sql`${order} desc nulls first`;

/** The same without direction; undefined when the type has no attribute of that name. @throws {Problem} `invalidValue` */
export function orderOf(type: ResourceType, sortBy: string, baseUrl: string): Sql | undefined {
  const found = findAttribute(type, sortBy);
  if (!found) return undefined;
  const path = withDefault(found);
  const { type: kind, returned } = path.sub ?? path.attribute;
  if (returned === 'never') throw scimProblem(400, 'invalidValue', `${nameOf(path)} is secret: it gives no order.`);
  if (kind === 'complex')
    throw scimProblem(400, 'invalidValue', `${nameOf(path)} has sub-attributes: sortBy has to name one of them.`);
  return path.attribute.multiValued
    ? firstOf(path, severalOf({ type, baseUrl }, path))
    : singleOf({ type, baseUrl }, path).order;
}

const firstOf = (path: AttributePath, { from, read, first }: Values): Sql =>
  sql`(select ${read(path).order} ${from} order by ${first} limit 1)`;

function compile(filter: Filter, scope: Scope): Condition {
  switch (filter.kind) {
    case 'and': {
      const parts = filter.operands.map((each) => compile(each, scope));
      return condition(
        join(parts, sql` and `),
        parts.some((each) => each.isIndexed),
      );
    }
    case 'or': {
      const parts = filter.operands.map((each) => compile(each, { ...scope, isRequired: false }));
      return condition(
        join(parts, sql` or `),
        parts.every((each) => each.isIndexed),
      );
    }
    case 'not':
      return not(compile(filter.operand, { ...scope, isRequired: false }));
    case 'some': {
      const { path, filter: asked } = filter;
      if (path.attribute.multiValued) return someOf(path, asked, scope);
      const there = path.attribute.name === 'meta' ? always : condition(sql`jsonb_typeof(${jsonOf(path)}) = 'object'`);
      const inside = compile(asked, scope);
      return condition(join([there, inside], sql` and `), inside.isIndexed);
    }
    case 'present':
    case 'compare':
      return compileOne(filter, scope);
  }
}

const join = (parts: Condition[], word: Sql) =>
  sql`(${sql.join(
    parts.map((each) => each.sql),
    word,
  )})`;

function compileOne(filter: Extract<Filter, { kind: 'present' | 'compare' }>, scope: Scope): Condition {
  const { path } = filter;
  if (filter.kind === 'compare' && filter.value === null) {
    const isPresent = compileOne({ kind: 'present', path }, scope);
    return filter.operator === 'eq' ? not(isPresent) : isPresent;
  }
  if (!scope.read && path.attribute.multiValued) return someOf(path, filter, scope);
  const value = scope.read ? scope.read(path) : singleOf(scope, path);
  if (filter.kind === 'present') return condition(value.isPresent);
  return filter.operator === 'ne'
    ? not(value.compare('eq', filter.value as string))
    : value.compare(filter.operator, filter.value as string, scope.places);
}

/** That one of the values is as asked. */
function someOf(path: AttributePath, asked: Filter, scope: Scope): Condition {
  const { from, read } = severalOf(scope, path);
  const each = compile(asked, { ...scope, read, isRequired: true });
  const found = sql`exists (select ${from} and ${each.sql})`;
  const sought = soughtValue(asked);
  if (!sought) return condition(found);
  const { name } = path.attribute;
  // PostgreSQL makes a join of it where it is required, and begins at the membership.
  if (name === 'groups' || name === 'members')
    return condition(found, scope.isRequired && sought.operator === 'eq' && each.isIndexed);
  const accounts = name === 'emails' ? accountsWith(sought, scope) : undefined;
  return accounts ? condition(sql`(${accounts} and ${found})`, true) : condition(found);
}

/** The comparison of `value` without which a value is not as asked. */
function soughtValue(filter: Filter): Comparison | undefined {
  if (filter.kind === 'and') return filter.operands.map(soughtValue).find((each) => each !== undefined);
  const isSought =
    filter.kind === 'compare' && filter.path.sub?.name === 'value' && filter.operator !== 'ne' && filter.value !== null;
  return isSought ? filter : undefined;
}

/**
 * Leads to the accounts with such an e-mail address. Each address is in `account_emails`, or it is the canonical one of
 * the account. Undefined when no index leads there.
 */
function accountsWith({ operator, value }: Comparison, { isRequired, places }: Scope): Sql | undefined {
  const [other, main] = [sql`account_emails.value`, sql`addressed.email_canonical`].map((column) =>
    textValue(column, { caseExact: false, isIndexed: true }).compare(operator, value as string, places),
  );
  if (!other?.isIndexed || !main) return undefined;
  const ids = sql`select account_id from account_emails where ${other.sql} union all select addressed.id from accounts as addressed where ${main.sql} and addressed.source = 'scim' and addressed.deleted_at is null`;
  if (isRequired) return sql`accounts.id in (${ids})`;
  // Beside others in an `or` a join is not possible, and only few are looked for one by one.
  return operator === 'eq' ? sql`accounts.id = any(array(${ids}))` : undefined;
}

/** That a column in order of code points begins with a text: a range of it. */
function startsWith(column: Sql, prefix: string): Sql {
  const next = after(prefix);
  return next === undefined ? sql`${column} >= ${prefix}` : sql`(${column} >= ${prefix} and ${column} < ${next})`;
}

/** The first text after all those that begin with the prefix; undefined when all later ones do. */
export function after(prefix: string): string | undefined {
  const characters = [...prefix];
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const point = last.codePointAt(0) ?? 0;
    if (point === 0x10ffff) continue;
    // Surrogates are no characters.
    return characters.join('') + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
}

const symbols = { gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` };
const isOrder = (operator: Operator): operator is keyof typeof symbols => Object.hasOwn(symbols, operator);

/**
 * `foldCase` as PostgreSQL has it; its own lower() takes letters one by one, and with some locales ASCII only. To
 * normalise takes most of the time that a search has, and ASCII needs none of it. The text is worked out once.
 */
const fold = (text: Sql): Sql =>
  sql`(select case when octet_length(t) = length(t) then lower(t collate "C") collate "C" else normalize(replace(lower(normalize(t, NFKC) collate "und-x-icu"), 'ς', 'σ'), NFKC) collate "C" end from (select ${text} as t offset 0) as given)`;

/** @param column is folded already unless case makes a difference, and in order of code points */
function textValue(column: Sql, { caseExact, isIndexed = false }: { caseExact: boolean; isIndexed?: boolean }): Value {
  return {
    isPresent: sql`${column} <> ''`,
    order: column,
    compare(operator, value, places) {
      const form = caseExact ? 'exact' : 'folded';
      const text = places ? places[form] : caseExact ? String(value) : foldCase(String(value));
      if (operator === 'eq') return condition(sql`${column} = ${text}`, isIndexed);
      if (operator === 'co') return condition(sql`strpos(${column}, ${text}) > 0`);
      if (operator === 'ew') return condition(sql`right(${column}, ${[...text].length}) = ${text}`);
      if (isOrder(operator)) return condition(sql`${column} ${symbols[operator]} ${text}`, isIndexed);
      return isIndexed
        ? condition(startsWith(column, text), text !== '')
        : condition(sql`starts_with(${column}, ${text})`);
    },
  };
}

const exactText = (text: Sql): Value => textValue(sql`(${text} collate "C")`, { caseExact: true });
const foldedText = (text: Sql): Value => textValue(fold(text), { caseExact: false });

/** The name of a group: what looks the same has the same `name_canonical`, which is indexed. */
function groupName(): Value {
  const name = foldedText(sql`groups.name`);
  return {
    ...name,
    compare(operator, value, places) {
      const exactly = name.compare(operator, value, places);
      const look = places ? places.look : skeleton(String(value));
      if (operator === 'eq') return condition(sql`(groups.name_canonical = ${look} and ${exactly.sql})`, true);
      if (operator !== 'sw' || look === '') return exactly;
      return condition(sql`(${startsWith(sql`groups.name_canonical`, look)} and ${exactly.sql})`, true);
    },
  };
}

/** @param id a column of type uuid. A value that is no UUID is compared as a text, or with nothing. */
function idValue(id: Sql, { caseExact }: { caseExact: boolean }): Value {
  const text = exactText(sql`${id}::text`);
  return {
    isPresent: always.sql,
    order: id,
    compare(operator, value, places) {
      const wanted = caseExact ? String(value) : foldCase(String(value));
      if (operator === 'eq' && places) return condition(sql`${id} = ${places.exact}::uuid`, true);
      if (operator === 'eq') return isId(wanted) ? condition(sql`${id} = ${wanted}::uuid`, true) : never;
      if (isOrder(operator) && isId(wanted)) return condition(sql`${id} ${symbols[operator]} ${wanted}::uuid`, true);
      if (operator !== 'sw') return text.compare(operator, wanted);
      const [first, last] = zeroAndLast.map((id) => wanted + id.slice(wanted.length));
      if (!first || !last || !isId(first)) return never;
      return condition(sql`(${id} >= ${first}::uuid and ${id} <= ${last}::uuid)`, wanted !== '');
    },
  };
}

const zeroAndLast = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];

/** The address of a resource. */
function addressValue(prefix: string, id: Sql): Value {
  const text = exactText(sql`${prefix}::text || ${id}::text`);
  return {
    ...text,
    isPresent: always.sql,
    compare(operator, value) {
      if (operator !== 'eq') return text.compare(operator, value);
      const wanted = String(value);
      if (!wanted.startsWith(prefix)) return never;
      return idValue(id, { caseExact: true }).compare('eq', wanted.slice(prefix.length));
    },
  };
}

/** Clients see milliseconds, so a column has a value for the whole of one. */
function instantValue(column: Sql, isIndexed: boolean): Value {
  return {
    isPresent: always.sql,
    order: column,
    compare(operator, value) {
      const ms = instantOf(String(value)) ?? Number.NaN;
      const from = at(Math.ceil(ms));
      const until = at(Math.floor(ms) + 1);
      if (operator === 'ge') return condition(sql`${column} >= ${from}`, isIndexed);
      if (operator === 'gt') return condition(sql`${column} >= ${until}`, isIndexed);
      if (operator === 'lt') return condition(sql`${column} < ${from}`, isIndexed);
      if (operator === 'le') return condition(sql`${column} < ${until}`, isIndexed);
      // Empty when there is a fraction of a millisecond.
      return condition(sql`(${column} >= ${from} and ${column} < ${until})`, isIndexed);
    },
  };
}

const at = (ms: number): Sql => sql`${new Date(ms).toISOString()}::timestamptz`;

const isActive: Value = {
  isPresent: always.sql,
  order: sql`(accounts.status = 'enabled')`,
  compare: (_, value) => condition(value ? sql`accounts.status = 'enabled'` : sql`accounts.status <> 'enabled'`),
};

/** Out of JSON, whose values are as `readResource` makes them. */
function jsonValue(json: Sql, path: AttributePath): Value {
  const { type, caseExact } = path.sub ?? path.attribute;
  const isPresent = sql<boolean>`jsonb_path_exists(${json}, '$.** ? (@.type() == "boolean" || @.type() == "number" || (@.type() == "string" && @ != ""))')`;
  const text = sql`(${json} #>> '{}')`;
  switch (type) {
    case 'boolean':
      return {
        isPresent,
        order: json,
        // RFC 7643 section 2.4: one that is not said is false.
        compare: (_, value) => condition(value ? sql`${json} = 'true'` : sql`${json} is distinct from 'true'`),
      };
    case 'decimal':
    case 'integer': {
      const number = sql`(case jsonb_typeof(${json}) when 'number' then (${json})::numeric end)`;
      return {
        isPresent,
        order: number,
        compare: (operator, value) =>
          condition(sql`${number} ${isOrder(operator) ? symbols[operator] : sql`=`} ${String(value)}::numeric`),
      };
    }
    case 'dateTime':
      throw new TypeError(`${nameOf(path)} is a time, and there is no column for it.`);
    default:
      return { ...(caseExact ? exactText(text) : foldedText(text)), isPresent };
  }
}

const tables = { User: sql`accounts`, Group: sql`groups` };

/** The columns of `meta`, which is always there, and of what both types have. */
const commonColumns: Record<string, ((scope: Pick<Scope, 'type' | 'baseUrl'>) => Value) | undefined> = {
  id: ({ type }) => idValue(sql`${tables[type.name]}.id`, { caseExact: true }),
  externalId: ({ type }) => textValue(sql`${tables[type.name]}.external_id`, { caseExact: true, isIndexed: true }),
  meta: ({ type }) => constant(type.name),
  'meta.resourceType': ({ type }) => constant(type.name),
  'meta.created': ({ type }) => instantValue(sql`${tables[type.name]}.created_at`, true),
  'meta.lastModified': ({ type }) => instantValue(sql`${tables[type.name]}.updated_at`, false),
  'meta.location': ({ type, baseUrl }) => addressValue(`${baseUrl}${type.endpoint}/`, sql`${tables[type.name]}.id`),
  'meta.version': ({ type }) => {
    const [before, behind] = writeVersion(0).split('0');
    return exactText(sql`${before}::text || ${tables[type.name]}.version || ${behind}::text`);
  },
};
const constant = (text: string) => exactText(sql`${text}::text`);

const columns: Record<ResourceTypeName, Record<string, (() => Value) | undefined>> = {
  User: {
    userName: () => textValue(sql`accounts.username_folded`, { caseExact: false, isIndexed: true }),
    active: () => isActive,
  },
  Group: { displayName: groupName },
};

/** A single value of the row. */
function singleOf(scope: Pick<Scope, 'type' | 'baseUrl'>, path: AttributePath): Value {
  const name = nameOf(path);
  if (path.isExtension)
    return name === 'manager.$ref' ? managerAddress(scope.baseUrl, path) : jsonValue(jsonOf(path), path);
  const column = commonColumns[name] ?? columns[scope.type.name][name];
  return column ? column(scope) : jsonValue(jsonOf(path), path);
}

function jsonOf({ schema, attribute, sub, isWhole, isExtension }: AttributePath): Sql {
  const steps = [isExtension ? schema.id : [], isWhole ? [] : attribute.name, sub?.name ?? []].flat();
  return steps.reduce((json, name) => sql`${json} -> ${name}::text`, sql`accounts.attributes`);
}

/** Only an id of ours has an address. */
function managerAddress(baseUrl: string, { schema, attribute }: AttributePath): Value {
  const id = sql`(accounts.attributes #>> array[${schema.id}, ${attribute.name}, 'value']::text[])`;
  return exactText(
    sql`(case when ${id} ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then ${`${baseUrl}${userType.endpoint}/`}::text || ${id} end)`,
  );
}

function severalOf({ type, baseUrl }: Pick<Scope, 'type' | 'baseUrl'>, { attribute }: AttributePath): Values {
  const { name } = attribute;
  if (name === 'schemas') return schemasOf(type);
  if (name === 'groups') {
    return {
      from: sql`from memberships as membership join groups as each_group on each_group.tenant_id = membership.tenant_id and each_group.id = membership.group_id where membership.tenant_id = accounts.tenant_id and membership.principal_id = accounts.id and each_group.source = 'scim'`,
      first: sql`each_group.id`,
      read: relation(sql`each_group.id`, `${baseUrl}/Groups/`, {
        display: foldedText(sql`each_group.name`),
        type: foldedText(sql`'direct'::text`),
      }),
    };
  }
  if (name === 'members') {
    return {
      from: sql`from memberships as membership join accounts as member on member.tenant_id = membership.tenant_id and member.id = membership.principal_id where membership.tenant_id = groups.tenant_id and membership.group_id = groups.id and member.source = 'scim' and member.deleted_at is null`,
      first: sql`member.id`,
      read: relation(sql`member.id`, `${baseUrl}/Users/`, { type: foldedText(sql`'User'::text`) }),
    };
  }
  const json = sql`accounts.attributes -> ${name}::text`;
  return {
    from: sql`from jsonb_array_elements(case jsonb_typeof(${json}) when 'array' then ${json} end) with ordinality as each(value, at) where true`,
    first: sql`each.value -> 'primary' = 'true' desc nulls last, each.at`,
    read: (path) => jsonValue(path.sub ? sql`each.value -> ${path.sub.name}::text` : sql`each.value`, path),
  };
}

/** What the values of `groups` and `members` have; the rest is there when the id is. */
function relation(id: Sql, prefix: string, rest: Record<string, Value>): Values['read'] {
  const value = idValue(id, { caseExact: false });
  return ({ sub }) => (sub?.name === '$ref' ? addressValue(prefix, id) : (rest[sub?.name ?? 'value'] ?? value));
}

/** An extension's URN is there when it has values. */
function schemasOf({ schema, extensions }: ResourceType): Values {
  const rows = [
    sql`(${schema.id}::text, true)`,
    ...extensions.map(({ id }) => sql`(${id}::text, accounts.attributes -> ${id}::text is not null)`),
  ];
  return {
    from: sql`from (values ${sql.join(rows)}) as each(value, is_there) where is_there`,
    first: sql`each.value = ${schema.id} desc`,
    read: () => exactText(sql`each.value`),
  };
}
