import { type RawBuilder, sql } from 'kysely';
import type { TenantContext } from './context.ts';
import { conflict } from './problem.ts';

/**
 * How many of a kind a tenant has at most, so that none fills the disk or slows the others (P37). No settings: they lie
 * beyond what organisations have, and whoever comes near one has a runaway client rather than a need.
 *
 * - accounts: the largest organisations, deleted ones not counted
 * - groups: what identity providers push in the largest organisations
 * - service accounts: a machine each for what an organisation runs
 * - namespaces: environments, also one for each change under review; deleted ones count while they can be restored,
 *   since they hold their name and their rows
 * - identity providers: one each for the organisations that a holding has bought
 * - domains: brands and countries of the largest organisations
 * - guests: everybody of the largest partners
 * - services, gateways, agents: what the largest organisations have behind all their environments
 */
export const caps = {
  accounts: 1_000_000,
  groups: 50_000,
  'service-accounts': 1_000,
  namespaces: 500,
  'identity-providers': 50,
  domains: 500,
  guests: 100_000,
  services: 500,
  gateways: 1_000,
  agents: 1_000,
} as const;
export type Capped = keyof typeof caps;

/** In the order of an index, which alone is read then; a look at all rows would ask of each whose it is. */
const rowsOf: Record<Capped, RawBuilder<unknown>> = {
  accounts: sql`accounts where deleted_at is null order by username_canonical`,
  groups: sql`groups order by name_canonical`,
  'service-accounts': sql`service_accounts where deleted_at is null order by name_canonical`,
  namespaces: sql`namespaces order by name_canonical`,
  'identity-providers': sql`identity_providers order by name_canonical`,
  domains: sql`domains order by name`,
  services: sql`services order by name`,
  gateways: sql`gateways order by id`,
  agents: sql`agents order by id`,
  guests: sql`guests where ended_at is null order by created_at, id`,
};

/** No further than the cap. */
async function count({ db }: TenantContext, kind: Capped): Promise<number> {
  const found = sql<{ count: number }>`
    select count(*)::int as count from (select from ${rowsOf[kind]} limit ${caps[kind]}) as counted`;
  return (await found.execute(db)).rows[0]?.count ?? 0;
}

/** What was last counted of one tenant and kind. */
interface Room {
  /** Creations that pass before it is counted again; none when it was full. */
  left: number;
  isFull: boolean;
  /** On this node's monotonic clock, in milliseconds. */
  until: number;
}

const MINUTE_MS = 60_000;
const MAX_KEPT = 1_000;

/**
 * A node's memory of how much room tenants have left, so that a creation adds no message to the database: one look
 * grants an eighth of the room that it found, for a minute, and only then is looked again. A look costs what is there,
 * over an index; shared by what it grants, that is some tens of rows a creation. It decides no right.
 *
 * With several nodes a cap can be passed by what they granted in the same minute, and by a thousandth of it, the least
 * that is granted, so that near a large cap not each creation counts all.
 */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #now: () => number;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Takes room for one. @throws {Problem} 409 `too-many-<kind>` */
  async take(tenantId: string, kind: Capped, counted: () => Promise<number>): Promise<void> {
    const key = `${tenantId} ${kind}`;
    const known = this.#rooms.get(key);
    if (known && known.until > this.#now()) {
      if (known.isFull) throw full(kind);
      if (known.left-- > 0) return;
    }
    const max = caps[kind];
    const free = max - (await counted());
    const isFull = free <= 0;
    this.#keep(key, {
      left: Math.max(Math.ceil(max / 1000), Math.floor(free / 8)) - 1,
      isFull,
      // A row takes a microsecond at most: a client that tries on and on has us count a fiftieth of the time.
      until: this.#now() + (isFull ? max / 20 : MINUTE_MS),
    });
    if (isFull) throw full(kind);
  }

  #keep(key: string, room: Room) {
    this.#rooms.delete(key);
    if (this.#rooms.size >= MAX_KEPT) this.#rooms.delete(this.#rooms.keys().next().value as string);
    this.#rooms.set(key, room);
  }
}

const full = (kind: Capped) =>
  conflict(
    `too-many-${kind}`,
    `This tenant has ${caps[kind].toLocaleString('en')} ${kind.replace('-', ' ')}, the most that one may have. Delete some that are not needed.`,
  );

/**
 * Call it before a row of the kind is made, when all else is known to be right.
 *
 * @throws {Problem} 409 `too-many-accounts`, `too-many-groups`, `too-many-service-accounts`, `too-many-namespaces`,
 *   `too-many-domains`, `too-many-services`, `too-many-gateways`, `too-many-agents`
 */
export const requireRoom = (ctx: TenantContext, kind: Capped): Promise<void> =>
  ctx.rooms.take(ctx.tenantId, kind, () => count(ctx, kind));
