import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import { type BearerClaim, cookieName, type SessionClaim } from './authenticate.ts';
import { Rooms } from './caps.ts';
import type { Config } from './config.ts';
import { rawPublicKey } from './credential-text.ts';
import { ask, type Pool, type Prepared } from './database/pool.ts';
import { Leases } from './leases.ts';
import { invalid, Problem, unavailable } from './problem.ts';
import type { RegionMessage } from './region-messages.ts';

/** A region as everybody may know it. */
export interface RegionInfo {
  code: string;
  name: string;
  country: string;
  baseUrl: string;
  /** Of what its nodes sign (`region-messages.ts`); not known of one whose nodes are older. */
  publicKey?: Buffer | null;
}

/** A region that this node serves. */
export interface Region extends RegionInfo {
  /** Its databases; the first is the home cell. */
  cells: Pool[];
  masterKey: Buffer;
  /** Signs what is said to other regions. */
  signingKey: KeyObject;
  smtpUrl: string | undefined;
}

export interface Place {
  region: Region;
  cell: Pool;
  cellIndex: number;
}

const MAX_CACHED = 50_000;
const DIRECTORY_TIMEOUT_MS = 3_000;
const REGIONS_REMEMBERED_MS = 10_000;
const REGIONS_LEARNT_MS = 30_000;

/** What never or rarely changes, kept in bounded memory: the oldest goes first. */
class BoundedMap<K, V> extends Map<K, V> {
  readonly #max: number;

  constructor(max = MAX_CACHED) {
    super();
    this.#max = max;
  }

  override set(key: K, value: V) {
    if (this.size >= this.#max && !this.has(key)) this.delete(this.keys().next().value as K);
    return super.set(key, value);
  }
}

/** Everything of the installation that a node holds: its regions, the directory, keys, settings. */
export class Platform {
  readonly config: Config;
  readonly log: Logger;
  readonly regions: ReadonlyMap<string, Region>;
  readonly directory: Pool;
  /** Keys the checksums of credentials and all fingerprints; the same on all nodes of the platform. */
  readonly fingerprintKey: Buffer;
  readonly operatorKeyHash: Buffer;
  /** How much room tenants had when it was last looked. */
  readonly rooms = new Rooms();
  /** Unwrapped data keys of tenants, kept for minutes (`tenant-keys.ts`). */
  readonly dataKeys = new BoundedMap<string, { key: Buffer; until: number }>();
  /**
   * What bearers say of themselves, by their hash: it never changes and opens nothing. Whether one is valid is asked of
   * the database with each request.
   */
  readonly claims = new BoundedMap<string, BearerClaim>(2_000);
  /** The same of the cookies of sessions, apart: a cookie is no bearer, nor the other way round. */
  readonly sessionClaims = new BoundedMap<string, SessionClaim>(2_000);
  /** Cookies that a session may come in. */
  readonly sessionCookies: readonly string[];
  /** What other regions may say to this node, by kind. */
  readonly answers = new Map<string, RegionMessage>();
  readonly leases = new Leases();
  /** The node is stopping: whoever waits for something is answered now. */
  isLeaving = false;
  readonly #places = new BoundedMap<string, Place>();
  readonly #elsewhere = new BoundedMap<string, string>();
  #everyRegion: RegionInfo[] = [];
  /** On this node's monotonic clock, in milliseconds. */
  #regionsUntil = 0;
  /** Until when nobody has the directory asked for them anew. */
  #learntUntil = 0;
  #isAnnounced = false;
  #asking: Promise<void> | undefined;
  /** Until when the directory is not asked again, on this node's monotonic clock in milliseconds. */
  #directoryAwayUntil = 0;

  constructor(parts: {
    config: Config;
    log: Logger;
    regions: Region[];
    directory: Pool;
    fingerprintKey: Buffer;
    operatorKeyHash: Buffer;
  }) {
    this.config = parts.config;
    this.log = parts.log;
    this.regions = new Map(parts.regions.map((region) => [region.code, region]));
    this.sessionCookies = parts.regions.map(({ code }) => cookieName(code));
    this.directory = parts.directory;
    this.fingerprintKey = parts.fingerprintKey;
    this.operatorKeyHash = parts.operatorKeyHash;
    this.#everyRegion = parts.regions.map(({ code, name, country, baseUrl }) => ({ code, name, country, baseUrl }));
  }

  /** All regions of the platform: the directory's when it answers, else what was last known. */
  async everyRegion(): Promise<RegionInfo[]> {
    // Anybody may ask, so all who ask at once share one question to the directory.
    this.#asking ??= (this.#isAnnounced ? this.#learnRegions() : this.announce())
      // Base URLs change with a new set-up only; the known ones serve while the directory is away.
      .catch(() => undefined)
      .finally(() => {
        this.#asking = undefined;
      });
    await this.#asking;
    return this.#everyRegion;
  }

  /** All regions as they were ten seconds ago at most: what pages show to anybody. */
  async recentRegions(): Promise<RegionInfo[]> {
    if (performance.now() < this.#regionsUntil) return this.#everyRegion;
    const regions = await this.everyRegion();
    this.#regionsUntil = performance.now() + REGIONS_REMEMBERED_MS;
    return regions;
  }

  knownRegion(code: string): RegionInfo | undefined {
    return this.#everyRegion.find((each) => each.code === code);
  }

  /** Asks the directory for the regions and their keys, once in 30 seconds however often somebody has it do so. */
  async learnRegionsSoon(): Promise<void> {
    if (performance.now() < this.#learntUntil) return;
    this.#learntUntil = performance.now() + REGIONS_LEARNT_MS;
    await this.everyRegion();
  }

  async #learnRegions(): Promise<void> {
    const rows = await this.#askDirectory<RegionInfo>({
      name: 'regions',
      text: 'select code, name, country, base_url as "baseUrl", public_key as "publicKey" from regions order by code',
      values: [],
    });
    if (rows.length) this.#everyRegion = rows;
  }

  /**
   * Tells the directory which regions this node serves, and learns the others. A node that started without the
   * directory does it when the directory is next needed.
   */
  async announce(): Promise<void> {
    for (const { code, name, country, baseUrl, signingKey } of this.regions.values())
      await this.#askDirectory({
        name: 'announce',
        text: `insert into regions (code, name, country, base_url, public_key) values ($1, $2, $3, $4, $5)
               on conflict (code) do update set name = excluded.name, country = excluded.country,
                 base_url = excluded.base_url, public_key = excluded.public_key`,
        values: [code, name, country, baseUrl, rawPublicKey(signingKey)],
      });
    this.#isAnnounced = true;
    await this.#learnRegions();
  }

  /**
   * Where a tenant lives. Placement decides no right, so it may be remembered; a wrong cell shows no rows.
   *
   * @returns undefined when no such tenant is known anywhere
   * @throws {Problem} 421 `wrong-region` with the base URL when another node serves it; 503 when only the directory
   *   could tell and it does not answer
   */
  async locate(tenantId: string): Promise<Place | undefined> {
    const elsewhere = this.#elsewhere.get(tenantId);
    if (elsewhere) throw await this.wrongRegion(elsewhere);
    const place = await this.locateHere(tenantId);
    if (place) return place;
    const rows = await this.#askDirectory<{ region: string }>({
      name: 'tenant-region',
      text: 'select region from tenants where id = $1',
      values: [tenantId],
    });
    const regionCode = rows[0]?.region;
    if (!regionCode || this.regions.has(regionCode)) return undefined;
    this.#elsewhere.set(tenantId, regionCode);
    throw await this.wrongRegion(regionCode);
  }

  /** What is known of a region; the directory is asked when it is not known by which key it signs. */
  async regionInfo(code: string): Promise<RegionInfo | undefined> {
    const known = this.knownRegion(code);
    return known?.publicKey ? known : (await this.everyRegion()).find((each) => each.code === code);
  }

  /**
   * The code of the region that a tenant lives in, wherever that is; undefined when no such tenant is known anywhere.
   *
   * @throws {Problem} 503 when only the directory could tell and it does not answer
   */
  async regionOfTenant(tenantId: string): Promise<string | undefined> {
    const known = this.#elsewhere.get(tenantId);
    if (known) return known;
    const here = await this.locateHere(tenantId);
    if (here) return here.region.code;
    await this.locate(tenantId).catch((error) => {
      if (!(error instanceof Problem && error.status === 421)) throw error;
    });
    return this.#elsewhere.get(tenantId);
  }

  /** Where a tenant lives if this node has served it lately. */
  known(tenantId: string): Place | undefined {
    return this.#places.get(tenantId);
  }

  /** Where a tenant lives if this node serves it; the directory is not asked. */
  async locateHere(tenantId: string): Promise<Place | undefined> {
    const known = this.#places.get(tenantId);
    if (known) return known;
    const found = await Promise.all(
      [...this.regions.values()].map(async (region) => {
        const rows = await ask<{ cell: number }>(region.cells[0] as Pool, {
          name: 'placement',
          text: 'select cell from placements where tenant_id = $1',
          values: [tenantId],
        });
        const cellIndex = rows[0]?.cell;
        const cell = cellIndex === undefined ? undefined : region.cells[cellIndex];
        return cell && cellIndex !== undefined ? { region, cell, cellIndex } : undefined;
      }),
    );
    const place = found.find((each) => each !== undefined);
    if (place) this.#places.set(tenantId, place);
    return place;
  }

  /** One question to the directory. When it does not answer it is spared for a second, and those who ask are not held up. */
  async #askDirectory<Row>(statement: Prepared): Promise<Row[]> {
    const away = () => unavailable('The directory does not answer. Try again, or ask the right region.');
    if (performance.now() < this.#directoryAwayUntil) throw away();
    try {
      return await ask<Row>(this.directory, statement, DIRECTORY_TIMEOUT_MS);
    } catch (error) {
      this.log.warn({ err: error }, 'the directory does not answer');
      this.#directoryAwayUntil = performance.now() + 1_000;
      throw away();
    }
  }

  /**
   * Tenants of regions served elsewhere that proved an e-mail domain; none while the directory does not answer. It is not
   * asked where this node serves every region.
   */
  async provedElsewhere(domainFingerprint: Buffer): Promise<{ tenantId: string; region: string }[]> {
    if (this.#isAnnounced && this.#everyRegion.every(({ code }) => this.regions.has(code))) return [];
    return this.#askDirectory<{ tenantId: string; region: string }>({
      name: 'domain-elsewhere',
      text: `select tenant_id as "tenantId", region from domains
             where fingerprint = $1 and not region = any($2) order by region, tenant_id limit 50`,
      values: [domainFingerprint, [...this.regions.keys()]],
    }).catch(() => []);
  }

  /** Whether an Origin header names this node: a base URL of ours, or the port on which it listens on this machine. */
  isOwnOrigin(origin: string, localPort: number | undefined): boolean {
    for (const region of this.regions.values()) if (origin === region.baseUrl) return true;
    return (
      origin === `http://localhost:${localPort}` ||
      origin === `http://127.0.0.1:${localPort}` ||
      origin === `http://[::1]:${localPort}`
    );
  }

  /** 421 that names the region's base URL (design, section 3). */
  async wrongRegion(code: string): Promise<Problem> {
    let region = this.#everyRegion.find((each) => each.code === code);
    region ??= (await this.everyRegion()).find((each) => each.code === code);
    if (!region)
      return unavailable('The directory does not answer, so the address of the right region is not known. Try again.');
    return new Problem(
      421,
      'wrong-region',
      `This belongs to the region ${region.name}. Send the request to ${region.baseUrl}.`,
      {
        members: { region: region.code, baseUrl: region.baseUrl },
      },
    );
  }

  /**
   * The served region of that code, for what is made in it.
   *
   * @throws {Problem} 421 when another node serves it, 400 when there is none, 503 when it is not known to the directory
   *   yet, which does not answer
   */
  async regionOf(code: string, path = 'region'): Promise<Region> {
    const region = this.regions.get(code);
    if (region && !this.#isAnnounced) await this.announce();
    if (region) return region;
    const all = await this.everyRegion();
    if (all.some((each) => each.code === code)) throw await this.wrongRegion(code);
    throw invalid({ path, message: `must be one of ${all.map((each) => each.code).join(', ')}` });
  }
}
