import type { TenantContext } from '../../kernel/context.ts';
import { Reply } from '../../kernel/operation.ts';
import type { ResourceType } from './attributes.ts';
import { contentType } from './rendering.ts';
import { readProjection, writeVersion } from './resource.ts';

/** The parameters that any request may have about its reply (RFC 7644 section 3.9). */
export const projectionOf = (type: ResourceType, query: Record<string, unknown>) =>
  readProjection(type, named(query.attributes), named(query.excludedAttributes));

/** A parameter that is there several times names all that is in any of them. */
const named = (value: unknown): string | string[] | undefined =>
  typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    ? value
    : undefined;

/** One resource, which may be JSON already, with its ETag, and its address when it is new (RFC 7644 section 3.3). */
export function resourceReply(resource: unknown, version: number, location: string, status: 200 | 201 = 200): Reply {
  const headers: Record<string, string> = { etag: writeVersion(version) };
  headers[status === 201 ? 'location' : 'content-location'] = location;
  if (typeof resource === 'string') headers['content-type'] = contentType;
  return new Reply(resource, { status, headers });
}

/**
 * Whether the client has this version already (RFC 7644 section 3.14).
 *
 * @throws {Problem} 412: it asked with If-Match for another one (RFC 9110 section 13.1.1)
 */
export function isKnown(ctx: TenantContext, row: { version: number }): boolean {
  if (ctx.request.ifMatch !== undefined) ctx.requireVersion(row);
  return ctx.isKnown(row);
}

export const notModified = (version: number) =>
  new Reply(undefined, { status: 304, headers: { etag: writeVersion(version) } });
