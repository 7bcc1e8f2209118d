import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

export const unsupported = new Problem(
  415,
  'unsupported-media-type',
  'Send the body as application/json in UTF-8; over SCIM application/scim+json is taken as well.',
);
// RFC 7694 section 3: what would be taken is told.
const encoded = new Problem(
  415,
  'unsupported-content-encoding',
  'The body came with a Content-Encoding. Send it as it is, without one.',
  { headers: { 'accept-encoding': 'identity' } },
);

/** @throws {Problem} 415 when the body is not JSON by its content type, or is compressed */
export function requireJson({ headers, url }: Pick<FastifyRequest, 'headers' | 'url'>): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') throw encoded;
  const type = headers['content-type'] ?? '';
  // RFC 7644 section 3.8: UTF-8. What else a client says of its JSON (`odata=verbose`) changes nothing.
  const isScim =
    /^application\/(?:scim\+)?json\s*(?:;|$)/i.test(type) &&
    url.startsWith('/scim/') &&
    !/charset=(?!"?utf-?8\b)/i.test(type);
  if (!isScim && !/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type)) throw unsupported;
}
