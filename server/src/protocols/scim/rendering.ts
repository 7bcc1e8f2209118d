import type { Rendering } from '../../kernel/serve.ts';

/** RFC 7644 section 3.1. */
const contentType = 'application/scim+json';

/** Problems as RFC 7644 section 3.12 has them: the status is text, and there is nothing of `/v1`'s own members. */
export const scimRendering: Rendering = {
  problem: (problem, _requestId, reply) =>
    reply
      .code(problem.status)
      .headers(problem.headers)
      .type(contentType)
      .send(
        JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
          status: String(problem.status),
          // Only a 400 has a type (RFC 7644, table 9).
          ...(problem.status === 400 ? { scimType: 'invalidValue' } : {}),
          detail: problem.message,
        }),
      ),
  contentType,
  prefix: '/scim/',
};
