import type { z } from 'zod';
import { foldCase } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId, newId, timeOfId } from '../../kernel/ids.ts';
import { groupBy } from '../../kernel/lists.ts';
import type { Place, Platform } from '../../kernel/regions.ts';
import type { OutOfStepQuery, ProvisioningCallQuery } from './schema.ts';
import * as store from './store.ts';

/** What identity providers asked lately: written beside the requests, read on the page of provisioning. */

/** An answered SCIM request, or an operation of a Bulk. */
export interface AnsweredCall {
  platform: Platform;
  place: Place;
  tenantId: string;
  /** Of a valid token. */
  tokenId: string | null;
  method: string;
  /** Below the tenant's SCIM address, without the query: `Users/<id>`. */
  path: string;
  /** Whom or what it was about: the id, or the folded userName or displayName. */
  targetKey: string | null;
  status: number;
  scimType: string | null;
  detail: string | null;
  durationMs: number;
  requestId: string;
}

const FLUSH_MS = 1_000;
/** In memory; beyond it calls go unnoted, which a node that keeps up never sees. */
const MAX_WAITING = 20_000;
/** Calls of a tenant that this node writes between two looks at what is beyond those that are kept. */
const TRIMMED_AFTER = 2_500;
const MAX_TENANTS = 10_000;

interface Waiting {
  place: Place;
  tenantId: string;
  call: string;
}

class CallLog {
  readonly #platform: Platform;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** By tenant, how many were written since it was trimmed. */
  readonly #untrimmed = new Map<string, number>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  add(call: Waiting): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push(call);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const taken = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#writing.then(() => this.#write(taken));
    return this.#writing;
  }

  /** A node that knows nothing of a tenant trims, so that restarts do not put it off. */
  #trims(tenantId: string, more: number): boolean {
    const count = (this.#untrimmed.get(tenantId) ?? TRIMMED_AFTER) + more;
    const isDue = count >= TRIMMED_AFTER;
    if (this.#untrimmed.size >= MAX_TENANTS) this.#untrimmed.clear();
    this.#untrimmed.set(tenantId, isDue ? 0 : count);
    return isDue;
  }

  async #write(taken: Waiting[]): Promise<void> {
    const now = timeOfId(newId()).getTime();
    for (const [tenantId, ofTenant] of groupBy(taken, (call) => call.tenantId)) {
      const { place } = ofTenant[0];
      const calls = ofTenant.map(({ call }) => call);
      try {
        await store.writeCalls(place.cell, tenantId, calls, now, this.#trims(tenantId, calls.length));
      } catch (error) {
        this.#platform.log.warn({ err: error, calls: calls.length }, 'calls of provisioning could not be noted');
      }
    }
  }
}

const logs = new WeakMap<Platform, CallLog>();

const LONGEST = { target: 1000, detail: 1000, resource: 300 };

/** Notes a call, to be written within a second beside the requests. Never fails, and holds nobody up. */
export function noteCall(call: AnsweredCall): void {
  const { platform, place, tenantId, path, targetKey, detail } = call;
  let log = logs.get(platform);
  if (!log) {
    log = new CallLog(platform);
    logs.set(platform, log);
  }
  const id = newId();
  log.add({
    place,
    tenantId,
    call: store.callText({
      id,
      tokenId: call.tokenId,
      method: call.method,
      resource: storable(path.replace(/^\/+/, ''), LONGEST.resource),
      targetKey: targetKey === null ? null : storable(targetKey, LONGEST.target),
      status: call.status,
      scimType: call.scimType,
      detail: detail === null ? null : storable(detail, LONGEST.detail),
      durationMs: Math.round(call.durationMs),
      requestId: call.requestId,
      atMs: timeOfId(id).getTime(),
    }),
  });
}

/** PostgreSQL takes no NUL and no half of a pair. */
const storable = (text: string, max: number) =>
  text.length <= max && /^[ -~]*$/.test(text) ? text : text.slice(0, max).toWellFormed().replaceAll('\0', '\ufffd');

/** Writes what waits. For the end of a node, before its pools. */
export const flushCalls = (platform: Platform): Promise<void> => logs.get(platform)?.flush() ?? Promise.resolve();

/** What to do about an answer, in words for who connects an identity provider; null for one that went well. */
export function remedyOf({
  status,
  scimType,
  method,
  resource,
}: Pick<store.CallRow, 'status' | 'scimType' | 'method' | 'resource'>): string | null {
  if (status < 400) return null;
  if (status === 400)
    return (
      remediesOf400[scimType ?? ''] ??
      'The request is not what SCIM allows. See the detail, and correct the mapping of attributes at the identity provider.'
    );
  if (status === 404)
    return resource.includes('/')
      ? 'It is not there any more, or never was. Have the identity provider match it anew, for example by restarting provisioning of this user or group.'
      : 'There is nothing at this address. Check the SCIM address at the identity provider: it ends with the tenant’s id.';
  if (status === 409 && method !== 'POST' && scimType === null)
    return 'Another change was in the way. The identity provider may try again.';
  if (status === 409 && scimType === null)
    return 'See the detail: the tenant holds no more of these, or what it refers to was not made.';
  if (status >= 500 && !(status in remedies))
    return 'This is a fault of ours. Report it with the request id; the identity provider tries again.';
  return remedies[status] ?? 'See the detail; the identity provider tries again.';
}

const remedies: Record<number, string> = {
  401: 'The token is unknown, expired, paused or revoked. Issue or rotate one, and put it into the identity provider.',
  403: 'Provisioning is turned off, or the tenant is closed to it. Turn it on, then have the identity provider try again.',
  405: 'The identity provider used a method that this address does not have. Set it to SCIM 2.0; it changes by PATCH or PUT at the address of a user or group.',
  409: 'Somebody or something has this name, address or id already. What waits for you is yours to decide: let provisioning take the account over when both are the same person. Else the identity provider finds its own with the next cycle, or one of the two needs another name.',
  412: 'It was changed since the identity provider read it. It reads it again and repeats the change.',
  413: 'The request is too large. Have the identity provider send smaller ones, for example fewer members at once.',
  415: 'The body is not JSON. The identity provider must send application/scim+json or application/json.',
  429: 'Either too many requests came at once, and they are tried again, or a removal or a change of credentials is held back: see what waits for you, and let it through if it is meant.',
  501: 'The identity provider asked for what this server does not offer, such as /Me. Turn that feature off there, and have it use /Users.',
  503: 'Provisioning is paused, or the database was away for a moment. Resume it; the identity provider tries again.',
};

const remediesOf400: Record<string, string> = {
  invalidFilter:
    'The search is not one that can be answered. Have the identity provider match by userName, externalId or an e-mail address.',
  tooMany:
    'The search looks at too much to be answered in time. Have the identity provider match by userName, externalId or an e-mail address.',
  uniqueness: 'Somebody or something has this value already. Give one of them another.',
  mutability: 'The identity provider changes what cannot be changed. Take the attribute out of its mapping.',
  invalidSyntax: 'The body is not what SCIM allows. See the detail, and correct the mapping at the identity provider.',
  invalidPath: 'The path names no attribute. Correct it in the mapping of attributes at the identity provider.',
  noTarget:
    'The path finds nothing to change, for example an address of a type that the person lacks. Map the whole attribute, or have it added first.',
  invalidValue:
    'A value is missing or of the wrong kind; the detail names it. Correct the mapping or the person’s data at the identity provider.',
  invalidCursor:
    'The list has changed under the identity provider, or its next page was asked for with another query. It begins the list again.',
  invalidCount: 'The number of results asked for is no whole number. Correct it at the identity provider.',
  invalidVers: 'The identity provider speaks another version of SCIM. Set it to 2.0.',
  sensitive: 'Something secret came in an address. Have the identity provider send it in the body.',
};

const shown = (call: store.CallRow) => ({ ...call, remedy: remedyOf(call) });

const asKey = (target: string) => (isId(target.toLowerCase()) ? target.toLowerCase() : foldCase(target));

export async function listCalls(ctx: TenantContext, query: z.output<typeof ProvisioningCallQuery>) {
  const { target } = query;
  const found = await store.listCalls(ctx, target === undefined ? query : { ...query, target: asKey(target) });
  return { ...found, items: found.items.map(shown) };
}

/** People and groups whose last change by the identity provider failed, within the 7 days that calls are kept. */
export async function listOutOfStep(ctx: TenantContext, query: z.output<typeof OutOfStepQuery>) {
  const found = await store.listOutOfStep(ctx, query);
  const keys = found.items.flatMap(({ target }) => target ?? []);
  const { accounts, groups } = await store.targetsOf(ctx, {
    ids: keys.filter(isId),
    names: keys.filter((key) => !isId(key)),
  });
  const known = new Map([
    ...accounts.flatMap(
      ({ id, name, usernameFolded }) =>
        [
          [id, { id, name }],
          [usernameFolded, { id, name }],
        ] as const,
    ),
    ...groups.map(({ id, name }) => [id, { id, name }] as const),
  ]);
  return {
    ...found,
    items: found.items.map((call) => {
      const isGroup = call.resource.startsWith('Groups');
      const named = isGroup && !isId(call.target ?? '') ? undefined : known.get(call.target);
      return {
        kind: isGroup ? ('group' as const) : ('account' as const),
        targetId: named?.id ?? null,
        name: named?.name ?? null,
        ...shown(call),
      };
    }),
  };
}
