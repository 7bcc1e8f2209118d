import type { TenantContext } from './context.ts';
import { prepared } from './database/queries.ts';
import { isId } from './ids.ts';
import type { Asked } from './input.ts';
import type { Operation } from './operation.ts';
import { Problem } from './problem.ts';

/**
 * A namespace may be protected against a change that was not meant. The kernel asks for its name with each operation that
 * changes something in the namespace of its path, so that no operation can forget it. Where a second person approves,
 * the change is then kept instead of made (`second-approver.ts`).
 */

export const CONFIRM_HEADER = 'X-Bailiwick-Confirm';

export const changesNamespace = ({ method, access }: Pick<Operation, 'method' | 'access'>): boolean =>
  access.kind === 'allow' && access.namespaceParam !== undefined && method !== 'GET' && !access.unprotected;

const protectionOf = prepared((db, at: { id: string }) =>
  db.selectFrom('namespaces').select(['id', 'name', 'protection']).where('id', '=', at.id),
);

/** What is to be known of the namespace, to be foreseen: then asking for its name begins no transaction. */
export function protectionAsked(operation: Operation, { params }: Pick<Asked, 'params'>) {
  const { access } = operation;
  if (access.kind !== 'allow' || !access.namespaceParam || !changesNamespace(operation)) return [];
  const id = (params as Record<string, string>)[access.namespaceParam];
  return id && isId(id) ? [protectionOf({ id })] : [];
}

/**
 * @returns the namespace, when a second person approves each change of it
 * @throws {Problem} 428 `confirmation-required`, with the name as `namespaceName`
 */
export async function requireConfirmation(
  ctx: TenantContext,
  operation: Operation,
  request: Asked,
): Promise<{ id: string } | undefined> {
  const [question] = protectionAsked(operation, request);
  const [namespace] = question ? await ctx.ask(question) : [];
  if (!namespace || namespace.protection === 'none') return undefined;
  // A deletion has the name in its query already.
  const { confirmName } = request.query as Record<string, unknown>;
  if ((request.headers[CONFIRM_HEADER.toLowerCase()] ?? confirmName) === namespace.name)
    return namespace.protection === 'approval' ? namespace : undefined;
  throw new Problem(
    428,
    'confirmation-required',
    `The namespace ${namespace.name} is protected: a change of it says its name, in the header ${CONFIRM_HEADER}.`,
    { members: { namespaceName: namespace.name } },
  );
}
