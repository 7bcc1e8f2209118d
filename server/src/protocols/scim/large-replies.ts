import { tooMany } from '../../kernel/problem.ts';

/** Long replies that leave at the same time for one tenant; more wait, and more than so many are refused. */
const AT_ONCE = 2;
const MOST_WAITING = 16;

interface Line {
  leaving: number;
  waiting: (() => void)[];
}

const lines = new Map<string, Line>();

/**
 * Lets few long replies of a tenant leave at a time, so that they take neither the node nor its memory (P37).
 *
 * @throws {Problem} 429 when too many wait already, before anything has left
 */
export async function* inTurn(tenantId: string, parts: AsyncIterable<string>): AsyncGenerator<string> {
  const line = lines.get(tenantId) ?? { leaving: 0, waiting: [] };
  lines.set(tenantId, line);
  if (line.leaving >= AT_ONCE) await new Promise<void>((resolve) => line.waiting.push(resolve));
  else line.leaving++;
  try {
    yield* parts;
  } finally {
    const next = line.waiting.shift();
    if (next) next();
    else if (--line.leaving === 0) lines.delete(tenantId);
  }
}

/** @throws {Problem} 429 */
export function requireRoomInLine(tenantId: string): void {
  if ((lines.get(tenantId)?.waiting.length ?? 0) >= MOST_WAITING)
    throw tooMany('Many large groups of this tenant are being read at once. Ask with excludedAttributes=members.', 5);
}
