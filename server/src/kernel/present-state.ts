import type { RequestFacts } from './context.ts';
import { declaredOperations, type Operation } from './operation.ts';
import { Problem } from './problem.ts';
import { encoderOf } from './schema.ts';

const isList = ({ query }: Operation): boolean => query !== undefined && 'cursor' in query.shape;

/** What reads the object that is changed there: at its own path, or the next above that it is a part of. */
const readerAt = (path: string): Operation | undefined =>
  [...declaredOperations()]
    .filter(
      (each) =>
        each.method === 'GET' &&
        each.reply &&
        !isList(each) &&
        (each.path === path || (path.startsWith(`${each.path}/`) && /:(?!tenantId$)\w+$/.test(each.path))),
    )
    .sort((a, b) => b.path.length - a.path.length)[0];

/**
 * Who loses to another edit is shown what is there now, as far as they may read it: `current`, and its ETag (RFC 9110
 * section 8.8.3).
 */
export async function withPresentState(
  problem: Problem,
  { path }: Operation,
  params: Record<string, string>,
  { perform, url = '' }: RequestFacts,
): Promise<Problem> {
  const reader = readerAt(path);
  if (!reader?.reply || !perform) return problem;
  const places = reader.path.split('/');
  const named = Object.fromEntries(Object.entries(params).filter(([name]) => places.includes(`:${name}`)));
  const asked = { operation: reader, params: named, body: undefined, ifMatch: undefined, url, isAside: true as const };
  const now = await perform(asked);
  if (now instanceof Problem || !now.headers.etag) return problem;
  const { status, code, message, headers, members } = problem;
  return new Problem(status, code, message, {
    headers: { ...headers, etag: String(now.headers.etag) },
    members: { ...members, current: encoderOf(reader.reply)(now.body) },
  });
}
