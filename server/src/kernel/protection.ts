import { sql } from 'kysely';
import type { TenantContext } from './context.ts';
import { prepared } from './database/queries.ts';
import { isId } from './ids.ts';
import type { Asked, Input } from './input.ts';
import type { Operation } from './operation.ts';
import { conflict, Problem } from './problem.ts';

/**
 * A namespace may be protected against a change that was not meant. The kernel asks for its name with each operation that
 * changes something in the namespace of its path, so that no operation can forget it, and with those that say that they
 * reach namespaces otherwise (`changesNamespaces`). Where a second person approves, the change is then kept instead of
 * made (`second-approver.ts`).
 */

export const CONFIRM_HEADER = 'X-Bailiwick-Confirm';

const changesThatOfPath = ({ method, access }: Pick<Operation, 'method' | 'access'>): boolean =>
  access.kind === 'allow' && access.namespaceParam !== undefined && method !== 'GET' && !access.unprotected;

export const changesNamespace = (operation: Pick<Operation, 'method' | 'access' | 'changesNamespaces'>): boolean =>
  changesThatOfPath(operation) || operation.changesNamespaces !== undefined;

const protectionOf = prepared((db, at: { id: string }) =>
  db.selectFrom('namespaces').select(['id', 'name', 'protection']).where('id', '=', at.id),
);

/** What is to be known of the namespace, to be foreseen: then asking for its name begins no transaction. */
export function protectionAsked(operation: Operation, { params }: Pick<Asked, 'params'>) {
  const { access } = operation;
  if (access.kind !== 'allow' || !access.namespaceParam || !changesThatOfPath(operation)) return [];
  const id = (params as Record<string, string>)[access.namespaceParam];
  return id && isId(id) ? [protectionOf({ id })] : [];
}

/** The protected namespaces that it would change, by their names. */
export async function protectedOnes(
  ctx: TenantContext,
  operation: Operation,
  request: Pick<Asked, 'params'>,
  input: Input,
) {
  const ids = (await operation.changesNamespaces?.(ctx, input as never)) ?? [];
  const named = ids.length > 0 ? await protectionsOf(ctx, ids) : [];
  const [question] = protectionAsked(operation, request);
  const ofPath = question ? await ctx.ask(question) : [];
  return [...ofPath, ...named].filter(({ protection }) => protection !== 'none');
}

const protectionsOf = ({ db }: TenantContext, ids: string[]) =>
  db
    .selectFrom('namespaces')
    .select(['id', 'name', 'protection'])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .orderBy('name')
    .execute();

/**
 * @returns the namespace, when a second person approves each change of it
 * @throws {Problem} 428 `confirmation-required`, with what the header is to say as `namespaceName`: the name, of several
 *   all names with commas between them; 409 `several-approvals`
 */
export async function requireConfirmation(
  ctx: TenantContext,
  operation: Operation,
  request: Asked,
  input: Input,
): Promise<{ id: string } | undefined> {
  const found = await protectedOnes(ctx, operation, request, input);
  if (found.length === 0) return undefined;
  // A deletion has the name in its query already.
  const { confirmName } = request.query as Record<string, unknown>;
  const said = new Set(String(request.headers[CONFIRM_HEADER.toLowerCase()] ?? confirmName ?? '').split(/, ?/));
  const names = found.map(({ name }) => name).join();
  if (!found.every(({ name }) => said.has(name)))
    throw new Problem(
      428,
      'confirmation-required',
      found.length === 1
        ? `The namespace ${names} is protected: a change of it says its name, in the header ${CONFIRM_HEADER}.`
        : `The namespaces ${names} are protected: a change of them says these names, in the header ${CONFIRM_HEADER}.`,
      { members: { namespaceName: names } },
    );
  const approved = found.filter(({ protection }) => protection === 'approval');
  if (approved.length > 1)
    throw conflict(
      'several-approvals',
      `In several of these namespaces a second person approves each change: ${approved.map(({ name }) => name).join()}. Change one of them at a time.`,
    );
  return approved[0];
}
