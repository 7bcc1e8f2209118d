import { Problem } from '../../kernel/problem.ts';
import type { Rendering } from '../../kernel/serve.ts';
import { scimProblem } from './problem.ts';

/** RFC 7644 section 3.1. */
export const contentType = 'application/scim+json';

const taken = new Set(['username-taken', 'email-taken', 'name-taken']);

/** The detail error keyword (RFC 7644 table 9) of a problem; undefined where the status says it all. */
export function scimTypeOf({ code, status, members, errors }: Problem): string | undefined {
  if (typeof members.scimType === 'string') return members.scimType;
  if (taken.has(code)) return 'uniqueness';
  if (status !== 400) return undefined;
  return errors?.every(({ path }) => path === 'body') ? 'invalidSyntax' : 'invalidValue';
}

/** A problem as RFC 7644 section 3.12 has it: the status is text, and there is nothing of `/v1`'s own members. */
export function errorOf(problem: Problem) {
  const scimType = scimTypeOf(problem);
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(problem.status),
    ...(scimType ? { scimType } : {}),
    detail: problem.message,
  };
}

const noAddress = new Problem(
  404,
  'not-found',
  'There is no such address. Below the URL of the tenant there are /Users, /Groups, /Bulk, /.search, /Schemas, /ResourceTypes and /ServiceProviderConfig, in this case and without a slash at the end.',
);
const otherVersion = scimProblem(400, 'invalidVers', 'This is SCIM 2.0. The URL begins with /scim/v2/.');

export const scimRendering: Rendering = {
  problem: (problem, _requestId, reply) =>
    reply
      .code(problem.status)
      .headers(problem.headers)
      .type(contentType)
      .send(JSON.stringify(errorOf(problem))),
  contentType,
  prefix: '/scim/',
  // RFC 7644 section 3.13: another version is rejected.
  noAddress: (url) => (/^\/scim\/v(?!2\/)\d/i.test(url) ? otherVersion : noAddress),
};
