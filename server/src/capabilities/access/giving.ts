import { grantsThatGive, Rights } from '../../kernel/access.ts';
import type * as store from './store.ts';

/** One way by which somebody holds something; the Owner Group's names no permission. */
export interface Path {
  groupId: string;
  permission: string | null;
  namespaceId: string | null;
}

/** Somebody, and of each group what it gives them. */
export interface Holder {
  id: string;
  kind: store.PrincipalRow['kind'];
  mayAct: boolean;
  giving: Path[][];
}

const owning = (groupId: string): Path[] => [{ groupId, permission: null, namespaceId: null }];

/** Who a single question is about; what their groups grant is as if of one. */
export function holderOf(rows: store.OneDecisionRow[]): Holder[] {
  const [first] = rows;
  if (!first) return [];
  const { principalId: id, kind, mayAct, ownerGroupId } = first;
  const giving: Path[][] = [];
  if (first.groupId)
    giving.push(
      rows.flatMap(({ groupId, permission, namespaceId }) => (groupId ? [{ groupId, permission, namespaceId }] : [])),
    );
  if (ownerGroupId) giving.push(owning(ownerGroupId));
  return [{ id, kind, mayAct, giving }];
}

/** Those whom many questions are about; a path names its group where each way is told. */
export function holdersOf(facts: readonly store.FactRow[]): Holder[] {
  const giving = new Map<string, Path[][]>();
  /** Many are given by the same. */
  const known = new Map<string, Path[]>();
  for (const fact of facts) {
    if (fact.from !== 'way') continue;
    const { id, of, text } = fact;
    const way = of + text;
    const paths = known.get(way) ?? pathsIn(text, of ?? '');
    known.set(way, paths);
    const before = giving.get(id);
    if (before) before.push(paths);
    else giving.set(id, [paths]);
  }
  return facts.flatMap((fact) =>
    fact.from === 'way'
      ? []
      : [{ id: fact.id, kind: fact.from, mayAct: fact.holds, giving: giving.get(fact.id) ?? [] }],
  );
}

const pathsIn = (gives: string, groupId: string): Path[] =>
  gives === ''
    ? owning(groupId)
    : gives.split(' ').map((grant) => {
        const [permission = null, namespaceId = null] = grant.split('@');
        return { groupId, permission, namespaceId };
      });

/** Whether it gives the permission in the tenant, or in the namespace: the rule of `Rights.may`, for one grant. */
export const isWay = (path: Path, permission: string, namespaceId: string | null): boolean =>
  (path.permission === null || grantsThatGive(permission).includes(path.permission)) &&
  (path.namespaceId === null || path.namespaceId === namespaceId);

/** What somebody holds by all of their groups. */
export const rightsOf = ({ giving }: Holder): Rights =>
  Rights.of(
    giving.some(([path]) => path?.permission === null),
    giving.flat().flatMap(({ permission, namespaceId }) => (permission ? [{ permission, namespaceId }] : [])),
  );
