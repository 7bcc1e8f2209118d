import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

export const unsupported = new Problem(415, 'unsupported-media-type', 'Send the body as application/json in UTF-8.');

/** @throws {Problem} 415 when the body is not JSON by its content type */
export function requireJson({ headers, url }: Pick<FastifyRequest, 'headers' | 'url'>): void {
  const type = headers['content-type'] ?? '';
  // RFC 7644 section 3.8: UTF-8.
  const isScim =
    /^application\/scim\+json/i.test(type) && url.startsWith('/scim/') && !/charset=(?!"?utf-?8\b)/i.test(type);
  if (!isScim && !/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type)) throw unsupported;
}
