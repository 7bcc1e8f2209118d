import { hash } from 'node:crypto';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { Log } from './log.ts';
import { network, publishedKeys, type Way } from './published.ts';

/** Bearer tokens of the tenant's identity provider, by its published keys and nothing that a token says of itself. */

export class BadToken extends Error {}
/** The provider's keys cannot be had, so nothing can be said of a token. */
export class ProviderAway extends Error {}

export interface Provider {
  issuer: string;
  audiences: string[];
}

/** Signatures by a public key only: a shared secret could be anybody's. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/**
 * RFC 8725 section 3.11: a logout token or a proof is no access token, though the provider signed it. Some say so by no
 * type, but by the claim `events` (RFC 8417 section 2.2).
 */
const OTHER_KIND = /^(?!(?:application\/)?at\+jwt$).+\+jwt$/i;
/** At most one fetch in this time, whatever keys tokens name. */
const COOL_MS = 30_000;
const RENEW_MS = 600_000;
/** The provider away: keys that it published last are good for so long. */
const LONGEST_MS = 3_600_000;
/** A token that was verified is not verified again for so long. */
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 10_000;
const TOLERANCE_SECONDS = 5;

interface Remembered {
  claims: JWTPayload;
  /** By the clock, in ms. */
  until: number;
}

interface Keys {
  get: ReturnType<typeof createLocalJWKSet>;
  text: string;
  /** Monotonic, in ms. */
  at: number;
}

/** What stands in `Authorization`; undefined where it is no JWT (RFC 6750 section 2.1). */
export const tokenIn = (authorization: string): string | undefined =>
  /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(authorization)?.[1];

export class Tokens {
  readonly #provider: Provider;
  readonly #log: Log;
  readonly #way: Way;
  readonly #remembered = new Map<string, Remembered>();
  /** What came last by each connection, by the keys of then. */
  readonly #last = new WeakMap<object, Remembered & { authorization: string; keys: Keys | undefined }>();
  #keys: Keys | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  /** Why they could not be read. */
  #problem: string | undefined;

  constructor(provider: Provider, log: Log, way = network) {
    this.#provider = provider;
    this.#log = log;
    this.#way = way;
  }

  isOf = ({ issuer, audiences }: Provider) =>
    this.#provider.issuer === issuer && this.#provider.audiences.join('\n') === audiences.join('\n');

  /** Of a token that was verified lately. Who is connected mostly sends the same over and over, which is compared, not read. */
  known(authorization: string, connection: object): JWTPayload | undefined {
    const now = Date.now();
    const last = this.#last.get(connection);
    if (last && last.authorization === authorization && last.keys === this.#keys && last.until > now)
      return last.claims;
    const token = tokenIn(authorization);
    const known = token && this.#remembered.get(printOf(token));
    if (!known || known.until <= now) return undefined;
    this.#last.set(connection, { ...known, authorization, keys: this.#keys });
    return known.claims;
  }

  /** @throws {BadToken} says why; {ProviderAway} */
  async claimsOf(token: string): Promise<JWTPayload> {
    const print = printOf(token);
    const now = Date.now();
    const claims = await this.#verify(token);
    this.#remembered.delete(print);
    if (this.#remembered.size >= MOST_REMEMBERED)
      this.#remembered.delete(this.#remembered.keys().next().value as string);
    const forMs = Math.min(REMEMBERED_MS, LONGEST_MS - this.#ageOfKeys);
    this.#remembered.set(print, { claims, until: Math.min(now + forMs, (claims.exp as number) * 1000) });
    return claims;
  }

  async #verify(token: string): Promise<JWTPayload> {
    const age = this.#ageOfKeys;
    // Nobody waits for a provider whose keys are still good.
    if (age > LONGEST_MS) await this.#renew();
    else if (age > RENEW_MS) void this.#renew();
    for (let isAgain = false; ; isAgain = true) {
      if (!this.#keys || this.#ageOfKeys > LONGEST_MS)
        throw new ProviderAway('The keys of the identity provider cannot be read.');
      try {
        const { payload, protectedHeader } = await jwtVerify(token, this.#keys.get, {
          algorithms,
          issuer: this.#provider.issuer,
          audience: this.#provider.audiences,
          requiredClaims: ['exp'],
          clockTolerance: TOLERANCE_SECONDS,
        });
        if (OTHER_KIND.test(protectedHeader.typ ?? '') || payload.events !== undefined)
          throw new BadToken('The token is of another kind than an access token.');
        return payload;
      } catch (error) {
        if (error instanceof BadToken) throw error;
        // A key that we do not have may be a new one.
        if (!(error instanceof errors.JWKSNoMatchingKey) || isAgain || !(await this.#renew()))
          throw new BadToken(whyNot(error));
      }
    }
  }

  /** In ms. */
  get #ageOfKeys() {
    return this.#keys ? performance.now() - this.#keys.at : Number.POSITIVE_INFINITY;
  }

  /** @returns whether it was read anew */
  async #renew(): Promise<boolean> {
    if (!this.#fetching) {
      if (performance.now() - this.#triedAt < COOL_MS) return false;
      this.#triedAt = performance.now();
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
    }
    const before = this.#keys;
    await this.#fetching;
    return this.#keys !== before;
  }

  async #fetch() {
    const at = performance.now();
    try {
      const text = await publishedKeys(this.#provider.issuer, this.#way);
      const get = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
      // What was verified by keys that are gone is verified again.
      if (text !== this.#keys?.text) this.#remembered.clear();
      this.#keys = { get, text, at };
      this.#problem = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#problem) this.#log('warn', 'the keys of the identity provider cannot be read', { message });
      this.#problem = message;
    }
  }
}

const printOf = (token: string) => hash('sha256', token, 'base64url');

function whyNot(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token is over.';
  if (error instanceof errors.JWTClaimValidationFailed) return `The token is not for here: ${error.claim}.`;
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'The token is signed by a key that its issuer does not publish.';
  return 'The token is not one of the identity provider of this gateway.';
}
