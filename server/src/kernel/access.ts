import type { Permission } from './catalogue.ts';

/** Who may call an operation. An operation does not compile without it. */
export type Access =
  | {
      kind: 'allow';
      permission: Permission;
      namespaceParam?: string;
      inAnyNamespace?: boolean;
      duringReadOnly?: boolean;
      duringClosing?: boolean;
      freshSignIn?: boolean;
      unprotected?: boolean;
      changesSignIn?: boolean;
      opensToPartners?: string;
    }
  | { kind: 'own'; why: string; freshSignIn?: boolean }
  | { kind: 'member'; why: string; freshSignIn?: boolean }
  | { kind: 'credential'; why: string }
  | { kind: 'deciding'; permission: Permission; why: string }
  | { kind: 'agent'; why: string; duringReadOnly?: boolean }
  | { kind: 'operator' }
  | { kind: 'operator-in-tenant' }
  | { kind: 'provisioning'; why: string; whateverItsState?: boolean }
  | { kind: 'open'; why: string; provedByLink?: boolean; isFormOfOthers?: boolean };

interface AllowOptions {
  /** The path parameter that names the namespace whose grants count too. */
  namespace?: string;
  /** A grant in any one namespace is enough; the handler shows only those (`access.namespacesWith`). */
  inAnyNamespace?: boolean;
  /** Takes rights away only, so a read-only tenant may still do it. */
  duringReadOnly?: boolean;
  /** May be done while the tenant is closing. */
  duringClosing?: boolean;
  /** A session must have proved within 15 minutes that its person is there. Keys never ask. */
  freshSignIn?: boolean;
  /** A POST that changes nothing in the namespace, or decides what was asked: a protected one asks nothing for it. */
  unprotected?: boolean;
  /** By it one could come to sign in as somebody else: no partner does, whatever it was let do (P26). */
  changesSignIn?: boolean;
  /** Why partners may send what stands as a secret in its body: nobody who knows it can do anything by it. */
  opensToPartners?: string;
}

/** Principals of the path's tenant who hold the permission. */
export const allow = <P extends Permission>(permission: P, { namespace, ...options }: AllowOptions = {}) => ({
  kind: 'allow' as const,
  permission,
  ...(namespace ? { namespaceParam: namespace } : {}),
  ...options,
});

/** Every principal, about itself only. */
export const own = (why: string, options: { freshSignIn?: boolean } = {}) => ({
  kind: 'own' as const,
  why,
  ...options,
});

/** Every principal of the path's tenant, whatever it may do; the handler shows what is that principal's. */
export const member = (why: string, options: { freshSignIn?: boolean } = {}) => ({
  kind: 'member' as const,
  why,
  ...options,
});

/**
 * Keys of services, about their namespace, and service accounts that hold the permission: software that asks what others
 * may do. It only reads.
 */
export const deciding = (permission: Permission, why: string) => ({ kind: 'deciding' as const, permission, why });

/** Agent keys, by their signature: gateways that run, about their namespace. The handler keeps them to it. */
export const agent = (why: string, options: { duringReadOnly?: boolean } = {}) => ({
  kind: 'agent' as const,
  why,
  ...options,
});

/** Every valid credential of any kind; the handler shows what is that credential's. */
export const credential = (why: string) => ({ kind: 'credential' as const, why });

/** The operator, above tenants. */
export const operator = () => ({ kind: 'operator' as const });

/** The operator, acting on the tenant of the path. */
export const operatorInTenant = () => ({ kind: 'operator-in-tenant' as const });

/** Provisioning tokens of the path's tenant, while its provisioning is on. */
export const provisioning = (why: string, options: { whateverItsState?: boolean } = {}) => ({
  kind: 'provisioning' as const,
  why,
  ...options,
});

/** Anybody. Say why. */
export const open = (why: string) => ({ kind: 'open' as const, why });

/** Whoever comes with a form of another site, whose contents are the proof. */
export const openToForms = (why: string) => ({ kind: 'open' as const, why, isFormOfOthers: true });

/** Whoever holds a single-use link, whose secret is in the body: wrong ones are limited by where they come from. */
export const openedByLink = (why: string) => ({ kind: 'open' as const, why, provedByLink: true });

/** The grant of all permissions of the same topic. */
const topicOf = (permission: string) => `${permission.slice(0, permission.indexOf('.'))}.*`;

/** The grants of which each alone gives the permission in the whole tenant, or in the namespace when one is named. */
export function grantsThatGive(permission: string, namespaceId?: string | null): string[] {
  const topic = topicOf(permission);
  return namespaceId
    ? [permission, topic, `${permission}@${namespaceId}`, `${topic}@${namespaceId}`]
    : [permission, topic];
}

/** What the principal of a request holds, read with the request and never kept. */
export class Rights {
  readonly isOwner: boolean;
  readonly #grants: ReadonlySet<string>;
  static readonly none: Rights = Object.freeze(new Rights(false, [])) as Rights;

  /** @param grants `permission`, `topic.*`, either followed by `@<namespace id>` when limited to one namespace */
  constructor(isOwner: boolean, grants: Iterable<string>) {
    this.isOwner = isOwner;
    this.#grants = new Set(grants);
  }

  /** Of grants as they are stored. */
  static of(isOwner: boolean, grants: Iterable<{ permission: string; namespaceId: string | null }>): Rights {
    const texts = [];
    for (const { permission, namespaceId } of grants)
      texts.push(namespaceId ? `${permission}@${namespaceId}` : permission);
    return isOwner || texts.length > 0 ? new Rights(isOwner, texts) : Rights.none;
  }

  /** Whether it holds the permission in the whole tenant, or in the namespace when one is named. */
  may(permission: string, namespaceId?: string | null): boolean {
    const grants = this.#grants;
    if (this.isOwner || grants.has(permission)) return true;
    if (grants.size === 0) return false;
    const topic = topicOf(permission);
    if (grants.has(topic)) return true;
    return namespaceId ? grants.has(`${permission}@${namespaceId}`) || grants.has(`${topic}@${namespaceId}`) : false;
  }

  /** The namespaces in which it holds the permission: all of them, or these. */
  namespacesWith(permission: string): 'all' | string[] {
    if (this.may(permission)) return 'all';
    const topic = topicOf(permission);
    const ids = new Set<string>();
    for (const grant of this.#grants) {
      const [name, namespaceId] = grant.split('@');
      if (namespaceId && (name === permission || name === topic)) ids.add(namespaceId);
    }
    return [...ids];
  }

  /** Everything it holds, as grants. */
  get grants(): string[] {
    return [...this.#grants].sort();
  }
}

/** What two principals both hold: somebody does what another one asked for. */
export const sharedRights = (one: Rights, other: Rights): SharedRights => new SharedRights(one, other);

class SharedRights extends Rights {
  readonly #one: Rights;
  readonly #other: Rights;
  /** What was asked for that the other one holds and the first does not. */
  readonly lacking = new Set<string>();

  constructor(one: Rights, other: Rights) {
    super(one.isOwner && other.isOwner, []);
    this.#one = one;
    this.#other = other;
  }

  override may(permission: string, namespaceId?: string | null): boolean {
    if (!this.#other.may(permission, namespaceId)) return false;
    if (this.#one.may(permission, namespaceId)) return true;
    this.lacking.add(permission);
    return false;
  }

  override namespacesWith(permission: string): 'all' | string[] {
    const [some, others] = [this.#one.namespacesWith(permission), this.#other.namespacesWith(permission)];
    if (some === 'all') return others;
    if (others === 'all' || others.some((id) => !some.includes(id))) this.lacking.add(permission);
    return others === 'all' ? some : some.filter((id) => others.includes(id));
  }

  override get grants(): string[] {
    const others = new Set(this.#other.grants);
    return this.#one.grants.filter((grant) => others.has(grant));
  }
}

/** What a delegation gives to whom it lets in. */
export interface Given {
  id: string;
  rights: Rights;
}

/** What something needs: a permission everywhere, in the namespace when one is named, or in any. */
interface Needed {
  permission: string;
  namespaceId?: string | undefined;
  inAnyNamespace?: boolean | undefined;
}

/**
 * Of several delegations the one that gives what is needed: whoever reads what was done by a delegation finds there what it
 * made possible.
 *
 * @returns its id; undefined when none of them gives it
 */
export const givingOf = (delegations: Given[], { permission, namespaceId, inAnyNamespace }: Needed) =>
  delegations.find(
    ({ rights }) =>
      rights.may(permission, namespaceId) || (inAnyNamespace && rights.namespacesWith(permission).length > 0),
  )?.id;

/**
 * By which delegation work goes on that somebody started: the one of the start as long as it gives what the work needs, else
 * another that does. Work that needs nothing stays under the one of the start.
 *
 * @param delegations what each gives at this moment
 * @returns null of whom none lets in
 */
export function goingOnBy(
  delegations: Given[],
  startedBy: string | undefined,
  { permission, namespaceId }: Pick<Needed, 'namespaceId'> & { permission: string | null },
): string | null {
  const inOrder = [...delegations].sort((one, other) => Number(other.id === startedBy) - Number(one.id === startedBy));
  const giving = permission === null ? undefined : givingOf(inOrder, { permission, namespaceId });
  return giving ?? inOrder[0]?.id ?? null;
}
