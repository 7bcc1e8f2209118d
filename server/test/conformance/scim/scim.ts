import { aTenant, type TestPlatform } from '../../harness.ts';
import { urn } from './urn.ts';

export { urn } from './urn.ts';

/** SCIM as an ordinary client speaks it to a tenant of its own. */

/** RFC 7644 section 3.1. */
export const scimJson = 'application/scim+json';

/** Requests that no test of this folder is to be slowed down by. */
export const unlimited = { BAILIWICK_REQUESTS_PER_SECOND: '100000' };

export type Scim = Awaited<ReturnType<typeof aScim>>;

let counter = 0;
/** A word that no other call gives, for names. */
export const aWord = (prefix = 'w') => `${prefix}${Date.now().toString(36)}${counter++}`;

/** A query, encoded. */
export const query = (parameters: Record<string, string | number>) =>
  `?${Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;

export const patchOf = (...operations: object[]) => ({ schemas: [urn.patch], Operations: operations });

export const bulkOf = (operations: object[], more: object = {}) => ({
  schemas: [urn.bulkRequest],
  ...more,
  Operations: operations,
});

/** A tenant with a token, and its SCIM below `base`. */
export async function aScim(platform: TestPlatform, region = 'au') {
  const tenant = await aTenant(platform, region);
  const token = await tenant.given.token();
  const base = `/scim/v2/${tenant.id}`;
  const client = platform.client(token.value);

  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    client.call(method, base + path, {
      ...(body === undefined ? {} : { body }),
      headers: { accept: scimJson, ...(body === undefined ? {} : { 'content-type': scimJson }), ...headers },
    });
  // A node that listens on any port that is free does not know its own address.
  const { location } = (await send('GET', '/ServiceProviderConfig')).body.meta as { location: string };
  const made = async (path: string, body: object) => {
    const { status, body: resource, text } = await send('POST', path, body);
    if (status !== 201) throw new Error(`Not made: ${status} ${text}`);
    return resource;
  };
  return {
    tenant,
    token: token as { id: string; value: string },
    base,
    /** The address of the tenant's SCIM, as replies show it. */
    url: location.slice(0, -'/ServiceProviderConfig'.length),
    send,
    get: (path: string, headers?: Record<string, string>) => send('GET', path, undefined, headers),
    post: (path: string, body: unknown, headers?: Record<string, string>) => send('POST', path, body, headers),
    put: (path: string, body: unknown, headers?: Record<string, string>) => send('PUT', path, body, headers),
    patch: (path: string, ...operations: object[]) => send('PATCH', path, patchOf(...operations)),
    delete: (path: string, headers?: Record<string, string>) => send('DELETE', path, undefined, headers),
    find: async (resource: 'Users' | 'Groups', filter: string, more: Record<string, string | number> = {}) =>
      send('GET', `/${resource}${query({ filter, ...more })}`),
    given: {
      user: (body: object = {}) => {
        const userName = aWord('user');
        return made('/Users', { schemas: [urn.user], userName, ...body });
      },
      group: (body: object = {}) => {
        const displayName = aWord('group');
        return made('/Groups', { schemas: [urn.group], displayName, ...body });
      },
    },
  };
}

/** What a list shows of an attribute, in the order of the list. */
export const shown = (reply: { body: { Resources?: Record<string, unknown>[] } }, name: string) =>
  (reply.body.Resources ?? []).map((resource) => resource[name]);

/** A problem in the form of RFC 7644 section 3.12. */
export const problem = (status: number, scimType?: string) => ({
  status,
  body: { schemas: [urn.error], status: String(status), ...(scimType ? { scimType } : {}) },
});
