import { CsvError, parse } from 'csv-parse/sync';
import type { z } from 'zod';
import { skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid } from '../../kernel/problem.ts';
import { fieldErrors } from '../../kernel/schema.ts';
import { csvLine, fieldOf } from '../audit/service.ts';
import { groupsNamed, holdToJoin } from '../groups/service.ts';
import { accepted, startTask, taskKind } from '../tasks/service.ts';
import { groupsIn } from './csv-groups.ts';
import { shownOnly } from './export-many.ts';
import { hasInvitationsLeft } from './invitations.ts';
import { refusalIn } from './many.ts';
import { ActOnMany, NewAccount } from './schema.ts';
import { createAccount } from './service.ts';

/** Invites everybody in a CSV file, as a task with a result for each line. */

const MAX_ROWS = 5_000;
const BATCH = 25;
const WAIT_SECONDS = 300;

const fields = ['email', 'firstName', 'lastName', 'displayName', 'username', 'mobilePhone', 'groups'] as const;
type Field = (typeof fields)[number];
const required: readonly Field[] = ['email', 'firstName', 'lastName'];

/** What spreadsheets and other products call the columns, without case, spaces and signs. */
const columnNames: Record<string, Field> = {
  email: 'email',
  emailaddress: 'email',
  mail: 'email',
  firstname: 'firstName',
  givenname: 'firstName',
  lastname: 'lastName',
  surname: 'lastName',
  familyname: 'lastName',
  displayname: 'displayName',
  username: 'username',
  mobilephone: 'mobilePhone',
  mobile: 'mobilePhone',
  phone: 'mobilePhone',
  groups: 'groups',
  group: 'groups',
};

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, '');
/** So that a file that was exported can be brought in elsewhere. */
const passedOver = new Set<string>(shownOnly.map(plain));

/** One person of the file; `line` is where. */
type Row = { line: number } & Partial<Record<Field, string>>;

const refuse = (message: string) => invalid({ path: 'csv', message });

/** Comma, semicolon or tab: what the first line has most of. */
function delimiterOf(csv: string): string {
  const head = csv.slice(0, csv.search(/[\r\n]|$/));
  const count = (sign: string) => head.split(sign).length;
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

/** @throws {Problem} 400 that names `csv` and says what is wrong in which line */
export function peopleOf(csv: string): Row[] {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(csv, {
      bom: true,
      delimiter: delimiterOf(csv),
      info: true,
      max_record_size: 10_000,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as never;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw refuse(
      `line ${(error as { lines?: number }).lines ?? '?'} cannot be read: quotes do not match, or it is too long`,
    );
  }
  const [head, ...rows] = records;
  const columnOf = (name: string) => (Object.hasOwn(columnNames, name) ? columnNames[name] : undefined);
  const columns = (head?.record ?? []).map((name) => columnOf(plain(name)));
  const unknown = head?.record.find((name, at) => columns[at] === undefined && !passedOver.has(plain(name)));
  if (unknown !== undefined)
    throw refuse(
      `has a column ${JSON.stringify(unknown.slice(0, 50))}; the first line must name columns of ${fields.join(', ')}`,
    );
  const twice = columns.find((name, at) => name !== undefined && columns.indexOf(name) < at);
  if (twice) throw refuse(`has the column ${twice} twice`);
  const missing = required.filter((name) => !columns.includes(name));
  if (missing.length > 0) throw refuse(`lacks the column ${missing.join(', ')}; the first line must name the columns`);
  if (rows.length === 0) throw refuse('names nobody: below the line of column names comes a line for each person');
  if (rows.length > MAX_ROWS) throw refuse(`names ${rows.length} people; at most 5,000 go at once. Split it`);
  return rows.map(({ record, info }) => ({
    line: info.lines,
    ...Object.fromEntries(
      record.flatMap((value, at) => (columns[at] && value !== '' ? [[columns[at], fieldOf(value)]] : [])),
    ),
    ...(record.length > columns.length ? { tooMany: 'true' } : {}),
  }));
}

type Outcome = 'invited' | 'already-there' | 'invalid';
interface Told {
  outcome: Outcome;
  accountId?: string;
  field?: string;
  reason?: string;
}

/** @returns the account to make, or what is wrong with the line */
async function personOf(
  ctx: TenantContext,
  { line: _line, groups, ...person }: Row,
): Promise<z.output<typeof NewAccount> | Told> {
  if ('tooMany' in person) return { outcome: 'invalid', reason: 'The line has more fields than there are columns.' };
  const names = groupsIn(groups ?? '');
  const found = names.length > 0 ? await groupsNamed(ctx, names.map(skeleton)) : new Map<string, string>();
  const unknown = names.find((name) => !found.has(skeleton(name)));
  if (unknown !== undefined)
    return {
      outcome: 'invalid',
      field: 'groups',
      reason: `There is no group ${JSON.stringify(unknown.slice(0, 100))}. Make it first, or correct the name.`,
    };
  const parsed = NewAccount.safeParse({
    ...person,
    ...(names.length > 0 ? { groupIds: names.map((name) => found.get(skeleton(name))) } : {}),
  });
  if (parsed.success) return parsed.data;
  const [first] = fieldErrors(parsed.error);
  return { outcome: 'invalid', field: first?.path ?? '', reason: `It ${first?.message}.` };
}

async function invite(ctx: TenantContext, person: z.output<typeof NewAccount> | Told): Promise<Told> {
  if ('outcome' in person) return person;
  try {
    const { id } = await ctx.attempt(() => createAccount(ctx, person));
    return { outcome: 'invited', accountId: id };
  } catch (error) {
    const { code, message, errors, status } = refusalIn(error);
    if (code === 'email-taken') return { outcome: 'already-there', field: 'email', reason: message };
    const path = errors?.[0]?.path ?? (code === 'username-taken' ? 'username' : '');
    const field = path.startsWith('groupIds') || status === 403 ? 'groups' : path;
    return { outcome: 'invalid', field, reason: errors?.[0] ? `It ${errors[0].message}.` : message };
  }
}

const columns = ['line', 'email', 'outcome', 'field', 'reason', 'accountId'];

interface Asked {
  people: number;
}

/** The work: a line of the result for each of the file. */
export const invitingMany = taskKind<Asked>({
  kind: 'accounts.invite-many',
  permission: 'accounts.change',
  fileName: 'invitations.csv',
  actsAs: 'accounts.create',
  count: async (_ctx, { people }) => people,
  async batch(ctx, { people: count }, cursor, partOf) {
    const from = cursor === null ? 0 : Number(cursor);
    const rows = JSON.parse(await partOf(Math.floor(from / BATCH))) as Row[];
    const lines = cursor === null ? [csvLine(columns)] : [];
    const counts: Record<Outcome, number> = { invited: 0, 'already-there': 0, invalid: 0 };
    let at = from;
    let isWaiting = false;
    const people = [];
    for (const row of rows.slice(from % BATCH)) people.push({ row, person: await personOf(ctx, row) });
    // Of all lines at first, so that none waits for a group after the turn of another one.
    const groupIds = people.flatMap(({ person }) => ('outcome' in person ? [] : (person.groupIds ?? [])));
    if (ctx.rights.may('groups.change')) await holdToJoin(ctx, groupIds);
    for (const { row, person } of people) {
      // A tenant sends so many in an hour; the rest waits.
      isWaiting = !(await hasInvitationsLeft(ctx));
      if (isWaiting) break;
      const { outcome, field, reason, accountId } = await invite(ctx, person);
      counts[outcome]++;
      lines.push(csvLine([String(row.line), row.email ?? '', outcome, field, reason, accountId]));
      at++;
    }
    return {
      text: lines.join(''),
      rows: at - from,
      cursor: at < count ? String(at) : null,
      counts,
      ...(isWaiting ? { notBefore: ctx.later(WAIT_SECONDS) } : {}),
    };
  },
});

/**
 * Starts inviting everybody in the file. Whom the file names twice, or who is there already, is invited once.
 *
 * @throws {Problem} 400 that names `csv` when it cannot be read as a whole; 429 as `startTask`
 */
export async function inviteMany(ctx: TenantContext, { csv }: { csv: string }) {
  const people = peopleOf(csv);
  const parts = Array.from({ length: Math.ceil(people.length / BATCH) }, (_, at) =>
    JSON.stringify(people.slice(at * BATCH, (at + 1) * BATCH)),
  );
  const task = await startTask(ctx, invitingMany, { people: people.length }, parts);
  ctx.audit(ActOnMany, { after: { accounts: people.length }, target: { kind: 'task', id: task.id } });
  return accepted(ctx, task);
}
