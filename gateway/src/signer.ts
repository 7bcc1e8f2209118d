import { createPrivateKey, randomUUID } from 'node:crypto';
import {
  claimsFor,
  keyThatSigns,
  type SigningKey,
  signed,
} from '../../server/src/capabilities/gateways/upstream-token.ts';
import type { Admitted, Asked } from './admission.ts';
import type { Configuration } from './configuration.ts';
import { unavailable } from './refusal.ts';

/** Tells upstreams who comes, by a token that it signs for each request. */
export class Signer {
  readonly #settings: NonNullable<Configuration['signing']>;
  /** Read once. */
  readonly #keys: SigningKey[];

  constructor(settings: NonNullable<Configuration['signing']>) {
    this.#settings = settings;
    this.#keys = settings.keys.map(({ privateKey, startsAt, signsFrom, expiresAt, ...key }) => ({
      privateKey: createPrivateKey(privateKey),
      startsAt: new Date(startsAt),
      signsFrom: new Date(signsFrom),
      expiresAt: new Date(expiresAt),
      ...key,
    }));
  }

  /** Whether the token names groups that the rule names. */
  asksForGroups = ({ rule }: Admitted) => this.#settings.includesGroups && (rule?.groupIds.length ?? 0) > 0;

  /** @throws {Refusal} 503 when no certificate is valid: nothing goes unsigned */
  headerFor(
    { subject, claims }: Asked,
    { route, item, rule }: Admitted,
    groupIds: ReadonlySet<string>,
  ): Record<string, string> {
    const now = new Date();
    const key = keyThatSigns(this.#keys, now);
    if (!key) throw unavailable('no-certificate', 'This gateway has no valid certificate to sign by.');
    const { header } = this.#settings;
    const comer = {
      issuer: typeof claims.iss === 'string' ? claims.iss : null,
      subject: subject ?? null,
      groupIds: (rule?.groupIds ?? []).filter((id) => groupIds.has(id)),
    };
    const about = { service: route.service, item: item ?? null };
    const token = signed(key, claimsFor(this.#settings, about, comer, Math.floor(now.getTime() / 1000)), randomUUID());
    return { [header]: header === 'authorization' ? `Bearer ${token}` : token };
  }
}
