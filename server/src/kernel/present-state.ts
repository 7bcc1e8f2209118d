import type { RequestFacts } from './context.ts';
import { declaredOperations, type Operation } from './operation.ts';
import { Problem } from './problem.ts';
import { encoderOf } from './schema.ts';

/** What reads the object that is changed there: at its own path, or of what it is a part of. */
const readersAt = (path: string): Operation[] =>
  [...declaredOperations()]
    .filter(
      ({ method, path: read }) =>
        method === 'GET' && (read === path || (path.startsWith(`${read}/`) && /:(?!tenantId$)\w+$/.test(read))),
    )
    .sort((a, b) => b.path.length - a.path.length);

/**
 * Who loses to another edit is shown what is there now, as far as they may read it: `current`, and its ETag (RFC 9110
 * section 8.8.3).
 */
export async function withPresentState(
  problem: Problem,
  { path }: Operation,
  params: Record<string, string>,
  { perform, url }: RequestFacts,
): Promise<Problem> {
  for (const reader of readersAt(path)) {
    const places = reader.path.split('/');
    const named = Object.entries(params).filter(([name]) => places.includes(`:${name}`));
    const asked = { operation: reader, params: Object.fromEntries(named), body: undefined, ifMatch: undefined };
    const now = await perform?.({ ...asked, url: url ?? '' });
    if (!now || now instanceof Problem || !now.headers.etag || !reader.reply) continue;
    const { status, code, message, headers, members } = problem;
    return new Problem(status, code, message, {
      headers: { ...headers, etag: String(now.headers.etag) },
      members: { ...members, current: encoderOf(reader.reply)(now.body) },
    });
  }
  return problem;
}
