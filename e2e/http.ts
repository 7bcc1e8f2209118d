import { randomBytes, randomUUID } from 'node:crypto';

export interface Request {
  /** Bearer credential. */
  key?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Reply {
  status: number;
  headers: Headers;
  etag: string;
  // biome-ignore lint/suspicious/noExplicitAny: scenarios read whatever the server says
  body: any;
  text: string;
}

const TIMEOUT_MS = 30_000;
const PATIENCE = 20;

/**
 * One request as a careful script makes it: creations carry an Idempotency-Key, and a 429 is tried again when it says.
 *
 * @throws when no answer comes
 */
export async function send(
  url: string,
  method: string,
  path: string,
  { key, body, headers = {} }: Request = {},
): Promise<Reply> {
  const idempotencyKey = randomUUID();
  for (let attempt = 0; ; attempt++) {
    const reply = await fetch(url + path, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': idempotencyKey } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await reply.text();
    if (reply.status === 429 && attempt < PATIENCE) {
      const seconds = Number(reply.headers.get('retry-after')) || 1;
      if (seconds > 10) throw new Error(`${method} ${path} is refused for ${seconds} s: ${text}`);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      continue;
    }
    return {
      status: reply.status,
      headers: reply.headers,
      etag: reply.headers.get('etag') ?? '',
      body: parsed(text),
      text,
    };
  }
}

function parsed(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An id of the right form (UUIDv7) that no object has. */
export function neverAnId(): string {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** What the operator says to make a tenant with a bootstrap key. */
export const newTenant = (region: string, name: string) => ({
  name,
  displayName: `${name} in short`,
  legalName: `${name} Ltd`,
  region,
  country: region === 'au' ? 'AU' : region === 'us' ? 'US' : 'AT',
  type: 'customer',
  owner: { email: `owner@${name}.example`, firstName: 'Grace', lastName: 'Keeper' },
  bootstrapKey: true,
});
