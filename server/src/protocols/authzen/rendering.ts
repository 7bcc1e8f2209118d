import { Problem } from '../../kernel/problem.ts';
import type { Rendering } from '../../kernel/serve.ts';

const noAddress = new Problem(
  404,
  'not-found',
  'There is no such address. Below the URL of the tenant there are /access/v1/evaluation, /evaluations and /search/subject, /search/resource, /search/action.',
);

/** Section 10.1.9: an error is a status and a message in words. Another content type is a 400 there. */
export const authzenRendering: Rendering = {
  problem: ({ status, headers, message }, _requestId, reply) =>
    reply
      .code(status === 415 ? 400 : status)
      .headers(headers)
      .type('text/plain; charset=utf-8')
      .send(message),
  contentType: 'application/json',
  prefix: '/authzen/',
  noAddress: () => noAddress,
  echoesRequestId: true,
};
